"""Hints that are wrong, old, or another's."""

import asyncio
from collections.abc import Callable
from typing import Any

from conformance.provider import forgery
from conformance.provider.agent import Landing
from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.errors import NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Session, Shared, fresh, parties

MEGABYTE = 1_000_000
LONG = 16_000  # characters that servers take in a body, and few in an address
LONGEST_LIFE = 60  # seconds that the expiry of an ID Token is waited for


@scenario()
async def forged_hints(lab: Lab) -> None:
    """Ask for logout with hints that the provider did not issue: stranger's key, alg none, tampered, edited."""
    rp, witness = await parties(lab)
    shared = Shared(lab, rp, witness)
    forgeries: dict[str, Callable[[str], str]] = {
        "signed by a stranger under the provider's kid": forgery.signed_by_stranger,
        "alg none": forgery.unsigned,
        "tampered signature": forgery.tampered,
        "another issuer": lambda hint: forgery.signed_by_stranger(hint, iss="https://stranger.invalid"),
        "edited payload": lambda hint: forgery.edited(hint, auth_time=1),
        "not a token": lambda _hint: "not-a-token",
    }
    for label, forge in forgeries.items():
        async with shared.case(label) as session:
            landing = await lab.logout(
                session.agent, rp, hint=forge(session.hint), hint_is=label, uri=rp.post_logout_redirect_uri,
                state="forged",
            )  # fmt: skip
            await session.finish(await session.untouched(landing))
    async with shared.case("control") as session:
        await session.finish(
            await lab.logout(
                session.agent, rp, hint=session.hint, uri=rp.post_logout_redirect_uri, state="control"
            )
        )


@scenario()
async def other_tokens(lab: Lab) -> None:
    """Send access token, refresh token and a megabyte as hint; and a genuine hint in a long request."""
    rp, witness = await parties(lab)
    shared = Shared(lab, rp, witness)
    for label in ("access token", "refresh token"):
        async with shared.case(label) as session:
            token = session.login.access_token if label == "access token" else session.login.refresh_token
            if token:
                await session.finish(await session.untouched(await _instead(lab, session, token, label)))
    async with shared.case("a megabyte") as session:
        landing = await _instead(lab, session, "x" * MEGABYTE, "a megabyte of x", method="POST")
        await session.untouched(landing)
    for label, much in (("long POST", LONG), ("control POST", 1)):
        async with shared.case(label) as session:
            landing = await _instead(
                lab, session, session.hint, "genuine", method="POST", extra=[("x_unknown", "x" * much)]
            )
            await session.finish(landing)
    async with shared.case("control") as session:
        await session.finish(await _instead(lab, session, session.hint, "genuine"))


async def _instead(lab: Lab, session: Session, token: str, is_a: str, **more: Any) -> Landing:
    uri = session.rp.post_logout_redirect_uri
    return await lab.logout(
        session.agent, session.rp, hint=token, hint_is=is_a, uri=uri, state="instead", **more
    )


@scenario()
async def mismatched_client_id(lab: Lab) -> None:
    """Ask for logout with a hint of one client and the client_id, or the URI, of another."""
    rp1, witness, rp2 = await parties(lab, rp2=Want())
    shared = Shared(lab, rp1, witness, rp2)
    own, others = rp1.post_logout_redirect_uri, rp2.post_logout_redirect_uri
    requests = {
        "client_id and URI of rp2": (rp2.client_id, others),
        "client_id of rp2, URI of rp1": (rp2.client_id, own),
        "unknown client_id": ("client-that-does-not-exist", own),
        "URI of rp2": ("", others),
        "client_id of rp1, URI of rp2": (rp1.client_id, others),
    }
    for label, (client_id, uri) in requests.items():
        async with shared.case(label) as session:
            landing = await lab.logout(
                session.agent, rp1, hint=session.hint, client_id=client_id, uri=uri, state="mismatch"
            )
            await session.finish(await session.untouched(landing))
    async with shared.case("control") as session:
        landing = await lab.logout(
            session.agent, rp1, hint=session.hint, client_id=rp1.client_id, uri=own, state="control"
        )
        await session.finish(landing)


@scenario()
async def old_hints(lab: Lab) -> None:
    """Ask for logout with the hint of a session that was logged out just before."""
    rp, witness = await parties(lab)
    with lab.case("first session"):
        session = await fresh(lab, rp, witness)
        old = session.hint
        await session.finish(await lab.logout(session.agent, rp, hint=old, uri=rp.post_logout_redirect_uri))
    with lab.case("hint of the ended session"):
        await lab.sign_in(session.agent, rp, await lab.user())
        await lab.sign_in(session.agent, witness, await lab.user())
        await session.probe("before")
        landing = await lab.logout(
            session.agent,
            rp,
            hint=old,
            hint_is="of the ended session",
            uri=rp.post_logout_redirect_uri,
            state="old",
        )
        await session.finish(landing)
    with lab.case("control"):
        again = await fresh(lab, rp, witness)
        await again.finish(
            await lab.logout(
                again.agent, rp, hint=again.hint, uri=rp.post_logout_redirect_uri, state="control"
            )
        )


@scenario(watches=True)
async def others_hints(lab: Lab) -> None:
    """Ask for logout with the hint of another browser's session: of another user, of the same user, of nobody here."""
    with_sid = Want(channels=frozenset({"back"}) if lab.config.registration else None)
    rp, witness = await parties(lab, with_sid)  # some providers give sid to clients with a logout URI only
    await _other_user(lab, rp, witness)
    await _other_session(lab, rp, witness)
    await _clean_browser(lab, rp, witness)
    await _forged_elsewhere(lab, rp, witness)


async def _other_user(lab: Lab, rp: RelyingParty, witness: RelyingParty) -> None:
    with lab.case("hint of another user"):
        try:
            await lab.user(2)
        except NotTestedError as problem:
            lab.gap(problem)
            return
        first = await fresh(lab, rp, witness, "browser 1")
        second = await fresh(lab, rp, witness, "browser 2", user=2)
        await _borrow(lab, first, second)
    with lab.case("own hint of the other user"):
        await _own_hint(lab, second, "browser 3", user=2)


async def _other_session(lab: Lab, rp: RelyingParty, witness: RelyingParty) -> None:
    with lab.case("hint of another session of the user"):
        first = await fresh(lab, rp, witness, "browser 4")
        second = await fresh(lab, rp, witness, "browser 5")
        await _borrow(lab, first, second)
    with lab.case("own hint of the second session"):
        await _own_hint(lab, second, "browser 6")


async def _clean_browser(lab: Lab, rp: RelyingParty, witness: RelyingParty) -> None:
    with lab.case("hint in a clean browser"):
        first = await fresh(lab, rp, witness, "browser 7")
        agent = await lab.agent("browser 8")
        landing = await lab.logout(
            agent, rp, hint=first.hint, hint_is="of a session in another browser", uri=rp.post_logout_redirect_uri,
            state="clean",
        )  # fmt: skip
        await lab.untouched(agent, landing)
        await first.probe("owner untouched")
    with lab.case("the same hint in its own browser"):
        await _own_hint(lab, first, "browser 9")


async def _forged_elsewhere(lab: Lab, rp: RelyingParty, witness: RelyingParty) -> None:
    """Name a session in a token of our own; it is left alone to the end: whoever hears of it was told by this."""
    with lab.case("forged hint in a clean browser"):
        owner = await fresh(lab, rp, witness, "browser 10")
        agent = await lab.agent("browser 11")
        landing = await lab.logout(
            agent, rp, hint=forgery.signed_by_stranger(owner.hint), hint_is="signed by a stranger",
            uri=rp.post_logout_redirect_uri, state="forged",
        )  # fmt: skip
        await lab.finish(agent, await lab.untouched(agent, landing))
        await owner.probe("owner untouched")


async def _borrow(lab: Lab, owner: Session, borrower: Session) -> None:
    """Send the owner's hint from the borrower's browser, and probe both while the page is untouched."""
    landing = await lab.logout(
        borrower.agent, borrower.rp, hint=owner.hint, hint_is="of another session",
        uri=borrower.rp.post_logout_redirect_uri, state="borrowed",
    )  # fmt: skip
    await borrower.untouched(landing)
    await owner.probe("owner untouched")


async def _own_hint(lab: Lab, session: Session, label: str, user: int = 1) -> None:
    """Control: the session's own hint ends it."""
    if not session.alive:
        session = await fresh(lab, session.rp, session.witness, label, user)
    await session.probe("before")
    uri = session.rp.post_logout_redirect_uri
    await session.finish(await lab.logout(session.agent, session.rp, hint=session.hint, uri=uri, state="own"))
    if session.alive:  # the other browser's request may have used this hint up: a new one of the same session
        login = await lab.sign_in(session.agent, session.rp, await lab.user(user))
        await session.finish(
            await lab.logout(session.agent, session.rp, hint=login.id_token, uri=uri, state="new")
        )


@scenario(watches=True, slow=True)
async def expired_hints(lab: Lab) -> None:
    """Ask for logout with a hint whose exp has gone by, in the session that it was issued in."""
    rp, witness = await parties(lab, Want(short_lived=True))
    with lab.case("expired hint"):
        session = await fresh(lab, rp, witness)
        await _until_expired(session)
        await session.probe("before")
        landing = await lab.logout(
            session.agent, rp, hint=session.hint, hint_is="expired", uri=rp.post_logout_redirect_uri, state="expired",
        )  # fmt: skip
        await session.finish(landing)
    with lab.case("control"):
        again = await fresh(lab, rp, witness, "browser 2")
        landing = await lab.logout(
            again.agent, rp, hint=again.hint, uri=rp.post_logout_redirect_uri, state="control"
        )
        await again.finish(landing)


async def _until_expired(session: Session) -> None:
    """Wait for as long as the token lives: its expiry is announced by nothing, and the clocks may differ."""
    claims = session.login.claims
    life = float(claims.get("exp", 0)) - float(claims.get("iat", 0))
    if life > LONGEST_LIFE:
        raise NotTestedError(
            f"the ID Token of {session.rp.role} lives {life:.0f} s; up to {LONGEST_LIFE} s are waited for",
            "registration:\n  short_lived: {…}   # members that make ID Tokens live for seconds\n"
            "# or, in a static pool:\nclients:\n  - client_id: …\n    id_token_lifetime: 10",
        )
    await asyncio.sleep(max(life, 0) + 1)
