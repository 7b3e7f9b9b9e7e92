"""What no sentence demands."""

from __future__ import annotations

import copy

from tests.suite.edits import Event, Recording, edit
from tests.suite.edits.rp_initiated import redirect_of, unasked_with_a_hint


def _headers(exchange: Event, *dropped: str) -> None:
    exchange["response_headers"] = [h for h in exchange["response_headers"] if h[0].lower() not in dropped]


def _cookies_without(run: Recording, attribute: str) -> None:
    for exchange in run.events("logout_get", "exchange", "plain"):
        exchange["response_headers"] = [
            [n, v.replace(attribute, "Priority") if n.lower() == "set-cookie" else v]
            for n, v in exchange.get("response_headers", [])
        ]


@edit("OBS-1-01")
def a_question_that_may_be_framed(run: Recording) -> None:
    _headers(run.events("logout_get", "exchange", "plain", purpose="logout")[-1], "x-frame-options",
             "content-security-policy")  # fmt: skip


@edit("OBS-1-02")
def a_question_that_is_cached(run: Recording) -> None:
    _headers(run.events("logout_get", "exchange", "plain", purpose="logout")[-1], "cache-control")


@edit("OBS-1-03")
def a_form_without_hidden_fields(run: Recording) -> None:
    page = run.event("logout_get", "page", "plain", kind="confirmation")
    page["controls"] = [control for control in page["controls"] if control["role"] != "hidden"]


@edit("OBS-1-03", given=unasked_with_a_hint)
def a_form_without_hidden_fields_where_a_hint_is_not_asked_about(run: Recording) -> None:
    page = run.event("declined", "page", "yes", kind="confirmation")
    page["controls"] = [control for control in page["controls"] if control["role"] != "hidden"]


@edit("OBS-2-01")
def a_referer_with_the_hint(run: Recording) -> None:
    arrival = run.event("logout_post", "arrival", "GET", endpoint="post_logout")
    arrival["headers"].append(["Referer", "https://op.test/end_session?id_token_hint=e30"])


@edit("OBS-3-01", to="held")
def cookies_with_http_only(run: Recording) -> None:
    for exchange in run.events("logout_get", "exchange", "plain"):
        exchange["response_headers"] = [
            [n, f"{v}; HttpOnly" if n.lower() == "set-cookie" else v]
            for n, v in exchange.get("response_headers", [])
        ]


@edit("OBS-3-02")
def cookies_without_secure(run: Recording) -> None:
    _cookies_without(run, "Secure")


@edit("OBS-3-03")
def cookies_without_same_site(run: Recording) -> None:
    _cookies_without(run, "SameSite")


@edit("OBS-4-01")
def a_slow_redirect(run: Recording) -> None:
    redirect_of(run, "logout_get", "plain")["seconds"] = 3.5


@edit("OBS-5-01")
def a_copy_that_is_still_logged_in(run: Recording) -> None:
    run.event("old_cookies", "probe", when="copy after")["outcome"] = "alive"


@edit("OBS-5-02")
def a_second_answer_that_is_a_server_error(run: Recording) -> None:
    run.event("stale_questions", "exchange", "answered twice", purpose="old answer")["status"] = 500


@edit("OBS-5-03")
def an_older_question_that_ends_nothing(run: Recording) -> None:
    run.event("stale_questions", "probe", "older of two tabs", when="after")["outcome"] = "alive"


@edit("OBS-5-04")
def a_second_user_who_is_logged_out(run: Recording) -> None:
    run.event("stale_questions", "probe", "another user in between", when="second user after")["outcome"] = (
        "ended"
    )


@edit("OBS-5-05")
def a_session_that_comes_back(run: Recording) -> None:
    run.event("logout_post", "probe", "back", when="after")["outcome"] = "alive"


@edit("OBS-6-01")
def an_access_token_that_ends_the_session(run: Recording) -> None:
    run.event("other_tokens", "probe", "access token", when="untouched")["outcome"] = "ended"


@edit("OBS-6-02")
def a_megabyte_that_is_a_server_error(run: Recording) -> None:
    run.event("other_tokens", "exchange", "a megabyte", purpose="logout")["status"] = 500


@edit("OBS-6-03")
def a_long_post_that_ends_nothing(run: Recording) -> None:
    run.event("other_tokens", "probe", "long POST", when="after")["outcome"] = "alive"


@edit("OBS-7-01")
def pages_in_one_language(run: Recording) -> None:
    for page in run.events("supported_locales", "page"):
        page["text"] = "Log out?"


def _an_application(run: Recording) -> None:
    """Make an application of the plain logout: what it was shown before and after."""
    run.run["config"]["applications"] = [{"name": "shop", "page": "https://shop.test/account"}]
    run.events("logout_get")
    run.scenarios["applications"] = {**copy.deepcopy(run.scenarios["logout_get"]), "scenario": "applications"}
    for when, outcome in (("before", "alive"), ("after", "ended")):
        probe = run.event("applications", "probe", "plain", when=when)
        own = {
            **probe,
            "when": f"application {when}",
            "outcome": outcome,
            "witness": "shop",
            "id": probe["id"] + 1000,
        }
        run.scenarios["applications"]["events"].append(own)
    run.scenarios["applications"]["events"] = [
        e for e in run.events("applications") if e.get("case") == "plain"
    ]


@edit("OBS-8-01", given=_an_application)
def an_application_that_is_still_logged_in(run: Recording) -> None:
    run.event("applications", "probe", "plain", when="application after")["outcome"] = "alive"


@edit("OBS-9-01")
def a_front_channel_request_without_cookies(run: Recording) -> None:
    request = run.event("frontchannel_cookies", "arrival", "allowed", endpoint="frontchannel")
    request["headers"] = [[name, value] for name, value in request["headers"] if name != "Cookie"]


@edit("OBS-10-01")
def an_administrators_logout_that_nobody_hears_of(run: Recording) -> None:
    arrival = run.event("own_logout", "arrival", "admin API", endpoint="backchannel")
    run.remove("own_logout", run.event("own_logout", "token", "admin API", source=arrival["id"]))
    run.remove("own_logout", arrival)


@edit("OBS-10-02")
def an_own_page_without_frames(run: Recording) -> None:
    run.remove("own_logout", run.event("own_logout", "arrival", "own page", endpoint="frontchannel"))
