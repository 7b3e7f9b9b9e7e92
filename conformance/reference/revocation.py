"""The revocation endpoint (RFC 7009)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from conformance.reference.client_authentication import authenticate
from conformance.reference.errors import NO_STORE, InvalidClient, OAuthError

if TYPE_CHECKING:
    from conformance.reference.tenant import Tenant


async def revocation(tenant: Tenant, request: Request) -> Response:
    """POST: end a token; a token that is not one is no error (section 2.2). Scripts may call it (section 2.3)."""
    answer = await _answer(tenant, request)
    if tenant.behaviour.revocation.cors:
        answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


async def _answer(tenant: Tenant, request: Request) -> Response:
    behaviour = tenant.behaviour.revocation
    if request.method not in behaviour.methods:
        return Response(status_code=405)
    try:
        await _revoke(tenant, request)
    except OAuthError as error:
        if behaviour.json_errors:
            return tenant.refusal(error, "revoke")
        return HTMLResponse("<h1>Error</h1>", error.status, {"WWW-Authenticate": error.challenge})
    return Response(status_code=200, headers=NO_STORE)


async def _revoke(tenant: Tenant, request: Request) -> None:
    behaviour = tenant.behaviour.revocation
    form = await behaviour.form(request)
    client_id = await _client_id(tenant, request, form)
    if "token" not in form and behaviour.token_required:
        raise OAuthError("invalid_request", "token is missing")
    token = behaviour.find(tenant.grants, form.get("token", ""), form.get("token_type_hint"))
    if token is None:
        if behaviour.unknown_token_is_error:
            raise OAuthError("invalid_request", "no such token")
        return
    if behaviour.checks_owner and client_id != token.grant.client_id:
        raise OAuthError("invalid_grant", "the token was issued to another client")
    for check in behaviour.checks:
        check(token)
    behaviour.revoke(tenant, token)


async def _client_id(tenant: Tenant, request: Request, form: ImmutableMultiDict[str, str]) -> str:
    if tenant.behaviour.revocation.refuses_basic and "authorization" in request.headers:
        raise InvalidClient
    try:
        return (await authenticate(tenant, request, form)).client_id
    except OAuthError:
        token = tenant.grants.find(form.get("token"))
        if tenant.behaviour.revocation.authenticates or token is None:
            raise
        return token.grant.client_id
