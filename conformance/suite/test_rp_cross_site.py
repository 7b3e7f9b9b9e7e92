"""RP-Initiated Logout 1.0, section 6: requests and answers that the user did not make."""

from conformance.suite import case, expect, require, requirement
from conformance.suite.test_rp_initiated import ends_session, lives_untouched, was_alive, was_decided
from conformance.suite.views_rp import Controlled

FORGED = "after the forged answer"


@requirement("RPI-6-01")
def test_another_site_cannot_log_out_unasked(cross_site_requests: Controlled) -> None:
    """A link on another site, an image and a frame there end no session without a further click."""
    ends_session(cross_site_requests.control)
    for logout in cross_site_requests:
        with case(logout):
            was_alive(logout)
            was_decided(logout, "untouched")
            lives_untouched(logout)


@requirement("RPI-6-02")
def test_answer_cannot_be_forged(forged_answers: Controlled) -> None:
    """The answer to the question, sent from another site, does not end the session."""
    ends_session(forged_answers.control)
    for logout in forged_answers:
        with case(logout):
            was_alive(logout)
            require(logout.asked, "there was no question to forge the answer of", logout.first_page)
            was_decided(logout, FORGED)
            what = "the session after an answer that another site sent"
            expect(logout.session(FORGED), what, logout.probe(FORGED), logout.logout).to_equal("alive")
