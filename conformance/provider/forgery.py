"""Hints that a provider did not issue: what an attacker, or an accident, would send (RPI-2-27)."""

import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conformance.provider.tokens import b64decode, b64encode, decode


@cache
def _stranger(kind: str) -> Any:
    """Return a key of the harness's own, made once in a run."""
    if kind == "EC":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed_by_stranger(token: str, **claims: Any) -> str:
    """Return the genuine claims, some replaced, signed by a harness key under the provider's kid."""
    genuine = decode(token)
    alg = str(genuine.header.get("alg", "RS256"))
    alg = alg if alg in ("RS256", "PS256", "ES256") else "RS256"
    key = _stranger("EC" if alg.startswith("ES") else "RSA")
    headers = {name: value for name, value in genuine.header.items() if name in ("kid", "typ")}
    return jwt.encode({**genuine.claims, **claims}, key, algorithm=alg, headers=headers)


def unsigned(token: str) -> str:
    """Return the genuine claims under alg none with an empty signature (RFC 7515, appendix A.5)."""
    header = b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode())
    return f"{header}.{token.split('.')[1]}."


def tampered(token: str) -> str:
    """Return the token with one byte in the middle of its signature flipped."""
    signed, _, signature = token.rpartition(".")
    raw = bytearray(b64decode(signature))
    raw[len(raw) // 2] ^= 0x01  # not the last character: its low bits may be padding
    return f"{signed}.{b64encode(bytes(raw))}"


def edited(token: str, **claims: Any) -> str:
    """Return the token with an edited payload under its old signature."""
    header, _, signature = token.split(".")
    payload = b64encode(json.dumps({**decode(token).claims, **claims}).encode())
    return f"{header}.{payload}.{signature}"
