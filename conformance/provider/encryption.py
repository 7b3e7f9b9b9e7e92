"""Encrypted tokens: the keys that a client registers for them, and opening what comes (Core 10.2)."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.evidence.events import Encryption
from conformance.provider.relying_party import RelyingParty
from conformance.provider.tokens import outer_header

ALG, ENC = "id_token_encrypted_response_alg", "id_token_encrypted_response_enc"
ALGS, ENCS = "id_token_encryption_alg_values_supported", "id_token_encryption_enc_values_supported"
DEFAULT_ENC = "A128CBC-HS256"  # Registration 2
# In the order in which they are asked for: keys of elliptic curves are made in no time.
PUBLIC_KEY = ("ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "RSA-OAEP-256", "RSA-OAEP")
SYMMETRIC = ("A128KW", "A256KW", "dir")
CONTENT = (DEFAULT_ENC, "A256GCM", "A128GCM", "A256CBC-HS512", "A192CBC-HS384", "A192GCM")
KEY_IDS = ("encryption-1", "encryption-2")
_BITS = {"A128KW": 128, "A256KW": 256, "A128CBC-HS256": 256, "A192CBC-HS384": 384, "A256CBC-HS512": 512,
         "A128GCM": 128, "A192GCM": 192, "A256GCM": 256}  # fmt: skip


def members(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return what a client registers to get encrypted ID Tokens; nothing where no known algorithm is offered."""
    algorithms, contents = metadata.get(ALGS) or [], metadata.get(ENCS) or [DEFAULT_ENC]
    alg = next((a for a in (*PUBLIC_KEY, *SYMMETRIC) if a in algorithms), None)
    enc = next((e for e in CONTENT if e in contents), None)
    return {ALG: alg, ENC: enc} if alg and enc else {}


def key_pairs(alg: str | None) -> list[dict[str, Any]]:
    """Make two private keys (as JWKs) of the type that an algorithm needs; none where it needs none."""
    if alg not in PUBLIC_KEY:
        return []
    from joserfc.jwk import ECKey, RSAKey

    about: list[Any] = [{"use": "enc", "alg": alg, "kid": kid} for kid in KEY_IDS]
    if alg.startswith("ECDH"):
        return [dict(ECKey.generate_key("P-256", one).as_dict(private=True)) for one in about]
    return [dict(RSAKey.generate_key(2048, one).as_dict(private=True)) for one in about]


def public(key: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public half of a JWK."""
    return {name: value for name, value in key.items() if name not in ("d", "p", "q", "dp", "dq", "qi")}


def opened(raw: str, rp: RelyingParty) -> tuple[str, Encryption | None]:
    """Return what a JWE holds, and how that was found out; any other token as it is."""
    if raw.count(".") != 4:
        return raw, None
    header = outer_header(raw)
    problem = "the client has no key for it"
    for kid, key in _keys(rp, header):
        try:
            content = _decrypted(raw, key)
        except Exception as error:  # noqa: BLE001 - whatever a garbled token leads to is what was found
            problem = str(error) or type(error).__name__
        else:
            return content, Encryption(header=header, opened=True, kid=kid)
    return raw, Encryption(header=header, opened=False, problem=problem)


def _keys(rp: RelyingParty, header: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the client's keys by name, the one that is named in the token first."""
    for key in sorted(rp.encryption_keys, key=lambda k: k["kid"] != header.get("kid")):
        yield key["kid"], key
    bits = _BITS.get(str(header.get("enc" if header.get("alg") == "dir" else "alg")))
    if rp.client_secret and bits and header.get("alg") in SYMMETRIC:
        yield "client_secret", _derived(rp.client_secret, bits)


def _derived(secret: str, bits: int) -> dict[str, Any]:
    """Return the key that a client_secret stands for (Core 10.2)."""
    from conformance.provider.tokens import b64encode

    digest = hashlib.sha256 if bits <= 256 else hashlib.sha384 if bits <= 384 else hashlib.sha512
    return {"kty": "oct", "k": b64encode(digest(secret.encode()).digest()[: bits // 8])}


def _decrypted(raw: str, key: dict[str, Any]) -> str:
    from joserfc import jwe
    from joserfc.jwk import import_key

    allowed = jwe.JWERegistry(
        algorithms=[*PUBLIC_KEY, *SYMMETRIC, *CONTENT, "DEF"], strict_check_header=False
    )
    plain = jwe.decrypt_compact(
        raw, import_key({k: v for k, v in key.items() if k != "alg"}), registry=allowed
    )
    return (plain.plaintext or b"").decode(errors="backslashreplace")
