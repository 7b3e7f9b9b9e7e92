"""RP-initiated logout as it is meant to be: with hint, URI and state, by GET and by POST."""

from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Shared, fresh, parties

PLAIN_STATE = "k7Qw2ZrT9xLm4VbN8cHy3JfD6sGp1AeU5oIk0WqXtRzBvMnCjLhYgPdFsEaKuOiS" * 2
AWKWARD_STATE = "a&b=c+d %41/e?f#g~h"


@scenario()
async def logout_get(lab: Lab) -> None:
    """Log out by GET with hint, registered URI and state; once untouched, then yes."""
    rp, witness = await parties(lab)
    with lab.case("plain"):
        session = await fresh(lab, rp, witness)
        landing = await lab.logout(
            session.agent, rp, hint=session.hint, uri=rp.post_logout_redirect_uri, state=PLAIN_STATE
        )
        await session.finish(await session.untouched(landing))
    with lab.case("repeated"):
        landing = await lab.logout(
            session.agent, rp, hint=session.hint, uri=rp.post_logout_redirect_uri, state=PLAIN_STATE
        )
        await lab.finish(session.agent, landing)
    with lab.case("login after logout"):
        await lab.flows.first_page(session.agent, witness)


async def _full_logout(
    lab: Lab, case: str, rp: RelyingParty, witness: RelyingParty, **request: object
) -> None:
    with lab.case(case):
        session = await fresh(lab, rp, witness)
        landing = await lab.logout(session.agent, rp, hint=session.hint, **request)  # type: ignore[arg-type]
        await lab.finish(session.agent, landing)
        await lab.probe(session.agent, witness, "after")


@scenario()
async def logout_states(lab: Lab) -> None:
    """Log out with an awkward state spelt in two ways, and without a state."""
    rp, witness = await parties(lab)
    uri = rp.post_logout_redirect_uri
    await _full_logout(lab, "state with reserved characters", rp, witness, uri=uri, state=AWKWARD_STATE)
    await _full_logout(lab, "no state", rp, witness, uri=uri)
    with lab.case("space written as %20"):
        session = await fresh(lab, rp, witness)
        landing = await lab.logout(
            session.agent, rp, hint=session.hint, uri=uri, state=AWKWARD_STATE, spaces="%20"
        )
        await lab.finish(session.agent, landing)


@scenario()
async def logout_targets(lab: Lab) -> None:
    """Log out to a second registered URI with a query, and without a URI at all."""
    with lab.case("no URI"):
        rp, witness = await parties(lab)
        session = await fresh(lab, rp, witness)
        landing = await lab.logout(session.agent, rp, hint=session.hint, state="sent-without-uri")
        await lab.finish(session.agent, landing)
        await lab.probe(session.agent, witness, "after")
    with lab.case("second URI with a query"):
        two = (await lab.relying_parties(rp2=Want(uris=2)))[0]
        session = await fresh(lab, two, two)
        landing = await lab.logout(
            session.agent, two, hint=session.hint, uri=two.post_logout_redirect_uris[1], state="second"
        )
        await lab.finish(session.agent, landing)
        await lab.probe(session.agent, two, "after")
    with lab.case("first URI of two"):
        session = await fresh(lab, two, two)
        landing = await lab.logout(
            session.agent, two, hint=session.hint, uri=two.post_logout_redirect_uris[0], state="first"
        )
        await lab.finish(session.agent, landing)


@scenario()
async def logout_parameters(lab: Lab) -> None:
    """Log out with parameters that a provider need not know: ui_locales, logout_hint, a made-up one."""
    rp, witness = await parties(lab)
    uri = rp.post_logout_redirect_uri
    await _full_logout(lab, "control", rp, witness, uri=uri, state="control")
    for case, extra in (
        ("unsupported ui_locales", ("ui_locales", "tlh qaa-x-none")),
        ("unknown logout_hint", ("logout_hint", "nobody-4711")),
        ("unknown logout_hint again", ("logout_hint", "nobody-4711")),
        ("unknown parameter", ("x_unknown", "harmless")),
        ("unknown parameter again", ("x_unknown", "harmless")),
    ):
        await _full_logout(lab, case, rp, witness, uri=uri, state=case.replace(" ", "-"), extra=[extra])


@scenario()
async def supported_locales(lab: Lab) -> None:
    """Ask for logout in up to three of the languages that the metadata list, and leave the page."""
    listed = lab.provider.metadata.get("ui_locales_supported")
    tags = [tag for tag in listed if isinstance(tag, str)] if isinstance(listed, list) else []
    if not tags:
        return
    shared = Shared(lab, *await parties(lab))
    for tag in tags[:3]:
        async with shared.case(tag) as session:
            await lab.logout(session.agent, None, extra=[("ui_locales", tag)], answer="leave")


@scenario(browser=True)
async def logout_post(lab: Lab) -> None:
    """Log out by form POST: from the relying party's page, and from a page of the provider's origin."""
    rp, witness = await parties(lab)
    uri = rp.post_logout_redirect_uri
    for case in ("GET", "POST from the relying party", "POST from the provider"):
        with lab.case(case):
            session = await fresh(lab, rp, witness)
            start = _start_page(lab, rp, case)
            landing = await lab.logout(
                session.agent, rp, hint=session.hint, uri=uri, state=case.replace(" ", "-"),
                method="GET" if case == "GET" else "POST", start=start,
            )  # fmt: skip
            await lab.finish(session.agent, landing)
            await lab.probe(session.agent, witness, "after")
        if case == "GET":
            with lab.case("back"):
                await session.agent.back("logout", "back")
                await session.probe("after")
    with lab.case("GET without cookies"):
        agent = await lab.agent("browser 4")
        await lab.finish(agent, await lab.logout(agent, rp, hint=session.hint, uri=uri, state="no-cookies"))
    with lab.case("empty POST"):
        session = await fresh(lab, rp, witness)
        start = _start_page(lab, rp, "POST from the provider")
        await session.finish(await lab.logout(session.agent, rp, method="POST", start=start))


def _start_page(lab: Lab, rp: RelyingParty, case: str) -> str:
    if case == "POST from the relying party":
        return lab.receiver.blank(rp.key)
    if case == "POST from the provider":
        return str(lab.provider.metadata["jwks_uri"])
    return ""
