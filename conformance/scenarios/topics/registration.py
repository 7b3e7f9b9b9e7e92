"""Registration of clients that are never used, and of clients whose members show in use."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from conformance.provider import encryption
from conformance.provider.agent import UserAgent
from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Channel, Want
from conformance.scenarios.registry import scenario

Metadata = dict[str, Any]

UNKNOWN = "x_unknown_7c1f9e"
ABREAST = 6  # registration requests that are under way at once
# Algorithms other than the default that show in use, the commonest first.
OTHER_ALGORITHMS = ("ES256", "PS256", "EdDSA", "ES384", "RS512", "RS384", "PS384", "PS512", "ES512")
ADDRESS = "/a/b?x=1&y=%20z"


@scenario()
async def registration_variants(lab: Lab) -> None:
    """Register clients with good, odd and bad members; nobody ever logs in at them."""
    _needs_registration(lab)
    slots = asyncio.Semaphore(ABREAST)

    async def attempt(variant: str, metadata: Mapping[str, Any]) -> None:
        async with slots:
            await _attempt(lab, variant, metadata)

    home = f"https://{lab.host('registration')}"
    await asyncio.gather(*(attempt(name, metadata) for name, metadata in _variants(lab, home)))


async def _attempt(lab: Lab, variant: str, metadata: Mapping[str, Any]) -> None:
    """Register, and remember the client for deletion at the end of the run."""
    event, _, answer = await lab.registrar.attempt(variant, metadata)
    if event.status and 200 <= event.status < 300 and answer.get("client_id"):
        lab.world.registered.append(_unused(variant, answer))


def _unused(variant: str, answer: Metadata) -> RelyingParty:
    return RelyingParty(
        role=variant,
        key=variant,
        client_id=str(answer["client_id"]),
        auth_method="none",
        redirect_uris=[],
        registration_client_uri=answer.get("registration_client_uri"),
        registration_access_token=answer.get("registration_access_token"),
    )


def _variants(lab: Lab, home: str) -> Iterator[tuple[str, Metadata]]:
    confidential = _base(home, _confidential(lab))
    public = _base(home, "none")
    yield "plain", confidential
    yield "unknown member", confidential | {UNKNOWN: "harmless"}
    yield "unknown member again", confidential | {UNKNOWN: "harmless"}
    yield "redirect_uris empty", confidential | {"redirect_uris": []}
    yield "redirect_uri not a URI", confidential | {"redirect_uris": ["not a URI"]}
    yield from _post_logout(home, confidential, public)
    yield from _encryption(lab, confidential)
    if lab.provider.supports("back_channel"):
        yield from _back_channel(home, confidential, public)
    if lab.provider.supports("front_channel"):
        yield from _front_channel(home, confidential, public)


def _base(home: str, method: str) -> Metadata:
    return {
        "client_name": "logout-conformance, never used", "redirect_uris": [f"{home}/callback"],
        "grant_types": ["authorization_code"], "response_types": ["code"], "token_endpoint_auth_method": method,
    }  # fmt: skip


def _confidential(lab: Lab) -> str:
    configured = lab.config.registration.auth_method if lab.config.registration else ""
    return configured if configured.startswith("client_secret") else "client_secret_basic"


def _post_logout(home: str, confidential: Metadata, public: Metadata) -> Iterator[tuple[str, Metadata]]:
    """Post-logout redirect URIs by https and http; nothing is ever sent to them."""
    yield (
        "post-logout with port, path and query",
        confidential | {"post_logout_redirect_uris": [f"{home}:8443{ADDRESS}"]},
    )
    for kind, base in (("confidential", confidential), ("public", public)):
        for uri in (f"{home}/logged-out", f"{home}/logged-out".replace("https:", "http:")):
            yield f"post-logout {urlsplit(uri).scheme}, {kind}", base | {"post_logout_redirect_uris": [uri]}


def _encryption(lab: Lab, confidential: Metadata) -> Iterator[tuple[str, Metadata]]:
    """Members for encrypted ID Tokens: both, and enc alone."""
    wanted = encryption.members(lab.provider.metadata)
    if wanted:
        keys = [encryption.public(key) for key in encryption.key_pairs(wanted[encryption.ALG])[:1]]
        jwks = {"jwks": {"keys": keys}} if keys else {}
        yield (
            "encryption, alg and enc",
            confidential | jwks | wanted | {encryption.ENC: encryption.DEFAULT_ENC},
        )
        yield "encryption, enc alone", confidential | jwks | {encryption.ENC: encryption.DEFAULT_ENC}


def _back_channel(home: str, confidential: Metadata, public: Metadata) -> Iterator[tuple[str, Metadata]]:
    http = home.replace("https:", "http:")
    for variant, base, uri in (
        ("back-channel", confidential, f"{home}/bc"),
        ("back-channel relative", confidential, "/bc"),
        ("back-channel with fragment", confidential, f"{home}/bc#f"),
        ("back-channel with port, path and query", confidential, f"{home}:8443/a/bc?tenant=a%20b&x=1"),
        ("back-channel http, confidential", confidential, f"{http}/bc"),
        ("back-channel https, public", public, f"{home}/bc"),
        ("back-channel http, public", public, f"{http}/bc"),
    ):
        yield variant, base | {"backchannel_logout_uri": uri, "backchannel_logout_session_required": False}
    yield "back-channel without flag", confidential | {"backchannel_logout_uri": f"{home}/bc"}


def _front_channel(home: str, confidential: Metadata, public: Metadata) -> Iterator[tuple[str, Metadata]]:
    http, port = home.replace("https:", "http:"), f"{home}:8443"
    callback = f"{home}/callback"
    for variant, base, redirects, uri in (
        ("front-channel", confidential, [callback], f"{home}/fc"),
        ("front-channel relative", confidential, [callback], "/logout"),
        ("front-channel with fragment", confidential, [callback], f"{home}/fc#x"),
        ("front-channel on another host", confidential, [callback], f"{home.replace('://', '://other-')}/fc"),
        ("front-channel on another port", confidential, [callback], f"{port}/fc"),
        ("front-channel by another scheme", confidential, [callback], f"{http}/fc"),
        ("front-channel at a port", confidential, [f"{port}/callback"], f"{port}/fc"),
        (
            "front-channel with port, path and query",
            confidential,
            [f"{port}/callback"],
            f"{port}/a/fc?x=1&y=%20z",
        ),
        ("front-channel http, confidential", confidential, [f"{http}/callback"], f"{http}/fc"),
        ("front-channel https, public", public, [callback], f"{home}/fc"),
        ("front-channel http, public", public, [callback, f"{http}/callback"], f"{http}/fc"),
    ):
        own = {"redirect_uris": redirects, "frontchannel_logout_uri": uri}
        yield variant, base | own | {"frontchannel_logout_session_required": False}
    plain = confidential | {"frontchannel_logout_uri": f"{home}/fc"}
    yield "front-channel without flag", plain
    yield "front-channel with flag", plain | {"frontchannel_logout_session_required": True}


# Clients that are used


@scenario()
async def registered_members(lab: Lab) -> None:
    """Log in and out at clients whose registered members show in use: URIs, flags, algorithm, method."""
    _needs_registration(lab)
    rp, other = await _two_clients(lab)
    agent = await lab.agent()
    with lab.case("other algorithm and method"):
        await _other_algorithm(lab, agent)
    for label, uri in {"exact": rp.redirect_uri, **_near_misses(rp.redirect_uri)}.items():
        with lab.case(f"redirect_uri: {label}"):
            await _ask_for(lab, agent, rp, uri)
    for number, case in enumerate(("first URI", "URI with port, path and query")):
        with lab.case(case):
            await _log_out(lab, agent, rp, other, number)


def _needs_registration(lab: Lab) -> None:
    if not (lab.config.registration and lab.provider.endpoint("registration_endpoint")):
        raise NotTestedError("needs dynamic registration", "registration: dynamic")


async def _two_clients(lab: Lab) -> list[RelyingParty]:
    """Register a client with two post-logout URIs and the flag true, and one with the flag false."""
    home = f"https://{lab.host('rp1-registered-members')}"
    try:
        return await _registered(lab, [f"{home}/logged-out", f"{home}:8443{ADDRESS}"], query=True)
    except InconclusiveError:
        # A provider may refuse ports and queries: then the rest is seen at clients without.
        return await _registered(lab, [f"{home}/logged-out", f"{home}/elsewhere"], query=False)


async def _registered(lab: Lab, post_logout: list[str], *, query: bool) -> list[RelyingParty]:
    uris = {"post_logout_redirect_uris": post_logout}
    if not lab.provider.supports("back_channel"):
        return await lab.relying_parties(rp1=Want(extra=uris), rp2=Want())
    channels: frozenset[Channel] = frozenset({"back"})
    return await lab.relying_parties(
        rp1=Want(channels=channels, query=query, extra=uris),
        rp2=Want(channels=channels, extra={"backchannel_logout_session_required": False}),
    )


async def _other_algorithm(lab: Lab, agent: UserAgent) -> None:
    """Register with an algorithm and a method other than the defaults, as far as they are listed, and log in."""
    listed = {
        "id_token_signed_response_alg": _listed(
            lab, "id_token_signing_alg_values_supported", OTHER_ALGORITHMS
        ),
        "token_endpoint_auth_method": _listed(
            lab, "token_endpoint_auth_methods_supported", ("client_secret_post",)
        ),
    }
    asked = {name: value for name, value in listed.items() if value}
    try:
        rp = await lab.relying_party("rp3", Want(extra=asked))
        await lab.flows.sign_in(agent, rp, await lab.user())
    except InconclusiveError as problem:
        lab.gap(problem)


def _listed(lab: Lab, member: str, wanted: Iterable[str]) -> str:
    listed = lab.provider.metadata.get(member)
    return next((one for one in wanted if isinstance(listed, list) and one in listed), "")


def _near_misses(uri: str) -> dict[str, str]:
    parts = urlsplit(uri)
    return {
        "query added": f"{uri}?x=1",
        "trailing slash": f"{uri}/",
        "case of the path": f"{parts.scheme}://{parts.netloc}{parts.path[:-1]}{parts.path[-1].swapcase()}",
        "default port": f"{parts.scheme}://{parts.netloc}:443{parts.path}",
        "sub-domain": f"{parts.scheme}://sub.{parts.netloc}{parts.path}",
    }


async def _ask_for(lab: Lab, agent: UserAgent, rp: RelyingParty, uri: str) -> None:
    """Send an authorization request with this redirect_uri; on the exact one a code comes."""
    await lab.flows.sign_in(agent, replace(rp, redirect_uris=[uri]), await lab.user(), label=uri)


async def _log_out(lab: Lab, agent: UserAgent, rp: RelyingParty, other: RelyingParty, number: int) -> None:
    user = await lab.user()
    login = await lab.sign_in(agent, rp, user)
    await lab.sign_in(agent, other, user)
    landing = await lab.logout(
        agent, rp, hint=login.id_token, uri=rp.post_logout_redirect_uris[number], state=f"registered-{number}"
    )  # fmt: skip
    await lab.finish(agent, landing)
    await lab.probe(agent, other, "after")
    if rp.backchannel_logout_uri and number == 0:
        await asyncio.gather(lab.hears(rp, "backchannel"), lab.hears(other, "backchannel"))
