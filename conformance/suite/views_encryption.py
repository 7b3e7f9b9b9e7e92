"""Encrypted tokens: what a client got that registered for encrypted ID Tokens."""

from dataclasses import dataclass
from typing import Any

from conformance.evidence.events import Encryption, Token
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case
from conformance.suite.registry import view
from conformance.suite.views import one
from conformance.suite.views_backchannel import told

EXPLICIT = ("logout+jwt", "secevent+jwt")


@dataclass(frozen=True)
class EncryptedToken:
    """A token that came encrypted."""

    name: str
    event: Token
    encryption: Encryption


@dataclass(frozen=True)
class Nested:
    """The ID Token and the Logout Token of a client that registered for encryption."""

    case: Case
    id_token: Token | None
    logout_token: Token | None
    silence: str  # what to say where no Logout Token came

    @property
    def control_opened(self) -> bool:
        """Tell whether the ID Token was encrypted, to a key of the client."""
        encryption = self.id_token.encryption if self.id_token else None
        return encryption is not None and encryption.opened

    @property
    def control(self) -> str:
        """Say what came as ID Token."""
        return _form(self.id_token)

    @property
    def encrypted_tokens(self) -> list["EncryptedToken"]:
        """Return those of the two tokens that came encrypted."""
        named = (("ID Token", self.id_token), ("Logout Token", self.logout_token))
        return [
            EncryptedToken(name, token, token.encryption)
            for name, token in named
            if token and token.encryption
        ]

    @property
    def to_public_key(self) -> bool:
        """Tell whether the ID Token came encrypted by a key pair, not by a shared secret."""
        encryption = self.id_token.encryption if self.id_token else None
        return encryption is not None and str(encryption.header.get("alg")).startswith(("RSA", "ECDH"))

    @property
    def encrypted(self) -> bool:
        return self.logout_token is not None and self.logout_token.encryption is not None

    @property
    def form(self) -> str:
        """Say what came as Logout Token."""
        return _form(self.logout_token)

    @property
    def opened(self) -> bool:
        """Tell whether the Logout Token could be read: plain, or opened."""
        token = self.logout_token
        return token is not None and (token.encryption is None or token.encryption.opened)

    @property
    def outer(self) -> dict[str, Any]:
        encryption = self.logout_token.encryption if self.logout_token else None
        return encryption.header if encryption else {}

    @property
    def inner(self) -> dict[str, Any]:
        return self.logout_token.header if self.logout_token and self.opened else {}

    @property
    def claims(self) -> dict[str, Any]:
        return self.logout_token.claims if self.logout_token else {}

    @property
    def typed(self) -> str:
        """Say which header has the explicit type."""
        if explicit(self.inner):
            return "in the inner header"
        return "in the outer header alone" if explicit(self.outer) else "in neither header"


def explicit(header: dict[str, Any]) -> bool:
    typ = header.get("typ")
    return isinstance(typ, str) and typ.lower().removeprefix("application/") in EXPLICIT


def _form(token: Token | None) -> str:
    if token is None:
        return "nothing"
    if token.encryption is None:
        return "not encrypted"
    return (
        "encrypted, to a key of the client"
        if token.encryption.opened
        else f"encrypted, and opened by no key of the client ({token.encryption.problem})"
    )


@view("encrypted_tokens")
def nested(evidence: Evidence) -> Nested:
    """The tokens of a client that registered for encrypted ID Tokens."""
    case = one(evidence, "encrypted_tokens", "encrypted")
    told_of_it = told(evidence, case, "rp1")
    id_tokens = [t for t in case.tokens("id_token", "rp1") if t.login != "probe"]
    silence = told_of_it.doubt or f"no {told_of_it.within}; BCL-2.5-01 judges the silence"
    return Nested(
        case, next(iter(id_tokens), None), next(iter(case.tokens("logout_token", "rp1")), None), silence
    )
