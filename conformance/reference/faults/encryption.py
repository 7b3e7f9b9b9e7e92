"""Faults of encrypted Logout Tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.reference import encryption
from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.keys import Claims


@fault(
    "logout-token-not-encrypted",
    "BCL-2.4-19",
    does="Logout Tokens come plain to clients whose ID Tokens are encrypted.",
)
def not_encrypted(behaviour: Behaviour) -> None:
    """A permission that is not used, and no failure: it shows that the row is noted either way."""
    behaviour.backchannel.encrypts = False


@fault(
    "logout-token-encrypted-to-foreign-key",
    "BCL-2.4-20b",
    "CORE-10.2-01",
    does="Encrypted Logout Tokens are encrypted to a key that the client never had.",
    companions=because("the token cannot be opened", "CORE-10.2-01b"),
)
def foreign_key(behaviour: Behaviour) -> None:
    behaviour.backchannel.encrypts_to = encryption.foreign_key


@fault(
    "logout-token-jwe-without-iss",
    "BCL-2.4-21",
    does="The JWE header of encrypted Logout Tokens does not repeat iss.",
)
def without_iss(behaviour: Behaviour) -> None:
    behaviour.backchannel.nested_edits.append(lambda _inner, outer: outer.pop("iss", None))


@fault(
    "logout-token-jwe-typ-outside",
    "JBCP-3.11-02",
    does="The type of encrypted Logout Tokens is in the outer header alone.",
    companions=because("the token within has no type", "BCL-2.4-22"),
)
def typ_outside(behaviour: Behaviour) -> None:
    def moved(inner: Claims, outer: Claims) -> None:
        outer["typ"] = inner.pop("typ", None)

    behaviour.backchannel.nested_edits.append(moved)


@fault(
    "logout-token-jwe-without-kid",
    "CORE-10.2-01b",
    does="The JWE header of encrypted Logout Tokens does not name the key.",
)
def without_kid(behaviour: Behaviour) -> None:
    behaviour.backchannel.encrypts_to = encryption.unnamed_key


@fault(
    "logout-token-encrypted-unsigned",
    "CORE-16.14-01",
    does="Encrypted Logout Tokens hold the claims in clear, with no signature around them.",
    companions=because(
        "there is no signature", "BCL-2.4-18", "BCL-2.4-20", "BCL-2.4-22", "BCL-2.6-07", "CORE-10.1-01"
    )
    | because("the type is nowhere", "JBCP-3.11-02"),
)
def encrypted_unsigned(behaviour: Behaviour) -> None:
    behaviour.backchannel.sign_encrypted = lambda _key, claims, _header: json.dumps(claims)
