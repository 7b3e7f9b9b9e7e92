"""Conforming variants: under none of them may a row turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.responses import Response

from conformance.reference import subjects
from conformance.reference.hints import same_session
from conformance.reference.redirects import redirect
from conformance.reference.rendering import render
from conformance.reference.switches import profile

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.end_session import LogoutRequest
    from conformance.reference.sessions import Session
    from conformance.reference.visit import Visit


def own_hint(visit: Visit, request: LogoutRequest, session: Session) -> bool:
    """The hint was issued in the very session of this browser."""
    if request.hint is None or request.client is None:
        return False
    return same_session(visit.tenant, request.client, request.hint, session)


@profile("profile-no-confirmation", "A hint of this browser's own session logs out without a question.")
def no_confirmation(behaviour: Behaviour) -> None:
    behaviour.logout.unasked.append(own_hint)


@profile("profile-ui-other-origin", "Login, consent and confirmation pages are on another origin.")
def ui_other_origin(behaviour: Behaviour) -> None:
    behaviour.pages.other_origin = True


@profile("profile-redirect-303", "The post-logout redirect has status 303.")
def redirect_303(behaviour: Behaviour) -> None:
    behaviour.logout.redirect = lambda _visit, url: redirect(url, 303)


@profile("profile-redirect-script", "The post-logout redirect is made by script.")
def redirect_script(behaviour: Behaviour) -> None:
    behaviour.logout.redirect = _page("redirect_script.html")


@profile("profile-redirect-meta-refresh", "The post-logout redirect is made by a meta refresh.")
def redirect_meta_refresh(behaviour: Behaviour) -> None:
    behaviour.logout.redirect = _page("redirect_meta_refresh.html")


@profile("profile-es256", "Tokens are signed with ES256 unless the client registers otherwise.")
def es256(behaviour: Behaviour) -> None:
    behaviour.tokens.default_alg = "ES256"


@profile("profile-no-kid", "There is one key, and nothing has a kid.")
def no_kid(behaviour: Behaviour) -> None:
    behaviour.tokens.algorithms = ["RS256"]
    behaviour.tokens.kid = False


@profile("profile-no-sid", "There is no sid anywhere, and discovery says so.")
def no_sid(behaviour: Behaviour) -> None:
    behaviour.tokens.sid = False


@profile("profile-strict-cookies", "The session cookie is SameSite=Strict.")
def strict_cookies(behaviour: Behaviour) -> None:
    behaviour.pages.same_site = "strict"


@profile("profile-lax-cookies", "The session cookie is SameSite=Lax.")
def lax_cookies(behaviour: Behaviour) -> None:
    behaviour.pages.same_site = "lax"


@profile("profile-async-notifications", "Back-channel notifications leave 0.3 s later, in the background.")
def async_notifications(behaviour: Behaviour) -> None:
    behaviour.backchannel.delay = 0.3


@profile("profile-no-registration", "There is no dynamic registration.")
def no_registration(behaviour: Behaviour) -> None:
    behaviour.registration.offered = False


@profile("profile-pairwise", "Every client knows a user by another sub.")
def pairwise(behaviour: Behaviour) -> None:
    behaviour.tokens.subject = subjects.pairwise
    behaviour.tokens.subject_type = "pairwise"


@profile("profile-single-button", "The confirmation page has no other button than yes.")
def single_button(behaviour: Behaviour) -> None:
    behaviour.pages.decline_button = False


@profile("profile-rate-limited", "Every fortieth request is answered 429 and has to wait for a second.")
def rate_limited(behaviour: Behaviour) -> None:
    behaviour.limits_rate = lambda count: count % 40 == 0


@profile(
    "profile-question-closed-by-login",
    "A login elsewhere in the browser, also a silent one, closes its open question.",
)
def question_closed_by_login(behaviour: Behaviour) -> None:
    behaviour.pages.closed_by_codes = True


@profile("profile-error-page-elsewhere", "Errors are redirects to an error page of the provider.")
def error_page_elsewhere(behaviour: Behaviour) -> None:
    behaviour.pages.errors_elsewhere = True


def _page(template: str) -> Callable[[Visit, str], Response]:
    def redirect(visit: Visit, url: str) -> Response:
        return render(visit.tenant, template, {"target": url})

    return redirect
