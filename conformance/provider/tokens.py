"""Tokens that the provider issues: read as they are, verified against its published keys."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from conformance.evidence.events import Signature

_KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


@dataclass(frozen=True)
class Decoded:
    """A compact JWS taken apart, nothing verified."""

    raw: str
    header: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    duplicates: list[str] = field(default_factory=list)
    problem: str = ""


def decode(raw: str) -> Decoded:
    """Take a token apart; whatever is wrong with it is said in `problem`, never raised."""
    if raw.startswith("{"):  # what a JWE may hold instead of a signed token
        claims, duplicates, problem = _json_object(raw)
        return Decoded(raw, {}, claims, duplicates, problem or "not signed: claims in clear")
    parts = raw.split(".")
    if len(parts) == 5:
        return Decoded(raw, _object(parts[0])[0], problem="encrypted (JWE)")
    if len(parts) != 3:
        return Decoded(raw, problem=f"not a compact JWS: {len(parts)} part(s)")
    header, _, header_problem = _object(parts[0])
    claims, duplicates, claims_problem = _object(parts[1])
    return Decoded(raw, header, claims, duplicates, header_problem or claims_problem)


def _object(part: str) -> tuple[dict[str, Any], list[str], str]:
    try:
        return _json_object(b64decode(part))
    except ValueError as error:
        return {}, [], f"not base64url: {error}"


def _json_object(text: str | bytes) -> tuple[dict[str, Any], list[str], str]:
    """Return the members of a JSON object, the names that occur twice, and what is wrong with it."""
    duplicates: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for name, value in found:
            if name in seen:
                duplicates.append(name)
            seen[name] = value
        return seen

    try:
        value = json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        return {}, [], f"not JSON: {error}"
    return (value, duplicates, "") if isinstance(value, dict) else ({}, [], "not a JSON object")


def outer_header(raw: str) -> dict[str, Any]:
    """Return the header of a compact JWS or JWE; nothing where it cannot be read."""
    return _object(raw.partition(".")[0])[0]


def b64decode(part: str) -> bytes:
    """Decode base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def b64encode(data: bytes) -> str:
    """Encode base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def verify(token: Decoded, jwks: Iterable[dict[str, Any]], client_secret: str | None = None) -> Signature:
    """Try every published key that could have signed the token (Core 10.1)."""
    alg, kid = str(token.header.get("alg", "")), str(token.header.get("kid", ""))
    if alg.lower() == "none" or not token.raw.rpartition(".")[2]:
        return Signature(verified=False, alg=alg, kid=kid, problem="no signature")
    if alg.startswith("HS"):
        return _verify_mac(token, alg, kid, client_secret)
    candidates = [key for key in jwks if _could_sign(key, alg)]
    for key in sorted(candidates, key=lambda k: k.get("kid") != kid):
        if _verifies(token.raw, key, alg):
            return Signature(
                verified=True, alg=alg, kid=kid, thumbprint=thumbprint(key), candidates=len(candidates)
            )
    problem = (
        "no published key verifies it" if candidates else f"no published key for {alg or 'a missing alg'}"
    )
    return Signature(verified=False, alg=alg, kid=kid, problem=problem, candidates=len(candidates))


def _verify_mac(token: Decoded, alg: str, kid: str, client_secret: str | None) -> Signature:
    good = client_secret is not None and _verifies(token.raw, client_secret, alg)
    return Signature(
        verified=good, alg=alg, kid=kid, thumbprint="client_secret" if good else "",
        problem="" if good else "the client_secret does not verify it",
    )  # fmt: skip


def _could_sign(key: dict[str, Any], alg: str) -> bool:
    fits_type = key.get("kty") == _KEY_TYPES.get(alg[:2])
    fits_curve = not alg.startswith("ES") or key.get("crv") == {"ES256": "P-256", "ES384": "P-384"}.get(
        alg, "P-521"
    )
    return fits_type and fits_curve and key.get("use", "sig") == "sig" and key.get("alg", alg) == alg


def _verifies(raw: str, key: Any, alg: str) -> bool:
    signed, _, signature = raw.rpartition(".")
    try:
        return bool(
            jwt.get_algorithm_by_name(alg).verify(signed.encode(), _prepared(key, alg), b64decode(signature))
        )
    except (
        jwt.PyJWTError, InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, KeyError, AttributeError,
        NotImplementedError,
    ):  # fmt: skip
        return False  # a published key may be as garbled as the token


def _prepared(key: Any, alg: str) -> Any:
    return key.encode() if alg.startswith("HS") else jwt.PyJWK(key, alg).key


def thumbprint(key: dict[str, Any]) -> str:
    """Return the thumbprint of a public key (RFC 7638), shortened."""
    import hashlib

    members = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
    chosen = {name: key.get(name) for name in members.get(str(key.get("kty")), ())}
    canonical = json.dumps(chosen, sort_keys=True, separators=(",", ":")).encode()
    return b64encode(hashlib.sha256(canonical).digest())[:16]
