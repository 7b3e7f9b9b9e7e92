"""A native application, which is called back by a scheme of its own."""

from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import fresh


@scenario()
async def native_client(lab: Lab) -> None:
    """Log out at a client whose post-logout redirect URI has a custom scheme."""
    with lab.case("custom scheme"):
        rp = await lab.relying_party("rp1", Want(channels=None, native=True))
        session = await fresh(lab, rp, rp)
        landing = await lab.logout(
            session.agent, rp, hint=session.hint, uri=rp.post_logout_redirect_uri, state="native"
        )
        await session.finish(landing)
