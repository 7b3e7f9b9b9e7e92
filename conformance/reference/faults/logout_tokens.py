"""Faults of the Logout Token itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jwt

from conformance.reference.backchannel import EVENT, Notice
from conformance.reference.faults.reasons import because
from conformance.reference.keys import Claims, SigningKey, private_key
from conformance.reference.switches import fault
from conformance.reference.users import USERS

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour

_LIFETIME = because("the lifetime cannot be told", "BCL-4-03")
_NO_EVENT = because(
    "there is no logout event to look into",
    "BCL-2.4-07",
    "BCL-2.4-08",
    "SET-1.2-01a",
    "SET-2.2-08",
    "SET-2.2-08b",
    "SET-2.2-09",
)
_UNVERIFIABLE = because(
    "no key verifies the token", "BCL-2.4-18", "BCL-2.4-20", "CORE-10.1-01", "CORE-10.1-01b", "DISC-3-02b"
)
_OTHER_AUDIENCE = because(
    "the token is not made for the relying party", "BCL-2.5-04", "BCL-2.5-07", "RPI-2-39a", "BCL-2.3-03"
)


def _claim(behaviour: Behaviour, name: str, value: object) -> None:
    behaviour.backchannel.token_edits.append(lambda claims, _notice: claims.update({name: value}))


def _without(behaviour: Behaviour, *names: str) -> None:
    def edit(claims: Claims, _notice: Notice) -> None:
        for name in names:
            claims.pop(name, None)

    behaviour.backchannel.token_edits.append(edit)


def _changed(behaviour: Behaviour, name: str, change: Callable[[Any], Any]) -> None:
    def edit(claims: Claims, _notice: Notice) -> None:
        if name in claims:
            claims[name] = change(claims[name])

    behaviour.backchannel.token_edits.append(edit)


@fault(
    "logout-token-no-iss",
    "BCL-2.4-01",
    does="Logout Tokens have no iss.",
    companions=because("iss is absent", "DISC-3-01b"),
)
def no_iss(behaviour: Behaviour) -> None:
    _without(behaviour, "iss")


@fault(
    "logout-token-wrong-iss",
    "BCL-2.4-01",
    does="iss of Logout Tokens has a trailing slash too many.",
    companions=because("a token names another issuer than discovery", "DISC-3-01b"),
)
def wrong_iss(behaviour: Behaviour) -> None:
    _changed(behaviour, "iss", lambda iss: f"{iss}/")


@fault(
    "logout-token-no-aud",
    "BCL-2.4-02",
    "SET-2.2-05",
    does="Logout Tokens have no aud.",
    companions=_OTHER_AUDIENCE,
)
def no_aud(behaviour: Behaviour) -> None:
    _without(behaviour, "aud")


@fault(
    "logout-token-wrong-aud",
    "BCL-2.4-02",
    does="aud of Logout Tokens names nobody.",
    companions=_OTHER_AUDIENCE,
)
def wrong_aud(behaviour: Behaviour) -> None:
    _claim(behaviour, "aud", "somebody-else")


@fault("logout-token-no-iat", "BCL-2.4-03", does="Logout Tokens have no iat.", companions=_LIFETIME)
def no_iat(behaviour: Behaviour) -> None:
    _without(behaviour, "iat")


@fault(
    "logout-token-iat-milliseconds",
    "BCL-2.4-03",
    does="iat of Logout Tokens is in milliseconds.",
    companions=_LIFETIME,
)
def iat_milliseconds(behaviour: Behaviour) -> None:
    _changed(behaviour, "iat", lambda iat: iat * 1000)


@fault("logout-token-no-exp", "BCL-2.4-04", does="Logout Tokens have no exp.", companions=_LIFETIME)
def no_exp(behaviour: Behaviour) -> None:
    _without(behaviour, "exp")


@fault(
    "logout-token-expired", "BCL-2.4-04", does="Logout Tokens have expired an hour ago.", companions=_LIFETIME
)
def expired(behaviour: Behaviour) -> None:
    _changed(behaviour, "exp", lambda exp: exp - 3720)


@fault(
    "logout-token-exp-milliseconds",
    "BCL-2.4-04",
    does="exp of Logout Tokens is in milliseconds.",
    companions=_LIFETIME,
)
def exp_milliseconds(behaviour: Behaviour) -> None:
    _changed(behaviour, "exp", lambda exp: exp * 1000)


@fault("logout-token-long-exp", "BCL-4-03", does="Logout Tokens are good for an hour.")
def long_exp(behaviour: Behaviour) -> None:
    _changed(behaviour, "exp", lambda exp: exp + 3480)


@fault("logout-token-no-jti", "BCL-2.4-05", does="Logout Tokens have no jti.")
def no_jti(behaviour: Behaviour) -> None:
    _without(behaviour, "jti")


@fault(
    "logout-token-constant-jti",
    "BCL-2.4-05",
    does="All Logout Tokens have the same jti.",
    companions=because("another notification has the same jti", "BCL-2.5-07", "BCL-2.5-08", "BCL-2.5-09"),
)
def constant_jti(behaviour: Behaviour) -> None:
    _claim(behaviour, "jti", "logout")


@fault(
    "logout-token-no-events",
    "BCL-2.4-06",
    does="Logout Tokens have no events.",
    companions=_NO_EVENT
    | because("nothing tells such a token from an ID Token, which is a hint", "JBCP-3.12-01b"),
)
def no_events(behaviour: Behaviour) -> None:
    _without(behaviour, "events")


@fault(
    "logout-token-events-array",
    "BCL-2.4-06",
    does="events of Logout Tokens is an array.",
    companions=_NO_EVENT,
)
def events_array(behaviour: Behaviour) -> None:
    _claim(behaviour, "events", [EVENT])


@fault(
    "logout-token-wrong-event",
    "BCL-2.4-06",
    does="The event of Logout Tokens has https in its name.",
    companions=_NO_EVENT,
)
def wrong_event(behaviour: Behaviour) -> None:
    _claim(behaviour, "events", {EVENT.replace("http:", "https:"): {}})


@fault(
    "logout-token-event-null",
    "BCL-2.4-07",
    "SET-2.2-09",
    does="The event of Logout Tokens is null.",
    companions=because("the event is no object", "BCL-2.4-08"),
)
def event_null(behaviour: Behaviour) -> None:
    _claim(behaviour, "events", {EVENT: None})


@fault("logout-token-event-not-empty", "BCL-2.4-08", does="The event of Logout Tokens has a member.")
def event_not_empty(behaviour: Behaviour) -> None:
    _claim(behaviour, "events", {EVENT: {"reason": "logout"}})


@fault("logout-token-extra-event", "SET-2.2-08b", does="Logout Tokens have a second event.")
def extra_event(behaviour: Behaviour) -> None:
    _claim(behaviour, "events", {EVENT: {}, "https://events.example/session-ended": {}})


@fault(
    "logout-token-extra-event-other-subject",
    "SET-2.2-08",
    does="Logout Tokens have a second event about another subject.",
    companions=because("there is a second event", "SET-2.2-08b"),
)
def extra_event_other_subject(behaviour: Behaviour) -> None:
    _claim(behaviour, "events", {EVENT: {}, "https://events.example/session-ended": {"sub": "somebody-else"}})


@fault(
    "logout-token-event-name-no-uri",
    "SET-1.2-01a",
    does="A second event of Logout Tokens has a name that is no URI.",
    companions=because("there is a second event", "SET-2.2-08b"),
)
def event_name_no_uri(behaviour: Behaviour) -> None:
    _claim(behaviour, "events", {EVENT: {}, "logout": {}})


@fault(
    "logout-token-no-sub-no-sid",
    "BCL-2.4-11",
    "BCL-2.4-09",
    does="Logout Tokens name neither user nor session.",
    companions=because("there is no sub and no sid", "BCL-2.2-11", "BCL-2.5-04", "BCL-2.4-10", "BCL-2.4-12"),
)
def no_sub_no_sid(behaviour: Behaviour) -> None:
    _without(behaviour, "sub", "sid")


@fault(
    "logout-token-no-sid",
    "BCL-2.2-11",
    "BCL-2.4-10",
    "BCL-2.4-12",
    does="Logout Tokens have no sid for clients that require it.",
)
def no_sid(behaviour: Behaviour) -> None:
    _without(behaviour, "sid")


@fault("logout-token-wrong-sid", "BCL-2.5-04", does="sid of Logout Tokens is one that no client ever got.")
def wrong_sid(behaviour: Behaviour) -> None:
    _changed(behaviour, "sid", lambda sid: sid[::-1])


@fault(
    "logout-token-other-user",
    "BCL-2.5-04",
    "RPI-2-39c",
    does="sub of Logout Tokens is that of another user.",
    companions=because("the token names a user who is still logged in", "RPI-4-02"),
)
def other_user(behaviour: Behaviour) -> None:
    def edit(claims: Claims, notice: Notice) -> None:
        other = next(user for user in USERS.values() if user != notice.session.user)
        claims["sub"] = notice.tenant.subject(notice.client, other)

    behaviour.backchannel.token_edits.append(edit)


@fault("logout-token-nonce", "BCL-2.4-15", does="Logout Tokens have a nonce.")
def nonce(behaviour: Behaviour) -> None:
    _claim(behaviour, "nonce", "n-0S6_WzA2Mj")


@fault(
    "logout-token-quoted-sid",
    "RPI-1.1-01",
    does="sid of Logout Tokens is wrapped in quotation marks.",
    companions=because("the sid is not that of the ID Token", "BCL-2.5-04", "BCL-1.1-01"),
)
def quoted_sid(behaviour: Behaviour) -> None:
    _changed(behaviour, "sid", lambda sid: f'"{sid}"')


@fault(
    "logout-token-unsigned",
    "BCL-2.4-18",
    does="Logout Tokens have an empty signature under the alg of the ID Token.",
    companions=_UNVERIFIABLE,
)
def unsigned(behaviour: Behaviour) -> None:
    def sign(key: SigningKey, claims: Claims, header: Claims) -> str:
        return key.sign(claims, header).rpartition(".")[0] + "."

    behaviour.backchannel.sign = sign


@fault(
    "logout-token-alg-none",
    "BCL-2.4-18",
    "BCL-2.6-07",
    does="Logout Tokens have alg none.",
    companions=_UNVERIFIABLE,
)
def alg_none(behaviour: Behaviour) -> None:
    behaviour.backchannel.sign = lambda _key, claims, header: jwt.encode(claims, "", "none", header)


@fault(
    "logout-token-foreign-key",
    "BCL-2.4-20",
    "CORE-10.1-01",
    does="Logout Tokens are signed with a key that is not published, under the name of one that is.",
    companions=_UNVERIFIABLE,
)
def foreign_key(behaviour: Behaviour) -> None:
    def sign(key: SigningKey, claims: Claims, header: Claims) -> str:
        return SigningKey(key.alg, key.kid, private_key(key.alg, "foreign")).sign(claims, header)

    behaviour.backchannel.sign = sign


@fault(
    "logout-token-unknown-kid",
    "CORE-10.1-01b",
    does="Logout Tokens name a key that is not published, though a published one signed them.",
    companions=because("the named key is not there", "CORE-10.1-01", "BCL-2.4-18", "BCL-2.4-20"),
)
def unknown_kid(behaviour: Behaviour) -> None:
    """Beside a key of the same algorithm, since only then a key has to be named."""
    behaviour.tokens.retired.append(behaviour.tokens.default_alg)
    behaviour.backchannel.sign = lambda key, claims, header: key.sign(claims, {**header, "kid": "unknown"})


@fault(
    "logout-token-typ-jwt",
    "BCL-2.4-22",
    "SET-2.3-01",
    does="typ of Logout Tokens is JWT.",
    companions=because("no type declares the token", "BCL-4.1-02"),
)
def typ_jwt(behaviour: Behaviour) -> None:
    behaviour.backchannel.typ = "JWT"


@fault("logout-token-typ-prefixed", "BCL-4.1-02", does="typ of Logout Tokens is application/logout+jwt.")
def typ_prefixed(behaviour: Behaviour) -> None:
    behaviour.backchannel.typ = "application/logout+jwt"


@fault(
    "logout-token-event-repeated",
    "SET-2.2-07",
    does="The payload of Logout Tokens has the logout event twice.",
)
def event_repeated(behaviour: Behaviour) -> None:
    def sign(key: SigningKey, claims: Claims, header: Claims) -> str:
        event = json.dumps(EVENT)
        payload = json.dumps(claims).replace(f"{event}: {{}}", f"{event}: {{}}, {event}: {{}}")
        return key.sign_text(payload, header)

    behaviour.backchannel.sign = sign


@fault(
    "logout-token-quoted-type",
    "BCL-1.1-01",
    does="typ of Logout Tokens is wrapped in quotation marks.",
    companions=because("no type declares the token", "BCL-2.4-22", "BCL-4.1-02", "SET-2.3-01"),
)
def quoted_type(behaviour: Behaviour) -> None:
    behaviour.backchannel.typ = '"logout+jwt"'
