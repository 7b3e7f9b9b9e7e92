"""The token endpoint (OpenID Connect Core, sections 3.1.3 and 12)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import TYPE_CHECKING

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from conformance.reference.client_authentication import authenticate, client_form
from conformance.reference.errors import NO_STORE, OAuthError
from conformance.reference.tokens import token_response

if TYPE_CHECKING:
    from conformance.reference.clients import Client
    from conformance.reference.grants import Grant
    from conformance.reference.tenant import Tenant


async def token_endpoint(tenant: Tenant, request: Request) -> Response:
    """POST: trade a code or a refresh token for tokens."""
    form = await client_form(request)
    client = await authenticate(tenant, request, form)
    grant_types = {"authorization_code": _by_code, "refresh_token": _by_refresh_token}
    redeem = grant_types.get(form.get("grant_type", ""))
    if redeem is None:
        raise OAuthError("unsupported_grant_type", "authorization_code or refresh_token")
    grant, refresh_token = redeem(tenant, client, form)
    return JSONResponse(token_response(tenant, client, grant, refresh_token), headers=NO_STORE)


def _by_code(tenant: Tenant, client: Client, form: ImmutableMultiDict[str, str]) -> tuple[Grant, str]:
    grant = tenant.grants.by_code(form.get("code"))
    if grant is None or grant.client_id != client.client_id or grant.expires < time.time():
        raise OAuthError("invalid_grant", "the code is not valid")
    if grant.used:
        # RFC 6749, section 4.1.2: a code that comes twice takes its tokens along.
        tenant.grants.revoke_grant(grant)
        raise OAuthError("invalid_grant", "the code was used before")
    if form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
        raise OAuthError("invalid_grant", "another redirect_uri than at the authorization endpoint")
    _check_verifier(grant, form.get("code_verifier"))
    grant.used = True
    return grant, tenant.grants.refresh_token(grant).value


def _check_verifier(grant: Grant, verifier: str | None) -> None:
    if grant.challenge is None and verifier is None:
        return
    digest = hashlib.sha256((verifier or "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=")
    if verifier is None or not hmac.compare_digest(challenge, (grant.challenge or "").encode()):
        raise OAuthError("invalid_grant", "the code_verifier does not fit the code_challenge")


def _by_refresh_token(
    tenant: Tenant, client: Client, form: ImmutableMultiDict[str, str]
) -> tuple[Grant, str]:
    token = tenant.grants.find(form.get("refresh_token"))
    if token is None or token.kind != "refresh_token" or token.grant.client_id != client.client_id:
        raise OAuthError("invalid_grant", "the refresh token is not valid")
    return token.grant, token.value
