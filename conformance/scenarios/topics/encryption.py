"""Encrypted tokens: a client that registered for encrypted ID Tokens, and its logout."""

from conformance.provider import encryption
from conformance.scenarios.errors import NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.backchannel import Round


@scenario()
async def encrypted_tokens(lab: Lab) -> None:
    """Log in and out at a relying party that registered two keys for encrypted ID Tokens."""
    wanted = encryption.members(lab.provider.metadata)
    if not wanted:
        known = ", ".join((*encryption.PUBLIC_KEY, *encryption.SYMMETRIC))
        raise NotTestedError(f"needs a provider that encrypts ID Tokens by one of {known}")
    rp = await lab.relying_party("rp1", Want(channels=frozenset({"back"}), extra=wanted))
    with lab.case("encrypted"):
        round_ = Round(lab, [rp], rp)
        await round_.begin()
        await round_.logout("encrypted")
        await round_.end()
