"""Front-channel logout in a real browser: who is framed, with what, in which order."""

import asyncio

from conformance.provider.agent import UserAgent
from conformance.provider.flows import SignIn
from conformance.provider.relying_party import RelyingParty
from conformance.receiver import Answer
from conformance.scenarios.errors import NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario

FRONT = Want(channels=frozenset({"front"}))
UNUSED = Want(channels=frozenset({"front"}), unused=True)
QUERY = Want(channels=frozenset({"front"}), query=True)
PLAIN_ID = Want(channels=frozenset({"front"}), extra={"frontchannel_logout_session_required": False})
HOLD = 5.0  # seconds that an answer is held back for the other request (FCL-3-02)
CONTROL = "front-channel-control"
FRAMED = [
    ("Content-Type", "text/html"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "frame-ancestors *"),
]


@scenario(browser=True, scripts=True)
async def frontchannel_fan_out(lab: Lab) -> None:
    """Log out of two relying parties that hear by front-channel alone; a third is never used."""
    every = await _as_many_as_there_are(lab)
    rps, agent = every[:2], await lab.agent()
    with lab.case("control"):
        await frames_reach_the_receiver(lab, agent, every)
    with lab.case("first"):
        await _round(lab, agent, rps, "first")
    if len(rps) > 1:
        with lab.case("held back"):
            await _held_back(lab, agent, rps)
        with lab.case("from rp2"):
            await _round(lab, agent, [rps[1], rps[0]], "from-rp2")
    with lab.case("no redirect"):
        await _round(lab, agent, rps, None)


async def _as_many_as_there_are(lab: Lab) -> list[RelyingParty]:
    """Return rp1, rp2 and rp3, of which the last is never used, or those that there are."""
    wants = {"rp1": FRONT, "rp2": FRONT, "rp3": UNUSED}
    while True:
        try:
            return await lab.relying_parties(**wants)
        except NotTestedError as problem:
            if len(wants) == 1:
                raise
            with lab.case(wants.popitem()[0]):
                lab.gap(problem)


async def frames_reach_the_receiver(lab: Lab, agent: UserAgent, rps: list[RelyingParty]) -> None:
    """Frame the logout URIs on a page of another origin: what the browser lets a provider do."""
    key = lab.site(CONTROL)
    frames = "".join(f'<iframe src="{rp.frontchannel_logout_uri}"></iframe>' for rp in rps)
    url = lab.receiver.page(key, "/frames", f"<!doctype html><title>Control of the harness</title>{frames}")
    await agent.get(url, "logout", "start page")


async def _round(lab: Lab, agent: UserAgent, rps: list[RelyingParty], state: str | None) -> None:
    """Log in everywhere, log out by the first one, with redirect if there is a state, and probe."""
    login = await _log_in(lab, agent, rps)
    uri = rps[0].post_logout_redirect_uri if state else None
    landing = await lab.logout(agent, rps[0], hint=login.id_token, uri=uri, state=state)
    await lab.finish(agent, landing)
    await lab.probe(agent, rps[-1], "after")


async def _log_in(lab: Lab, agent: UserAgent, rps: list[RelyingParty]) -> SignIn:
    user = await lab.user()
    logins = [await lab.sign_in(agent, rp, user) for rp in rps]
    return logins[0]


async def _held_back(lab: Lab, agent: UserAgent, rps: list[RelyingParty]) -> None:
    """Log out while the answers wait until both requests are there: side by side or in turn."""
    both = asyncio.Event()
    for rp in rps:
        answer = Answer(
            name="held back", headers=FRAMED, body="<!doctype html>", delay=HOLD, until=both, times=1
        )
        lab.receiver.script(rp.key, "frontchannel", answer)
    release = asyncio.create_task(_when_all_have_come(lab, rps, both))
    try:
        await _round(lab, agent, rps, "held-back")
    finally:
        both.set()
        release.cancel()
        for rp in rps:
            lab.receiver.script(rp.key, "frontchannel")


async def _when_all_have_come(lab: Lab, rps: list[RelyingParty], event: asyncio.Event) -> None:
    before = {rp.key: len(lab.receiver.seen(rp.key, "frontchannel")) for rp in rps}
    waits = (
        lab.receiver.wait_for(rp.key, "frontchannel", count=before[rp.key] + 1, timeout=lab.config.timeout)
        for rp in rps
    )
    if all(await asyncio.gather(*waits)):
        event.set()


@scenario(browser=True)
async def frontchannel_query(lab: Lab) -> None:
    """Log out at a client whose logout URI has a query, and at one that does not ask for iss and sid."""
    agent = await lab.agent()
    for case, want in (("query", QUERY), ("session not required", PLAIN_ID)):
        with lab.case(case):
            try:
                rp = await lab.relying_party("rp1", want)
            except NotTestedError as problem:
                lab.gap(problem)
                continue
            await _round(lab, agent, [rp], case.replace(" ", "-"))


@scenario(browser=True, watches=True)
async def both_channels(lab: Lab) -> None:
    """Log out of clients that hear by front-channel, by back-channel, and by both."""
    wants = {
        "rp1": Want(),
        "front": FRONT,
        "back": Want(channels=frozenset({"back"})),
        "both": Want(channels=frozenset({"front", "back"})),
    }
    rps = await lab.relying_parties(**wants)
    agent = await lab.agent()
    with lab.case("both channels"):
        await _round(lab, agent, rps, "both-channels")
        await asyncio.gather(*(lab.hears(rp, "backchannel") for rp in rps[2:]))
