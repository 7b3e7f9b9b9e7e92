"""Opening of encrypted tokens: by a registered key, by one that is derived from the secret, by none."""

from __future__ import annotations

import pytest
from joserfc import jwe
from joserfc.jwk import import_key

from conformance.provider import encryption
from conformance.provider.relying_party import RelyingParty
from conformance.provider.tokens import decode

INNER = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
SECRET = "a secret of thirty-two characters"
REGISTRY = jwe.JWERegistry(algorithms=["RSA-OAEP", "ECDH-ES", "A128KW", "dir", *encryption.CONTENT])


def relying_party(alg: str) -> RelyingParty:
    rp = RelyingParty("rp1", "rp1", "client", "client_secret_basic", ["https://rp1.test/callback"])
    rp.client_secret, rp.encryption_keys = SECRET, encryption.key_pairs(alg)
    return rp


def sealed(key: dict, alg: str, enc: str, **header: str) -> str:
    return jwe.encrypt_compact({"alg": alg, "enc": enc, **header}, INNER, import_key(key), registry=REGISTRY)


@pytest.mark.parametrize("alg", ["RSA-OAEP", "ECDH-ES"])
@pytest.mark.parametrize("named", [True, False])
def test_a_registered_key_opens(alg: str, named: bool) -> None:
    rp = relying_party(alg)
    second = encryption.public(rp.encryption_keys[1])
    assert "d" not in second
    kid = {"kid": second["kid"]} if named else {}
    content, found = encryption.opened(sealed(second, alg, "A128GCM", **kid), rp)
    assert content == INNER
    assert found is not None
    assert (found.opened, found.kid) == (True, "encryption-2")
    assert found.header["alg"] == alg


# Left-most bits of SHA-256 and SHA-512 of the secret, as Core 10.2 says.
@pytest.mark.parametrize(("alg", "enc", "size"), [
    ("A128KW", "A128CBC-HS256", 16), ("dir", "A128CBC-HS256", 32), ("dir", "A256CBC-HS512", 64),
])  # fmt: skip
def test_the_secret_opens(alg: str, enc: str, size: int) -> None:
    import base64
    import hashlib

    digest = (hashlib.sha512 if size > 32 else hashlib.sha256)(SECRET.encode()).digest()[:size]
    key = {"kty": "oct", "k": base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}
    content, found = encryption.opened(sealed(key, alg, enc), relying_party(alg))
    assert found is not None
    assert (content, found.kid) == (INNER, "client_secret")


@pytest.mark.parametrize("token", ["....", "e30....", "eyJhbGciOiJFQ0RILUVTIn0.a.b.c.d"])
def test_what_no_key_opens_stays_as_it_is(token: str) -> None:
    content, found = encryption.opened(token, relying_party("ECDH-ES"))
    assert content == token
    assert found is not None
    assert not found.opened
    assert found.problem


def test_a_key_of_somebody_else_opens_nothing() -> None:
    token = sealed(encryption.key_pairs("ECDH-ES")[0], "ECDH-ES", "A128GCM")
    _, found = encryption.opened(token, relying_party("ECDH-ES"))
    assert found is not None
    assert not found.opened


def test_claims_in_clear_are_read_and_called_unsigned() -> None:
    token = decode('{"iss": "https://op.test", "iss": "https://op.test"}')
    assert token.claims == {"iss": "https://op.test"}
    assert token.duplicates == ["iss"]
    assert token.problem == "not signed: claims in clear"


def test_a_signed_token_is_not_touched() -> None:
    assert encryption.opened(INNER, relying_party("ECDH-ES")) == (INNER, None)
