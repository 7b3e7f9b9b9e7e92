"""OpenID Connect Session Management 1.0."""

from __future__ import annotations

from typing import Any

from tests.suite.edits import Event, Recording, edit
from tests.suite.edits.discovery import because, published

IFRAME, WATCH, STATES = "session_iframe", "session_watch", "session_states"
ADDRESS = "https://localhost:8443/t/ok/check_session"


def answered(run: Recording, word: str, case: str, *what: str, scenario: str = IFRAME) -> list[Event]:
    """Give questions of a case another answer."""
    polls = [poll for name in what for poll in run.events(scenario, "poll", case, what=name)]
    for poll in polls:
        for answer in poll["answers"]:
            answer["data"] = word
    return polls


def logins(run: Recording, case: str, agent: str = "browser 1", **members: Any) -> list[Event]:
    return run.events(STATES, "login", case, agent=agent, **members)


def framing(run: Recording) -> Event:
    """The browser's first request for the iframe."""
    return run.events(IFRAME, "exchange", "fresh", url=ADDRESS, destination="iframe")[0]


@edit("SM-2-01")
def a_response_has_no_state(run: Recording) -> None:
    run.events("logout_get", "login")[0].pop("session_state")


@edit("SM-2-02")
def an_error_has_no_state(run: Recording) -> None:
    logins(run, "errors", "browser 2")[0].pop("session_state")


@edit("SM-2-03")
def a_state_has_a_space(run: Recording) -> None:
    run.events("logout_get", "login")[0]["session_state"] = "one two"


@edit("SM-2-07")
def two_browsers_share_a_state(run: Recording) -> None:
    first, second = (logins(run, "logins", f"browser {number}", rp="rp1")[0] for number in (1, 2))
    second["session_state"] = first["session_state"]


@edit("SM-2-07")
def a_state_shows_the_user(run: Recording) -> None:
    run.events(STATES, "disclosure", "logins")[0]["found"] = ["sub, decoded from base64url"]


@edit("SM-3.2-06")
def two_clients_share_a_state(run: Recording) -> None:
    mine, others = (logins(run, "logins", rp=rp)[0] for rp in ("rp1", "witness"))
    others["session_state"] = mine["session_state"]


@edit("SM-3.2-13")
def a_piece_names_the_browser(run: Recording) -> None:
    for login in logins(run, "errors"):
        login["session_state"] += ".device0815"


@edit("SM-3.2-18", also=because("it recurs in one browser", "SM-3.2-13"))
def two_errors_share_a_state(run: Recording) -> None:
    first, second, *_ = logins(run, "errors")
    second["session_state"] = first["session_state"]


@edit("SM-3.2-14")
def the_state_outlives_a_logout(run: Recording) -> None:
    before = logins(run, "logins", rp="rp1")[0]
    logins(run, "after a logout", rp="rp1")[0]["session_state"] = before["session_state"]


@edit("SM-7.1-01", to="held")
def a_token_response_has_a_state(run: Recording) -> None:
    body = run.events("logout_get", "exchange", purpose="token")[0]["response_body"]
    body["text"] = body["text"].replace("{", '{"session_state":"x.y",', 1)


@edit("SM-3.3-02", also=because("there is none to look at", "SM-3.3-03"))
def only_the_operator_names_the_iframe(run: Recording) -> None:
    published(run, lambda document: document.pop("check_session_iframe"))
    run.run["config"]["metadata"] = {"check_session_iframe": ADDRESS}


@edit("SM-3.3-05")
def the_iframe_is_an_error(run: Recording) -> None:
    framing(run)["status"] = 500


@edit("SM-3.3-05")
def the_iframe_may_not_be_framed(run: Recording) -> None:
    framing(run)["response_headers"].append(["X-Frame-Options", "DENY"])
    frame = next(e for e in run.events(IFRAME, "framed", "fresh") if e["frame"] != "storage")
    frame["loaded"] = "chrome-error://chromewebdata/"


@edit("SM-1.1-01")
def an_answer_is_quoted(run: Recording) -> None:
    answered(run, '"error"', "malformed", "a number")


@edit("SM-2-06", also=because("the newest value is not answered unchanged", "SM-2-08", "SM-3.2-11b"))
def the_fresh_value_does_not_match(run: Recording) -> None:
    answered(run, "changed", "fresh", "correct")


@edit("SM-2-08", also=because("the value is bound to another origin", "SM-2-06", "SM-3.2-11b"))
def the_declared_origin_counts(run: Recording) -> None:
    for poll in answered(run, "changed", "fresh", "correct"):
        answers = [{**answer, "data": "unchanged"} for answer in poll["answers"]]
        run.add(IFRAME, poll, page="https://declared.test", answers=answers)


@edit("SM-3.2-03")
def a_foreign_page_is_told(run: Recording) -> None:
    control = run.events(IFRAME, "poll", "foreign")[0]["page"]
    foreign = next(poll for poll in run.events(IFRAME, "poll", "foreign") if poll["page"] != control)
    foreign["answers"][0]["data"] = "unchanged"


@edit("SM-3.2-05")
def the_client_id_does_not_count(run: Recording) -> None:
    answered(run, "unchanged", "two clients", "crossed")


@edit("SM-3.2-05b")
def the_loaded_iframe_remembers(run: Recording) -> None:
    answered(run, "changed", "logged in again", "loaded")


@edit("SM-3.2-07")
def a_malformed_message_is_changed(run: Recording) -> None:
    answered(run, "changed", "malformed", "no space")


@edit("SM-3.2-07b")
def a_malformed_message_is_unchanged(run: Recording) -> None:
    answered(run, "unchanged", "malformed", "a space")


@edit("SM-3.2-08")
def an_altered_value_matches(run: Recording) -> None:
    answered(run, "unchanged", "altered", "altered")


@edit("SM-3.2-09")
def a_matching_value_is_an_error(run: Recording) -> None:
    poll = run.events(WATCH, "poll", "watch", what="correct", agent="browser 1")[2]
    poll["answers"][0]["data"] = "error"


@edit("SM-3.2-10")
def the_answer_goes_to_the_page_around(run: Recording) -> None:
    for poll in run.events(IFRAME, "poll", "windows"):
        poll["answers"][0]["window"] = "parent"


@edit("SM-3.2-10b")
def the_answer_is_for_everybody(run: Recording) -> None:
    run.event(IFRAME, "poll", "windows", frame="noting")["targets"] = ["*"]


@edit("SM-3.2-11")
def the_logout_changes_nothing(run: Recording) -> None:
    answered(run, "unchanged", "logout", "loaded", "new")


@edit("SM-3.2-11b")
def another_user_changes_nothing(run: Recording) -> None:
    answered(run, "unchanged", "logged in again", "of before")


@edit("SM-3.2-11b")
def a_login_changes_nothing(run: Recording) -> None:
    answered(run, "unchanged", "fresh", "of an error")


@edit("SM-3.2-12", also=because("the value that matches is no longer known", "SM-3.2-09"))
def the_state_changes_by_itself(run: Recording) -> None:
    for agent in ("browser 1", "browser 2"):
        for poll in run.events(WATCH, "poll", "watch", what="correct", agent=agent)[-2:]:
            poll["answers"][0]["data"] = "changed"


@edit("SM-3.2-19")
def the_older_value_is_no_longer_valid(run: Recording) -> None:
    answered(run, "changed", "several values", "older")


@edit("SM-3.2-20")
def the_state_cookie_shows_the_user(run: Recording) -> None:
    found = run.events(IFRAME, "disclosure", "cookies")[0]
    found["found"] = ["sub, as sent"]
    poll = run.event(IFRAME, "poll", "fresh", what="correct")
    answers = [{**poll["answers"][0], "data": "changed"}]
    what = found["value"].replace("cookie", "without")
    run.add(IFRAME, poll, case="cookies", agent=f"browser 1 {what}", what=what, answers=answers)
