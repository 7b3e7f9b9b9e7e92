"""The authorization endpoint: code flow with PKCE (OpenID Connect Core, section 3.1.2)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import jwt
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import Response

from conformance.reference.check_session import session_state
from conformance.reference.errors import PageError
from conformance.reference.grants import Grant
from conformance.reference.interactions import ask
from conformance.reference.languages import LOGIN
from conformance.reference.redirects import redirect
from conformance.reference.urls import with_parameters
from conformance.reference.users import authenticate

if TYPE_CHECKING:
    from conformance.reference.clients import Client
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit

_PROMPTS = {"none", "login", "consent", "select_account"}


class AuthorizationError(Exception):
    """An error that the relying party is told (section 3.1.2.6)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request whose client and redirect_uri are known to be genuine.

    ``logged_in`` and ``consented`` say what the user has already done for this request.
    """

    client: Client
    redirect_uri: str
    scope: tuple[str, ...]
    state: str | None
    nonce: str | None
    prompt: frozenset[str]
    max_age: int | None
    challenge: str | None
    subject: str | None
    logged_in: bool = False
    consented: bool = False


async def authorization_endpoint(visit: Visit) -> Response:
    """GET or POST: a code, an error, or a question to the user."""
    parameters = await visit.parameters()
    client, redirect_uri = reply_address(visit.tenant, parameters)
    try:
        request = read(visit.tenant, parameters, client, redirect_uri)
        return await _continue(visit, request)
    except AuthorizationError as error:
        answer = {"error": error.error, "error_description": error.description}
        return _reply(visit, client, redirect_uri, parameters.get("state"), answer)


def reply_address(tenant: Tenant, parameters: ImmutableMultiDict[str, str]) -> tuple[Client, str]:
    """The client and the address that hears of the outcome. Raises PageError: nobody does."""
    if len(parameters) < len(parameters.multi_items()):
        raise PageError("A parameter is repeated.")
    client = tenant.clients.get(parameters.get("client_id"))
    if client is None:
        raise PageError("The client is unknown.", "invalid_client")
    redirect_uri = parameters.get("redirect_uri", "")
    # Simple string comparison; nothing may be sent to any other address.
    matches = tenant.behaviour.authorization.matches
    if not any(matches(redirect_uri, registered) for registered in client.metadata["redirect_uris"]):
        raise PageError("The redirect_uri is not registered.")
    return client, redirect_uri


def read(
    tenant: Tenant, parameters: ImmutableMultiDict[str, str], client: Client, redirect_uri: str
) -> AuthorizationRequest:
    """The request with what it asks for. Raises AuthorizationError."""
    parameters = _understood(tenant, parameters)
    _check(parameters)
    for check in tenant.behaviour.authorization.checks:
        check(parameters)
    return AuthorizationRequest(
        client,
        redirect_uri,
        scope=tuple(parameters.get("scope", "").split()),
        state=parameters.get("state"),
        nonce=parameters.get("nonce"),
        prompt=frozenset(parameters.get("prompt", "").split()),
        max_age=_max_age(parameters.get("max_age")),
        challenge=parameters.get("code_challenge"),
        subject=_hinted_subject(tenant, parameters.get("id_token_hint")),
    )


def _understood(tenant: Tenant, parameters: ImmutableMultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    ignored = tenant.behaviour.authorization.ignores
    return ImmutableMultiDict([pair for pair in parameters.multi_items() if pair[0] not in ignored])


def _check(parameters: ImmutableMultiDict[str, str]) -> None:
    for name in ("request", "request_uri"):
        if name in parameters:
            raise AuthorizationError(f"{name}_not_supported", "request objects are not supported")
    if parameters.get("response_type") != "code":
        raise AuthorizationError("unsupported_response_type", "response_type is code")
    if parameters.get("response_mode", "query") != "query":
        raise AuthorizationError("invalid_request", "response_mode is query")
    if "code_challenge" in parameters and parameters.get("code_challenge_method") != "S256":
        raise AuthorizationError("invalid_request", "code_challenge_method is S256")
    prompt = set(parameters.get("prompt", "").split())
    if not prompt <= _PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise AuthorizationError("invalid_request", "prompt is not understood")


def _max_age(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise AuthorizationError("invalid_request", "max_age is a number of seconds")
    return int(text)


def _hinted_subject(tenant: Tenant, hint: str | None) -> str | None:
    if hint is None or not tenant.behaviour.authorization.hint_names_the_user:
        return None
    try:
        return str(tenant.keys.verify(hint)["sub"])
    except (jwt.InvalidTokenError, KeyError):
        raise AuthorizationError("invalid_request", "id_token_hint is no ID Token of this provider") from None


async def _continue(visit: Visit, request: AuthorizationRequest) -> Response:
    _revive(visit, request)
    session = visit.session
    if session is None or _needs_login(visit.tenant, request, session):
        return await _login(visit, request)
    if request.subject not in (None, visit.tenant.subject(request.client, session.user)):
        raise AuthorizationError("login_required", "another user than the hint names is logged in")
    if visit.tenant.behaviour.authorization.asks_consent and _needs_consent(request, session):
        return await _consent(visit, request)
    return _grant(visit, request, session)


def _revive(visit: Visit, request: AuthorizationRequest) -> None:
    user = visit.tenant.last_users.get(visit.browser)
    revives = visit.tenant.behaviour.authorization.revives_sessions
    if revives and user and visit.session is None and not request.prompt:
        visit.log_in(visit.tenant.log_in(user))


def _needs_login(tenant: Tenant, request: AuthorizationRequest, session: Session) -> bool:
    if request.logged_in:
        return False
    too_old = request.max_age is not None and time.time() - session.auth_time > request.max_age
    other_user = request.subject not in (None, tenant.subject(request.client, session.user))
    again = tenant.behaviour.authorization.asks_again(request.client, session)
    return again or too_old or other_user or bool(request.prompt & {"login", "select_account"})


def _needs_consent(request: AuthorizationRequest, session: Session) -> bool:
    if request.consented:
        return False
    return "consent" in request.prompt or request.client.client_id not in session.consents


async def _login(visit: Visit, request: AuthorizationRequest) -> Response:
    shows_anyway = visit.tenant.behaviour.authorization.prompt_none_shows_login
    if "none" in request.prompt and not shows_anyway:
        raise AuthorizationError("login_required", "nobody suitable is logged in")
    return await log_in(visit, request, resume)


async def log_in(
    visit: Visit,
    request: AuthorizationRequest,
    then: Callable[[Visit, AuthorizationRequest], Awaitable[Response]],
    notice: str = "",
    failed: bool = False,
) -> Response:
    """Ask for credentials, and go on with the request; ``notice`` names a text that stands above the form."""

    async def answered(visit: Visit, form: ImmutableMultiDict[str, str]) -> Response:
        user = authenticate(form.get("username", ""), form.get("password", ""))
        if user is None:
            return await log_in(visit, request, then, failed=True)
        if visit.session and visit.session.user == user:
            visit.session.authenticated_again()
        else:
            _open_session(visit, visit.tenant.log_in(user))
        return await then(visit, replace(request, logged_in=True))

    language = visit.tenant.behaviour.pages.login_language(visit)
    context = {"failed": failed, "notice": notice, "language": language, "texts": LOGIN[language]}
    return await ask(visit, "login.html", context, answered)


def _open_session(visit: Visit, session: Session) -> None:
    if visit.session:
        visit.tenant.end(visit.session)
    visit.tenant.last_users[visit.browser] = session.user
    visit.log_in(session)


async def _consent(visit: Visit, request: AuthorizationRequest) -> Response:
    if "none" in request.prompt:
        raise AuthorizationError("consent_required", "the user has not consented yet")

    async def answered(visit: Visit, form: ImmutableMultiDict[str, str]) -> Response:
        allowed = form.get("consent") == "yes"
        if allowed and visit.session:
            visit.session.consents.add(request.client.client_id)
        return await resume(visit, replace(request, consented=True), allowed)

    name = request.client.metadata.get("client_name", request.client.client_id)
    return await ask(visit, "consent.html", {"client_name": name, "scope": " ".join(request.scope)}, answered)


async def _denied() -> Response:
    raise AuthorizationError("access_denied", "the user said no")


async def resume(visit: Visit, request: AuthorizationRequest, allowed: bool = True) -> Response:
    """Go on after a question; what goes wrong the relying party is told."""
    try:
        return await (_continue(visit, request) if allowed else _denied())
    except AuthorizationError as error:
        answer = {"error": error.error, "error_description": error.description}
        return _reply(visit, request.client, request.redirect_uri, request.state, answer)


def _grant(visit: Visit, request: AuthorizationRequest, session: Session) -> Response:
    session.join(request.client.client_id)
    if visit.tenant.behaviour.pages.closed_by_codes:
        visit.tenant.interactions.drop(visit.browser)
    grant = Grant(
        client_id=request.client.client_id,
        user=session.user,
        scope=request.scope,
        session_key=session.key,
        sid=session.sid,
        auth_time=session.auth_time,
        nonce=request.nonce,
        redirect_uri=request.redirect_uri,
        challenge=request.challenge,
        # Core section 11: offline access takes the user's consent to this very request.
        offline="offline_access" in request.scope and "consent" in request.prompt,
    )
    answer = {"code": visit.tenant.grants.code(grant)}
    return _reply(visit, request.client, request.redirect_uri, request.state, answer)


def _reply(
    visit: Visit, client: Client, redirect_uri: str, state: str | None, answer: dict[str, str]
) -> Response:
    if state is not None:
        answer["state"] = state
    answer["session_state"] = session_state(visit, client, redirect_uri, granted="code" in answer)
    for edit in visit.tenant.behaviour.authorization.response_edits:
        edit(visit.tenant, answer)
    status = 303 if visit.request.method == "POST" else 302
    return redirect(with_parameters(redirect_uri, answer), status)
