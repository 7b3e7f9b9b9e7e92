"""Provider metadata (OpenID Connect Discovery, section 4) and the key set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from conformance.reference.client_authentication import ASSERTION_ALGORITHMS, METHODS
from conformance.reference.encryption import ALGORITHMS, CONTENT
from conformance.reference.languages import LANGUAGES

if TYPE_CHECKING:
    from conformance.reference.tenant import Tenant

_ENDPOINTS = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "userinfo_endpoint": "userinfo",
    "jwks_uri": "jwks",
    "introspection_endpoint": "introspect",
    "revocation_endpoint": "revoke",
    "end_session_endpoint": "end_session",
    "check_session_iframe": "check_session",
}


async def configuration(tenant: Tenant, _request: Request) -> Response:
    """The document at /.well-known/openid-configuration."""
    document = _metadata(tenant)
    for edit in tenant.behaviour.discovery.edits:
        edit(tenant, document)
    return Response(json.dumps(document), headers={"Content-Type": tenant.behaviour.discovery.media_type})


async def jwks(tenant: Tenant, _request: Request) -> Response:
    """The public keys."""
    return JSONResponse(tenant.keys.jwks())


def _metadata(tenant: Tenant) -> dict[str, Any]:
    return {
        "issuer": tenant.issuer,
        **{member: tenant.url(path) for member, path in _ENDPOINTS.items()},
        **(
            {"registration_endpoint": tenant.url("register")} if tenant.behaviour.registration.offered else {}
        ),
        **_capabilities(tenant),
        **_client_authentication(),
        **_logout(tenant),
    }


def _capabilities(tenant: Tenant) -> dict[str, Any]:
    return {
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": [tenant.behaviour.tokens.subject_type],
        "id_token_signing_alg_values_supported": list(tenant.behaviour.tokens.algorithms),
        "id_token_encryption_alg_values_supported": ALGORITHMS,
        "id_token_encryption_enc_values_supported": CONTENT,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent"],
        "claims_supported": ["sub", "name", "preferred_username", "email", "email_verified", "auth_time"],
        "ui_locales_supported": list(LANGUAGES),
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def _client_authentication() -> dict[str, list[str]]:
    endpoints = ("token", "revocation", "introspection")
    methods = {f"{endpoint}_endpoint_auth_methods_supported": METHODS for endpoint in endpoints}
    algs = {
        f"{endpoint}_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS
        for endpoint in endpoints
    }
    return {**methods, **algs}


def _logout(tenant: Tenant) -> dict[str, bool]:
    sid = tenant.behaviour.tokens.sid
    return {
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": sid,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": sid,
    }
