"""Amazon Cognito's sign-out endpoint as its documentation has it, which is not RP-Initiated Logout."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from starlette.responses import Response

from conformance.reference.authorize import authorization_endpoint
from conformance.reference.errors import LogoutError
from conformance.reference.redirects import redirect
from conformance.reference.rendering import render
from conformance.reference.switches import spoken_contract
from conformance.reference.urls import exact, with_parameters

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.clients import Client
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit

    Parameters = ImmutableMultiDict[str, str]

LOGOUT, LOGIN = "logout", "login"
CONFIG = """\
contracts:
  - file: cognito
    servers:
      domain: {issuer}
"""
# What is passed on to the login page; all scopes where none is asked for.
PASSED = ("response_type", "client_id", "redirect_uri", "state", "nonce", "scope")
ALL_SCOPES = "openid profile email offline_access"
_STANDARD = frozenset(
    {
        *(".well-known", "jwks", "authorize", "token", "userinfo", "revoke", "register"),
        *("interaction", "continue", "problem", "account", "admin"),
    }
)
# The documentation has no logout but its own, and no introspection.
_UNKNOWN = (
    *("end_session_endpoint", "check_session_iframe", "introspection_endpoint"),
    *("frontchannel_logout_supported", "frontchannel_logout_session_supported"),
    *("backchannel_logout_supported", "backchannel_logout_session_supported"),
    *(
        "introspection_endpoint_auth_methods_supported",
        "introspection_endpoint_auth_signing_alg_values_supported",
    ),
)


def named_client(tenant: Tenant, client_id: str | None) -> list[Client]:
    """The app client whose URLs count."""
    client = tenant.clients.get(client_id)
    return [client] if client else []


def end_session(visit: Visit, _client_id: str) -> None:
    """The session of the browser ends; tokens live on, for which there is another API."""
    if visit.session:
        visit.tenant.sessions.close(visit.session)
    visit.log_out()


def leave(_visit: Visit, url: str, _parameters: Parameters) -> Response:
    """Go to the sign-out URL, with nothing added."""
    return redirect(url)


async def to_login(visit: Visit, passed: dict[str, str]) -> Response:
    """Go to the login page, with the parameters of the request."""
    return redirect(with_parameters(visit.tenant.url(LOGIN), passed))


@dataclass
class Knobs:
    """What the faults of this contract change."""

    methods: frozenset[str] = frozenset({"GET"})
    clients: Callable[[Tenant, str | None], list[Client]] = named_client
    signs_out: Callable[[Parameters], bool] = lambda parameters: "logout_uri" in parameters
    unsent: Callable[[Client], str | None] = lambda _client: None
    matches: Callable[[str, str], bool] = exact
    end: Callable[[Visit, str], None] = end_session
    leave: Callable[[Visit, str, Parameters], Response] = leave
    required: tuple[str, ...] = ("redirect_uri", "response_type")
    to_login: Callable[[Visit, dict[str, str]], Awaitable[Response]] = to_login


@spoken_contract(
    "cognito",
    does="Amazon Cognito: /logout, which leads to a sign-out URL, or to the login page and from there back.",
    config=CONFIG,
)
def cognito(behaviour: Behaviour) -> None:
    """Post-logout URIs are the Allowed sign-out URLs of an app client; no standard logout is announced."""
    behaviour.spoken.standard = _STANDARD
    behaviour.discovery.edits.append(_without_other_logouts)
    behaviour.authorization.response_edits.append(_without_session_state)
    behaviour.spoken.knobs = Knobs()
    behaviour.spoken.endpoints |= {LOGOUT: logout, LOGIN: authorization_endpoint}


def knobs_of(behaviour: Behaviour) -> Knobs:
    """The knobs of a tenant that speaks this contract."""
    return cast("Knobs", behaviour.spoken.knobs)


async def logout(visit: Visit) -> Response:
    """GET: the session ends and the browser goes on. Raises PageError, and nothing has changed."""
    knobs = knobs_of(visit.tenant.behaviour)
    if visit.request.method not in knobs.methods:
        return Response(status_code=405, headers={"Allow": "GET"})
    parameters = await visit.parameters()
    clients = knobs.clients(visit.tenant, parameters.get("client_id"))
    if not clients:
        raise LogoutError("The app client is unknown.")
    if knobs.signs_out(parameters):
        return _sign_out(visit, clients, parameters["logout_uri"], parameters)
    if "redirect_uri" not in parameters and (url := knobs.unsent(clients[0])):
        return _sign_out(visit, clients, url, parameters)
    return await _log_in_again(visit, clients[0], parameters)


def goodbye(visit: Visit) -> Response:
    """A page at which the user would stay; only faults show it."""
    return render(visit.tenant, "message.html", {"heading": "Goodbye", "message": "You are signed out."})


def _sign_out(visit: Visit, clients: list[Client], url: str, parameters: Parameters) -> Response:
    knobs = knobs_of(visit.tenant.behaviour)
    listed = [uri for client in clients for uri in client.post_logout_redirect_uris]
    if not any(knobs.matches(url, uri) for uri in listed):
        raise LogoutError("logout_uri is none of the Allowed sign-out URLs.")
    knobs.end(visit, clients[0].client_id)
    return knobs.leave(visit, url, parameters)


async def _log_in_again(visit: Visit, client: Client, parameters: Parameters) -> Response:
    knobs = knobs_of(visit.tenant.behaviour)
    if missing := [name for name in knobs.required if name not in parameters]:
        raise LogoutError(f"{missing[0]} is missing.")
    if parameters["redirect_uri"] not in client.metadata["redirect_uris"]:
        raise LogoutError("redirect_uri is none of the Allowed callback URLs.")
    end_session(visit, client.client_id)
    sent = {name: parameters[name] for name in PASSED if name in parameters}
    return await knobs.to_login(visit, {"scope": ALL_SCOPES, **sent})


def _without_other_logouts(_tenant: Tenant, document: dict[str, Any]) -> None:
    for member in _UNKNOWN:
        document.pop(member, None)


def _without_session_state(_tenant: Tenant, answer: dict[str, str]) -> None:
    answer.pop("session_state", None)
