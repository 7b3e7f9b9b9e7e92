"""Refresh tokens after the logout: those of the session, and those that were given for offline access."""

import asyncio

from conformance.evidence.events import Logout
from conformance.provider.agent import AgentError
from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.backchannel import told_and_witness
from conformance.scenarios.topics.revocation import Desk, Grant

SETTLED = 5.0  # seconds that the end of a session may take to reach its tokens (BCL-2.7-04, -06)
OFFLINE = "offline_access"


@scenario(slow=True)
async def refresh_after_logout(lab: Lab) -> None:
    """Log out of sessions with refresh tokens, without and with offline access, and refresh afterwards."""
    rp, witness = await told_and_witness(lab)
    kept = {}
    for number, case in enumerate(("session", OFFLINE), 1):
        with lab.case(case):
            try:
                kept[case] = await _logged_out(lab, rp, witness, f"browser {number}", offline=case == OFFLINE)
            except (NotTestedError, InconclusiveError, AgentError) as problem:
                lab.gap(problem)
    lab.release_users()
    if kept:
        await _settled(lab)
    for case, (desk, grant) in kept.items():
        with lab.case(case):
            await desk.refresh(grant, "refresh after the logout")


async def _logged_out(
    lab: Lab, rp: RelyingParty, witness: RelyingParty, label: str, *, offline: bool
) -> tuple[Desk, Grant]:
    """Log in, use the refresh token once, and log out; returns the newest tokens."""
    agent, user = await lab.agent(label), await lab.user()
    scopes = [s for s in lab.config.scopes if s != OFFLINE] + [OFFLINE] * offline
    asks = {"prompt": "consent"} if offline else {}
    login = await lab.sign_in(agent, rp, user, scope=" ".join(scopes), parameters=asks)
    if not login.refresh_token:
        raise _without_token(offline=offline)
    if witness is not rp:
        await lab.sign_in(agent, witness, user)
    desk, grant = Desk(lab, agent), Grant(rp, login.access_token, login.refresh_token)
    await desk.refresh(grant, "refresh before")
    await lab.probe(agent, witness, "before")
    uri = rp.post_logout_redirect_uri
    await lab.finish(agent, await lab.logout(agent, rp, hint=login.id_token, uri=uri, state="refresh"))
    await lab.probe(agent, witness, "after")
    return desk, grant


def _without_token(*, offline: bool) -> Exception:
    if offline:
        return InconclusiveError(
            f"A login with the scope {OFFLINE} and prompt=consent brought no refresh token: give a client that may "
            "have one."
        )
    return NotTestedError(f"needs a client that is given refresh tokens without the scope {OFFLINE}")


async def _settled(lab: Lab) -> None:
    """Wait until the last logout is as long ago as the end of a session may take."""
    last = max(event.at for event in lab.recorder.events if isinstance(event, Logout))
    await asyncio.sleep(max(last + SETTLED - lab.recorder.clock(), 0))
