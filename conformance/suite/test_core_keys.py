"""OpenID Connect Core 1.0, section 10.1: the keys that Logout Tokens are signed with."""

from collections.abc import Sequence

from conformance.suite import expect, require, requirement
from conformance.suite.views_logout_tokens import KeySet, LogoutToken

UNREACHABLE = "the published keys could not be fetched: look at the exchanges with jwks_uri"


@requirement("CORE-10.1-01")
def test_signature_verifies_with_a_published_key(asymmetric: Sequence[LogoutToken], key_set: KeySet) -> None:
    """A Logout Token that is signed asymmetrically verifies with a published key."""
    require(key_set.reachable, UNREACHABLE)
    for token in asymmetric:
        expect(token.signature_found, f"the signature for {token.label}", token.token).to_equal("verified")


@requirement("CORE-10.1-01b")
def test_key_is_named_by_kid(asymmetric: Sequence[LogoutToken], key_set: KeySet) -> None:
    """A Logout Token names its key by kid where several published keys could verify it."""
    require(key_set.reachable, UNREACHABLE)
    for token in asymmetric:
        kid, what = (
            token.seen.header.get("kid"),
            f"kid for {token.label}, with {token.candidates} keys that fit",
        )
        allowed = [*key_set.kids, *([kid] if token.candidates < 2 else [])]
        expect(kid, what, token.token).to_be_one_of(allowed, "that of a published key")
