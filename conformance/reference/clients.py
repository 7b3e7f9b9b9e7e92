"""Registered relying parties."""

import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Metadata: TypeAlias = dict[str, Any]

DEFAULTS: Metadata = {
    "application_type": "web",
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "client_secret_basic",
}


@dataclass
class Client:
    """A relying party with its metadata in force (OpenID Connect Registration, section 2)."""

    metadata: Metadata
    registration_access_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def client_id(self) -> str:
        """The identifier the provider chose, or the one it was configured with."""
        return str(self.metadata["client_id"])

    @property
    def secret(self) -> str | None:
        """The client_secret of a confidential client."""
        return self.metadata.get("client_secret")

    @property
    def public(self) -> bool:
        """Whether the client authenticates with nothing."""
        return bool(self.metadata["token_endpoint_auth_method"] == "none")  # noqa: S105 - a method, no secret

    @property
    def alg(self) -> str:
        """What ID Tokens and Logout Tokens for this client are signed with."""
        return str(self.metadata["id_token_signed_response_alg"])

    def id_token_lifetime(self, default: int) -> int:
        """Seconds that its ID Tokens live: a member of our own, so that expired hints can be tried."""
        return int(self.metadata.get("id_token_lifetime", default))

    @property
    def post_logout_redirect_uris(self) -> list[str]:
        """Allowed targets after a logout."""
        return list(self.metadata.get("post_logout_redirect_uris", []))

    @property
    def backchannel_logout_uri(self) -> str | None:
        """Where Logout Tokens go."""
        return self.metadata.get("backchannel_logout_uri")

    @property
    def frontchannel_logout_uri(self) -> str | None:
        """What the logout page frames."""
        return self.metadata.get("frontchannel_logout_uri")


class Clients:
    """The clients of one tenant."""

    def __init__(self) -> None:
        self._by_id: dict[str, Client] = {}

    def __iter__(self) -> Iterator[Client]:
        return iter(self._by_id.values())

    def get(self, client_id: str | None) -> Client | None:
        """The client of this identifier."""
        return self._by_id.get(client_id or "")

    def add(self, metadata: Mapping[str, Any], default_alg: str) -> Client:
        """Put a client into force; a missing client_id and secret are chosen here."""
        complete = {
            **DEFAULTS,
            "id_token_signed_response_alg": default_alg,
            **_identity(metadata),
            **metadata,
        }
        client = Client(complete)
        self._by_id[client.client_id] = client
        return client

    def remove(self, client: Client) -> None:
        """RFC 7592, section 2.3."""
        self._by_id.pop(client.client_id, None)


def _identity(metadata: Mapping[str, Any]) -> Metadata:
    if "client_id" in metadata:
        return {}
    identity: Metadata = {"client_id": secrets.token_urlsafe(12), "client_id_issued_at": int(time.time())}
    method = metadata.get("token_endpoint_auth_method", DEFAULTS["token_endpoint_auth_method"])
    if method.startswith("client_secret"):
        identity |= {"client_secret": secrets.token_urlsafe(32), "client_secret_expires_at": 0}
    return identity
