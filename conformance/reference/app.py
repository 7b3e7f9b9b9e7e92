"""The Starlette application: routes, and what surrounds every handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from conformance.reference import discovery, interactions, registration, resources, revocation
from conformance.reference.account import account_page, end_session_by_administrator
from conformance.reference.authorize import authorization_endpoint
from conformance.reference.check_session import check_session_iframe
from conformance.reference.end_session import end_session_endpoint
from conformance.reference.errors import LogoutError, OAuthError, PageError
from conformance.reference.redirects import redirect
from conformance.reference.rendering import error_page, render
from conformance.reference.tenant import Surroundings, Tenant
from conformance.reference.token_endpoint import token_endpoint
from conformance.reference.urls import with_parameters
from conformance.reference.visit import Visit

if TYPE_CHECKING:
    from starlette.types import Scope

    Endpoint = Callable[[Request], Awaitable[Response]]
    ClientHandler = Callable[[Tenant, Request], Awaitable[Response]]
    BrowserHandler = Callable[[Visit], Awaitable[Response]]


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Tenants:
    """Tenants by name, each made when it is first asked for."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._made: dict[str, Tenant] = {}

    def get(self, name: str) -> Tenant:
        """Raises LookupError for a name that is made of no known switches."""
        if name not in self._made:
            self._made[name] = Tenant(name, self._surroundings)
        return self._made[name]


def application(surroundings: Surroundings) -> Starlette:
    """All tenants under /t/<tenant>/."""
    tenants = Tenants(surroundings)

    def for_client(handler: ClientHandler) -> Endpoint:
        async def respond(tenant: Tenant, request: Request) -> Response:
            try:
                return await handler(tenant, request)
            except OAuthError as error:
                endpoint = request.url.path.removeprefix(f"{tenant.path}/").partition("/")[0]
                return tenant.refusal(error, endpoint)

        return _at_tenant(tenants, respond)

    def for_browser(handler: BrowserHandler) -> Endpoint:
        async def respond(tenant: Tenant, request: Request) -> Response:
            return await _serve(Visit(tenant, request), handler)

        return _at_tenant(tenants, respond)

    return Starlette(
        routes=[
            _SpokenRoute(tenants, for_browser),
            *_client_routes(for_client),
            *_browser_routes(for_browser),
        ],
        exception_handlers={ClientDisconnect: _gone},
    )


def _gone(_request: Request, _error: Exception) -> Response:
    """The caller went away in the middle of its request: nobody is left to be told."""
    return Response(status_code=400)


def _client_routes(serve: Callable[[ClientHandler], Endpoint]) -> list[Route]:
    return [
        _route(".well-known/openid-configuration", serve(discovery.configuration), "GET"),
        _route("jwks", serve(discovery.jwks), "GET"),
        _route("token", serve(token_endpoint), "POST"),
        _route("userinfo", serve(resources.userinfo), "GET", "POST"),
        _route("introspect", serve(resources.introspection), "POST"),
        _route("revoke", serve(revocation.revocation), "POST"),
        _route("register", serve(registration.register), "POST"),
        _route("register/{client_id}", serve(registration.read_client), "GET"),
        _route("register/{client_id}", serve(registration.delete_client), "DELETE"),
        _route("admin/sessions/{sid}", serve(end_session_by_administrator), "DELETE"),
    ]


def _browser_routes(serve: Callable[[BrowserHandler], Endpoint]) -> list[Route]:
    return [
        _route("authorize", serve(authorization_endpoint), "GET", "POST"),
        _route("end_session", serve(end_session_endpoint), "GET", "POST"),
        _route("account", serve(account_page), "GET"),
        _route("check_session", serve(check_session_iframe), "GET"),
        _route("interaction/{id}", serve(interactions.show), "GET"),
        _route("interaction/{id}", serve(interactions.answer), "POST"),
        _route("continue/{id}", serve(interactions.proceed), "GET"),
        _route("problem", serve(_problem), "GET"),
    ]


def _route(path: str, endpoint: Endpoint, *methods: str) -> Route:
    return Route(f"/t/{{tenant}}/{path}", endpoint, methods=list(methods))


def _at_tenant(tenants: Tenants, respond: ClientHandler) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            tenant = tenants.get(request.path_params["tenant"])
        except LookupError:
            return JSONResponse({"error": "not_found", "error_description": "no such tenant"}, 404)
        tenant.requests += 1
        if tenant.behaviour.limits_rate(tenant.requests):
            return Response("Not so fast.", 429, {"Retry-After": "1"})
        path = request.url.path.removeprefix(f"{tenant.path}/")
        if path not in tenant.behaviour.spoken.endpoints and not tenant.offers(path):
            return Response("Not found", 404)
        return await respond(tenant, request)

    return endpoint


async def _serve(visit: Visit, handler: BrowserHandler) -> Response:
    if visit.lacks_cookies_of_its_own_site:
        return await _again(visit)
    try:
        return visit.finish(await handler(visit))
    except LogoutError as error:
        if error.runs_to:
            return redirect(with_parameters(error.runs_to, {"error": error.error}), 302)
        return visit.finish(error_page(visit.tenant, error))
    except PageError as error:
        return visit.finish(error_page(visit.tenant, error))


async def _again(visit: Visit) -> Response:
    """Send the same request once more from a page of our own, so that SameSite cookies come along."""
    context = {
        "method": visit.request.method.lower(),
        "action": str(visit.request.url.replace(query="")),
        "fields": (await visit.parameters()).multi_items(),
    }
    return render(visit.tenant, "again.html", context)


class _SpokenRoute(Route):
    """Endpoints that only a tenant has that speaks a contract; to the others it is not there."""

    def __init__(self, tenants: Tenants, serve: Callable[[BrowserHandler], Endpoint]) -> None:
        super().__init__("/t/{tenant}/{path:path}", serve(_spoken), methods=METHODS)
        self._tenants = tenants

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        parameters = child.get("path_params", {})
        try:
            found = self._tenants.get(parameters.get("tenant", "")).behaviour.spoken.endpoints
        except LookupError:
            return Match.NONE, {}
        return (match, child) if parameters.get("path") in found else (Match.NONE, {})


async def _spoken(visit: Visit) -> Response:
    return await visit.tenant.behaviour.spoken.endpoints[visit.request.path_params["path"]](visit)


async def _problem(visit: Visit) -> Response:
    """The page that errors are sent to, in tenants that keep it elsewhere."""
    parameters = visit.request.query_params
    error = parameters.get("error", "invalid_request")
    context = {"error": error, "error_description": parameters.get("error_description", "")}
    return render(visit.tenant, "error.html", context)
