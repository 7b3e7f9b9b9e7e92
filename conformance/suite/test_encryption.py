"""Encrypted ID Tokens: Core 10.2 and 16.14, Registration 2, RP-Initiated Logout 2."""

from conformance.suite import case, expect, require, requirement
from conformance.suite.views_encrypted_hints import DefaultEncryption
from conformance.suite.views_encryption import Nested
from conformance.suite.views_registration import Attempts
from conformance.suite.views_rp import Borrowed

ALG, ENC = "id_token_encrypted_response_alg", "id_token_encrypted_response_enc"
DEFAULT_ENC = "A128CBC-HS256"


def _came_encrypted(nested: Nested) -> None:
    require(nested.to_public_key, f"the ID Token is {nested.control}", nested.id_token)


@requirement("CORE-10.2-01")
def test_tokens_are_encrypted_to_a_published_key(nested: Nested) -> None:
    """Every encrypted token opens with a key that the client registered."""
    with case(nested.case):
        _came_encrypted(nested)
        for token in nested.encrypted_tokens:
            expect(
                token.encryption.opened, f"whether a key of the client opens the {token.name}", token.event
            ).to_be_true()


@requirement("CORE-10.2-01b")
def test_key_is_named(nested: Nested) -> None:
    """Every encrypted token names, by kid, the one of the client's two keys that opens it."""
    with case(nested.case):
        _came_encrypted(nested)
        for token in nested.encrypted_tokens:
            require(token.encryption.opened, "no key of the client opens it (CORE-10.2-01)", token.event)
            kid = token.encryption.header.get("kid")
            expect(kid, f"kid of the encrypted {token.name}", token.event).to_equal(token.encryption.kid)


@requirement("CORE-16.14-01")
def test_tokens_are_signed_then_encrypted(nested: Nested) -> None:
    """What an encrypted token holds is a signed token."""
    with case(nested.case):
        _came_encrypted(nested)
        for token in nested.encrypted_tokens:
            require(token.encryption.opened, "it could not be decrypted (CORE-10.2-01)", token.event)
            signed = token.event.signature is not None and "alg" in token.event.header
            expect(
                signed, f"whether the encrypted {token.name} holds a signed token", token.event
            ).to_be_true()


@requirement("REG-2-02b")
def test_enc_needs_alg(attempts: Attempts) -> None:
    """id_token_encrypted_response_enc alone is not taken over."""
    control, alone = attempts["encryption, alg and enc"], attempts["encryption, enc alone"]
    require(control.accepted, f"the control, with alg and enc: {control.words}", *control.events)
    require(alone.answered, alone.words, *alone.events)
    with case(alone):
        taken = alone.kept(ENC) is not None and alone.returned(ALG) is None
        expect(taken, "whether the response has enc without alg", *alone.events).to_equal(False)


@requirement("REG-2-02c")
def test_default_enc_is_a128cbc_hs256(default_encryption: DefaultEncryption) -> None:
    """Where only alg was registered, enc is A128CBC-HS256, or what the response says."""
    with case(default_encryption.case):
        token = default_encryption.id_token
        require(token and token.encryption, "the ID Token came unencrypted", token)
        enc = token.encryption.header.get("enc") if token and token.encryption else None
        allowed = tuple(filter(None, (DEFAULT_ENC, default_encryption.returned)))
        expect(enc, "enc of the ID Token", token).to_be_one_of(allowed)


@requirement("RPI-2-08")
def test_encrypted_hint_is_understood(encrypted_hint: Borrowed) -> None:
    """A symmetrically encrypted hint with client_id has the outcome of a plain one."""
    control = encrypted_hint.control
    require(control.redirect, "the control, with a plain hint, did not redirect", control.last_page)
    with case(encrypted_hint.logout) as logout:
        what = "the redirect after an encrypted hint"
        expect(logout.redirect, what, logout.logout, logout.last_page).to_be_present()
