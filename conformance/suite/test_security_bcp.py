"""RFC 9700: what it says of redirects."""

from conformance.suite import case, expect, require, requirement
from conformance.suite.test_rp_initiated import control_redirects, ends_session, was_alive, was_decided
from conformance.suite.views_cross_site import FramedQuestion
from conformance.suite.views_refresh_tokens import Refreshed
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


@requirement("BCP-4.14.2-01")
def test_refresh_token_is_revoked_at_logout(any_refresh_token: Refreshed) -> None:
    """A refresh token is refused after the logout."""
    with case(any_refresh_token.case):
        require(not any_refresh_token.doubt, any_refresh_token.doubt or "", any_refresh_token.after)
        what = f"{any_refresh_token.asked}, granted for {any_refresh_token.scope}"
        expect(any_refresh_token.answer, what, any_refresh_token.after).to_equal("invalid_grant")


@requirement("BCP-4.16-01b")
def test_question_cannot_be_clicked_in_a_foreign_frame(framed_question: FramedQuestion) -> None:
    """A click on yes in a frame of a foreign site does not end the session."""
    control, frame = framed_question.control, framed_question.frame
    require(control.asked, "at top level there was no question", control.last_page)
    ends_session(control)
    with case(framed_question.case) as framed:
        was_alive(framed)
        require(
            framed_question.clicked or not framed_question.asks,
            "the question shows in the frame, and could not be answered there", frame,
        )  # fmt: skip
        was_decided(framed, "after")
        what = "the session after a click in a frame of a foreign site"
        expect(framed.session("after"), what, framed.probe("after"), frame).to_equal("alive")
