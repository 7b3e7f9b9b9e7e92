"""A relying party of the harness: a client of the provider and its addresses at the receiver."""

import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from conformance.config.model import AuthMethod

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(eq=False)
class RelyingParty:
    """What is known of a client; `role` is its name within a scenario, `key` within the run."""

    role: str
    key: str
    client_id: str
    auth_method: AuthMethod
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str] = field(default_factory=list)
    client_secret: str | None = None
    private_key: str | None = None
    encryption_keys: list[dict[str, Any]] = field(default_factory=list)  # private JWKs, each with kid
    backchannel_logout_uri: str | None = None
    frontchannel_logout_uri: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    dynamic: bool = False
    registration_client_uri: str | None = None
    registration_access_token: str | None = None

    @property
    def redirect_uri(self) -> str:
        return self.redirect_uris[0]

    @property
    def post_logout_redirect_uri(self) -> str:
        return self.post_logout_redirect_uris[0]

    @property
    def hosts(self) -> set[str]:
        urls = [*self.redirect_uris, *self.post_logout_redirect_uris, self.frontchannel_logout_uri or ""]
        return {urlsplit(url).hostname or "" for url in urls} - {""}

    def authenticate(
        self, data: dict[str, str], audience: str
    ) -> tuple[dict[str, str], tuple[str, str] | None]:
        """Return form data and Basic credentials that authenticate the client (Core 9)."""
        if self.auth_method == "client_secret_basic":
            return data, (quote(self.client_id, safe=""), quote(self.client_secret or "", safe=""))
        if self.auth_method == "client_secret_post":
            return {**data, "client_id": self.client_id, "client_secret": self.client_secret or ""}, None
        if self.auth_method == "private_key_jwt":
            assertion = {"client_assertion_type": ASSERTION, "client_assertion": self._assertion(audience)}
            return {**data, "client_id": self.client_id, **assertion}, None
        return {**data, "client_id": self.client_id}, None

    def _assertion(self, audience: str) -> str:
        import jwt

        now = int(time.time())
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": audience, "jti": uuid.uuid4().hex,
            "iat": now, "exp": now + 60,
        }  # fmt: skip
        return jwt.encode(claims, self.private_key or "", algorithm=_algorithm(self.private_key or ""))


def _algorithm(pem: str) -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.encode(), None)
    return "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"


def read_key(path: Path | None) -> str | None:
    return path.read_text() if path else None
