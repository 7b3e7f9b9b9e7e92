"""Post-logout redirect URIs that are almost registered, and other ways to an unregistered address."""

from urllib.parse import urlsplit

from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.errors import NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Session, Shared, parties

OPEN_REDIRECT_NAMES = ("redirect_uri", "returnTo", "return_to", "returnUrl", "next", "continue")


def variants(uri: str, unregistered: str) -> dict[str, str]:
    """Return near misses of a URI by name (RPI-3-05); `unregistered` is a URI of another kind of the client."""
    parts = urlsplit(uri)
    host, rest = parts.netloc, parts.path
    at = f"{parts.scheme}://"
    return {
        "other host": f"{at}other-{host}{rest}",
        "sub-domain": f"{at}sub.{host}{rest}",
        "query added": f"{uri}{'&' if parts.query else '?'}foo=bar",
        "trailing slash": f"{uri}/",
        "case of the path": f"{at}{host}{_swap_case(rest)}",
        "default port": f"{at}{host}:443{rest}",
        "other port": f"{at}{parts.hostname}:8443{rest}",
        "http": f"http://{host}{rest}",
        "path prefix": f"{at}{host}{rest[:-1]}",
        "path suffix": f"{uri}/more",
        "user before the host": f"{at}user@{host}{rest}",
        "fragment": f"{uri}#part",
        "dot segments": f"{at}{host}/x/..{rest}",
        "percent-encoded letter": f"{at}{host}{rest[:-1]}%{ord(rest[-1]):02x}",
        "case of the host": f"{at}{_swap_case(host)}{rest}",
        "look-alike host": f"{at}{_look_alike(host)}{rest}",
        "address for the host": f"{at}127.0.0.2{rest}",
        "wildcard": f"{at}*.{host}{rest}",
        "backslash": f"{at}elsewhere.test\\@{host}{rest}",
        "tab": f"{at}{host}\t{rest}",
        "javascript": f"javascript:void(0)//{host}{rest}",
        "data": f"data:text/plain,{host}{rest}",
        "redirect_uri of the client": unregistered,
    }


def _swap_case(text: str) -> str:
    """Change the case of the last letter."""
    place = max((n for n, c in enumerate(text) if c.isalpha()), default=-1)
    return text if place < 0 else text[:place] + text[place].swapcase() + text[place + 1 :]


def _look_alike(host: str) -> str:
    """Write a letter in Cyrillic that looks the same (UTS 39)."""
    return host.translate(str.maketrans("aeopcx", "\u0430\u0435\u043e\u0440\u0441\u0445"))


def _reordered(uris: list[str]) -> dict[str, str]:
    """Return a registered URI with several parameters, these in another order."""
    with_query = [uri for uri in uris if "&" in urlsplit(uri).query]
    if not with_query:
        return {}
    base, _, query = with_query[0].partition("?")
    return {"query reordered": f"{base}?{'&'.join(reversed(query.split('&')))}"}


@scenario()
async def near_misses(lab: Lab) -> None:
    """Ask for logout with near misses of a registered URI, one at a time."""
    rp, witness = await _with_two_uris(lab)
    shared = Shared(lab, rp, witness)
    misses = variants(rp.post_logout_redirect_uri, rp.redirect_uri) | _reordered(rp.post_logout_redirect_uris)
    for label, uri in misses.items():
        if uri in rp.post_logout_redirect_uris:
            continue
        async with shared.case(label) as session:
            landing = await lab.logout(session.agent, rp, hint=session.hint, uri=uri, state="near-miss")
            await session.finish(landing)
    async with shared.case("control") as session:
        await session.finish(
            await lab.logout(
                session.agent, rp, hint=session.hint, uri=rp.post_logout_redirect_uri, state="control"
            )
        )


async def _with_two_uris(lab: Lab) -> list[RelyingParty]:
    try:
        return await parties(lab, Want(uris=2))
    except NotTestedError:
        return await parties(lab)


@scenario()
async def open_redirects(lab: Lab) -> None:
    """Try to be forwarded to an unregistered host: by repeated and by unknown parameters."""
    rp, witness = await parties(lab)
    shared = Shared(lab, rp, witness)
    elsewhere = f"https://elsewhere-{lab.host(rp.key)}/landing" if rp.dynamic else _elsewhere(rp)
    own = rp.post_logout_redirect_uri
    for label, first, second in (
        ("unregistered last", own, elsewhere),
        ("unregistered first", elsewhere, own),
    ):
        async with shared.case(label) as session:
            await _send(lab, session, uri=first, extra=[("post_logout_redirect_uri", second)])
    async with shared.case("unregistered, no hint") as session:
        await _send(lab, session, uri=elsewhere, hint=False)
    for name in OPEN_REDIRECT_NAMES:
        async with shared.case(f"in {name}") as session:
            await _send(lab, session, extra=[(name, elsewhere)])
    async with shared.case("control") as session:
        await _send(lab, session, uri=own)


def _elsewhere(rp: RelyingParty) -> str:
    return f"https://elsewhere.{urlsplit(rp.post_logout_redirect_uri).hostname}/landing"


async def _send(
    lab: Lab, session: Session, *, uri: str | None = None, extra: list[tuple[str, str]] | None = None,
    hint: bool = True,
) -> None:  # fmt: skip
    landing = await lab.logout(
        session.agent,
        session.rp,
        hint=session.hint if hint else "",
        uri=uri,
        state="redirect",
        extra=extra or [],
    )
    await session.finish(landing)
