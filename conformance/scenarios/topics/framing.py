"""The question whether to log out, in a frame of a site that belongs to no client."""

from html import escape

from conformance.provider.framing import press_yes_in_frame
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Session, logged_in, parties


@scenario(browser=True)
async def framed_question(lab: Lab) -> None:
    """Log out at top level; then load that request in a frame, third-party cookies allowed, and press yes there."""
    rp, witness = await parties(lab)
    agent, user = await lab.chromium("browser 1", "allowed"), await lab.user()
    with lab.case("control"):
        asked = await _at_top_level(await logged_in(lab, agent, rp, witness, user), hinted=True)
    if not asked:
        with lab.case("control without a hint"):
            await _at_top_level(await logged_in(lab, agent, rp, witness, user), hinted=False)
    with lab.case("framed"):
        session = await logged_in(lab, agent, rp, witness, user)
        url = lab.logout_url(_parameters(session, hinted=asked))
        frame = f'<!doctype html><iframe width="800" height="600" src="{escape(url, quote=True)}"></iframe>'
        page = await agent.tab(lab.receiver.page(lab.site("stranger"), "/framing", frame), "start page")
        await press_yes_in_frame(agent, page, url, lab.recorder)
        await session.probe("after")


async def _at_top_level(session: Session, *, hinted: bool) -> bool:
    """Log out, and tell whether the provider asked."""
    hint, uri = (session.hint, session.rp.post_logout_redirect_uri) if hinted else ("", None)
    landing = await session.lab.logout(
        session.agent, session.rp if hinted else None, hint=hint, uri=uri, state="control" if hinted else None
    )
    await session.finish(landing)
    return landing.asks


def _parameters(session: Session, *, hinted: bool) -> list[tuple[str, str]]:
    if not hinted:
        return []
    uri = session.rp.post_logout_redirect_uri
    return [("id_token_hint", session.hint), ("post_logout_redirect_uri", uri)]
