"""Views of what no sentence demands."""

from dataclasses import dataclass

from conformance.evidence.events import Arrival, Exchange, Page
from conformance.evidence.own_cookies import SCENARIO, CookieLogout
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, header
from conformance.suite.finding import Undecided
from conformance.suite.registry import view
from conformance.suite.views import one
from conformance.suite.views_rp import asked_logout

LOGIN = ("authorization", "login", "consent")


@dataclass(frozen=True)
class Question:
    """The page that asks whether to log out, and the answer that brought it."""

    page: Page
    exchange: Exchange

    def says(self, name: str) -> str:
        """Return a response header in lower case, or nothing."""
        return (header(self.exchange.response_headers, name) or "").lower()

    @property
    def framing(self) -> list[str]:
        """Return the headers that keep it out of frames."""
        policy = "frame-ancestors" if "frame-ancestors" in self.says("content-security-policy") else ""
        return [name for name in (policy, "x-frame-options" if self.says("x-frame-options") else "") if name]

    @property
    def hidden_fields(self) -> list[str]:
        return [control.name for control in self.page.controls if control.role == "hidden"]


@view("logout_get", "declined")
def question(evidence: Evidence) -> Question:
    """The question of a plain logout, or of one without a hint where that alone is asked about."""
    logout = asked_logout(evidence)
    page = next((page for page in logout.pages if page.kind == "confirmation"), None)
    brought = [e for e in logout.requests if e.status and e.status < 300 and page and e.at <= page.at]
    if page is None or not brought:
        raise Undecided("the user was not asked, with a hint or without")
    return Question(page, brought[-1])


@view("logout_post")
def arrivals_after_logout(evidence: Evidence) -> list[Arrival]:
    """Requests of a browser to the post_logout_redirect_uri after a logout by GET."""
    found = one(evidence, "logout_post", "GET").notifications("post_logout")
    if not found:
        raise Undecided("the browser did not come to the post_logout_redirect_uri")
    return found


@dataclass(frozen=True)
class SetCookie:
    """A cookie as the provider set it, without its value."""

    name: str
    attributes: tuple[str, ...]  # lower case: httponly, secure, samesite=lax
    exchange: Exchange

    def has(self, attribute: str) -> bool:
        return any(found.split("=")[0] == attribute for found in self.attributes)


@view("logout_get")
def login_cookies(evidence: Evidence) -> list[SetCookie]:
    """Cookies that a login set and left behind, as they were set last."""
    found: dict[str, SetCookie] = {}
    for exchange in _of_login(one(evidence, "logout_get", "plain")):
        for name, value in exchange.response_headers:
            if name.lower() == "set-cookie":
                cookie = _parsed(value, exchange)
                found[cookie.name] = cookie
    kept = [
        cookie for cookie in found.values() if "max-age=0" not in cookie.attributes and not _expired(cookie)
    ]
    if not kept:
        raise Undecided("the login set no cookie")
    return kept


def _of_login(logout: Case) -> list[Exchange]:
    sent = logout.logout.at if logout.logout else float("inf")
    return [e for e in logout.all(Exchange) if e.purpose in LOGIN and e.at < sent]


def _parsed(value: str, exchange: Exchange) -> SetCookie:
    first, *attributes = (part.strip() for part in value.split(";"))
    return SetCookie(first.split("=")[0], tuple(a.lower() for a in attributes), exchange)


def _expired(cookie: SetCookie) -> bool:
    return any(a.startswith("expires=") and "1970" in a for a in cookie.attributes)


@view(SCENARIO)
def own_cookies_allowed(evidence: Evidence) -> CookieLogout:
    """A front-channel logout of a relying party with cookies of its own, third-party cookies allowed."""
    return one(evidence, SCENARIO, "allowed").as_a(CookieLogout)
