"""The question whether to log out, in a frame of a site that belongs to no client."""

from html import escape

from conformance.provider.framing import press_yes_in_frame
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Session, parties


@scenario(browser=True)
async def framed_question(lab: Lab) -> None:
    """Load the logout request in a frame, third-party cookies allowed, and press yes there; then at top level."""
    rp, witness = await parties(lab)
    agent, user = await lab.chromium("browser 1", "allowed"), await lab.user()
    uri = rp.post_logout_redirect_uri
    with lab.case("framed"):
        login = await lab.sign_in(agent, rp, user)
        if witness is not rp:
            await lab.sign_in(agent, witness, user)
        session = Session(lab, agent, rp, witness, login)
        await session.probe("before")
        url = lab.logout_url([("id_token_hint", session.hint), ("post_logout_redirect_uri", uri)])
        frame = f'<!doctype html><iframe width="800" height="600" src="{escape(url, quote=True)}"></iframe>'
        page = await agent.tab(lab.receiver.page(lab.site("stranger"), "/framing", frame), "start page")
        await press_yes_in_frame(agent, page, url, lab.recorder)
        await session.probe("after")
    with lab.case("control"):
        again = await lab.sign_in(
            agent, rp, user
        )  # the frame may have ended the session, or used the hint up
        session = Session(lab, agent, rp, witness, again)
        await session.finish(await lab.logout(agent, rp, hint=session.hint, uri=uri, state="control"))
