"""OAuth 2.0 Token Revocation (RFC 7009), and errors by RFC 6749, section 5.2."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.suite.edits import Recording, edit
from tests.suite.edits.discovery import because

if TYPE_CHECKING:
    from tests.suite.edits import Event

TOKENS = json.dumps({"access_token": "[access_token:0]", "token_type": "Bearer"})
NOT_DEAD = because(
    "a token outlives its revocation",
    "REV-2-01",
    "REV-2.1-03",
    "REV-2.1-09",
    "REV-2.1-09b",
    "REV-2.2-03",
    "OA-5.2-09",
)


def step(run: Recording, case: str, purpose: str) -> Event:
    """The last request of a case for a purpose."""
    return run.event("revocation", "exchange", case, purpose=purpose)


def reply(event: Event, status: int, body: str = "", **members: Any) -> None:
    """Let a request have been answered so."""
    event["status"] = status
    event["response_body"] = {"text": body or json.dumps(members)}
    kept = [pair for pair in event["response_headers"] if pair[0].lower() != "content-type"]
    event["response_headers"] = [*kept, ["content-type", "application/json"]]


@edit("REV-2-01", also={**NOT_DEAD, **because("it was not revoked", "REV-2.1-11")})
def refresh_tokens_are_an_unsupported_type(run: Recording) -> None:
    reply(step(run, "refresh token", "revocation"), 400, error="unsupported_token_type")


@edit("REV-2-02", also=because("access tokens cannot be revoked", "REV-2.1-11", "REV-2.1-12"))
def userinfo_accepts_a_revoked_token(run: Recording) -> None:
    reply(step(run, "access token", "userinfo at once"), 200, sub="s")


@edit("REV-2-03", also=because("it is not answered 200 either", "REV-2.2-01", "REV-2.1-01"))
def post_is_not_allowed(run: Recording) -> None:
    reply(step(run, "no good token", "revocation, never a token"), 405)


@edit("REV-2.1-01", also=because("the same request is the control", "REV-2.1-01b"))
def token_is_not_found_in_the_body(run: Recording) -> None:
    reply(step(run, "no good token", "revocation"), 400, error="invalid_request")


@edit("REV-2.1-01b")
def a_missing_token_is_fine(run: Recording) -> None:
    reply(step(run, "no good token", "revocation, no token"), 200)


@edit("REV-2.1-03")
def a_wrong_hint_hides_the_token(run: Recording) -> None:
    reply(step(run, "wrong hint", "refresh at once"), 200, TOKENS)


@edit("REV-2.2-03")
def an_invalid_hint_is_refused(run: Recording) -> None:
    reply(step(run, "invalid hint", "revocation"), 400, error="unsupported_token_type")


@edit("REV-2.1-07", also=because("the secret is not looked at", "REV-2.1-07b", "OA-5.2-07"))
def a_wrong_secret_ends_the_token(run: Recording) -> None:
    reply(step(run, "wrong secret", "revocation, wrong secret"), 200)
    reply(step(run, "wrong secret", "refresh at once"), 400, error="invalid_grant")


@edit("REV-2.1-07b", also=because("it is not refused at all", "OA-5.2-07"))
def a_wrong_secret_is_not_refused(run: Recording) -> None:
    reply(step(run, "wrong secret", "revocation, wrong secret"), 200)


@edit("REV-2.1-08", also=because("nobody looks whose token it is", "REV-2.1-08b"))
def another_client_ends_the_token(run: Recording) -> None:
    reply(step(run, "another client", "revocation, another client"), 200)
    reply(step(run, "another client", "refresh at once"), 400, error="invalid_grant")


@edit("REV-2.1-08b")
def another_client_is_told_nothing(run: Recording) -> None:
    reply(step(run, "another client", "revocation, another client"), 200)


@edit("REV-2.1-09", also=NOT_DEAD)
def a_revoked_token_works_on(run: Recording) -> None:
    use = step(run, "refresh token", "refresh at once")
    reply(use, 200, TOKENS)
    run.add("revocation", use, purpose="refresh later", at=use["at"] + 10)


@edit("REV-2.1-09b")
def a_revoked_token_works_for_a_while(run: Recording) -> None:
    use = step(run, "refresh token", "refresh at once")
    later = run.add("revocation", use, purpose="refresh later", at=use["at"] + 10)
    reply(use, 200, TOKENS)
    reply(later, 400, error="invalid_grant")


@edit("REV-2.1-11")
def the_access_token_lives_on(run: Recording) -> None:
    reply(step(run, "refresh token", "userinfo at once"), 200, sub="s")


@edit("REV-2.1-12", to="held")
def the_refresh_token_dies_too(run: Recording) -> None:
    reply(step(run, "access token", "refresh at once"), 400, error="invalid_grant")


@edit("REV-2.2-01")
def a_dead_token_is_an_error(run: Recording) -> None:
    reply(step(run, "refresh token", "revocation again"), 400, error="invalid_request")


@edit("REV-2.2.1-01", also=because("it is no JSON", "OA-5.2-02", "OA-5.2-03", "OA-5.2-06"))
def an_error_is_html(run: Recording) -> None:
    answer = step(run, "no good token", "revocation, unknown client")
    reply(answer, 401, "<h1>Error</h1>")
    answer["response_headers"] = [["content-type", "text/html"]]


@edit("REV-2.2.1-02", also=because("it was not revoked", "REV-2-02", "REV-2.1-11", "REV-2.1-12"))
def a_token_type_is_refused_by_another_name(run: Recording) -> None:
    reply(step(run, "access token", "revocation"), 400, error="invalid_request")


@edit("REV-2.3-01")
def the_browser_withholds_the_answer(run: Recording) -> None:
    told = run.events("revocation_by_script", "arrival", "by script", endpoint="other")[0]
    told["url"] = told["url"].partition("?")[0] + "?problem=TypeError%3A+Failed+to+fetch"


@edit("ASM-2-02b", also=because(
    "no revocation by the client itself is accepted",
    *("REV-2-01", "REV-2-02", "REV-2.1-01", "REV-2.1-01b", "REV-2.1-03", "REV-2.1-07b", "REV-2.1-08", "REV-2.1-09"),
    *("REV-2.1-09b", "REV-2.1-11", "REV-2.1-12", "REV-2.2-01", "REV-2.2-03", "REV-2.2.1-02", "OA-5.2-07"),
    "OA-5.2-09",
))  # fmt: skip
def the_listed_method_is_not_accepted(run: Recording) -> None:
    for answer in run.events("revocation", "exchange", purpose="revocation"):
        reply(answer, 401, error="invalid_client")
        answer["response_headers"] = [["content-type", "application/json"], ["www-authenticate", "Basic"]]


# RFC 6749, 5.2


def unknown_client(run: Recording) -> Event:
    return step(run, "no good token", "revocation, unknown client")


@edit("OA-5.2-01", also=because("the status is wrong there, too", "REV-2.2.1-01", "OA-5.2-02", "OA-5.2-06"))
def an_error_is_403(run: Recording) -> None:
    unknown_client(run)["status"] = 403


@edit("OA-5.2-01", also=because("it is no invalid_client", "OA-5.2-08"))
def a_wrong_secret_in_the_body_is_an_unauthorized_client(run: Recording) -> None:
    answer = run.event("wrong_secret_in_the_body", "exchange", "wrong secret")
    reply(answer, 401, error="unauthorized_client")


@edit("OA-5.2-02", also=because("there is no error", "REV-2.2.1-01", "OA-5.2-03"))
def an_error_is_a_number(run: Recording) -> None:
    reply(unknown_client(run), 401, error=7)


@edit("OA-5.2-03")
def an_error_has_quotes(run: Recording) -> None:
    reply(unknown_client(run), 401, error='invalid "client"')


@edit("OA-5.2-04")
def a_description_is_not_ascii(run: Recording) -> None:
    reply(unknown_client(run), 401, error="invalid_client", error_description="identité")


@edit("OA-5.2-04b")
def a_description_has_a_line_break(run: Recording) -> None:
    reply(unknown_client(run), 401, error="invalid_client", error_description="no\nway")


@edit("OA-5.2-05")
def an_error_uri_has_a_blank(run: Recording) -> None:
    reply(unknown_client(run), 401, error="invalid_client", error_uri="see the documentation")


@edit("OA-5.2-06")
def an_error_at_the_token_endpoint_is_text(run: Recording) -> None:
    step(run, "no good token", "refresh, never a token")["response_headers"] = [
        ["content-type", "text/plain"]
    ]


@edit("OA-5.2-07")
def there_is_no_challenge(run: Recording) -> None:
    answer = step(run, "wrong secret", "revocation, wrong secret")
    answer["response_headers"] = [["content-type", "application/json"]]


@edit("OA-5.2-09")
def an_altered_token_is_an_invalid_client(run: Recording) -> None:
    reply(step(run, "no good token", "refresh, altered token"), 400, error="invalid_client")
