"""OpenID Connect Core 1.0, section 3.1.2.1: prompt=none and the user that a hint names."""

from conformance.suite import expect, require, requirement
from conformance.suite.views_requested_user import RequestedUser


@requirement("CORE-3.1.2.1-05")
def test_hint_of_another_user_brings_no_code_for_this_one(requested_user: RequestedUser) -> None:
    """prompt=none with one user's ID Token as hint brings no code for another."""
    first, second, hinted = requested_user.first_hinted, requested_user.second, requested_user.second_hinted
    require(first.outcome == "code", "while the user was logged in, the own hint brought no code", first)
    require(second.outcome == "code" and second.sub, "without the hint the second user got no code", second)
    require(first.sub != second.sub, "the first user could not be replaced by the second", first, second)
    user = hinted.sub if hinted.outcome == "code" else "nobody: an error"
    expect(user, "sub of the ID Token that came", hinted, second).not_to_equal(second.sub)


@requirement("CORE-3.1.2.1-07")
def test_prompt_none_works_without_a_hint(requested_user: RequestedUser) -> None:
    """prompt=none works without an id_token_hint."""
    bare, hinted = requested_user.first, requested_user.first_hinted
    refused = bare.outcome != "code" and bare.error == "invalid_request"
    require(bare.outcome == "code" or refused, f"without a hint it ended in {bare.error}", bare)
    require(
        bare.outcome == "code" or hinted.outcome == "code", "with the hint it brought no code either", hinted
    )
    expect(bare.outcome, "how prompt=none ended without a hint", bare).to_equal("code")
