"""Core, RFC 6749 and RFC 9700: what logout leans on."""

from __future__ import annotations

from tests.suite.edits import Event, Recording, edit
from tests.suite.edits.rp_initiated import _location, drop_redirect, requested, send_to


@edit(
    "CORE-3.1.2.1-01", also={"CORE-3.1.2.1-02": "neither error nor code came", "CORE-3.1.2.6-01": "undecided"}
)
def prompt_none_shows_a_login_page(run: Recording) -> None:
    login = run.event("silent_requests", "login", "virgin browser")
    login.update(outcome="stuck", credentials_asked=True, error="a page taken for login (Log in, status 200)")


@edit(
    "CORE-3.1.2.1-02",
    also={"CORE-3.1.2.6-01": "undecided: no error came", "CORE-3.1.2.1-01": "undecided: it asked nothing"},
)
def prompt_none_ends_on_an_empty_page(run: Recording) -> None:
    login = run.event("silent_requests", "login", "virgin browser")
    login.update(outcome="stuck", credentials_asked=False, error="a page taken for unknown (status 200)")


@edit("CORE-3.1.2.6-01")
def another_error_than_login_required(run: Recording) -> None:
    run.event("silent_requests", "login", "virgin browser")["error"] = "interaction_required"


@edit("CORE-3.1.2.3-01")
def a_code_without_credentials(run: Recording) -> None:
    login = run.event("logout_get", "login", "login after logout")
    login.update(outcome="code", credentials_asked=False, session_state="a.b")


@edit("OA-3.1-01b", also={"BCP-2.1-02": "an open redirect it is all the same"})
def the_unregistered_one_wins(run: Recording) -> None:
    case = "unregistered first"
    send_to(run, "open_redirects", case, requested(run, "open_redirects", case))


@edit("OA-3.1-02b")
def an_unknown_parameter_stops_the_redirect(run: Recording) -> None:
    drop_redirect(run, "logout_parameters", "unknown parameter")
    drop_redirect(run, "logout_parameters", "unknown parameter again")


@edit("BCP-2.1-02")
def next_is_followed(run: Recording) -> None:
    elsewhere = requested(run, "open_redirects", "unregistered first")
    exchange = run.events("open_redirects", "exchange", "in next", purpose="answer")[-1]
    exchange.update(status=302, response_headers=[["location", elsewhere]])


@edit("BCP-4.12-01b")
def the_post_is_passed_on(run: Recording) -> None:
    _redirect_of_post(run)["status"] = 307


@edit("BCP-4.12-02b", to="held")
def the_redirect_is_a_303(run: Recording) -> None:
    _redirect_of_post(run)["status"] = 303


def _redirect_of_post(run: Recording) -> Event:
    found = run.events("logout_post", "exchange", "POST from the provider")
    return next(e for e in found if ".test/" in _location(e) and e["purpose"] == "answer")
