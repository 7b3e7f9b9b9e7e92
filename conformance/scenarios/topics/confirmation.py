"""Who is asked, and what the answers do."""

from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Shared, parties


@scenario()
async def without_hint(lab: Lab) -> None:
    """Ask for logout without a hint: with nothing, with a state, with client_id and URI; then answer yes."""
    rp, witness = await parties(lab)
    shared = Shared(lab, rp, witness)
    async with shared.case("only a state") as session:
        await session.untouched(await lab.logout(session.agent, None, state="only-state", answer="leave"))
    async with shared.case("client_id and URI") as session:
        landing = await lab.logout(
            session.agent, rp, client_id=rp.client_id, uri=rp.post_logout_redirect_uri, state="client-id",
            answer="leave",
        )  # fmt: skip
        await session.untouched(landing)
    async with shared.case("no parameter") as session:
        landing = await session.untouched(await lab.logout(session.agent, None))
        await session.finish(landing)


@scenario()
async def declined(lab: Lab) -> None:
    """Ask for logout without a hint and answer no; where nothing declines, leave the page."""
    rp, witness = await parties(lab)
    shared = Shared(lab, rp, witness)
    async with shared.case("no") as session:
        landing = await lab.logout(session.agent, rp, client_id=rp.client_id, answer="no")
        await lab.finish(session.agent, landing, "no")
        await session.probe("after")
    async with shared.case("yes") as session:
        await session.finish(await lab.logout(session.agent, rp, client_id=rp.client_id))


@scenario()
async def targets_without_hint(lab: Lab) -> None:
    """Ask for a redirect without a hint: registered and unregistered URIs, with and without client_id."""
    rp1, witness, rp2 = await _three(lab)
    shared = Shared(lab, rp1, witness)
    unregistered = f"{rp1.post_logout_redirect_uri}/unregistered"
    requests = {
        "registered, no client_id": ("", rp1.post_logout_redirect_uri),
        "registered, client_id": (rp1.client_id, rp1.post_logout_redirect_uri),
        "unregistered, client_id": (rp1.client_id, unregistered),
        "unregistered, no client_id": ("", unregistered),
    }
    if rp2 is not None:
        requests["URI of rp2, client_id of rp1"] = (rp1.client_id, rp2.post_logout_redirect_uri)
    for label, (client_id, uri) in requests.items():
        async with shared.case(label) as session:
            await session.finish(
                await lab.logout(session.agent, rp1, client_id=client_id, uri=uri, state="no-hint")
            )
    async with shared.case("control") as session:
        await session.finish(
            await lab.logout(
                session.agent, rp1, hint=session.hint, uri=rp1.post_logout_redirect_uri, state="control"
            )
        )


async def _three(lab: Lab) -> tuple[RelyingParty, RelyingParty, RelyingParty | None]:
    from conformance.scenarios.errors import NotTestedError

    try:
        rp1, witness, rp2 = await parties(lab, rp2=Want())
    except NotTestedError:
        rp1, witness = await parties(lab)
        return rp1, witness, None
    return rp1, witness, rp2


@scenario()
async def no_session(lab: Lab) -> None:
    """Ask for logout in a clean browser, where nobody is logged in."""
    with lab.case("no parameter"):
        agent = await lab.agent()
        await lab.logout(agent, None)


@scenario()
async def silent_requests(lab: Lab) -> None:
    """Send prompt=none from a virgin browser, and from one that is logged in."""
    rp, witness = await parties(lab)
    with lab.case("virgin browser"):
        await lab.flows.silent(await lab.agent("browser 2"), witness)
    async with Shared(lab, rp, witness).case("logged in") as session:
        await lab.flows.silent(session.agent, witness)
    with lab.case("virgin browser, no prompt"):
        await lab.flows.first_page(await lab.agent("browser 3"), witness)
