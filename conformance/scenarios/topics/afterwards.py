"""What old cookies, old questions and other tabs can still do once a logout has begun, or is over."""

from conformance.provider.agent import Landing, UserAgent
from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Session, fresh, parties


@scenario()
async def old_cookies(lab: Lab) -> None:
    """Copy the browser's cookies, log out, and go on with the copy."""
    rp, witness = await parties(lab)
    with lab.case("copied before the logout"):
        session = await fresh(lab, rp, witness)
        copy = await lab.agent("copy")
        await copy.take_over(session.agent)
        await lab.probe(copy, witness, "copy before")
        await session.finish(await lab.logout(session.agent, session.rp, hint=session.hint))
        await lab.probe(copy, witness, "copy after")


@scenario()
async def stale_questions(lab: Lab) -> None:
    """Answer the question whether to log out twice, in another tab first, and when another user is logged in."""
    rp, witness = await parties(lab)
    with lab.case("answered twice"):
        session = await fresh(lab, rp, witness)
        landing = _question(await _ask(lab, session))
        await session.finish(landing)
        await _answer_old(lab, session.agent, landing)
        await session.probe("after the second answer")
    with lab.case("older of two tabs"):
        session = await fresh(lab, rp, witness, "browser 2")
        older = _question(await _ask(lab, session))
        _question(await _ask(lab, session))
        await _answer_old(lab, session.agent, older)
        await session.probe("after")
    with lab.case("another user in between"):
        await _another_user(lab, rp, witness)


async def _another_user(lab: Lab, rp: RelyingParty, witness: RelyingParty) -> None:
    try:
        second = await lab.user(2)
    except NotTestedError as problem:
        lab.gap(problem)
        return
    session = await fresh(lab, rp, witness, "browser 3")
    older = _question(await _ask(lab, session))
    await session.finish(await _ask(lab, session))
    for one in (rp, witness):
        await lab.sign_in(session.agent, one, second)
    await session.probe("second user before")
    await _answer_old(lab, session.agent, older)
    await session.probe("second user after")


async def _ask(lab: Lab, session: Session) -> Landing:
    """Ask for logout without a hint, which every provider has to ask about, and without a redirect."""
    return await lab.logout(session.agent, None)


def _question(landing: Landing) -> Landing:
    if not landing.asks:
        raise InconclusiveError(
            "nobody is asked whether to log out: there is no question that could grow old"
        )
    return landing


async def _answer_old(lab: Lab, agent: UserAgent, landing: Landing) -> None:
    """Press yes on a page that the browser has left: its form is sent again as it was."""
    button = landing.page.yes() if landing.page else None
    if button is None:
        raise InconclusiveError("the question has no control that an old page could send again")
    if button.form is None or not agent.sees_script:
        await agent.press(landing, button, "logout", "old answer")
        return
    start = str(lab.provider.metadata["jwks_uri"])  # a page of the provider's own, as the old one was
    await agent.post(button.form.action, button.form.data(button), "logout", "old answer", start)
