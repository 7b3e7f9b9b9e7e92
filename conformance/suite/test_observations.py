"""What no sentence demands, and users want to know."""

from collections.abc import Sequence

from conformance.evidence.events import Answer, Arrival, Page
from conformance.evidence.own_cookies import NONE, CookieLogout, own_cookies
from conformance.evidence.views import Case, header
from conformance.suite import case, expect, require, requirement
from conformance.suite.test_rp_initiated import (
    control_redirects,
    ends_session,
    goes_nowhere,
    lives_untouched,
    redirected,
    sent,
    was_alive,
    was_decided,
)
from conformance.suite.views_afterwards import old_answers
from conformance.suite.views_backchannel import Told
from conformance.suite.views_frontchannel import FrontLogout
from conformance.suite.views_observations import Question, SetCookie
from conformance.suite.views_rp import Controlled, Methods, outcome


@requirement("OBS-1-01")
def test_question_cannot_be_framed(question: Question) -> None:
    """The question has a header that keeps it out of other sites' frames."""
    what = "whether X-Frame-Options or frame-ancestors is there"
    expect(bool(question.framing), what, question.exchange, question.page).to_be_true()


@requirement("OBS-1-02")
def test_question_is_not_cached(question: Question) -> None:
    """The question has Cache-Control: no-store."""
    stored = "no-store" in question.says("cache-control")
    expect(stored, "whether Cache-Control has no-store", question.exchange).to_be_true()


@requirement("OBS-1-03")
def test_question_has_a_hidden_field(question: Question) -> None:
    """The form that confirms has a hidden field."""
    expect(bool(question.hidden_fields), "whether the form has a hidden field", question.page).to_be_true()


@requirement("OBS-2-01")
def test_referer_does_not_hold_the_hint(arrivals_after_logout: list[Arrival]) -> None:
    """The Referer that the relying party gets does not hold the hint."""
    referers = [header(arrival.headers, "referer") or "" for arrival in arrivals_after_logout]
    telling = any("id_token_hint" in referer for referer in referers)
    expect(telling, "whether the Referer holds id_token_hint", *arrivals_after_logout).to_equal(False)


@requirement("OBS-3-01")
def test_cookies_are_out_of_reach_of_script(login_cookies: list[SetCookie]) -> None:
    """Every cookie of the login has HttpOnly."""
    _all_have("httponly", login_cookies)


@requirement("OBS-3-02")
def test_cookies_are_sent_over_tls(login_cookies: list[SetCookie]) -> None:
    """Every cookie of the login has Secure."""
    _all_have("secure", login_cookies)


@requirement("OBS-3-03")
def test_cookies_have_same_site(login_cookies: list[SetCookie]) -> None:
    """Every cookie of the login has SameSite."""
    _all_have("samesite", login_cookies)


def _all_have(attribute: str, cookies: list[SetCookie]) -> None:
    without = [cookie.name for cookie in cookies if not cookie.has(attribute)]
    expect(without, f"cookies without {attribute}", *(c.exchange for c in cookies)).to_be_empty()


@requirement("OBS-4-01")
def test_redirect_comes_within_a_second(plain_logout: Case) -> None:
    """The redirect comes within a second of the answer."""
    redirect = redirected(plain_logout)
    answered = [answer.at for answer in plain_logout.all(Answer)]
    began = max(answered, default=sent(plain_logout).at)
    require(redirect.at >= began, "the redirect came before the answer (RPI-2-32)", redirect.event)
    seconds = round(redirect.at + getattr(redirect.event, "seconds", 0.0) - began, 2)
    expect(seconds, "seconds from the answer to the redirect", redirect.event).to_be_at_most(1, "1 s")


@requirement("OBS-5-01")
def test_copied_cookies_die_with_the_session(copied_cookies: Case) -> None:
    """Cookies that were copied before the logout are worth nothing after it."""
    was_alive(copied_cookies)
    ends_session(copied_cookies)
    before = copied_cookies.session("copy before")
    require(
        before == "alive", "the copy was not logged in before the logout", copied_cookies.probe("copy before")
    )
    _is("ended", copied_cookies, "copy after", "the session by cookies from before the logout")


@requirement("OBS-5-02")
def test_question_may_be_answered_twice(question_answered_twice: Case) -> None:
    """The question may be answered twice."""
    ends_session(question_answered_twice)
    answers = old_answers(question_answered_twice)
    require(answers, "the form could not be sent again")
    for answer in answers:
        expect(answer.status, "the status after the second answer", answer).to_be_at_most(499, "below 500")
    _is("ended", question_answered_twice, "after the second answer", "the session after the second answer")


@requirement("OBS-5-03")
def test_older_of_two_questions_works(older_question: Case) -> None:
    """With the question open in two tabs the older one ends the session."""
    was_alive(older_question)
    require(old_answers(older_question), "the form of the older question could not be sent")
    _is("ended", older_question, "after", "the session after yes to the older question")


@requirement("OBS-5-04")
def test_old_question_does_not_log_out_the_next_user(question_to_another_user: Case) -> None:
    """A question that was put to one user does not log out the next."""
    before = question_to_another_user.session("second user before")
    require(before == "alive", "the second user was not logged in", question_to_another_user.probe("before"))
    require(old_answers(question_to_another_user), "the form of the old question could not be sent")
    _is("alive", question_to_another_user, "second user after", "the second user's session")


@requirement("OBS-5-05")
def test_back_revives_nothing(logout_and_back: Case, methods: Methods) -> None:
    """The Back button after a logout brings nothing back."""
    ends_session(methods.get)
    _is("ended", logout_and_back, "after", "the session after Back")


def _is(wanted: str, logout: Case, when: str, what: str) -> None:
    was_decided(logout, when)
    expect(logout.session(when), what, logout.probe(when)).to_equal(wanted)


@requirement("OBS-6-01")
def test_other_tokens_are_no_hints(other_tokens: Controlled) -> None:
    """An access or refresh token is not taken for an ID Token."""
    control_redirects(other_tokens.control)
    for logout in other_tokens:
        with case(logout):
            was_alive(logout)
            was_decided(logout, "untouched")
            lives_untouched(logout)
            goes_nowhere(logout)


@requirement("OBS-6-02")
def test_megabyte_hint_is_no_server_error(megabyte_hint: Case) -> None:
    """A hint of a megabyte is no server error."""
    was_alive(megabyte_hint)
    was_decided(megabyte_hint, "untouched")
    answer = megabyte_hint.requests[-1:]
    require(answer, "the request could not be sent: is end_session_endpoint a URL that can be used?")
    expect(megabyte_hint.status, "the status of the answer", *answer).to_be_at_most(499, "below 500")
    lives_untouched(megabyte_hint)


@requirement("OBS-6-03")
def test_long_request_works_by_post(long_post: tuple[Case, Case]) -> None:
    """A request that is too long for an address works by POST."""
    long, short = long_post
    require(not short.refused, "the short POST is refused too (RPI-2-23)", *short.requests[-1:])
    what = "the outcome of the long POST (asked, session, redirect)"
    expect(outcome(long), what, *long.requests[-1:]).to_equal(outcome(short))


@requirement("OBS-7-01")
def test_supported_language_is_used(localized_pages: list[Page]) -> None:
    """Not every supported language gets the same page."""
    texts = {page.text for page in localized_pages}
    same = len(texts) == 1
    expect(same, "whether the pages have the same text in every language", *localized_pages).to_equal(False)


@requirement("OBS-8-01")
def test_applications_are_logged_out(application_logouts: list[Case]) -> None:
    """An application that took part in the session is logged out with it."""
    for logout in application_logouts:
        with case(logout):
            before = logout.probe("application before")
            shown = logout.session("application before") == "alive"
            require(shown, "the application did not show its page to the user who is logged in", before)
            ends_session(logout)
            _is("ended", logout, "application after", "the login at the application")


@requirement("OBS-9-01")
def test_own_cookie_reaches_the_frame(own_cookies_allowed: CookieLogout) -> None:
    """With third-party cookies allowed a relying party gets its SameSite=None cookie."""
    with case(own_cookies_allowed) as logout:
        kept = NONE in own_cookies(logout.first_party)
        why = "the browser did not keep the relying party's SameSite=None cookie"
        require(kept, why, *logout.first_party)
        sent = NONE in own_cookies(logout.other_site)
        why = "the browser sent the cookie to no frame of another site, the harness's own included"
        require(sent, why, *logout.other_site)
        require(logout.heard, "the browser did not request the frontchannel_logout_uri (FCL-2-07 says more)")
        arrived = own_cookies(logout.heard)
        expect(arrived, "the relying party's cookies that arrived", *logout.heard).to_contain(NONE)


@requirement("OBS-10-01")
def test_own_logouts_are_told_by_back_channel(told_of_own_logouts: Sequence[Told]) -> None:
    """Relying parties get a Logout Token also of a logout that none of them asked for."""
    for told in told_of_own_logouts:
        with case(told.case):
            require(not told.doubt, told.doubt, told.case.probe("after"))
            expect(told.requests, told.within, told.case.logout, told.case.probe("after")).to_be_present()


@requirement("OBS-10-02")
def test_own_logouts_are_told_by_front_channel(framed_by_own_page: FrontLogout) -> None:
    """The page of a logout that no relying party asked for frames the front-channel logout URIs."""
    with case(framed_by_own_page) as logout:
        was_alive(logout)
        framed = logout.framed("front")
        doubt = "" if framed else logout.doubt("front")
        require(not doubt, doubt, logout.probe("after"))
        expect(framed, logout.wanted, logout.logout, *logout.why_unheard).to_be_present()
