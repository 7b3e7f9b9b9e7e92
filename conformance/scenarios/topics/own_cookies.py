"""Front-channel logout and cookies: which of its own the relying party gets in the provider's frame."""

from html import escape

from conformance.evidence.own_cookies import ATTRIBUTES, CONTROLS, FIRST_PARTY, OTHER_SITE, POLICIES, SETS
from conformance.provider.agent_browser import BrowserAgent
from conformance.provider.relying_party import RelyingParty
from conformance.receiver import Answer
from conformance.scenarios.errors import NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.frontchannel import FRAMED, FRONT

SET = [("Set-Cookie", f"{name}=here; Path=/{attributes}") for name, attributes in ATTRIBUTES.items()]


@scenario(browser=True, scripts=True)
async def frontchannel_cookies(lab: Lab) -> None:
    """Log out where a relying party has cookies of its own, with third-party cookies blocked and allowed."""
    _need_front_channel(lab)
    rp, initiator = await _parties(lab)
    for policy in POLICIES:
        with lab.case(
            CONTROLS[policy]
        ):  # apart: what the harness itself asks for says nothing of the provider
            agent = await lab.chromium(f"browser, third-party cookies {policy}", policy)
            await _keep_cookies(lab, agent, rp)
            if policy == "allowed":  # no row is decided where they are blocked, so the control can be spared
                await _frame_elsewhere(lab, agent, rp)
        with lab.case(policy):
            await _log_out(lab, agent, rp, initiator)


def _need_front_channel(lab: Lab) -> None:
    """A second browser is not started in vain."""
    offered = lab.provider.metadata.get("frontchannel_logout_supported") in (True, "true")
    if not offered and "front_channel" not in lab.config.declares:
        raise NotTestedError("needs a provider with front-channel logout", "declares: [front_channel]")


async def _parties(lab: Lab) -> list[RelyingParty]:
    """Return the one with the cookies and the one that logs out: some providers leave out who asked."""
    try:
        return await lab.relying_parties(rp1=FRONT, rp2=Want(channels=None))
    except NotTestedError:
        return [await lab.relying_party("rp1", FRONT)] * 2


async def _keep_cookies(lab: Lab, agent: BrowserAgent, rp: RelyingParty) -> None:
    """Set the cookies at the very address that is framed later, and see that they come along at top level."""
    for name, headers in ((SETS, [*FRAMED, *SET]), (FIRST_PARTY, FRAMED)):
        _answer(lab, rp, name, headers)
        await agent.get(rp.frontchannel_logout_uri or "", "logout", "relying party")


async def _frame_elsewhere(lab: Lab, agent: BrowserAgent, rp: RelyingParty) -> None:
    """Frame that address on a page of the harness: what this browser lets a provider do."""
    _answer(lab, rp, OTHER_SITE, FRAMED)
    frame = f'<iframe src="{escape(rp.frontchannel_logout_uri or "", quote=True)}"></iframe>'
    html = f"<!doctype html><title>Control of the harness</title>{frame}"
    await agent.get(lab.receiver.page(lab.site("control"), "/frame", html), "logout", "start page")


def _answer(lab: Lab, rp: RelyingParty, name: str, headers: list[tuple[str, str]]) -> None:
    answer = Answer(name=name, headers=headers, body="<!doctype html>", times=1)
    lab.receiver.script(rp.key, "frontchannel", answer)


async def _log_out(lab: Lab, agent: BrowserAgent, rp: RelyingParty, initiator: RelyingParty) -> None:
    user = await lab.user()
    login = await lab.sign_in(agent, rp, user)
    if initiator is not rp:
        login = await lab.sign_in(agent, initiator, user)
    lab.receiver.script(rp.key, "frontchannel")
    await lab.finish(agent, await lab.logout(agent, initiator, hint=login.id_token))
