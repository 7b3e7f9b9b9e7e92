"""Identifiers of users and sessions."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from conformance.reference.users import USERS, User

if TYPE_CHECKING:
    from conformance.reference.clients import Client
    from conformance.reference.tenant import Tenant


def public(tenant: Tenant, _client: Client, user: User) -> str:
    """The same sub at every relying party (OpenID Connect Core, section 8)."""
    return _digest(tenant, user.username)


def pairwise(tenant: Tenant, client: Client, user: User) -> str:
    """Another sub at every relying party (OpenID Connect Core, section 8.1)."""
    return _digest(tenant, client.client_id, user.username)


def random_sid(_user: User) -> str:
    """128 bits in characters that need no encoding anywhere."""
    return secrets.token_urlsafe(16)


def user_of(tenant: Tenant, client: Client, subject: str | None) -> User | None:
    """The user whom this relying party knows by this sub."""
    subject_for = tenant.behaviour.tokens.subject
    return next((user for user in USERS.values() if subject_for(tenant, client, user) == subject), None)


def _digest(tenant: Tenant, *parts: str) -> str:
    return hashlib.sha256("\0".join((tenant.secret, *parts)).encode()).hexdigest()[:32]
