"""JSON Web Token Best Current Practices (RFC 8725)."""

from conformance.evidence.views import Case
from conformance.suite import case, expect, require, requirement
from conformance.suite.views_encryption import Nested


@requirement("JBCP-3.12-01b")
def test_a_logout_token_is_no_hint(logouts_by_kept_tokens: tuple[Case, Case, Case]) -> None:
    """A Logout Token is not taken for an ID Token in id_token_hint."""
    genuine, altered, confused = logouts_by_kept_tokens
    with case(confused):
        require(
            genuine.redirect, "the ID Token of the ended session did not lead back either", genuine.logout
        )
        require(
            not altered.redirect, "a hint with an altered signature led back, too (RPI-2-27)", altered.logout
        )
        expect(
            confused.redirect, "the redirect after a Logout Token as id_token_hint", confused.logout
        ).to_be_absent()


@requirement("JBCP-3.11-02")
def test_the_type_is_in_the_inner_token(nested: Nested) -> None:
    """An encrypted Logout Token has its type in the inner header, if it has one."""
    with case(nested.case):
        token = nested.logout_token
        require(token, nested.silence)
        require(nested.opened, f"the Logout Token is {nested.form} (BCL-2.4-20b)", token)
        expect(nested.typed, "the explicit type of the Logout Token", token).not_to_equal(
            "in the outer header alone"
        )
