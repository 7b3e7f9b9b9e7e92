"""Views of what old cookies, old questions and other tabs can still do, and of tokens in place of a hint."""

from conformance.evidence.events import Exchange, Page
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case
from conformance.suite.finding import Undecided
from conformance.suite.registry import view
from conformance.suite.views import one, scenario_cases
from conformance.suite.views_rp import Controlled, controlled


@view("old_cookies")
def copied_cookies(evidence: Evidence) -> Case:
    """A logout, and a browser that had copied the cookies before."""
    return one(evidence, "old_cookies", "copied before the logout")


@view("stale_questions")
def question_answered_twice(evidence: Evidence) -> Case:
    """A question answered yes, and once more."""
    return one(evidence, "stale_questions", "answered twice")


@view("stale_questions")
def older_question(evidence: Evidence) -> Case:
    """Two questions in one browser, of which the older was answered."""
    return one(evidence, "stale_questions", "older of two tabs")


@view("stale_questions")
def question_to_another_user(evidence: Evidence) -> Case:
    """A question put to one user and answered when another was logged in."""
    return one(evidence, "stale_questions", "another user in between")


@view("logout_post")
def logout_and_back(evidence: Evidence) -> Case:
    """Back after a logout by GET."""
    return one(evidence, "logout_post", "back")


@view("other_tokens")
def other_tokens(evidence: Evidence) -> Controlled:
    """Logouts with an access token and, where one was issued, a refresh token in place of the hint."""
    tried = scenario_cases(evidence, "other_tokens")
    labels = [one for one in ("access token", "refresh token") if one in tried and tried[one].logout]
    if not labels:
        raise Undecided("the login brought neither an access token nor a refresh token")
    return controlled(evidence, "other_tokens", *labels)


@view("other_tokens")
def megabyte_hint(evidence: Evidence) -> Case:
    """A logout by POST with a hint of a million characters."""
    return one(evidence, "other_tokens", "a megabyte")


@view("other_tokens")
def long_post(evidence: Evidence) -> tuple[Case, Case]:
    """A logout by a long POST, and by a short one."""
    return one(evidence, "other_tokens", "long POST"), one(evidence, "other_tokens", "control POST")


@view("supported_locales")
def localized_pages(evidence: Evidence) -> list[Page]:
    """The pages that were shown for supported languages."""
    tried = scenario_cases(evidence, "supported_locales").values()
    found = [case.first_page for case in tried if case.first_page is not None]
    if len(found) < 2:
        raise Undecided("fewer than two of ui_locales_supported led to a page: there is nothing to compare")
    return found


@view("applications")
def application_logouts(evidence: Evidence) -> list[Case]:
    """Logouts at one relying party, and what a page of another application did before and after."""
    found = [case for label, case in scenario_cases(evidence, "applications").items() if label]
    return found or [one(evidence, "applications", "an application")]


def old_answers(logout: Case) -> list[Exchange]:
    """Return the answers to the form of an old question."""
    return [exchange for exchange in logout.all(Exchange) if exchange.purpose == "old answer"]
