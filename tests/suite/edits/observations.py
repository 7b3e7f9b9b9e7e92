"""What no sentence demands."""

from __future__ import annotations

from tests.suite.edits import Event, Recording, edit
from tests.suite.edits.rp_initiated import redirect_of


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
