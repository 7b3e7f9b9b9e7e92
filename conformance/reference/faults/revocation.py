"""Faults of the revocation endpoint, and of tokens at logout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour

_ALIVE = because(
    "the token works on",
    "REV-2-02",
    "REV-2.1-03",
    "REV-2.1-09b",
    "REV-2.1-11",
    "REV-2.1-12",
    "REV-2.2-03",
    "OA-5.2-09",
)
_NO_ERROR_BODY = because(
    "the error is no OAuth error",
    "OA-5.2-02",
    "OA-5.2-06",
    "REV-2.1-01b",
    "REV-2.1-08b",
    "OA-5.2-01",
    "OA-5.2-08",
)


@fault(
    "revocation-no-effect",
    "REV-2-01",
    "REV-2.1-09",
    does="A revocation is answered 200, and the token works on.",
    companions=_ALIVE,
)
def no_effect(behaviour: Behaviour) -> None:
    behaviour.revocation.works = False


@fault(
    "revocation-invalid-token-400",
    "REV-2.2-01",
    does="The revocation of a token that is not one is an error.",
)
def invalid_token_400(behaviour: Behaviour) -> None:
    behaviour.revocation.unknown_token_is_error = True


@fault(
    "revocation-unauthenticated",
    "REV-2.1-07",
    "REV-2.1-07b",
    does="Whoever has a token can revoke it, whatever the client authentication.",
    companions=because(
        "the client is not authenticated and not compared",
        "REV-2.1-08",
        "REV-2.1-08b",
        "OA-5.2-07",
        "REV-2.2.1-01",
    ),
)
def unauthenticated(behaviour: Behaviour) -> None:
    behaviour.revocation.authenticates = False


@fault(
    "revocation-foreign-client",
    "REV-2.1-08",
    "REV-2.1-08b",
    does="A client can revoke the tokens of another.",
)
def foreign_client(behaviour: Behaviour) -> None:
    behaviour.revocation.checks_owner = False


@fault(
    "revocation-error-html",
    "REV-2.2.1-01",
    does="Errors of the revocation endpoint are HTML.",
    companions=_NO_ERROR_BODY,
)
def error_html(behaviour: Behaviour) -> None:
    behaviour.revocation.json_errors = False


@fault(
    "revocation-without-cors",
    "REV-2.3-01",
    does="Scripts cannot read what the revocation endpoint answers.",
)
def without_cors(behaviour: Behaviour) -> None:
    """A permission that is not used, and no failure: it shows that the row is noted either way."""
    behaviour.revocation.cors = False


@fault(
    "logout-keeps-refresh-tokens",
    "BCL-2.7-04",
    does="Refresh tokens without offline_access outlive the session.",
    companions=because("the refresh token works after the logout", "BCP-4.14.2-01"),
)
def logout_keeps_refresh_tokens(behaviour: Behaviour) -> None:
    behaviour.tokens.revoked_at_logout = lambda _grant, kind: kind == "access_token"


@fault(
    "logout-revokes-offline-tokens",
    "BCL-2.7-06",
    does="Refresh tokens with offline_access end with the session.",
)
def logout_revokes_offline_tokens(behaviour: Behaviour) -> None:
    behaviour.tokens.revoked_at_logout = lambda _grant, _kind: True
