"""Signing keys and the published key set."""

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Claims: TypeAlias = dict[str, Any]


@functools.cache
def private_key(alg: str, purpose: str = "provider") -> PrivateKey:  # noqa: ARG001 - part of the cache's key
    """One key per algorithm and purpose for the whole process, since RSA generation is slow."""
    if alg.startswith("ES"):
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class SigningKey:
    """A private key, the algorithm it signs with, and its name in the key set."""

    alg: str
    kid: str | None
    private: PrivateKey

    def jwk(self) -> dict[str, str]:
        """The public half as a JWK (RFC 7517), for signatures only."""
        named = {"kid": self.kid, "alg": self.alg} if self.kid else {}
        return {**_public_members(self.private), "use": "sig", **named}

    def sign(self, claims: Claims, header: Claims) -> str:
        """A compact JWS over the claims, with ``kid`` and the given header members."""
        return self.sign_text(json.dumps(claims, separators=(",", ":")), header)

    def sign_text(self, payload: str, header: Claims) -> str:
        """The same over a payload that is JSON already."""
        named = {"kid": self.kid} if self.kid else {}
        return jwt.api_jws.encode(
            payload.encode(), self.private, algorithm=self.alg, headers={"typ": "JWT", **named, **header}
        )


class KeySet:
    """The keys of a tenant; retired ones are published and sign nothing any more."""

    def __init__(self, algorithms: list[str], kid: bool, retired: Sequence[str] = ()) -> None:
        self._keys = {alg: _signing_key(alg, kid) for alg in algorithms}
        self._retired = [_signing_key(alg, kid, "retired") for alg in retired]

    def __getitem__(self, alg: str) -> SigningKey:
        return self._keys[alg]

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The document at ``jwks_uri``."""
        return {"keys": [key.jwk() for key in (*self._keys.values(), *self._retired)]}

    def verify(self, token: str) -> Claims:
        """Claims of a JWS that one of these keys signed, whatever its lifetime.

        Raises jwt.InvalidTokenError for any other token.
        """
        header = jwt.get_unverified_header(token)
        key = self._keys.get(str(header.get("alg")))
        if key is None or header.get("kid") != key.kid:
            raise jwt.InvalidTokenError("no key of this provider")
        return decode(token, key)


def decode(token: str, key: SigningKey) -> Claims:
    """Verify the signature alone: lifetimes are judged by the caller (a hint may have expired)."""
    only_signature = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
    claims: Claims = jwt.decode(token, key.private.public_key(), algorithms=[key.alg], options=only_signature)  # type: ignore[arg-type]
    return claims


def _signing_key(alg: str, kid: bool, purpose: str = "provider") -> SigningKey:
    private = private_key(alg, purpose)
    return SigningKey(alg, _thumbprint(private) if kid else None, private)


def _public_members(private: PrivateKey) -> dict[str, str]:
    public = private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        jwk = RSAAlgorithm.to_jwk(public, as_dict=True)
    else:
        jwk = ECAlgorithm.to_jwk(public, as_dict=True)
    return {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}


def _thumbprint(private: PrivateKey) -> str:
    members = sorted(_public_members(private).items())
    return hashlib.sha256(repr(members).encode()).hexdigest()[:16]
