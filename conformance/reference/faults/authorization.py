"""Faults of the authorization endpoint, of sids and of session_state."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING, Any

from conformance.reference.authorize import AuthorizationError
from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.tenant import Tenant
    from conformance.reference.users import User

_SAME_SID = because(
    "two sessions have one sid", "FCL-5-01", "BCL-2.5-04", "RPI-2-39c", "RPI-4-02", "RPI-2-34c"
)


@fault(
    "session-revived-silently",
    "CORE-3.1.2.3-01",
    does="After a logout the next request without prompt logs the user in again without asking.",
    companions=because("a code comes without credentials", "RPI-2-35", "RPI-2-35b"),
)
def session_revived_silently(behaviour: Behaviour) -> None:
    behaviour.authorization.revives_sessions = True


@fault(
    "prompt-none-shows-login",
    "CORE-3.1.2.1-01",
    "CORE-3.1.2.1-02",
    does="A request with prompt=none shows the login page when nobody is logged in.",
    companions=because("there is no error response", "CORE-3.1.2.6-01", "SM-2-02", "SM-3.2-13", "SM-3.2-18"),
)
def prompt_none_shows_login(behaviour: Behaviour) -> None:
    behaviour.authorization.prompt_none_shows_login = True


@fault(
    "sid-shared-across-browsers",
    "BCL-2.1-07b",
    "FCL-3-10",
    "FCL-3-11",
    does="All sessions of a user have the same sid.",
    companions=_SAME_SID,
)
def sid_shared_across_browsers(behaviour: Behaviour) -> None:
    def of_user(user: User) -> str:
        return hashlib.sha256(f"session of {user.username}".encode()).hexdigest()[:32]

    behaviour.tokens.new_sid = of_user


@fault("sid-counted", "FCL-5-01", does="sids are consecutive numbers.")
def sid_counted(behaviour: Behaviour) -> None:
    numbers = itertools.count(1001)
    behaviour.tokens.new_sid = lambda _user: str(next(numbers))


@fault("sid-non-ascii", "BCL-2.1-07", "FCL-3-13", does="sids hold characters outside ASCII.")
def sid_non_ascii(behaviour: Behaviour) -> None:
    random_sid = behaviour.tokens.new_sid
    behaviour.tokens.new_sid = lambda user: f"sitzung-ü-{random_sid(user)}"


@fault(
    "id-token-no-sid",
    "BCL-2.1-05",
    "FCL-3-07",
    does="ID Tokens have no sid, though it was promised.",
    companions=because("the sid that is sent was never in an ID Token", "FCL-2-12b", "BCL-2.5-04"),
)
def id_token_no_sid(behaviour: Behaviour) -> None:
    def edit(claims: dict[str, Any]) -> None:
        claims.pop("sid", None)

    behaviour.tokens.id_token_edits.append(edit)


@fault(
    "session-state-missing",
    "SM-2-01",
    does="Successful authorization responses lack session_state.",
    companions=because("without a session_state the iframe cannot be asked", "SM-2-05"),
)
def session_state_missing(behaviour: Behaviour) -> None:
    def edit(_tenant: Tenant, answer: dict[str, str]) -> None:
        if "code" in answer:
            del answer["session_state"]

    behaviour.authorization.response_edits.append(edit)


@fault("session-state-not-on-errors", "SM-2-02", does="Authorization error responses lack session_state.")
def session_state_not_on_errors(behaviour: Behaviour) -> None:
    def edit(_tenant: Tenant, answer: dict[str, str]) -> None:
        if "error" in answer:
            del answer["session_state"]

    behaviour.authorization.response_edits.append(edit)


@fault(
    "session-state-with-space",
    "SM-2-03",
    does="session_state holds a space.",
    companions=because(
        "the message to the iframe falls apart at the space",
        *("SM-2-06", "SM-3.2-07", "SM-3.2-08", "SM-3.2-09", "SM-3.2-11"),
    ),
)
def session_state_with_space(behaviour: Behaviour) -> None:
    def edit(_tenant: Tenant, answer: dict[str, str]) -> None:
        answer["session_state"] = answer["session_state"].replace(".", " .")

    behaviour.authorization.response_edits.append(edit)


@fault(
    "id-token-wrong-iss",
    "DISC-3-01b",
    does="iss of ID Tokens has a trailing slash too many.",
    companions=because("other places have the true issuer", "BCL-2.4-01", "FCL-2-12"),
)
def id_token_wrong_iss(behaviour: Behaviour) -> None:
    """The provider knows its own ID Tokens again when they come back as hints."""
    behaviour.tokens.id_token_edits.append(lambda claims: claims.update(iss=f"{claims['iss']}/"))
    behaviour.logout.issuer = lambda tenant: f"{tenant.issuer}/"


@fault(
    "redirect-uri-prefix-match",
    "REG-2-03",
    does="An authorization request is answered at any address that begins with a registered redirect_uri.",
)
def redirect_uri_prefix_match(behaviour: Behaviour) -> None:
    behaviour.authorization.matches = lambda requested, registered: requested.startswith(registered)


@fault(
    "prompt-none-needs-hint",
    "CORE-3.1.2.1-07",
    does="A request with prompt=none and without id_token_hint is answered with invalid_request.",
    companions=because("so it is where nobody is logged in", "CORE-3.1.2.6-01"),
)
def prompt_none_needs_hint(behaviour: Behaviour) -> None:
    def check(parameters: ImmutableMultiDict[str, str]) -> None:
        if parameters.get("prompt") == "none" and "id_token_hint" not in parameters:
            raise AuthorizationError("invalid_request", "prompt=none needs an id_token_hint")

    behaviour.authorization.checks.append(check)


@fault(
    "login-required-other-code",
    "CORE-3.1.2.6-01",
    does="A request with prompt=none is answered with interaction_required when nobody is logged in.",
)
def login_required_other_code(behaviour: Behaviour) -> None:
    """A permission that is not used, and no failure: it shows that the row is noted either way."""

    def edit(_tenant: Tenant, answer: dict[str, str]) -> None:
        if answer.get("error") == "login_required":
            answer["error"] = "interaction_required"

    behaviour.authorization.response_edits.append(edit)


@fault("cookies-without-secure", "OBS-3-02", does="Cookies of the session are sent over plain http too.")
def cookies_without_secure(behaviour: Behaviour) -> None:
    behaviour.pages.cookies_secure = False
    behaviour.pages.same_site = "lax"  # browsers take no cookie that is SameSite=None and not Secure


@fault("cookies-without-samesite", "OBS-3-03", does="Cookies of the session have no SameSite attribute.")
def cookies_without_same_site(behaviour: Behaviour) -> None:
    behaviour.pages.cookies_have_same_site = False
    behaviour.pages.same_site = "lax"  # which is what browsers make of it
