"""RFC 9700: what it says of redirects."""

from conformance.suite import case, expect, require, requirement
from conformance.suite.test_rp_initiated import control_redirects
from conformance.suite.views_rp import Controlled, Methods


@requirement("BCP-2.1-02")
def test_no_parameter_forwards_to_a_stranger(open_redirects: Controlled) -> None:
    """No parameter of the logout request sends the browser to an unregistered host."""
    control_redirects(open_redirects.control)
    for logout in open_redirects:
        with case(logout):
            elsewhere = [sent for sent in logout.sent_to if "elsewhere" in sent.url.split("?")[0]]
            expect(elsewhere, "requests to the unregistered host", logout.logout).to_be_empty()


@requirement("BCP-4.12-01b")
def test_post_is_not_passed_on(methods: Methods) -> None:
    """The redirect to the relying party that answers a POST is no 307 or 308."""
    with case(methods.post_same_site) as logout:
        require(logout.redirect, "no redirect to the relying party", logout.last_page)
        by = [sent for sent in logout.sent_to if sent.by == "redirect"]
        expect(
            [sent.status for sent in by], "status of the redirects", *(s.event for s in by)
        ).not_to_contain(307)
        expect(
            [sent.status for sent in by], "status of the redirects", *(s.event for s in by)
        ).not_to_contain(308)
        reached = [a.method for a in logout.notifications("post_logout")]
        expect(
            reached, "methods by which the relying party was reached", *logout.notifications("post_logout")
        ).not_to_contain("POST")


@requirement("BCP-4.12-02b")
def test_redirect_after_post_is_303(methods: Methods) -> None:
    """The redirect to the relying party that answers a POST has status 303."""
    with case(methods.post_same_site) as logout:
        require(logout.redirect, "no redirect to the relying party", logout.last_page)
        by = [sent.status for sent in logout.sent_to if sent.by == "redirect"]
        expect(by[:1], "status of the redirect to the relying party", logout.redirect.event).to_equal([303])  # type: ignore[union-attr]
