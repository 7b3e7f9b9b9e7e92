"""Encrypted ID Tokens and Logout Tokens (OpenID Connect Core, section 10.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey

if TYPE_CHECKING:
    from conformance.reference.clients import Client

PublicKey: TypeAlias = ECKey | RSAKey
ALGORITHMS = ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES"]
CONTENT = ["A128CBC-HS256", "A256GCM"]
ALG, ENC = "id_token_encrypted_response_alg", "id_token_encrypted_response_enc"
# Replicated claims may stand in the header (RFC 7519, section 5.3), which is why it is not checked strictly.
_REGISTRY = jwe.JWERegistry(algorithms=[*ALGORITHMS, *CONTENT], strict_check_header=False)


def key_of(client: Client) -> PublicKey:
    """The key that a client registered for encryption. Raises LookupError: there is none."""
    kind = _key_type(client.metadata[ALG])
    for jwk in client.metadata.get("jwks", {}).get("keys", []):
        if jwk.get("kty") == kind.key_type and jwk.get("use", "enc") == "enc":
            return kind.import_key({name: value for name, value in jwk.items() if name != "alg"})
    raise LookupError("no key for encryption in the client's jwks")


def foreign_key(client: Client) -> PublicKey:
    """A key of the right type that is nobody's; only faulty tenants encrypt to it."""
    kind = _key_type(client.metadata[ALG])
    return ECKey.generate_key("P-256") if kind is ECKey else RSAKey.generate_key(2048)


def unnamed_key(client: Client) -> PublicKey:
    """The client's key without its kid; only faulty tenants encrypt to it."""
    key = key_of(client)
    return type(key).import_key({name: value for name, value in key.as_dict().items() if name != "kid"})


def encrypted(
    client: Client, token: str, header: Mapping[str, Any], key: Callable[[Client], PublicKey] = key_of
) -> str:
    """A Nested JWT: the signed token in a JWE for the client; the token itself where it registered none."""
    alg = client.metadata.get(ALG)
    if alg is None:
        return token
    recipient = key(client)
    kid = {"kid": recipient.kid} if recipient.kid else {}
    outer = {"alg": alg, "enc": client.metadata[ENC], "cty": "JWT", **kid, **header}
    return jwe.encrypt_compact(outer, token, recipient, registry=_REGISTRY)


def _key_type(alg: str) -> type[PublicKey]:
    return ECKey if alg.startswith("ECDH") else RSAKey
