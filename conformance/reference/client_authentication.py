"""How a relying party proves who it is (OpenID Connect Core, section 9)."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import httpx
import jwt
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request

from conformance.reference.errors import InvalidClient, OAuthError

if TYPE_CHECKING:
    from conformance.reference.clients import Client
    from conformance.reference.tenant import Tenant

METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
ASSERTION_ALGORITHMS = ["RS256", "ES256", "PS256"]
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def client_form(request: Request) -> ImmutableMultiDict[str, str]:
    """Fields of a client's request; each may be there once (RFC 6749, section 3.2)."""
    pairs = [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]
    if len({name for name, _ in pairs}) < len(pairs):
        raise OAuthError("invalid_request", "a parameter is repeated")
    return ImmutableMultiDict([(name, value) for name, value in pairs if value])


async def authenticate(tenant: Tenant, request: Request, form: ImmutableMultiDict[str, str]) -> Client:
    """The client that sent this request. Raises OAuthError."""
    header = request.headers.get("authorization", "")
    used = [bool(header), "client_secret" in form, "client_assertion" in form]
    if sum(used) > 1:
        raise OAuthError("invalid_request", "more than one way of client authentication")
    if "client_assertion" in form:
        return await _by_assertion(tenant, request, form)
    client_id, secret = _basic(header) if header else (form.get("client_id"), form.get("client_secret"))
    return _by_secret(_client(tenant, client_id), secret)


def _client(tenant: Tenant, client_id: str | None) -> Client:
    client = tenant.clients.get(client_id)
    if client is None:
        raise InvalidClient("unknown client")
    return client


def _basic(header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        raise InvalidClient from None
    if scheme.lower() != "basic" or not colon:
        raise InvalidClient
    return unquote_plus(client_id), unquote_plus(secret)


def _by_secret(client: Client, secret: str | None) -> Client:
    if client.public and secret is None:
        return client
    takes_secret = client.metadata["token_endpoint_auth_method"].startswith("client_secret")
    if not takes_secret or not hmac.compare_digest((client.secret or "").encode(), (secret or "").encode()):
        raise InvalidClient
    return client


async def _by_assertion(tenant: Tenant, request: Request, form: ImmutableMultiDict[str, str]) -> Client:
    assertion = form["client_assertion"]
    if form.get("client_assertion_type") != _ASSERTION_TYPE:
        raise OAuthError("invalid_request", "unknown client_assertion_type")
    try:
        client = _client(tenant, str(_unverified(assertion).get("sub")))
        key = _key_for(assertion, await _client_keys(tenant, client))
        accepted = [tenant.issuer, tenant.url("token"), str(request.url)]
        jwt.decode(
            assertion,
            key,
            algorithms=ASSERTION_ALGORITHMS,
            audience=accepted,
            issuer=client.client_id,
            options={"require": ["exp", "jti"]},
        )
    except (jwt.PyJWTError, httpx.HTTPError, ValueError) as error:
        raise InvalidClient from error
    if client.metadata["token_endpoint_auth_method"] != "private_key_jwt":  # noqa: S105 - a method, no secret
        raise InvalidClient
    return client


async def _client_keys(tenant: Tenant, client: Client) -> list[jwt.PyJWK]:
    document: object = client.metadata.get("jwks")
    if document is None:
        answer = await tenant.http.get(client.metadata.get("jwks_uri", ""))
        document = answer.json()
    if not isinstance(document, dict):
        raise InvalidClient("the key set of the client is no JSON object")
    return jwt.PyJWKSet.from_dict(document).keys


def _unverified(assertion: str) -> dict[str, Any]:
    # Only to find the client, whose key then verifies the assertion.
    claims: dict[str, Any] = jwt.decode(assertion, options={"verify_signature": False})
    return claims


def _key_for(assertion: str, keys: list[jwt.PyJWK]) -> jwt.PyJWK:
    kid = jwt.get_unverified_header(assertion).get("kid")
    for key in keys:
        if kid in (None, key.key_id):
            return key
    raise InvalidClient
