"""Faults of the end_session_endpoint: methods, parameters, hints, questions, sessions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import jwt

from conformance.reference.errors import LogoutError
from conformance.reference.faults.reasons import because
from conformance.reference.hints import same_session, same_user, verified
from conformance.reference.profiles import own_hint
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.clients import Client
    from conformance.reference.end_session import LogoutRequest
    from conformance.reference.keys import Claims
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit

KNOWN_PARAMETERS = {
    "id_token_hint",
    "logout_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "ui_locales",
}
_STILL_ALIVE = because(
    "the session is alive after the logout",
    "RPI-2-35",
    "RPI-2-35b",
    "CORE-3.1.2.3-01",
    "SM-3.2-11",
    "SM-3.2-14",
)
_FORGED = because("a forged hint leads to the registered URI", "RPI-4-01", "RPI-4-04", "RPI-4-02") | because(
    "a forged hint is no error, so there is no message", "RPI-4-05"
)
_NO_QUESTION = because("a logout without hint is not confirmed", "RPI-6-01", "RPI-2-36", "RPI-2-36b")


@fault(
    "post-not-supported",
    "RPI-2-23",
    does="A logout request by POST is answered 405.",
    companions=because("the POST has not the outcome of the GET", "RPI-2-26"),
)
def post_not_supported(behaviour: Behaviour) -> None:
    behaviour.logout.methods = frozenset({"GET"})


@fault(
    "get-not-supported",
    "RPI-2-22",
    does="A logout request by GET is answered 405.",
    companions=because(
        "no logout by GET succeeds", "RPI-2-33", "RPI-4-03", "RPI-2-17", "RPI-2-25", "RPI-3-02"
    ),
)
def get_not_supported(behaviour: Behaviour) -> None:
    behaviour.logout.methods = frozenset({"POST"})


@fault(
    "post-body-ignored",
    "RPI-2-26",
    does="A logout request by POST is treated like one without parameters.",
    companions=because("the POST has the outcome of an empty one", "RPI-2-23", "JBCP-3.12-01b"),
)
def post_body_ignored(behaviour: Behaviour) -> None:
    behaviour.logout.reads_body = False


@fault(
    "hint-signature-unchecked",
    "RPI-2-27",
    "RPI-4-01",
    "RPI-4-05",
    does="The signature of id_token_hint is not verified.",
    companions=_FORGED,
)
def hint_signature_unchecked(behaviour: Behaviour) -> None:
    def read(tenant: Tenant, token: str) -> Claims:
        return _own(tenant, _unverified(token))

    behaviour.logout.read_hint = read


@fault(
    "hint-alg-none-accepted", "RPI-2-27", does="An id_token_hint with alg none is taken.", companions=_FORGED
)
def hint_alg_none_accepted(behaviour: Behaviour) -> None:
    checked = behaviour.logout.read_hint

    def read(tenant: Tenant, token: str) -> Claims:
        if _header(token).get("alg") == "none":
            return _own(tenant, _unverified(token))
        return checked(tenant, token)

    behaviour.logout.read_hint = read


@fault("hint-expired-refused", "RPI-2-28", does="An expired id_token_hint is refused.")
def hint_expired_refused(behaviour: Behaviour) -> None:
    def check(claims: Claims) -> None:
        if claims["exp"] < time.time():
            raise LogoutError("The id_token_hint has expired.")

    behaviour.logout.hint_checks.append(check)


@fault(
    "hint-of-ended-session-refused",
    "RPI-2-29",
    does="An id_token_hint from a session that has ended is refused.",
    companions=because("a repeated logout is an error", "RPI-4-03"),
)
def hint_of_ended_session_refused(behaviour: Behaviour) -> None:
    def read(tenant: Tenant, token: str) -> Claims:
        claims = verified(tenant, token)
        if tenant.sessions.with_sid(claims.get("sid")) is None:
            raise LogoutError("The session of the id_token_hint has ended.")
        return claims

    behaviour.logout.read_hint = read


@fault(
    "logout-token-as-hint",
    "JBCP-3.12-01b",
    does="A Logout Token is taken for an ID Token in id_token_hint.",
)
def logout_token_as_hint(behaviour: Behaviour) -> None:
    def read(tenant: Tenant, token: str) -> Claims:
        try:
            return _own(tenant, tenant.keys.verify(token))
        except jwt.InvalidTokenError as error:
            raise LogoutError("The id_token_hint is not signed by this provider.") from error

    behaviour.logout.read_hint = read


@fault(
    "client-id-unchecked",
    "RPI-2-07",
    does="client_id is not compared with the client that id_token_hint was issued to.",
    companions=because("a client_id that does not match leads to a redirect", "RPI-4-04"),
)
def client_id_unchecked(behaviour: Behaviour) -> None:
    behaviour.logout.client_id_checked = False


@fault(
    "no-question-without-hint",
    "RPI-2-33",
    does="A logout request without id_token_hint ends the session unasked.",
    companions=_NO_QUESTION,
)
def no_question_without_hint(behaviour: Behaviour) -> None:
    behaviour.logout.unasked.append(lambda _visit, request, _session: request.hint is None)


@fault(
    "no-question-foreign-hint",
    "RPI-2-34",
    does="The hint of another user logs out whoever is logged in in this browser, unasked.",
)
def no_question_foreign_hint(behaviour: Behaviour) -> None:
    def foreign(visit: Visit, request: LogoutRequest, session: Session) -> bool:
        return request.hint is not None and not _fits(same_user, visit, request, session)

    behaviour.logout.unasked.append(foreign)


@fault(
    "no-question-foreign-session",
    "RPI-2-34b",
    does="The hint of another session of the same user ends the session of this browser unasked.",
)
def no_question_foreign_session(behaviour: Behaviour) -> None:
    def foreign(visit: Visit, request: LogoutRequest, session: Session) -> bool:
        return _fits(same_user, visit, request, session) and not _fits(same_session, visit, request, session)

    behaviour.logout.unasked.append(foreign)


@fault(
    "hint-ends-other-browser",
    "RPI-2-34c",
    does="A hint sent from a browser where nobody is logged in ends the session it was issued in.",
)
def hint_ends_other_browser(behaviour: Behaviour) -> None:
    def end(tenant: Tenant, request: LogoutRequest) -> None:
        session = tenant.sessions.with_sid((request.hint or {}).get("sid"))
        if session:
            tenant.end(session)

    behaviour.logout.without_session = end


@fault(
    "forged-logout-cross-site",
    "RPI-6-01",
    does="A request without hint that another site sends the browser to ends the session unasked.",
)
def forged_logout_cross_site(behaviour: Behaviour) -> None:
    def from_elsewhere(visit: Visit, request: LogoutRequest, _session: Session) -> bool:
        return request.hint is None and visit.request.headers.get("sec-fetch-site") == "cross-site"

    behaviour.logout.unasked.append(from_elsewhere)


@fault(
    "confirmation-without-csrf",
    "RPI-6-02",
    "OBS-1-03",
    does="The question has no anti-forgery value, and its answer needs none.",
)
def confirmation_without_csrf(behaviour: Behaviour) -> None:
    behaviour.pages.csrf = False


@fault(
    "confirmation-framable",
    "BCP-4.16-01b",
    "OBS-1-01",
    does="Any site may frame the pages of the provider.",
)
def confirmation_framable(behaviour: Behaviour) -> None:
    behaviour.pages.framable = True


@fault(
    "yes-keeps-session",
    "RPI-2-35",
    does="After yes everything happens but the end of the session.",
    companions=_STILL_ALIVE | because("yes does not end the session", "RPI-2-32", "RPI-2-33", "RPI-4-07"),
)
def yes_keeps_session(behaviour: Behaviour) -> None:
    behaviour.logout.ends_session = lambda asked: not asked


@fault(
    "unasked-redirect-keeps-session",
    "RPI-2-35b",
    "RPI-2-32",
    does="A hint of this browser's session is answered with the redirect at once, and the session lives on.",
    companions=_STILL_ALIVE,
)
def unasked_redirect_keeps_session(behaviour: Behaviour) -> None:
    behaviour.logout.unasked.append(own_hint)
    behaviour.logout.ends_session = lambda asked: asked


@fault(
    "no-ends-session",
    "RPI-2-36",
    does="The session ends although the user answers no.",
    companions=because("the other relying parties are told of it", "RPI-2-36b"),
)
def no_ends_session(behaviour: Behaviour) -> None:
    behaviour.logout.no_ends_session = True


@fault(
    "no-notifies",
    "RPI-2-36b",
    does="Relying parties are notified although the user answers no; the session lives on.",
)
def no_notifies(behaviour: Behaviour) -> None:
    behaviour.logout.no_notifies = True


@fault(
    "second-logout-is-error",
    "RPI-4-03",
    does="A logout request of a browser where nobody is logged in is an error.",
)
def second_logout_is_error(behaviour: Behaviour) -> None:
    behaviour.logout.idempotent = False


@fault(
    "ui-locales-error",
    "RPI-2-21",
    does="A logout request with an unknown language in ui_locales is an error.",
)
def ui_locales_error(behaviour: Behaviour) -> None:
    def check(parameters: ImmutableMultiDict[str, str]) -> None:
        if "ui_locales" in parameters and not parameters["ui_locales"].startswith("en"):
            raise LogoutError("The language is not supported.")

    behaviour.logout.checks.append(check)


@fault(
    "logout-hint-500",
    "RPI-2-05",
    "RPI-2-05b",
    does="logout_hint makes the provider fail with status 500.",
)
def logout_hint_500(behaviour: Behaviour) -> None:
    def check(parameters: ImmutableMultiDict[str, str]) -> None:
        if "logout_hint" in parameters:
            raise LogoutError("Something went wrong.", "server_error", 500)

    behaviour.logout.checks.append(check)


@fault(
    "unknown-parameter-error", "OA-3.1-02b", does="A logout request with an unknown parameter is an error."
)
def unknown_parameter_error(behaviour: Behaviour) -> None:
    def check(parameters: ImmutableMultiDict[str, str]) -> None:
        if parameters.keys() - KNOWN_PARAMETERS:
            raise LogoutError("A parameter is unknown.")

    behaviour.logout.checks.append(check)


def _own(tenant: Tenant, claims: Claims) -> Claims:
    if claims.get("iss") != tenant.issuer:
        raise LogoutError("The id_token_hint is of another issuer.")
    return claims


def _unverified(token: str) -> Claims:
    try:
        claims: Claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise LogoutError("The id_token_hint is no JWT.") from error
    return claims


def _header(token: str) -> dict[str, object]:
    try:
        return jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        return {}


def _fits(
    compare: Callable[[Tenant, Client, Claims, Session], bool],
    visit: Visit,
    request: LogoutRequest,
    session: Session,
) -> bool:
    if request.hint is None or request.client is None:
        return False
    return compare(visit.tenant, request.client, request.hint, session)


@fault("pages-cacheable", "OBS-1-02", does="Pages of the provider may be kept in caches.")
def pages_cacheable(behaviour: Behaviour) -> None:
    behaviour.pages.cacheable = True


@fault(
    "referrer-policy-unsafe",
    "OBS-2-01",
    does="Pages of the provider tell other sites the whole address that they were shown at.",
)
def referrer_policy_unsafe(behaviour: Behaviour) -> None:
    behaviour.pages.referrer_policy = "unsafe-url"
