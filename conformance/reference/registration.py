"""Dynamic registration (OpenID Connect Registration, RFC 7591, RFC 7592)."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from conformance.reference import encryption
from conformance.reference.client_authentication import METHODS
from conformance.reference.clients import DEFAULTS, Client, Metadata
from conformance.reference.errors import NO_STORE, InvalidToken, OAuthError
from conformance.reference.urls import origin

if TYPE_CHECKING:
    from conformance.reference.tenant import Tenant

URI_LISTS = ("redirect_uris", "post_logout_redirect_uris")
LOGOUT_URIS = ("frontchannel_logout_uri", "backchannel_logout_uri")
SESSION_FLAGS = ("frontchannel_logout_session_required", "backchannel_logout_session_required")
_TEXTS = (
    *("client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri", "initiate_login_uri"),
    *("scope", "software_id", "software_version", "application_type", "subject_type"),
    *("token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "id_token_signed_response_alg"),
    *(encryption.ALG, encryption.ENC),
)
_LISTS = (*URI_LISTS, "contacts", "grant_types", "response_types", "default_acr_values")
KNOWN = {
    *_TEXTS,
    *_LISTS,
    *LOGOUT_URIS,
    *SESSION_FLAGS,
    "jwks",
    "id_token_lifetime",
    "default_max_age",
    "require_auth_time",
}
_DANGEROUS_SCHEMES = {"javascript", "data", "vbscript", "file", "blob", "about"}
# No blanks, controls or double quotes, which would have to be changed on their way into headers.
_URI = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_HOST = re.compile(r"[A-Za-z0-9.:_-]+")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class InvalidMetadata(OAuthError):
    """Metadata that is refused (RFC 7591, section 3.2.2)."""

    def __init__(self, description: str, error: str = "invalid_client_metadata") -> None:
        super().__init__(error, description)


async def register(tenant: Tenant, request: Request) -> Response:
    """POST: a new client."""
    _check_initial_token(tenant, request)
    try:
        metadata = _accepted(tenant, await _body(request))
    except InvalidMetadata as error:
        if tenant.behaviour.registration.json_errors:
            raise
        return HTMLResponse("<h1>Bad request</h1>", error.status)
    client = tenant.clients.add(metadata, tenant.behaviour.tokens.default_alg)
    return JSONResponse(_shown(tenant, client), tenant.behaviour.registration.status, NO_STORE)


async def read_client(tenant: Tenant, request: Request) -> Response:
    """GET: the registration as it stands (RFC 7592, section 2.1)."""
    return JSONResponse(_shown(tenant, _owned(tenant, request)), headers=NO_STORE)


async def delete_client(tenant: Tenant, request: Request) -> Response:
    """DELETE: the end of a client and of its tokens (RFC 7592, section 2.3)."""
    client = _owned(tenant, request)
    tenant.clients.remove(client)
    tenant.grants.forget_client(client.client_id)
    return Response(status_code=204, headers=NO_STORE)


def check_types(metadata: Metadata) -> None:
    """Every member has its JSON type."""
    texts, lists = (*_TEXTS, *LOGOUT_URIS), _LISTS
    for member in metadata.keys() & texts:
        _require(isinstance(metadata[member], str), f"{member} is a string")
    for member in metadata.keys() & lists:
        values = metadata[member]
        right = isinstance(values, list) and all(isinstance(value, str) for value in values)
        _require(right, f"{member} is an array of strings", _error_for(member))
    _require(isinstance(metadata.get("jwks", {}), dict), "jwks is a JSON object")
    for member in metadata.keys() & SESSION_FLAGS:
        _require(isinstance(metadata[member], bool), f"{member} is true or false")


def check_redirect_uris(metadata: Metadata) -> None:
    """redirect_uris are required, absolute, without fragment; custom schemes are for native clients."""
    uris = metadata.get("redirect_uris", [])
    _require(bool(uris), "redirect_uris is required", "invalid_redirect_uri")
    for uri in uris:
        _require(_allowed(uri, metadata), "redirect_uris holds an unusable URI", "invalid_redirect_uri")


def check_post_logout_uris(metadata: Metadata) -> None:
    """post_logout_redirect_uris are absolute and without fragment."""
    for uri in metadata.get("post_logout_redirect_uris", []):
        _require(_allowed(uri, metadata), "post_logout_redirect_uris holds an unusable URI")


def check_logout_uris(metadata: Metadata) -> None:
    """Logout URIs are absolute."""
    for uri in _logout_uris(metadata):
        parts = _split(uri)
        absolute = parts.scheme in ("https", "http") and _HOST.fullmatch(parts.hostname or "")
        _require(bool(absolute), "logout URIs are absolute URLs")


def check_logout_fragments(metadata: Metadata) -> None:
    """Logout URIs have no fragment (Front-Channel 1.0 and Back-Channel 1.0, sections 2 and 2.2)."""
    for uri in _logout_uris(metadata):
        _require("#" not in uri, "logout URIs have no fragment")


def check_frontchannel_origin(metadata: Metadata) -> None:
    """frontchannel_logout_uri shares its origin with a redirect URI (Front-Channel Logout 1.0, section 2)."""
    uri = metadata.get("frontchannel_logout_uri")
    origins = {origin(redirect) for redirect in metadata["redirect_uris"]}
    _require(
        uri is None or origin(uri) in origins, "frontchannel_logout_uri is on the origin of no redirect URI"
    )


def check_http(metadata: Metadata) -> None:
    """Http is for confidential clients, and for loopback addresses of native ones (RFC 8252, section 7.3)."""
    if metadata.get("token_endpoint_auth_method") != "none":
        return
    native = metadata.get("application_type") == "native"
    for uri in (*metadata.get("post_logout_redirect_uris", []), *_logout_uris(metadata)):
        parts = _split(uri)
        loopback = native and parts.hostname in _LOOPBACK
        _require(parts.scheme != "http" or loopback, "a public client has no http logout URIs")


def check_authentication(metadata: Metadata) -> None:
    """The authentication method is one of ours, with the keys that it needs."""
    method = metadata.get("token_endpoint_auth_method", "client_secret_basic")
    _require(method in METHODS, "token_endpoint_auth_method is not supported")
    keyed = "jwks" in metadata or "jwks_uri" in metadata
    _require(method != "private_key_jwt" or keyed, "private_key_jwt needs jwks or jwks_uri")


def check_flow(metadata: Metadata) -> None:
    """Code flow only."""
    _require(set(metadata.get("response_types", ["code"])) == {"code"}, "response_types is not supported")
    grant_types = set(metadata.get("grant_types", ["authorization_code"]))
    _require(grant_types <= {"authorization_code", "refresh_token"}, "grant_types is not supported")
    _require(
        metadata.get("application_type", "web") in ("web", "native"), "application_type is web or native"
    )


def check_encryption(metadata: Metadata) -> None:
    """ID Tokens are encrypted by an algorithm of ours, to a key of the client (Registration, section 2)."""
    alg, enc = metadata.get(encryption.ALG), metadata.get(encryption.ENC)
    if alg is None:
        _require(enc is None, f"{encryption.ENC} needs {encryption.ALG}")
        return
    metadata.setdefault(encryption.ENC, encryption.CONTENT[0])
    supported = alg in encryption.ALGORITHMS and metadata[encryption.ENC] in encryption.CONTENT
    _require(supported, "this encryption of ID Tokens is not supported")
    try:
        encryption.key_of(Client(metadata))
    except (LookupError, AttributeError, TypeError, JoseError) as error:
        raise InvalidMetadata("jwks has no usable key for encryption") from error


CHECKS: tuple[Callable[[Metadata], None], ...] = (
    check_types,
    check_redirect_uris,
    check_post_logout_uris,
    check_logout_uris,
    check_logout_fragments,
    check_frontchannel_origin,
    check_http,
    check_authentication,
    check_flow,
    check_encryption,
)


def _check_initial_token(tenant: Tenant, request: Request) -> None:
    if not tenant.behaviour.registration.offered:
        raise OAuthError("not_found", "no registration here", 404)
    expected = tenant.surroundings.initial_access_token
    if expected and not hmac.compare_digest(_bearer(request), expected.encode()):
        raise InvalidToken("the initial access token is missing or wrong")


async def _body(request: Request) -> Metadata:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise InvalidMetadata("the body is no JSON") from None
    _require(isinstance(body, dict), "the body is no JSON object")
    # null stands for a member that was left out (RFC 7591, section 2).
    return {member: value for member, value in body.items() if value is not None}


def _accepted(tenant: Tenant, asked: Metadata) -> Metadata:
    behaviour = tenant.behaviour
    unknown = asked.keys() - KNOWN
    _require(not (unknown and behaviour.registration.refuses_unknown), "there are unknown members")
    metadata = {member: value for member, value in asked.items() if member in KNOWN}
    for check in CHECKS:
        if check not in behaviour.registration.skipped_checks:
            check(metadata)
    _check_tokens(tenant, metadata)
    kept: dict[str, Any] = {**metadata, **_flags(tenant, metadata)}
    for edit in behaviour.registration.keeps:
        edit(kept)
    return kept


def _check_tokens(tenant: Tenant, metadata: Metadata) -> None:
    tokens = tenant.behaviour.tokens
    alg = metadata.get("id_token_signed_response_alg", tokens.default_alg)
    _require(alg in tokens.algorithms, "id_token_signed_response_alg is not supported")
    subject_type = metadata.setdefault("subject_type", tokens.subject_type)
    _require(subject_type == tokens.subject_type, "subject_type is not supported")


def _flags(tenant: Tenant, metadata: Metadata) -> dict[str, bool]:
    # A provider without sids cannot promise them.
    return {
        flag: metadata[flag] and tenant.behaviour.tokens.sid for flag in SESSION_FLAGS if flag in metadata
    }


def _shown(tenant: Tenant, client: Client) -> Metadata:
    shown = {
        **DEFAULTS,
        **client.metadata,
        "registration_client_uri": tenant.url(f"register/{client.client_id}"),
        "registration_access_token": client.registration_access_token,
    }
    for edit in tenant.behaviour.registration.shows:
        edit(shown)
    return shown


def _owned(tenant: Tenant, request: Request) -> Client:
    client = tenant.clients.get(request.path_params["client_id"])
    if client and hmac.compare_digest(_bearer(request), client.registration_access_token.encode()):
        return client
    raise InvalidToken("the registration access token does not fit")


def _bearer(request: Request) -> bytes:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.encode() if scheme.lower() == "bearer" else b""


def _require(condition: bool, description: str, error: str = "invalid_client_metadata") -> None:
    if not condition:
        raise InvalidMetadata(description, error)


def _error_for(member: str) -> str:
    return "invalid_redirect_uri" if member == "redirect_uris" else "invalid_client_metadata"


def _logout_uris(metadata: Metadata) -> list[str]:
    return [metadata[member] for member in LOGOUT_URIS if member in metadata]


def _split(uri: str) -> SplitResult:
    """Parts of a URI; of an empty one where it cannot be read."""
    try:
        parts = urlsplit(uri)
        readable = _URI.fullmatch(uri) and (parts.port is None or parts.port > 0)
    except ValueError:
        readable = None
    return parts if readable else urlsplit("")


def _allowed(uri: str, metadata: Metadata) -> bool:
    parts = _split(uri)
    if "#" in uri or not parts.scheme:
        return False
    if parts.scheme in ("https", "http"):
        return bool(_HOST.fullmatch(parts.hostname or ""))
    return metadata.get("application_type") == "native" and parts.scheme not in _DANGEROUS_SCHEMES
