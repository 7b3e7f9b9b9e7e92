"""TLS for host names that nobody knew beforehand: a certificate is made when a client asks for one."""

import ssl
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from conformance.receiver.model import ReceiverError

# Set in a connection's own context before its handshake, so that a failed one can be told by name.
on_server_name: ContextVar[Callable[[str], None]] = ContextVar("on_server_name")


class Certificates:
    """A TLS context for every server name; the operator's certificate for all but virtual hosts.

    Under its own ``names`` it shows that certificate in any case: providers call there, and trust no other.
    """

    def __init__(
        self,
        ca: trustme.CA,
        names: Iterable[str],
        *,
        given: tuple[Path, Path | None] | None,
        is_virtual: Callable[[str], bool],
        limit: int,
    ) -> None:
        self._ca = ca
        self._own = set(names)
        self._is_virtual = is_virtual
        self._limit = limit
        self._given = given is not None
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.context = given_context(*given) if given else self._issue(*self._own)
        self.context.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        on_server_name.get()(name or "")
        if name and (not self._given or (self._is_virtual(name) and name not in self._own)):
            connection.context = self._for(name)

    def _for(self, name: str) -> ssl.SSLContext:
        if name not in self._contexts:
            if len(self._contexts) >= self._limit:
                return self.context
            self._contexts[name] = self._try(name)
        return self._contexts[name]

    def _try(self, name: str) -> ssl.SSLContext:
        try:
            return self._issue(name)
        except (ValueError, ssl.SSLError):  # not a name that a certificate can bear, "a_b.test"
            return self.context

    def _issue(self, *names: str) -> ssl.SSLContext:
        context = server_context()
        leaf = self._ca.issue_cert(*names)
        # The CA goes along: Chromium then finds the public key that it was told to accept.
        chain = trustme.Blob(leaf.private_key_and_cert_chain_pem.bytes() + self._ca.cert_pem.bytes())
        with chain.tempfile() as path:
            context.load_cert_chain(path)
        return context


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    return context


def given_context(certificate: Path, private_key: Path | None) -> ssl.SSLContext:
    context = server_context()
    try:
        context.load_cert_chain(certificate, private_key)
    except OSError as error:
        raise ReceiverError(f"The receiver's certificate {certificate} cannot be used: {error}.") from error
    return context


def public_key_hash(ca_pem: bytes) -> str:
    """SHA-256 of a certificate's SubjectPublicKeyInfo in Base64, as in RFC 7469, section 2.4."""
    key = load_pem_x509_certificate(ca_pem).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(sha256(der).digest()).decode("ascii")
