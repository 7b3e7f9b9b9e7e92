"""Faults of the revocation endpoint, and of tokens at logout."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import ImmutableMultiDict

from conformance.reference.client_authentication import client_form
from conformance.reference.errors import OAuthError
from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.grants import Grants, Token
    from conformance.reference.tenant import Tenant

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
    "REV-2-02",
    "REV-2.1-09",
    "REV-2.1-09b",
    does="A revocation is answered 200, and the token works on.",
    companions=_ALIVE,
)
def no_effect(behaviour: Behaviour) -> None:
    behaviour.revocation.revoke = lambda _tenant, _token: None


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
    "BCP-4.14.2-01",
    does="Refresh tokens without offline_access outlive the session.",
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


@fault(
    "revocation-late",
    "REV-2.1-09b",
    does="A revocation takes effect two seconds after its answer.",
)
def late(behaviour: Behaviour) -> None:
    at_once = behaviour.revocation.revoke

    def revoke(tenant: Tenant, token: Token) -> None:
        async def later() -> None:
            await asyncio.sleep(2)
            at_once(tenant, token)

        tenant.background(later())

    behaviour.revocation.revoke = revoke


@fault(
    "revocation-keeps-access-tokens",
    "REV-2.1-11",
    does="The access tokens of a revoked refresh token work on.",
)
def keeps_access_tokens(behaviour: Behaviour) -> None:
    behaviour.revocation.revoke = lambda tenant, token: tenant.grants.revoke_alone(token)


@fault(
    "revocation-trusts-hint",
    "REV-2.1-03",
    does="A token is looked for among those of the hinted type alone.",
)
def trusts_hint(behaviour: Behaviour) -> None:
    def find(grants: Grants, value: str, hint: str | None) -> Token | None:
        token = grants.find(value)
        known = hint in ("access_token", "refresh_token")
        return None if token and known and token.kind != hint else token

    behaviour.revocation.find = find


@fault(
    "revocation-refuses-unknown-hint",
    "REV-2.2-03",
    does="A token_type_hint that the provider does not know is an error.",
    companions=because("so it is with a token that is dead already", "REV-2.2-01"),
)
def refuses_unknown_hint(behaviour: Behaviour) -> None:
    def find(grants: Grants, value: str, hint: str | None) -> Token | None:
        if hint not in (None, "access_token", "refresh_token"):
            raise OAuthError("unsupported_token_type", "access_token or refresh_token")
        return grants.find(value)

    behaviour.revocation.find = find


@fault(
    "revocation-refresh-tokens-only",
    "REV-2-02",
    does="Access tokens cannot be revoked, and unsupported_token_type says so.",
)
def refresh_tokens_only(behaviour: Behaviour) -> None:
    behaviour.revocation.checks.append(_refusing_access_tokens("unsupported_token_type"))


@fault(
    "revocation-access-token-other-code",
    "REV-2.2.1-02",
    does="Access tokens cannot be revoked, and the error is invalid_request.",
)
def access_token_other_code(behaviour: Behaviour) -> None:
    behaviour.revocation.checks.append(_refusing_access_tokens("invalid_request"))


@fault(
    "revocation-without-token-200",
    "REV-2.1-01b",
    does="A revocation request without token is answered 200.",
)
def without_token_200(behaviour: Behaviour) -> None:
    behaviour.revocation.token_required = False


@fault(
    "revocation-token-in-query",
    "REV-2.1-01",
    does="The token to revoke is read from the query, and a request that has it in the body is an error.",
    companions=because("a token in the body is not seen", "REV-2.1-03", "REV-2.2-03", "REV-2.2.1-02"),
)
def token_in_query(behaviour: Behaviour) -> None:
    async def form(request: Request) -> ImmutableMultiDict[str, str]:
        authentication = {
            name: value for name, value in (await client_form(request)).items() if name.startswith("client_")
        }
        return ImmutableMultiDict({**request.query_params, **authentication})

    behaviour.revocation.form = form


@fault("revocation-no-post", "REV-2-03", does="A POST to the revocation endpoint is answered 405.")
def no_post(behaviour: Behaviour) -> None:
    behaviour.revocation.methods = frozenset()


@fault(
    "revocation-refuses-basic",
    "ASM-2-02b",
    does="The revocation endpoint refuses HTTP Basic, which it lists.",
)
def refuses_basic(behaviour: Behaviour) -> None:
    behaviour.revocation.refuses_basic = True


def _refusing_access_tokens(error: str) -> Callable[[Token], None]:
    def check(token: Token) -> None:
        if token.kind == "access_token":
            raise OAuthError(error, "access tokens are not revoked")

    return check
