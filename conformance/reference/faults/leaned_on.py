"""Faults against what logout leans on: escaping, forged hints that are believed, the user that a hint names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jwt
from markupsafe import Markup

from conformance.reference.errors import LogoutError
from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.end_session import LogoutRequest
    from conformance.reference.keys import Claims
    from conformance.reference.tenant import Tenant


@fault(
    "error-page-unescaped",
    "OA-10.14-01",
    does="A value with markup in a logout request is refused on a page that has it unescaped.",
    companions=because("reserved characters in a value are refused", "RPI-2-17", "RPI-2-25"),
)
def error_page_unescaped(behaviour: Behaviour) -> None:
    def refuse(parameters: ImmutableMultiDict[str, str]) -> None:
        for value in parameters.values():
            if "<" in value:
                raise LogoutError(Markup("Not understood: " + value))  # noqa: S704 - that is the fault

    behaviour.logout.checks.append(refuse)


@fault(
    "forged-hint-ends-other-browser",
    "RPI-4-02",
    does="A hint of unknown origin ends the session that it names, wherever that is.",
    companions=because(
        "the signature of hints is not verified", "RPI-2-27", "RPI-4-01", "RPI-4-04", "RPI-4-05", "RPI-2-34c"
    ),
)
def forged_hint_ends_other_browser(behaviour: Behaviour) -> None:
    def unverified(_tenant: Tenant, token: str) -> Claims:
        try:
            return dict(jwt.decode(token, options={"verify_signature": False}))
        except jwt.InvalidTokenError as error:
            raise LogoutError("The id_token_hint is no token.") from error

    def end(tenant: Tenant, request: LogoutRequest) -> None:
        session = tenant.sessions.with_sid((request.hint or {}).get("sid"))
        if session:
            tenant.end(session)

    behaviour.logout.read_hint = unverified
    behaviour.logout.without_session = end


@fault(
    "authorization-ignores-hint",
    "CORE-3.1.2.1-05",
    does="The id_token_hint of an authorization request is ignored.",
)
def authorization_ignores_hint(behaviour: Behaviour) -> None:
    behaviour.authorization.hint_names_the_user = False
