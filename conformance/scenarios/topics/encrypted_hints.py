"""Encrypted ID Tokens at logout, and what a provider takes where only half was registered."""

from conformance.provider import encryption
from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.errors import NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import fresh


@scenario()
async def encryption_default(lab: Lab) -> None:
    """Log in at a client that registered id_token_encrypted_response_alg without enc."""
    algorithms = lab.provider.metadata.get(encryption.ALGS) or []
    alg = next((alg for alg in encryption.PUBLIC_KEY if alg in algorithms), None)
    if alg is None:
        raise NotTestedError(
            f"needs a provider that encrypts ID Tokens by one of {', '.join(encryption.PUBLIC_KEY)}"
        )
    with lab.case("alg alone"):
        rp = await lab.relying_party("rp1", Want(extra={encryption.ALG: alg}))
        await lab.sign_in(await lab.agent(), rp, await lab.user())


@scenario()
async def encrypted_hint(lab: Lab) -> None:
    """Send a symmetrically encrypted ID Token as hint, as it was received, with client_id."""
    wanted = _symmetric(lab)
    for case, members in (("encrypted hint", wanted), ("control", {})):
        with lab.case(case):
            await _log_out(lab, await lab.relying_party("rp1", Want(extra=members)), case)


def _symmetric(lab: Lab) -> dict[str, str]:
    algorithms = lab.provider.metadata.get(encryption.ALGS) or []
    alg = next((alg for alg in encryption.SYMMETRIC if alg in algorithms), None)
    if alg is None:
        raise NotTestedError(
            f"needs a provider that encrypts ID Tokens by one of {', '.join(encryption.SYMMETRIC)}"
        )
    return {**encryption.members(lab.provider.metadata), encryption.ALG: alg}


async def _log_out(lab: Lab, rp: RelyingParty, case: str) -> None:
    session = await fresh(lab, rp, rp, f"browser for {case}")
    landing = await lab.logout(
        session.agent, rp, hint=session.login.received, hint_is=case, client_id=rp.client_id,
        uri=rp.post_logout_redirect_uri, state="encrypted",
    )  # fmt: skip
    await session.finish(landing)
