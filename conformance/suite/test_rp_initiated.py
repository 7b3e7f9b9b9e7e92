"""OpenID Connect RP-Initiated Logout 1.0."""

from conformance.evidence.views import Case
from conformance.suite import case, expect, require, requirement


@requirement("RPI-2-35")
def test_yes_ends_the_session(plain_logout: Case) -> None:
    """After yes the witness's session at the provider has ended."""
    with case(plain_logout) as logout:
        require(logout.session("before") == "alive", "the session was not proven alive before the logout")
        require(logout.session("after") != "undecided", "the probe after the logout decided nothing")
        expect(logout.session("after"), "the session after yes", logout.probe("after")).to_equal("ended")
