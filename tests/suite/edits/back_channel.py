"""OpenID Connect Back-Channel Logout 1.0, and the keys of Core 10.1."""

from __future__ import annotations

from typing import Any

from conformance.requirements import catalogue
from tests.suite.edits import Event, Recording, edit
from tests.suite.edits.discovery import because, members, published
from tests.suite.edits.revocation import reply

EVENT = "http://schemas.openid.net/event/backchannel-logout"
SUPPORTED, SESSION = "backchannel_logout_supported", "backchannel_logout_session_supported"
ERROR_VALUES = ("invalid_request", "invalid_token", "made_up_value")
NO_SID_PROMISED = because("no sid is promised then", "BCL-2.1-05", "BCL-2.2-11")


def token(run: Recording, scenario: str = "backchannel_query", case: str = "query", rp: str = "rp1") -> Event:
    """A Logout Token; by default one that only the rows on all tokens of the run look at."""
    return run.event(scenario, "token", case, kind="logout_token", rp=rp)


def arrival(run: Recording, scenario: str, case: str, rp: str = "rp1") -> Event:
    return run.event(scenario, "arrival", case, endpoint="backchannel", rp=rp)


def all_logout_tokens(run: Recording) -> list[Event]:
    return run.every("token", kind="logout_token")


def repeat(run: Recording, scenario: str, case: str, after: float, rp: str = "rp1", **members: Any) -> None:
    """Add a notification once more, some seconds after the first was answered."""
    first, its_token = arrival(run, scenario, case, rp), token(run, scenario, case, rp)
    at = first["answered_at"] + after
    again = run.add(scenario, first, at=at, answered_at=at + 0.01, **members)
    claims = its_token["claims"] | ({"aud": members["client_id"]} if "client_id" in members else {})
    run.add(scenario, its_token, at=at, source=again["id"], claims=claims)


def forget(run: Recording, scenario: str, case: str, rp: str) -> None:
    """Take away the notification of a relying party."""
    for event in (arrival(run, scenario, case, rp), token(run, scenario, case, rp)):
        run.remove(scenario, event)


@edit("BCL-1.1-01")
def a_member_name_has_quotation_marks(run: Recording) -> None:
    published(run, lambda document: document.update({f'"{SUPPORTED}"': True}))


# 2.1 Metadata


@edit(
    "BCL-2.1-02a", also=because("it is not true then", "BCL-2.1-02b", "BCL-2.1-04", "DISC-3-04", "DISC-3-05")
)
def support_is_a_string(run: Recording) -> None:
    published(run, members(**{SUPPORTED: "true"}))


def _declared(run: Recording) -> None:
    run.run["config"]["declares"] = ["back_channel", "back_channel_session"]


@edit("BCL-2.1-02b", also=because("it is not true then", "BCL-2.1-04", "DISC-3-05"))
def support_is_denied(run: Recording) -> None:
    _declared(run)
    published(run, members(**{SUPPORTED: False}))


@edit("BCL-2.1-03", to="held", also=because("it is not true then", "BCL-2.1-02b", "BCL-2.1-04", "DISC-3-05"))
def support_is_left_out(run: Recording) -> None:
    _declared(run)
    published(run, lambda document: document.pop(SUPPORTED))


@edit("BCL-2.1-04", also={"BCL-2.1-06": "that is what leaving it out means", **NO_SID_PROMISED})
def session_support_is_not_published(run: Recording) -> None:
    published(run, lambda document: document.pop(SESSION))


@edit("BCL-2.1-04b", also=because("it is a string then", "DISC-3-04"))
def session_support_is_a_string(run: Recording) -> None:
    published(run, members(**{SESSION: "true"}))


@edit(
    "BCL-2.1-06",
    to="held",
    also={"BCL-2.1-04": "that is what leaving it out means", **NO_SID_PROMISED},
)
def session_support_is_left_out(run: Recording) -> None:
    published(run, lambda document: document.pop(SESSION))


@edit("BCL-2.1-05")
def an_id_token_has_no_sid(run: Recording) -> None:
    run.events("backchannel_fan_out", "token", "first", kind="id_token", rp="rp2")[0]["claims"].pop("sid")


@edit("BCL-2.1-07")
def a_sid_has_an_accent(run: Recording) -> None:
    run.event("backchannel_fan_out", "token", "first", kind="id_token", rp="rp2")["claims"]["sid"] += "é"


@edit("BCL-2.1-07b", also=because("the same on front-channel logout", "FCL-3-10", "FCL-3-11"))
def two_sessions_share_a_sid(run: Recording) -> None:
    case = "one user, two browsers"
    first = run.event("two_browsers", "token", case, kind="id_token", rp="rp1", agent="browser 1")
    for other in run.events("two_browsers", "token", case, kind="id_token", agent="browser 2"):
        other["claims"]["sid"] = first["claims"]["sid"]


# 2.2 and 2.3


@edit("BCL-2.2-04")
def the_query_is_lost(run: Recording) -> None:
    called = arrival(run, "backchannel_query", "query", "rp2")
    called["url"] = called["url"].partition("?")[0]


@edit("BCL-2.2-11")
def a_logout_token_has_no_sid(run: Recording) -> None:
    token(run)["claims"].pop("sid")


@edit("BCL-2.3-01")
def nobody_is_told_after_a_400(run: Recording) -> None:
    forget(run, "backchannel_fan_out", "400 from rp1", "rp2")


@edit("BCL-2.3-01")
def nobody_is_told_beside_bad_answers(run: Recording) -> None:
    forget(run, "backchannel_bad_answers", "all at once", "rp2")


@edit("BCL-2.3-01")
def the_last_of_many_is_not_told(run: Recording) -> None:
    forget(run, "backchannel_many", "five relying parties", "rp4")


@edit("BCL-2.3-02")
def the_second_is_told_when_the_first_has_answered(run: Recording) -> None:
    first = arrival(run, "backchannel_slow", "slow", "rp1")
    arrival(run, "backchannel_slow", "slow", "rp2")["at"] = first["at"] + 2.01


@edit("BCL-2.3-03", also=because("the same on RP-initiated logout", "RPI-2-39a"))
def a_stranger_is_told(run: Recording) -> None:
    run.add("backchannel_fan_out", arrival(run, "backchannel_fan_out", "second"), rp="rp3")


@edit("BCL-2.3-03")
def a_bystander_is_told_of_an_own_logout(run: Recording) -> None:
    run.add("own_logout", arrival(run, "own_logout", "own page", "back"), rp="bystander")


# 2.4 Logout Token


@edit("BCL-2.1-01", also=because("there is no sid to be looked at", *catalogue().requirements))
def no_token_has_a_sid(run: Recording) -> None:
    for one in (*all_logout_tokens(run), *run.every("token", kind="id_token")):
        one["claims"].pop("sid", None)


@edit("BCL-2.4-01", also=because("a token names another issuer than discovery", "DISC-3-01b"))
def iss_has_a_slash_too_many(run: Recording) -> None:
    token(run)["claims"]["iss"] += "/"


@edit("BCL-2.4-02")
def aud_names_somebody_else(run: Recording) -> None:
    token(run)["claims"]["aud"] = ["somebody-else"]


@edit("BCL-2.4-03")
def iat_is_in_milliseconds(run: Recording) -> None:
    token(run)["claims"]["iat"] *= 1000


@edit("BCL-2.4-03", also=because("the lifetime cannot be told", "BCL-4-03"))
def iat_is_a_string(run: Recording) -> None:
    token(run)["claims"]["iat"] = str(token(run)["claims"]["iat"])


@edit("BCL-2.4-03")
def iat_is_before_the_session(run: Recording) -> None:
    token(run)["claims"]["iat"] -= 90
    token(run)["claims"]["exp"] -= 90


@edit("BCL-2.4-04")
def exp_is_an_hour_ago(run: Recording) -> None:
    token(run)["claims"]["exp"] -= 3720


def the_provider_sends_no_date(run: Recording) -> None:
    run.remove("discovery", run.event("discovery", "clock"))


@edit("BCL-2.4-04", given=the_provider_sends_no_date)
def exp_is_an_hour_before_the_id_tokens(run: Recording) -> None:
    token(run)["claims"]["exp"] -= 3720


@edit("BCL-2.4-04", also=because("the lifetime cannot be told", "BCL-4-03"))
def exp_is_missing(run: Recording) -> None:
    token(run)["claims"].pop("exp")


@edit("BCL-2.4-05")
def two_clients_get_the_same_jti(run: Recording) -> None:
    token(run, rp="rp2")["claims"]["jti"] = token(run)["claims"]["jti"]


@edit("BCL-2.4-05")
def jti_is_missing(run: Recording) -> None:
    token(run)["claims"].pop("jti")


@edit("BCL-2.4-06", also=because("there is no logout event", "BCL-2.4-07", "BCL-2.4-08"))
def the_event_has_https_in_its_name(run: Recording) -> None:
    token(run)["claims"]["events"] = {EVENT.replace("http:", "https:"): {}}


@edit("BCL-2.4-07", also=because("it is no object", "BCL-2.4-08", "SET-2.2-09"))
def the_event_is_null(run: Recording) -> None:
    token(run)["claims"]["events"] = {EVENT: None}


@edit("BCL-2.4-08")
def the_event_has_a_member(run: Recording) -> None:
    token(run)["claims"]["events"] = {EVENT: {"reason": "logout"}}


@edit("BCL-2.4-09", also=because("sub is not there", "BCL-2.4-12"))
def no_logout_token_has_sub(run: Recording) -> None:
    for one in all_logout_tokens(run):
        one["claims"].pop("sub", None)


@edit("BCL-2.4-10", also=because("sid is not there", "BCL-2.2-11", "BCL-2.4-12"))
def no_logout_token_has_sid(run: Recording) -> None:
    for one in all_logout_tokens(run):
        one["claims"].pop("sid", None)


@edit("BCL-2.4-11", also=because("sid is not there", "BCL-2.2-11"))
def a_logout_token_names_nobody(run: Recording) -> None:
    for name in ("sub", "sid"):
        token(run)["claims"].pop(name)


@edit("BCL-2.4-12", also=because("sub is not there", "BCL-2.4-09"))
def no_logout_token_has_both(run: Recording) -> None:
    for one in all_logout_tokens(run):
        one["claims"].pop("sub", None)


@edit("BCL-2.4-15", also=because("it is a further claim", "BCL-2.4-16"))
def a_logout_token_has_a_nonce(run: Recording) -> None:
    token(run)["claims"]["nonce"] = None


@edit("BCL-2.4-16", to="held")
def a_logout_token_has_a_further_claim(run: Recording) -> None:
    token(run)["claims"]["trace_id"] = "4711"


UNVERIFIED = because("no key verifies it", "BCL-2.4-18", "BCL-2.4-20", "CORE-10.1-01")


def _unverified(run: Recording, one: Event, problem: str) -> None:
    fetched = run.every("exchange", purpose="jwks")
    for exchange in fetched:  # scenarios may have been recorded apart, with other keys
        exchange["response_body"] = fetched[0]["response_body"]
    one["signature"] |= {"verified": False, "problem": problem, "thumbprint": ""}


@edit("BCL-2.4-18", also=UNVERIFIED)
def a_signature_is_empty(run: Recording) -> None:
    _unverified(run, token(run), "no signature")


@edit(
    "BCL-2.4-18", also=because("what is no JWT cannot be read", "BCL-2.4-20", "CORE-10.1-01", "CORE-10.1-01b")
)
def a_logout_token_is_no_jws(run: Recording) -> None:
    token(run)["problem"] = "not a compact JWS: 2 part(s)"
    token(run)["signature"] = None


@edit("BCL-2.4-20", also=UNVERIFIED)
def a_signature_is_of_a_foreign_key(run: Recording) -> None:
    _unverified(run, token(run), "no published key verifies it")


@edit("CORE-10.1-01", also=UNVERIFIED)
def no_published_key_verifies(run: Recording) -> None:
    _unverified(run, token(run, rp="rp2"), "no published key verifies it")


@edit("CORE-10.1-01b")
def the_kid_is_missing(run: Recording) -> None:
    token(run)["header"].pop("kid")
    token(run)["signature"]["candidates"] = 2


def nested(run: Recording, kind: str = "logout_token") -> Event:
    """A token of the client that registered for encrypted ID Tokens."""
    return run.events("encrypted_tokens", "token", "encrypted", kind=kind)[0]


@edit("BCL-2.4-19", also=because("there is no JWE header", "BCL-2.4-21"))
def the_logout_token_is_not_encrypted(run: Recording) -> None:
    nested(run).pop("encryption")


@edit("BCL-2.4-20b", also=because(
    "the token cannot be read",
    *("BCL-2.4-21", "JBCP-3.11-02", "CORE-10.2-01", "CORE-10.2-01b", "CORE-16.14-01"),
))  # fmt: skip
def no_key_of_the_client_opens_it(run: Recording) -> None:
    one = nested(run)
    one["encryption"] |= {"opened": False, "problem": "tag does not match"}
    one |= {
        "problem": "encrypted (JWE)",
        "claims": {},
        "signature": None,
        "header": one["encryption"]["header"],
    }


@edit("BCL-2.4-21")
def the_jwe_header_has_no_iss(run: Recording) -> None:
    nested(run)["encryption"]["header"].pop("iss")


@edit("BCL-2.4-21")
def the_jwe_header_has_another_iss(run: Recording) -> None:
    nested(run)["encryption"]["header"]["iss"] += "/"


@edit("BCL-2.4-22")
def typ_is_jwt(run: Recording) -> None:
    token(run)["header"]["typ"] = "JWT"


# 2.5 Request


@edit("BCL-2.5-01", also=because("no POST came", "BCL-2.3-01", "RPI-2-37a", "RPI-3-07a"))
def a_notification_is_a_get(run: Recording) -> None:
    called = arrival(run, "backchannel_fan_out", "second", "rp2")
    called |= {"method": "GET", "url": f"{called['url']}?{called['body']['text']}", "body": {"text": ""}}


@edit("BCL-2.5-01", also=because("no POST came", "BCL-2.3-01", "BCL-2.3-03", "RPI-2-37a", "RPI-2-38a",
                                 "RPI-2-38c", "RPI-2-39a", "RPI-3-07a"))  # fmt: skip
def nobody_hears_of_a_logout(run: Recording) -> None:
    for rp in ("rp1", "rp2"):
        forget(run, "backchannel_fan_out", "second", rp)


@edit("BCL-2.5-02")
def the_content_type_is_json(run: Recording) -> None:
    headers = arrival(run, "backchannel_query", "query")["headers"]
    headers[:] = [
        [name, "application/json" if name.lower() == "content-type" else value] for name, value in headers
    ]


@edit("BCL-2.5-02", also=because("it cannot be read", "BCL-2.5-03"))
def the_body_is_json(run: Recording) -> None:
    body = arrival(run, "backchannel_query", "query")["body"]
    body["text"] = '{"logout_token": "[jwt:0123456789ab]"}'


@edit("BCL-2.5-03")
def the_parameter_is_called_token(run: Recording) -> None:
    body = arrival(run, "backchannel_query", "query")["body"]
    body["text"] = body["text"].replace("logout_token", "token")


@edit("BCL-2.5-04")
def sub_is_somebody_else(run: Recording) -> None:
    token(run, "backchannel_fan_out", "second")["claims"]["sub"] = "somebody-else"


@edit("BCL-2.5-04")
def sid_is_unknown(run: Recording) -> None:
    token(run, "backchannel_fan_out", "second")["claims"]["sid"] = "unknown"


@edit("BCL-2.5-04", also=because("it is the other user's session", "RPI-2-39c"))
def sid_is_that_of_a_living_session(run: Recording) -> None:
    case = "two users, two browsers"
    other = run.event("two_users", "token", case, kind="id_token", rp="rp1", agent="browser 2")
    token(run, "two_users", case)["claims"]["sid"] = other["claims"]["sid"]


@edit("BCL-2.5-05", to="held")
def a_notification_has_a_further_parameter(run: Recording) -> None:
    arrival(run, "backchannel_query", "query")["body"]["text"] += "&version=1"


@edit("BCL-2.5-07")
def a_delivered_notification_is_repeated(run: Recording) -> None:
    repeat(run, "backchannel_fan_out", "first", 1.0)


@edit("BCL-2.5-08")
def a_503_is_repeated_at_once(run: Recording) -> None:
    first, second = run.events("backchannel_unavailable", "arrival", "503", endpoint="backchannel", rp="rp1")
    second["at"] = first["answered_at"] + 0.1


def _badly(run: Recording, answer: str) -> str:
    """Who gave a bad answer."""
    return str(run.event("backchannel_bad_answers", "arrival", "all at once", script=answer)["rp"])


@edit("BCL-2.5-08")
def a_504_is_repeated_at_once(run: Recording) -> None:
    case, rp = ("backchannel_bad_answers", "all at once"), _badly(run, "504")
    first, second = run.events(case[0], "arrival", case[1], endpoint="backchannel", rp=rp)
    second["at"] = first["answered_at"] + 0.1


@edit("BCL-2.5-09")
def a_401_is_repeated(run: Recording) -> None:
    repeat(run, "backchannel_bad_answers", "all at once", 1.0, _badly(run, "401"))


@edit("BCL-2.5-07")
def a_notification_is_repeated_after_garbage(run: Recording) -> None:
    repeat(run, "backchannel_bad_answers", "all at once", 1.0, _badly(run, "garbage"))


@edit("BCL-2.5-09", also=because("one outcome differs", "BCL-2.8-10"))
def a_400_is_repeated(run: Recording) -> None:
    repeat(run, "backchannel_answers", "400 invalid_request", 1.0)


@edit("BCL-2.6-07", also=because("none is not listed", "DISC-3-02b"))
def alg_is_none(run: Recording) -> None:
    token(run)["header"]["alg"] = "None"


# 2.7 Actions


@edit("BCL-2.7-04", also=because("it is the same refresh", "BCP-4.14.2-01"))
def the_refresh_token_outlives_the_session(run: Recording) -> None:
    _refresh(run, "session", 200, access_token="[access_token:0123456789ab]")


@edit("BCL-2.7-06")
def the_offline_token_ends_with_the_session(run: Recording) -> None:
    _refresh(run, "offline_access", 400, error="invalid_grant")


def _refresh(run: Recording, case: str, status: int, **body: str) -> None:
    reply(
        run.event("refresh_after_logout", "exchange", case, purpose="refresh after the logout"),
        status,
        **body,
    )


# 2.8 Response, and section 4


def _session_lives(run: Recording, *cases: str) -> None:
    for case in cases:
        run.event("backchannel_answers", "probe", case, when="after")["outcome"] = "alive"


@edit("BCL-2.8-02")
def the_session_survives_a_204(run: Recording) -> None:
    _session_lives(run, "204")


@edit("BCL-2.8-02")
def a_204_is_repeated(run: Recording) -> None:
    repeat(run, "backchannel_answers", "204", 1.0)


def _once_more(run: Recording, scenario: str, case: str) -> None:
    """Add the events of a case once more, as another case."""
    numbers: dict[int, int] = {}
    for event in run.events(scenario, "", case):
        again = run.add(scenario, event, case=f"{case} again")
        numbers[event["id"]] = again["id"]
        if "source" in again:
            again["source"] = numbers[again["source"]]
        if again.get("kind") == "logout_token":
            again["claims"] |= {"jti": f"{again['claims']['jti']} again"}


@edit("BCL-2.8-10", also=because("the session is alive after a 400", "BCL-2.8-11"))
def the_session_survives_one_error_value(run: Recording) -> None:
    _session_lives(run, "400 invalid_token")
    for value in ERROR_VALUES:
        _once_more(run, "backchannel_answers", f"400 {value}")


@edit("BCL-2.8-11")
def the_session_survives_a_relying_party_that_hangs(run: Recording) -> None:
    run.event("backchannel_bad_answers", "probe", "no answer", when="after")["outcome"] = "alive"


@edit("BCL-2.8-11")
def the_browser_is_kept_at_the_provider_after_bad_answers(run: Recording) -> None:
    scenario, case = "backchannel_bad_answers", "all at once"
    sent = [x for x in run.events(scenario, "exchange", case) if x["purpose"] in ("logout", "answer")][-1]
    sent |= {"status": 200, "response_headers": []}


@edit("BCL-2.8-11")
def the_session_survives_a_400(run: Recording) -> None:
    _session_lives(run, *(f"400 {value}" for value in ERROR_VALUES))


@edit("BCL-4-03")
def exp_is_an_hour_ahead(run: Recording) -> None:
    token(run)["claims"]["exp"] += 3480


@edit("BCL-4.1-02")
def typ_has_the_prefix(run: Recording) -> None:
    token(run)["header"]["typ"] = "application/logout+jwt"
