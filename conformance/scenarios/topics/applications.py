"""Relying parties with software of their own, which took part in a session that is logged out."""

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
    landing = await session.agent.get(application.page, "authorization", "application")
    await _note(
        lab,
        session,
        application,
        "application before",
        await lab.flows.through(session.agent, landing, await lab.user()),
    )
    uri = rp.post_logout_redirect_uri
    await session.finish(await lab.logout(session.agent, rp, hint=session.hint, uri=uri, state="application"))
    landing = await session.agent.get(application.page, "authorization", "application")
    await _note(lab, session, application, "application after", landing)


async def _note(lab: Lab, session: Session, application: Application, when: str, landing: Landing) -> Probe:
    """Tell by where the browser ends whether somebody is logged in at the application."""
    kind = landing.shown.kind if landing.shown else landing.kind
    at_home = urlsplit(landing.url).netloc == urlsplit(application.page).netloc
    inside = (
        at_home and landing.kind == "page" and kind not in ("login", "error") and (landing.status or 0) < 400
    )
    outcome = "alive" if inside else "ended" if kind == "login" else "undecided"
    return lab.add(
        Probe, agent=session.agent.label, witness=application.name, when=when, outcome=outcome,
        method=f"page of {application.name}", answer=f"{kind} at {urlsplit(landing.url).netloc}",
        reason=landing.problem,
    )  # fmt: skip
