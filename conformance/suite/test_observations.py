"""What no sentence demands, and users want to know."""

from conformance.evidence.events import Answer, Arrival
from conformance.evidence.views import Case, header
from conformance.suite import expect, require, requirement
from conformance.suite.test_rp_initiated import redirected, sent
from conformance.suite.views_observations import Question, SetCookie


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
