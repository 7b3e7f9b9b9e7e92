"""Authorization requests that name the user by a hint: how relying parties find out that the user has changed."""

from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Session, fresh, parties


@scenario()
async def requested_user(lab: Lab) -> None:
    """Log in as one user, then as another, and ask silently with and without the first one's ID Token."""
    rp, witness = await parties(lab)
    await lab.user(2)
    with lab.case("first user"):
        first = await fresh(lab, rp, witness)
        await lab.flows.silent(first.agent, rp, redeem=True)
    with lab.case("first user, own hint"):
        await lab.flows.silent(first.agent, rp, hint=first.hint, redeem=True)
    with lab.case("change"):
        await first.finish(
            await lab.logout(first.agent, rp, hint=first.hint, uri=rp.post_logout_redirect_uri)
        )
        login = await lab.sign_in(first.agent, rp, await lab.user(2))
        second = Session(lab, first.agent, rp, witness, login)
    with lab.case("second user"):
        await lab.flows.silent(second.agent, rp, redeem=True)
    with lab.case("second user, hint of the first"):
        await lab.flows.silent(second.agent, rp, hint=first.hint, redeem=True)
