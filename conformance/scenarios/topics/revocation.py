"""Revocation of tokens (RFC 7009): of one's own, of others', of what never was a token."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.provider.agent import UserAgent
from conformance.provider.relying_party import RelyingParty
from conformance.provider.wire import Reply
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario

PROPAGATION = 10.0  # seconds that a revocation may take to arrive everywhere (RFC 7009, 2.1)


@dataclass
class Grant:
    """The newest tokens of one authorization."""

    rp: RelyingParty
    access_token: str
    refresh_token: str

    @property
    def best(self) -> str:
        """The refresh token, or the access token where there is none."""
        return self.refresh_token or self.access_token


class Desk:
    """Where tokens are got, used and revoked in one user agent."""

    def __init__(self, lab: Lab, agent: UserAgent) -> None:
        self.lab, self.agent = lab, agent
        self.still_alive: list[tuple[str, Grant, Grant]] = []
        self.asks: dict[str, Any] = {}

    async def grant(self, rp: RelyingParty) -> Grant:
        """Get tokens silently; offline access is asked for where nothing else brings a refresh token (Core 11)."""
        lab = self.lab
        login = await lab.sign_in(self.agent, rp, await lab.user(), **self.asks)
        if not login.refresh_token and not self.asks and "offline_access" in _scopes(lab):
            scope = " ".join(dict.fromkeys([*lab.config.scopes, "offline_access"]))
            self.asks = {"scope": scope, "parameters": {"prompt": "consent"}}
            login = await lab.sign_in(self.agent, rp, await lab.user(), **self.asks)
        return Grant(rp, login.access_token, login.refresh_token)

    async def post(self, rp: RelyingParty, endpoint: str, purpose: str, data: Mapping[str, str]) -> Reply:
        url = self.lab.provider.metadata[endpoint]
        form, auth = rp.authenticate(dict(data), url)
        return await self.lab.api.post(url, purpose, data=form, auth=auth)

    async def revoke(self, rp: RelyingParty, token: str, purpose: str = "revocation", **more: str) -> Reply:
        return await self.post(rp, "revocation_endpoint", purpose, {"token": token, **more})

    async def refresh(self, grant: Grant, purpose: str) -> bool:
        """Use the refresh token; whatever new tokens come belong to the grant."""
        if not grant.refresh_token:
            return False
        data = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        answer = (await self.post(grant.rp, "token_endpoint", purpose, data)).json() or {}
        for kind in ("access_token", "refresh_token"):
            if isinstance(answer.get(kind), str):
                self.lab.recorder.redactor.secret(answer[kind], kind)
                setattr(grant, kind, answer[kind])
        return isinstance(answer.get("access_token"), str)

    async def userinfo(self, grant: Grant, purpose: str) -> bool:
        """Use the access token."""
        url = self.lab.provider.endpoint("userinfo_endpoint")
        if url is None:
            return False
        reply = await self.lab.api.get(url, purpose, {"Authorization": f"Bearer {grant.access_token}"})
        return reply.status == 200

    async def use(self, case: str, grant: Grant) -> None:
        """Use revoked tokens at once; what still works is used again later."""
        revoked = replace(grant)
        works = await self.userinfo(revoked, "userinfo at once")
        if await self.refresh(grant, "refresh at once") or works:
            self.still_alive.append((case, grant, revoked))

    async def use_later(self) -> None:
        """Use what outlived its revocation once more, after the time that this may take."""
        if self.still_alive:
            await asyncio.sleep(PROPAGATION)
        for case, grant, revoked in self.still_alive:
            with self.lab.case(case):
                await self.userinfo(revoked, "userinfo later")
                await self.refresh(grant, "refresh later")


@scenario()
async def revocation(lab: Lab) -> None:
    """Revoke tokens with right, wrong and made-up parameters, and use them afterwards."""
    if not lab.provider.endpoint("revocation_endpoint"):
        raise NotTestedError("needs a revocation_endpoint", "metadata:\n  revocation_endpoint: https://…")
    rp, *others = await _clients(lab)
    desk = Desk(lab, await lab.agent())
    for case, hint in (
        ("refresh token", "refresh_token"),
        ("wrong hint", "access_token"),
        ("invalid hint", "foobar"),
    ):
        with lab.case(case):
            await _refresh_token(desk, case, rp, hint)
    with lab.case("access token"):
        await _access_token(desk, rp)
    with lab.case("wrong secret"):
        await _wrong_secret(desk, rp)
    with lab.case("another client"):
        if others:
            await _another_client(desk, rp, others[0])
        else:
            lab.gap(
                NotTestedError(
                    "needs a second client", "registration: dynamic   # or a second entry under clients:"
                )
            )
    with lab.case("no good token"):
        await _no_good_token(desk, rp)
    await desk.use_later()


async def _clients(lab: Lab) -> list[RelyingParty]:
    """Return two clients, or the only one."""
    try:
        return await lab.relying_parties(rp1=Want(channels=None), rp2=Want(channels=None))
    except NotTestedError:
        return await lab.relying_parties(rp1=Want(channels=None))


async def _refresh_token(desk: Desk, case: str, rp: RelyingParty, hint: str) -> None:
    """Revoke a refresh token that works, use it, and revoke it again."""
    grant = await desk.grant(rp)
    if not grant.refresh_token:
        desk.lab.gap(
            NotTestedError("needs a client that is given refresh tokens", "scopes: [openid, offline_access]")
        )
        return
    await desk.refresh(grant, "refresh before")
    await desk.userinfo(grant, "userinfo before")
    revoked = replace(grant)
    await desk.revoke(rp, grant.refresh_token, token_type_hint=hint)
    await desk.use(case, grant)
    await desk.revoke(rp, revoked.refresh_token, "revocation again", token_type_hint=hint)


async def _access_token(desk: Desk, rp: RelyingParty) -> None:
    """Revoke an access token that works, and use it and the refresh token beside it."""
    grant = await desk.grant(rp)
    await desk.userinfo(grant, "userinfo before")
    await desk.revoke(rp, grant.access_token, token_type_hint="access_token")  # noqa: S106 - its name
    revoked = replace(grant)
    if await desk.userinfo(revoked, "userinfo at once"):
        desk.still_alive.append(("access token", grant, revoked))
    await desk.refresh(grant, "refresh at once")


async def _wrong_secret(desk: Desk, rp: RelyingParty) -> None:
    """Send a working token once with a wrong secret, then with the right one."""
    if rp.client_secret is None:
        desk.lab.gap(
            NotTestedError(
                "needs a confidential client with a secret", "clients:\n  - client_secret: ${SECRET}"
            )
        )
        return
    grant = await desk.grant(rp)
    await desk.refresh(grant, "refresh before")
    impostor = replace(rp, client_secret=f"wrong-{secrets.token_urlsafe(12)}")
    await desk.revoke(impostor, grant.best, "revocation, wrong secret")
    await desk.refresh(grant, "refresh at once")
    await desk.revoke(rp, grant.best)


async def _another_client(desk: Desk, rp: RelyingParty, other: RelyingParty) -> None:
    """Let rp2 revoke a token of its own, and then one of rp1."""
    own, foreign = await desk.grant(other), await desk.grant(rp)
    await desk.refresh(foreign, "refresh before")
    await desk.revoke(other, own.best)
    await desk.revoke(other, foreign.best, "revocation, another client")
    await desk.refresh(foreign, "refresh at once")


async def _no_good_token(desk: Desk, rp: RelyingParty) -> None:
    """Send strings that were never tokens, no token, and an unknown client_id; refresh with an altered token."""
    grant = await desk.grant(rp)
    await desk.revoke(rp, secrets.token_urlsafe(32), "revocation, never a token")
    await desk.revoke(rp, _altered(grant.best), "revocation, altered token")
    await desk.post(rp, "revocation_endpoint", "revocation, no token", {"x_unknown": "harmless"})
    unknown = replace(rp, client_id=f"unknown-{secrets.token_urlsafe(6)}")
    await desk.revoke(unknown, secrets.token_urlsafe(32), "revocation, unknown client")
    if grant.refresh_token:
        await desk.refresh(
            replace(grant, refresh_token=_altered(grant.refresh_token)), "refresh, altered token"
        )
    await desk.refresh(replace(grant, refresh_token=secrets.token_urlsafe(32)), "refresh, never a token")
    await desk.revoke(rp, grant.best)


SCRIPT = """<!doctype html><title>Relying party</title><script>
const asked = {asked};
const tell = what => fetch('/read-by-script?' + new URLSearchParams(what));
fetch(asked.url, {{method: 'POST', body: new URLSearchParams(asked.form)}})
  .then(answer => tell({{status: answer.status}}), problem => tell({{problem}}));
</script>"""


@scenario(browser=True)
async def revocation_by_script(lab: Lab) -> None:
    """Send a made-up token with a client_id to the revocation endpoint, by script on a page of that client."""
    url = lab.provider.endpoint("revocation_endpoint")
    if not url:
        raise NotTestedError("needs a revocation_endpoint", "metadata:\n  revocation_endpoint: https://…")
    rp = await _public_if_can_be(lab)
    form = {"token": secrets.token_urlsafe(32), "client_id": rp.client_id}
    with lab.case("by script"):
        await lab.api.post(url, "revocation, without a browser", data=form)
        asked = json.dumps({"url": url, "form": form}).replace("<", "\\u003c")
        page = lab.receiver.page(rp.key, "/by-script", SCRIPT.format(asked=asked))
        agent = await lab.agent()
        await agent.get(page, "logout", "start page")
        await lab.receiver.wait_for(rp.key, "other", timeout=lab.config.timeout)


async def _public_if_can_be(lab: Lab) -> RelyingParty:
    """Return a client that has no secret, or any: its secret is not used."""
    try:
        return await lab.relying_party("rp1", Want(channels=None, public=True))
    except (NotTestedError, InconclusiveError):
        return await lab.relying_party("rp1", Want(channels=None))


def _scopes(lab: Lab) -> list[str]:
    listed = lab.provider.metadata.get("scopes_supported")
    return listed if isinstance(listed, list) else []


def _altered(token: str) -> str:
    """Return a token with three characters in the middle exchanged."""
    middle = len(token) // 2
    return (
        token[:middle]
        + "".join("A" if c != "A" else "B" for c in token[middle : middle + 3])
        + token[middle + 3 :]
    )
