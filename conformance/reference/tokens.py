"""ID Tokens and token responses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.reference.encryption import encrypted
from conformance.reference.grants import ACCESS_TOKEN_LIFETIME, Grant

if TYPE_CHECKING:
    from conformance.reference.clients import Client
    from conformance.reference.keys import Claims
    from conformance.reference.tenant import Tenant


def id_token(tenant: Tenant, client: Client, grant: Grant) -> str:
    """A signed ID Token (OpenID Connect Core, section 2) with the sid of the logout specifications.

    Encrypted where the client registered for that.
    """
    claims = _claims(tenant, client, grant)
    for edit in tenant.behaviour.tokens.id_token_edits:
        edit(claims)
    return encrypted(client, tenant.keys[client.alg].sign(claims, {}), {})


def token_response(tenant: Tenant, client: Client, grant: Grant, refresh_token: str | None) -> dict[str, Any]:
    """A successful answer of the token endpoint; the ID Token only for scope ``openid``."""
    body: dict[str, Any] = {
        "access_token": tenant.grants.access_token(grant).value,
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_LIFETIME,
        "scope": " ".join(grant.scope),
    }
    if refresh_token:
        body["refresh_token"] = refresh_token
    if "openid" in grant.scope:
        body["id_token"] = id_token(tenant, client, grant)
    return body


def _claims(tenant: Tenant, client: Client, grant: Grant) -> Claims:
    now = int(time.time())
    claims: Claims = {
        "iss": tenant.issuer,
        "sub": tenant.subject(client, grant.user),
        "aud": client.client_id,
        "iat": now,
        "exp": now + client.id_token_lifetime(tenant.surroundings.id_token_lifetime),
        "auth_time": grant.auth_time,
    }
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    if tenant.behaviour.tokens.sid:
        claims["sid"] = grant.sid
    return claims
