"""RFC 6749: what the logout endpoint should take over from it."""

from conformance.suite import case, expect, require, requirement
from conformance.suite.test_rp_initiated import control_redirects
from conformance.suite.views_markers import Markers
from conformance.suite.views_rp import Controlled, outcome


@requirement("OA-3.1-01b")
def test_repeated_uri_does_not_lead_elsewhere(repeated_uris: Controlled) -> None:
    """A repeated post_logout_redirect_uri does not lead to the unregistered one of the two."""
    control_redirects(repeated_uris.control)
    for logout in repeated_uris:
        with case(logout):
            elsewhere = [sent for sent in logout.sent_to if "elsewhere" in sent.url.split("?")[0]]
            expect(elsewhere, "requests to the unregistered URI", logout.logout).to_be_empty()


@requirement("OA-3.1-02b")
def test_unknown_parameter_is_ignored(unknown_parameters: Controlled) -> None:
    """A parameter that the provider does not know changes nothing."""
    control, (first, second) = unknown_parameters.control, unknown_parameters.cases
    control_redirects(control)
    require(
        outcome(first) == outcome(second),
        "the two runs with an unknown parameter ended differently: repeat",
        first.logout,
    )
    with case(first) as logout:
        expect(outcome(logout), "the outcome (asked, session, redirect)", logout.logout).to_equal(
            outcome(control)
        )


@requirement("OA-10.14-01")
def test_received_values_are_sanitised(markers: Markers) -> None:
    """A received value becomes neither an element of a page nor a header."""
    tried = [marked for marked in markers if not marked.control.refused]
    require(tried, "the control, with plain values, was refused too")
    for marked in tried:
        with case(marked.logout) as logout:
            expect(marked.elements, "pages that have the marker as an element", logout.logout).to_be_empty()
            expect(marked.headers, "answers with the made-up header", logout.logout).to_be_empty()
