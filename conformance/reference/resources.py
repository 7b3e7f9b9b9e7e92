"""Userinfo and introspection: what an access token is good for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from conformance.reference.client_authentication import authenticate, client_form
from conformance.reference.errors import NO_STORE, InvalidToken

if TYPE_CHECKING:
    from conformance.reference.clients import Client
    from conformance.reference.grants import Token
    from conformance.reference.tenant import Tenant


async def userinfo(tenant: Tenant, request: Request) -> Response:
    """Claims of the user (OpenID Connect Core, section 5.3)."""
    client, token = opened_by(tenant, request)
    return JSONResponse(_claims(tenant, client, token), headers=NO_STORE)


def opened_by(tenant: Tenant, request: Request) -> tuple[Client, Token]:
    """The access token that a resource is asked with, and its client. Raises InvalidToken (RFC 6750)."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    token = tenant.grants.find(value) if scheme.lower() == "bearer" else None
    client = tenant.clients.get(token.grant.client_id) if token else None
    if token is None or client is None or token.kind != "access_token":
        raise InvalidToken
    return client, token


async def introspection(tenant: Tenant, request: Request) -> Response:
    """State of a token of the asking client (RFC 7662)."""
    form = await client_form(request)
    client = await authenticate(tenant, request, form)
    token = tenant.grants.find(form.get("token"))
    if token is None or token.grant.client_id != client.client_id:
        return JSONResponse({"active": False}, headers=NO_STORE)
    return JSONResponse(_state(tenant, client, token), headers=NO_STORE)


def _claims(tenant: Tenant, client: Client, token: Token) -> dict[str, Any]:
    user = token.grant.user
    claims: dict[str, Any] = {"sub": tenant.subject(client, user)}
    if "profile" in token.grant.scope:
        claims |= {"name": user.name, "preferred_username": user.username}
    if "email" in token.grant.scope:
        claims |= {"email": user.email, "email_verified": True}
    return claims


def _state(tenant: Tenant, client: Client, token: Token) -> dict[str, Any]:
    state: dict[str, Any] = {
        "active": True,
        "iss": tenant.issuer,
        "sub": tenant.subject(client, token.grant.user),
        "client_id": client.client_id,
        "scope": " ".join(token.grant.scope),
    }
    if token.expires is not None:
        state |= {"exp": int(token.expires), "token_type": "Bearer"}
    return state
