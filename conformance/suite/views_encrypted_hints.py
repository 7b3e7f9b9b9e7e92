"""Views of encrypted ID Tokens as hints, and of encryption that was half registered."""

from dataclasses import dataclass

from conformance.evidence.events import Client, Token
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case
from conformance.suite.finding import Undecided
from conformance.suite.registry import view
from conformance.suite.views import one
from conformance.suite.views_rp import Borrowed


@dataclass(frozen=True)
class DefaultEncryption:
    """A login at a client that registered alg without enc."""

    case: Case

    @property
    def id_token(self) -> Token | None:
        return next(iter(self.case.tokens("id_token")), None)

    @property
    def returned(self) -> str | None:
        """Return the enc that the registration response has."""
        client = next(iter(self.case.all(Client)), None)
        return client.metadata.get("id_token_encrypted_response_enc") if client else None


@view("encryption_default")
def default_encryption(evidence: Evidence) -> DefaultEncryption:
    """The ID Token of a client that registered id_token_encrypted_response_alg alone."""
    return DefaultEncryption(one(evidence, "encryption_default", "alg alone"))


@view("encrypted_hint")
def encrypted_hint(evidence: Evidence) -> Borrowed:
    """Logouts with a symmetrically encrypted hint, and with a plain one."""
    found = Borrowed(*(one(evidence, "encrypted_hint", label) for label in ("encrypted hint", "control")))
    if not any(token.encryption for token in found.logout.tokens("id_token")):
        raise Undecided("the provider gave the client no encrypted ID Token")
    return found
