"""Relying parties with software of their own, which took part in a session that is logged out."""

from typing import Literal
from urllib.parse import urlsplit

from conformance.config.model import Application
from conformance.evidence.events import Probe
from conformance.provider.agent import Landing
from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Session, fresh, parties


@scenario(browser=True)
async def applications(lab: Lab) -> None:
    """Open a page of each configured application, log out at another relying party, and open the page again."""
    if not lab.config.applications:
        return
    rp, witness = await parties(lab)
    for application in lab.config.applications:
        with lab.case(application.name):
            await _logged_out_elsewhere(lab, application, rp, witness)


async def _logged_out_elsewhere(
    lab: Lab, application: Application, rp: RelyingParty, witness: RelyingParty
) -> None:
    session = await fresh(lab, rp, witness)
    await _open(session, application, "application before", log_in=True)
    uri = rp.post_logout_redirect_uri
    await session.finish(await lab.logout(session.agent, rp, hint=session.hint, uri=uri, state="application"))
    await _open(session, application, "application after")


async def _open(session: Session, application: Application, when: str, *, log_in: bool = False) -> None:
    """Open the page, on demand log in where it leads to, and write down whether somebody is logged in at it."""
    lab, agent = session.lab, session.agent
    landing = await agent.get(application.page, "authorization", "application")
    if log_in:
        landing = await lab.flows.through(agent, landing, await lab.user())
    lab.add(
        Probe, agent=agent.label, witness=application.name, when=when, outcome=_outcome(landing, application),
        method=f"page of {application.name}",
        answer=f"{landing.shows or landing.kind} at {urlsplit(landing.url).netloc}", reason=landing.problem,
    )  # fmt: skip


def _outcome(landing: Landing, application: Application) -> Literal["alive", "ended", "undecided"]:
    """Tell by where the browser ends whether somebody is logged in at the application."""
    if landing.shows == "login":
        return "ended"
    at_home = urlsplit(landing.url).netloc == urlsplit(application.page).netloc
    inside = landing.kind == "page" and landing.shows != "error" and (landing.status or 0) < 400
    return "alive" if at_home and inside else "undecided"
