"""The LH Crew OAuth2 server as its documentation has it: OAuth 2.0 with PKCE, and two endpoints of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from conformance.reference import authorize
from conformance.reference.authorize import AuthorizationError, AuthorizationRequest
from conformance.reference.client_authentication import authenticate, client_form
from conformance.reference.errors import NO_STORE, ErrorAnswer, OAuthError, PageError
from conformance.reference.languages import accepted
from conformance.reference.resources import opened_by
from conformance.reference.switches import spoken_contract

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.grants import Token
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit

LOGOUT, BACKEND, RESOURCE = "logout", "logout_backend", "publicCrewApi"
FORM = "application/x-www-form-urlencoded"
SCOPE = "https://cms.fra.dlh.de/publicCrewApi"
# What is asked for where several are missing: the first of them.
REQUIRED = {
    "access_token": "access token",
    "client_id": "client id",
    "client_secret": "client secret",
}
# OAuth 2.0 knows none of these, and ignores what it does not know (RFC 6749, section 3.1).
_OPENID = frozenset(
    {"prompt", "max_age", "nonce", "id_token_hint", "request", "request_uri", "response_mode"}
)
_STANDARD = frozenset({"authorize", "token", "interaction", "continue", "problem"})

CLIENTS: tuple[dict[str, Any], ...] = (
    {
        "client_id": "123456789012345678901234",
        "client_secret": "secret-of-the-crew-app",
        "redirect_uris": ["myApp://callback/"],
    },
    {
        "client_id": "432109876543210987654321",
        "client_secret": "secret-of-the-briefing-app",
        "redirect_uris": ["myBriefing://callback/"],
    },
)
CONFIG = f"""\
# OAuth 2.0 without OpenID Connect: there is no discovery document, and nobody asks for the scope openid.
discovery: false
metadata:
  authorization_endpoint: {{issuer}}/authorize
  token_endpoint: {{issuer}}/token
scopes:
  - {SCOPE}
contracts:
  - file: lh-crew
    servers:
      oauth: {{issuer}}
    resource:
      url: {{issuer}}/{RESOURCE}
"""


def end_session(visit: Visit, _request: AuthorizationRequest) -> None:
    """The session of the browser ends, for all applications that it logged in."""
    if visit.session:
        visit.tenant.end(visit.session)
    visit.log_out()


def revoke(tenant: Tenant, token: Token) -> None:
    """One access token ends, and nothing beside it."""
    tenant.grants.revoke_alone(token)


async def form_of(request: Request) -> ImmutableMultiDict[str, str]:
    """The form of a request; what is sent in the query, or in a body of another type, does not count."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await client_form(request) if media_type == FORM else ImmutableMultiDict()


@dataclass
class Knobs:
    """What the faults of this contract change. An edit of an error is told which parameters are missing."""

    end: Callable[[Visit, AuthorizationRequest], None] = end_session
    notice: str = "logged_out"
    asked: Callable[[AuthorizationRequest], AuthorizationRequest] = lambda request: request
    log_in_again: Callable[[Visit, AuthorizationRequest], Awaitable[Response]] = authorize.resume
    page: Callable[[Visit, Response], Response] = lambda _visit, page: page
    form: Callable[[Request], Awaitable[ImmutableMultiDict[str, str]]] = form_of
    revoke: Callable[[Tenant, Token], None] = revoke
    success: list[Callable[[ErrorAnswer], None]] = field(default_factory=list)
    missing: list[Callable[[ErrorAnswer, list[str]], None]] = field(default_factory=list)


@spoken_contract(
    "lh-crew",
    does="LH Crew OAuth2 server: session logout with a direct re-login, and backend logout of one access token.",
    openid=False,
    clients=CLIENTS,
    config=CONFIG,
)
def lh_crew(behaviour: Behaviour) -> None:
    """OAuth 2.0 with PKCE, without OpenID Connect and without questions of consent."""
    behaviour.pages.login_language = _language
    behaviour.authorization.ignores = _OPENID
    behaviour.authorization.asks_consent = False
    behaviour.authorization.checks += [_with_challenge, _without_openid]
    behaviour.authorization.response_edits.append(_no_session_state)
    behaviour.spoken.standard = _STANDARD
    behaviour.spoken.knobs = Knobs()
    behaviour.spoken.endpoints |= {
        LOGOUT: session_logout,
        BACKEND: backend_logout,
        RESOURCE: public_crew_api,
    }


def knobs_of(behaviour: Behaviour) -> Knobs:
    """The knobs of a tenant that speaks this contract."""
    return cast("Knobs", behaviour.spoken.knobs)


async def session_logout(visit: Visit) -> Response:
    """GET with the parameters of the authorization endpoint: the session ends, and the login page says so.

    A request that no login could go on from changes nothing. Raises PageError.
    """
    if visit.request.method != "GET":
        return _not_allowed("GET")
    knobs = knobs_of(visit.tenant.behaviour)
    request = await _request(visit)
    knobs.end(visit, request)
    page = await authorize.log_in(visit, knobs.asked(request), knobs.log_in_again, knobs.notice)
    return knobs.page(visit, page)


async def backend_logout(visit: Visit) -> Response:
    """POST of a client's credentials and an access token, which ends."""
    visit.by_server()
    if visit.request.method != "POST":
        return _not_allowed("POST")
    try:
        return await _backend_logout(visit.tenant, visit.request)
    except OAuthError as error:
        return visit.tenant.refusal(error, BACKEND)


async def public_crew_api(visit: Visit) -> Response:
    """GET with an access token: the resource that it is for."""
    visit.by_server()
    if visit.request.method != "GET":
        return _not_allowed("GET")
    try:
        _, token = opened_by(visit.tenant, visit.request)
    except OAuthError as error:
        return visit.tenant.refusal(error, RESOURCE)
    return JSONResponse({"crewMember": token.grant.user.name}, headers=NO_STORE)


async def _request(visit: Visit) -> AuthorizationRequest:
    parameters = await visit.parameters()
    client, redirect_uri = authorize.reply_address(visit.tenant, parameters)
    try:
        return authorize.read(visit.tenant, parameters, client, redirect_uri)
    except AuthorizationError as error:
        raise PageError(error.description, error.error) from None


async def _backend_logout(tenant: Tenant, request: Request) -> Response:
    knobs = knobs_of(tenant.behaviour)
    form = await knobs.form(request)
    if missing := [name for name in REQUIRED if name not in form]:
        return _asking_for(knobs, missing)
    client = await authenticate(tenant, request, form)
    token = tenant.grants.find(form["access_token"])
    if token is None or token.kind != "access_token" or token.grant.client_id != client.client_id:
        raise OAuthError("invalid_token", "this is no access token of the client")
    knobs.revoke(tenant, token)
    answer = _answer(200, {"status": "success"})
    for edit in knobs.success:
        edit(answer)
    return answer.response()


def _asking_for(knobs: Knobs, missing: list[str]) -> Response:
    name = missing[0]
    described = f"Please provide the {name} parameter containing the actual {REQUIRED[name]}."
    # The blank at the end of the code stands in the document.
    answer = _answer(400, {"error": "server_error ", "error_description": described})
    for edit in knobs.missing:
        edit(answer, missing)
    return answer.response()


def _answer(status: int, body: dict[str, object]) -> ErrorAnswer:
    return ErrorAnswer(BACKEND, status, body, {**NO_STORE, "Content-Type": "application/json"})


def _not_allowed(method: str) -> Response:
    return Response(status_code=405, headers={"Allow": method})


def _language(visit: Visit) -> str:
    spoken = visit.tenant.behaviour.pages.languages
    return accepted(visit.request.headers.get("accept-language", ""), spoken)


def _with_challenge(parameters: ImmutableMultiDict[str, str]) -> None:
    if "code_challenge" not in parameters:
        raise AuthorizationError("invalid_request", "code_challenge is missing")


def _without_openid(parameters: ImmutableMultiDict[str, str]) -> None:
    if "openid" in parameters.get("scope", "").split():
        raise AuthorizationError("invalid_scope", "there is no OpenID Connect here")


def _no_session_state(_tenant: Tenant, answer: dict[str, str]) -> None:
    answer.pop("session_state", None)
