"""The id_token_hint of a logout request (RP-Initiated Logout 1.0, section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jwt

from conformance.reference.errors import LogoutError

if TYPE_CHECKING:
    from conformance.reference.clients import Client
    from conformance.reference.keys import Claims
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant


def issuer(tenant: Tenant) -> str:
    """The iss that ID Tokens of this tenant have."""
    return tenant.issuer


def verified(tenant: Tenant, token: str) -> Claims:
    """Claims of an ID Token that this tenant issued, expired or not."""
    try:
        claims = tenant.keys.verify(token)
    except jwt.InvalidTokenError as error:
        raise LogoutError("The id_token_hint is not an ID Token of this provider.") from error
    # A Logout Token is signed by the same keys, and must not pass for an ID Token.
    if claims.get("iss") != tenant.behaviour.logout.issuer(tenant) or "events" in claims:
        raise LogoutError("The id_token_hint is not an ID Token of this provider.")
    return claims


def audience(claims: Claims) -> list[str]:
    """The clients that the ID Token was issued to."""
    aud = claims.get("aud", [])
    return [aud] if isinstance(aud, str) else list(aud)


def same_user(tenant: Tenant, client: Client, claims: Claims, session: Session) -> bool:
    """Whether the hint names the user of this session."""
    return bool(claims.get("sub") == tenant.subject(client, session.user))


def same_session(tenant: Tenant, client: Client, claims: Claims, session: Session) -> bool:
    """Whether the hint was issued in this very session, as far as it says."""
    if not same_user(tenant, client, claims, session):
        return False
    return bool(claims.get("sid", session.sid) == session.sid)
