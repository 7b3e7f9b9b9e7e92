"""What turns each sentence of proof.yaml: an edit of the evidence, what it turns the row to, and what is said then."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.documented.proof import Trial

Change = Callable[["Trial"], None]


@dataclass(frozen=True)
class Turn:
    """An edit of the case that shows a sentence; ``says`` stands in the reason."""

    sentence: str
    change: Change
    says: str
    to: str

    @property
    def name(self) -> str:
        return f"{self.sentence}-{self.change.__name__}"


TURNS: list[Turn] = []
ANSWERED = (
    "status",
    "content-type",
    "headers",
    "json",
    "text",
    "page",
    "redirect",
    "stays",
    "login",
    "back",
    "session",
)
BODIES = ("json", "json-one-of", "json-schema", "text")
LOGINS = ("login", "login-parameters", "code", "redeemed")
PROBED = {
    "session": "session by prompt=none",
    "session-by-login": "session by login request",
    "second-application": "second application by prompt=none",
    "other-browser": "other browser by prompt=none",
    "other-access-token": "other access token by userinfo",
    "foreign-access-token": "foreign access token by userinfo",
    "refresh-token": "refresh token by refresh",
    "access-token": "access token by introspection",
}


def turns(*sentences: str, says: str, to: str = "broken") -> Callable[[Change], Change]:
    """Register an edit for one sentence or several."""

    def register(change: Change) -> Change:
        TURNS.extend(Turn(sentence, change, says, to) for sentence in sentences)
        return change

    return register


# No answer, no case, no whole body: nothing is decided.


@turns(*ANSWERED, says="No answer came to the request", to="inconclusive")
def no_answer(trial: Trial) -> None:
    trial.answer.update(status=None, error="connection refused")


@turns("status", "redirect", says="A page asked for a captcha", to="inconclusive")
def not_carried_out(trial: Trial) -> None:
    trial.gap("inconclusive", "a page asked for a captcha")


@turns("refresh-token", "back", says="Needs a refresh token", to="not_tested")
def not_to_be_had(trial: Trial) -> None:
    trial.gap("not_tested", "needs a refresh token")


@turns("status", "login", "back", says="was not recorded", to="inconclusive")
def no_case(trial: Trial) -> None:
    for event in trial.all():
        trial.remove(event)


@turns(*BODIES, says="longer than what evidence keeps", to="inconclusive")
def cut(trial: Trial) -> None:
    trial.body("{", truncated=True)


@turns(*BODIES, says="The connection broke", to="inconclusive")
def broken_off(trial: Trial) -> None:
    trial.answer["error"] = "the connection broke"


@turns(*BODIES, says="as it was shown", to="inconclusive")
def a_page_in_chromium(trial: Trial) -> None:
    trial.answer["sender"] = "browser"
    trial.header("Content-Type", "text/html; charset=utf-8")


# The answer: status, headers, body.


@turns("status", says="Status 204")
def another_status(trial: Trial) -> None:
    trial.answer["status"] = 204


@turns("status-class", says="Status 302")
def another_class(trial: Trial) -> None:
    trial.answer["status"] = 302


@turns("status-class", says="500", to="held")
def the_other_status(trial: Trial) -> None:
    trial.answer["status"] = 500


@turns("content-type", says="Text/plain")
def another_type(trial: Trial) -> None:
    trial.header("Content-Type", "text/plain; charset=utf-8")


@turns("content-type", says="None")
def no_type(trial: Trial) -> None:
    trial.header("Content-Type", None)


@turns("content-type", says="200", to="held")
def a_type_in_capitals_with_parameters(trial: Trial) -> None:
    trial.header("content-type", "Application/JSON; charset=utf-8")


@turns("headers", says="Cache-control: public")
def another_header(trial: Trial) -> None:
    trial.header("Cache-Control", "public")


@turns("headers", says="Cache-control: (absent)")
def no_header(trial: Trial) -> None:
    trial.header("Cache-Control", None)


@turns("header-filled", says="state=another")
def another_value_in_a_header(trial: Trial) -> None:
    trial.header("Location", "https://a.test/?state=another")


@turns("json", says="error_description is missing")
def a_member_missing(trial: Trial) -> None:
    trial.body('{"error": "invalid_request"}')


@turns("json", "json-one-of", says="hint is not documented")
def a_member_more(trial: Trial) -> None:
    trial.body(json.dumps({"error": "invalid_request", "error_description": "token is missing", "hint": 1}))


@turns("json", says="they differ in blanks at the beginning or end")
def a_trailing_space(trial: Trial) -> None:
    trial.body(json.dumps({"error": "invalid_request ", "error_description": "token is missing"}))


@turns("json", says="('T' where 't' is documented)")
def a_capital(trial: Trial) -> None:
    trial.body(json.dumps({"error": "invalid_request", "error_description": "Token is missing"}))


@turns("json", "json-one-of", says="200", to="held")
def other_spelling_of_the_same_json(trial: Trial) -> None:
    trial.answer["status"] = 200
    trial.body('{ "error_description":"token is missing",\n "error":"invalid\\u005frequest" }')


@turns("json-one-of", says="", to="held")
def the_other_body(trial: Trial) -> None:
    trial.body('{"error": "invalid_client"}')


@turns("json", "json-one-of", "json-schema", says="The body '<p>no</p>'")
def no_json(trial: Trial) -> None:
    trial.body("<p>no</p>")


@turns("json-schema", says="Sub: 1 is not of type 'string'")
def another_kind_of_value(trial: Trial) -> None:
    trial.body('{"sub": 1}')


@turns("json-schema", says="'sub' is a required property")
def a_required_member_missing(trial: Trial) -> None:
    trial.body("{}")


@turns("text", says="The body 'OK'")
def another_text(trial: Trial) -> None:
    trial.body("OK")


# What the browser shows, and where it goes.


@turns("page", says="A page taken for error")
def another_page(trial: Trial) -> None:
    trial.last("page")["kind"] = "error"


@turns("page", "shows", says="No page")
def no_page(trial: Trial) -> None:
    trial.remove(trial.last("page"))


@turns("shows", says="It says 'Welcome'")
def other_words(trial: Trial) -> None:
    trial.last("page").update(title="", text="Welcome")


@turns("redirect", "redirect-parameters", "redirect-only", says="Sent to no relying party")
def no_redirect(trial: Trial) -> None:
    trial.answer.update(status=200, response_headers=[])


@turns("redirect", says="Sent to https://")
def a_slash_more(trial: Trial) -> None:
    to = trial.request["values"]["post_logout_redirect_uri"]
    trial.header("Location", f"{to}/")


@turns("redirect", says="LOGGED-OUT")
def a_path_in_capitals(trial: Trial) -> None:
    to = trial.request["values"]["post_logout_redirect_uri"]
    trial.header("Location", to.replace("logged-out", "LOGGED-OUT"))


@turns("redirect", says="", to="held")
def a_parameter_more(trial: Trial) -> None:
    _location(trial, "&ui=de")


@turns("redirect-parameters", "redirect-only", says="State=another")
def another_state(trial: Trial) -> None:
    to = trial.request["values"]["post_logout_redirect_uri"]
    trial.header("Location", f"{to}?state=another")


@turns("redirect-parameters", "redirect-only", says="State=(absent)")
def no_state(trial: Trial) -> None:
    trial.header("Location", trial.request["values"]["post_logout_redirect_uri"])


@turns("redirect-parameters", says="again")
def the_state_twice(trial: Trial) -> None:
    _location(trial, "&state=again")


@turns("redirect-only", says="Ui=de")
def something_besides_the_state(trial: Trial) -> None:
    _location(trial, "&ui=de")


@turns("stays", says="Sent to https://stranger.test/")
def sent_to_a_stranger(trial: Trial) -> None:
    trial.answer["status"] = 302
    trial.header("Location", "https://stranger.test/")


# The login that the answer asks for.


@turns(*LOGINS, says="no login form", to="inconclusive")
def no_login_form(trial: Trial) -> None:
    pages = [page for page in trial.all("page") if page["id"] > trial.request["id"]]
    pages[-1]["kind"] = "signed_out"


@turns(*LOGINS, says="was not filled in", to="inconclusive")
def nobody_filled_it_in(trial: Trial) -> None:
    trial.remove(trial.last("login", login="after the logout"))


@turns("login", says="It ended at no relying party (stuck)")
def a_login_that_ends_nowhere(trial: Trial) -> None:
    trial.last("login", login="after the logout").update(ended_at="", outcome="stuck", error="stuck")


@turns("login-parameters", "code", "redeemed", says="did not end at", to="inconclusive")
def a_login_that_ends_elsewhere(trial: Trial) -> None:
    trial.last("login", login="after the logout").update(ended_at="https://elsewhere.test/?code=1&state=1")


@turns("login", says="It ended at https://elsewhere.test/")
def a_login_that_leads_elsewhere(trial: Trial) -> None:
    trial.last("login", login="after the logout").update(ended_at="https://elsewhere.test/?code=1&state=1")


@turns("login-parameters", says="State=another")
def a_login_with_another_state(trial: Trial) -> None:
    _ends(trial, "?code=1&state=another")


@turns("code", says="It ended at")
def a_login_without_code(trial: Trial) -> None:
    _ends(trial, "?error=access_denied&state=1")


@turns("redeemed", says="No code came", to="inconclusive")
def no_code_to_redeem(trial: Trial) -> None:
    _ends(trial, "?error=access_denied")


@turns("redeemed", says="Invalid_grant")
def a_code_that_is_refused(trial: Trial) -> None:
    trial.last("login", login="after the logout").update(outcome="error", error="invalid_grant")


# What applications are told.


@turns("back", "back-method", "back-content-type", "back-parameters", "back-only", says="None came within")
def no_request_by_the_back_channel(trial: Trial) -> None:
    _silent(trial)


@turns("front", "front-method", "front-parameters", "front-shapes", says="None came within")
def no_frame(trial: Trial) -> None:
    _silent(trial)


@turns("back", says="receiver.reachable", to="inconclusive")
def nothing_ever_reached_the_receiver(trial: Trial) -> None:
    _silent(trial)
    trial.recording.run["config"]["receiver"]["reachable"] = None


@turns("back-method", says="By GET")
def a_get_by_the_back_channel(trial: Trial) -> None:
    trial.arrivals[0]["method"] = "GET"


@turns("front-method", says="By POST")
def a_post_by_the_front_channel(trial: Trial) -> None:
    trial.arrivals[0]["method"] = "POST"


@turns("back-content-type", says="Application/json")
def a_notification_as_json(trial: Trial) -> None:
    trial.arrivals[0]["headers"] = [["content-type", "application/json"]]


@turns("back-parameters", "back-only", says="Logout_token=(absent)")
def no_token(trial: Trial) -> None:
    trial.arrivals[0]["body"]["text"] = "token=ey"


@turns("back-parameters", says="Logout_token=none")
def a_token_that_is_none(trial: Trial) -> None:
    trial.arrivals[0]["body"]["text"] = "logout_token=none"


@turns("back-parameters", "back-only", says=", ")
def the_token_twice(trial: Trial) -> None:
    trial.arrivals[0]["body"]["text"] += "&logout_token=a.b.c"


@turns("back-only", says="Hint")
def something_besides_the_token(trial: Trial) -> None:
    trial.arrivals[0]["body"]["text"] += "&hint=1"


@turns("front-parameters", says="Iss=https%3A")
def the_issuer_encoded_twice(trial: Trial) -> None:
    url = trial.arrivals[0]["url"]
    trial.arrivals[0]["url"] = url.replace("%3A", "%253A").replace("iss=https://", "iss=https%253A//")


@turns("front-parameters", "front-shapes", says="Sid=(absent)")
def no_sid(trial: Trial) -> None:
    trial.arrivals[0]["url"] = trial.arrivals[0]["url"].replace("sid=", "session=")


@turns("front-shapes", says="Iss=me")
def an_issuer_that_is_no_address(trial: Trial) -> None:
    before, _, sid = trial.arrivals[0]["url"].partition("sid=")
    trial.arrivals[0]["url"] = f"{before.partition('?')[0]}?iss=me&sid={sid}"


@turns("front-shapes", says="Lang")
def something_besides_issuer_and_session(trial: Trial) -> None:
    trial.arrivals[0]["url"] += "&lang=de"


@turns("front", says="None came within")
def a_frame_of_an_attempt_before(trial: Trial) -> None:
    for arrival in trial.arrivals:
        arrival["at"] = trial.request["at"] - 1


# What is true afterwards.


@turns(*PROBED, says=": ")
def the_other_state(trial: Trial) -> None:
    probe = _probe(trial, "after")
    probe["outcome"] = {"alive": "ended", "ended": "alive"}[probe["outcome"]]


@turns(*PROBED, says="was not alive before the request", to="inconclusive")
def nothing_alive_before(trial: Trial) -> None:
    _probe(trial, "before")["outcome"] = "ended"


@turns(*PROBED, says="did not tell what became of the", to="inconclusive")
def an_answer_that_tells_nothing(trial: Trial) -> None:
    _probe(trial, "after").update(outcome="undecided", answer="500")


@turns(*PROBED, says="was not probed by", to="not_tested")
def no_probe(trial: Trial) -> None:
    trial.remove(_probe(trial, "after"))


# One of two readings.


@turns("readings", says="Status 200")
def the_query_is_read(trial: Trial) -> None:
    trial.answer["status"] = 200


def _location(trial: Trial, more: str) -> None:
    location = next(value for name, value in trial.answer["response_headers"] if name.lower() == "location")
    trial.header("Location", f"{location}{more}")


def _ends(trial: Trial, query: str) -> None:
    trial.last("login", login="after the logout")["ended_at"] = (
        trial.request["values"]["redirect_uri"] + query
    )


def _silent(trial: Trial) -> None:
    for arrival in trial.arrivals:
        trial.remove(arrival)


def _probe(trial: Trial, when: str) -> dict[str, str]:
    (name,) = (said for sentence, said in PROBED.items() if trial.row.endswith(f"-proof-{sentence}"))
    what, _, by = name.partition(" by ")
    told = {} if what == "session" else {"what": what}  # what is usual is not written
    return trial.last("probe", when=when, by=by, **told)
