"""JSON Web Token Best Current Practices (RFC 8725)."""

from conformance.evidence.views import Case
from conformance.suite import case, expect, require, requirement


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
