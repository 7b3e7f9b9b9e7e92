"""OpenID Connect RP-Initiated Logout 1.0."""

from __future__ import annotations

from tests.suite.edits import Event, Recording, edit

SAME_LOGOUT = "the same logout shows it"
NO_QUESTION = dict.fromkeys(("OBS-1-01", "OBS-1-02", "OBS-1-03"), "undecided: nobody is asked")
SAME_ERROR = "the same erroneous request is judged there too"


def redirect_of(run: Recording, scenario: str, case: str) -> Event:
    """The exchange that carries the post-logout redirect of a case."""
    found = [
        e
        for e in run.events(scenario, "exchange", case)
        if e["purpose"] in ("answer", "logout") and _location(e) and ".test/" in _location(e)
    ]
    return found[-1]


def _location(exchange: Event) -> str:
    return next((v for k, v in exchange.get("response_headers", []) if k.lower() == "location"), "")


def relocate(exchange: Event, location: str) -> None:
    """Give an exchange another Location."""
    exchange["response_headers"] = [
        [k, location if k.lower() == "location" else v] for k, v in exchange["response_headers"]
    ]


def drop_redirect(run: Recording, scenario: str, case: str) -> None:
    """The logout ends on a page instead."""
    exchange = redirect_of(run, scenario, case)
    exchange["status"] = 200
    exchange["response_headers"] = []


def send_to(run: Recording, scenario: str, case: str, location: str) -> None:
    """The answer to the logout request is a redirect to an address of a relying party."""
    exchange = run.events(scenario, "exchange", case, purpose="logout")[-1]
    exchange["status"] = 302
    exchange["response_headers"] = [["location", location]]


def requested(run: Recording, scenario: str, case: str) -> str:
    return str(run.event(scenario, "logout", case)["post_logout_redirect_uri"])


def refuse(run: Recording, scenario: str, case: str, status: int = 400) -> None:
    """The logout request is answered with an error page."""
    for exchange in run.events(scenario, "exchange", case, purpose="logout"):
        exchange["status"] = status
        exchange["response_headers"] = []
    logout = run.event(scenario, "logout", case)
    for event in list(run.events(scenario, case=case)):
        if event["at"] < logout["at"]:
            continue
        if event["event"] == "answer" or event.get("purpose") == "answer" or event["event"] == "arrival":
            run.remove(scenario, event)
        elif event["event"] == "page" and event["kind"] in ("confirmation", "signed_out"):
            event.update(kind="error", status=status)


@edit("RPI-1.1-01")
def a_claim_in_quotation_marks(run: Recording) -> None:
    run.event("logout_get", "token", "plain", kind="id_token", rp="rp1")["claims"]["acr"] = '"urn:level:1"'


@edit("RPI-2-05")
def a_logout_hint_stops_the_redirect(run: Recording) -> None:
    drop_redirect(run, "logout_parameters", "unknown logout_hint")


@edit("RPI-2-05b", also={"RPI-2-05": "a server error is another outcome"})
def a_logout_hint_is_a_server_error(run: Recording) -> None:
    refuse(run, "logout_parameters", "unknown logout_hint", 500)
    refuse(run, "logout_parameters", "unknown logout_hint again", 500)


@edit("RPI-2-07", also={"RPI-4-04": SAME_ERROR})
def a_contradicting_client_id_redirects(run: Recording) -> None:
    case = "client_id of rp2, URI of rp1"
    send_to(run, "mismatched_client_id", case, requested(run, "mismatched_client_id", case))


@edit("RPI-2-17")
def the_state_is_cut(run: Recording) -> None:
    exchange = redirect_of(run, "logout_get", "plain")
    relocate(exchange, _location(exchange)[:-20])


@edit("RPI-2-18", also={"RPI-2-18b": "it is a parameter more"})
def a_state_is_invented(run: Recording) -> None:
    exchange = redirect_of(run, "logout_states", "no state")
    relocate(exchange, _location(exchange) + "?state=abc")


@edit("RPI-2-18b")
def a_parameter_is_added(run: Recording) -> None:
    exchange = redirect_of(run, "logout_get", "plain")
    relocate(exchange, _location(exchange) + "&iss=me")


@edit("RPI-2-21")
def locales_are_an_error(run: Recording) -> None:
    refuse(run, "logout_parameters", "unsupported ui_locales")


@edit("RPI-2-22", also=dict.fromkeys(("RPI-2-17", "RPI-2-18b", "RPI-3-02"), SAME_LOGOUT) | NO_QUESTION)
def get_is_not_allowed(run: Recording) -> None:
    for exchange in run.events("logout_get", "exchange", "plain", purpose="logout"):
        exchange["status"] = 405


@edit("RPI-2-23", also={"RPI-2-26": SAME_LOGOUT, "BCP-4.12-01b": SAME_LOGOUT, "BCP-4.12-02b": SAME_LOGOUT})
def post_is_not_allowed(run: Recording) -> None:
    for case in ("POST from the relying party", "POST from the provider"):
        refuse(run, "logout_post", case, 405)


@edit("RPI-2-25", also={"RPI-2-17": "it is the same state"})
def plus_is_taken_literally(run: Recording) -> None:
    exchange = redirect_of(run, "logout_states", "state with reserved characters")
    relocate(exchange, _location(exchange).replace("c%2Bd%20", "c%2Bd%2B").replace("c%2Bd+", "c%2Bd%2B"))


@edit("RPI-2-26", also={"RPI-2-23": SAME_LOGOUT, "BCP-4.12-01b": SAME_LOGOUT, "BCP-4.12-02b": SAME_LOGOUT})
def the_body_is_not_read(run: Recording) -> None:
    case = "POST from the provider"
    for event in list(run.events("logout_post", case=case)):
        location = _location(event) if event["event"] == "exchange" else ""
        if (event["event"] == "arrival" and event["endpoint"] == "post_logout") or (
            event.get("purpose") == "answer" and ".test/" in event["url"]
        ):
            run.remove("logout_post", event)
        elif event.get("purpose") == "answer" and ".test/" in location:
            event.update(status=200, response_headers=[])
    answered = run.events("logout_post", "exchange", case, purpose="answer")[-1]
    run.add(
        "logout_post", run.event("logout_post", "page", "empty POST"), case=case, at=answered["at"] + 0.0001
    )


@edit("RPI-2-27", also={"RPI-4-01": SAME_ERROR, "RPI-4-04": SAME_ERROR, "RPI-4-05": "no error is shown"})
def an_unsigned_hint_redirects(run: Recording) -> None:
    send_to(run, "forged_hints", "alg none", requested(run, "forged_hints", "alg none"))


@edit("RPI-4-01", also={"RPI-2-27": SAME_ERROR})
def a_forged_hint_ends_the_session(run: Recording) -> None:
    run.event("forged_hints", "probe", "tampered signature", when="untouched")["outcome"] = "ended"


@edit("RPI-2-29")
def an_old_hint_is_refused(run: Recording) -> None:
    refuse(run, "old_hints", "hint of the ended session")


@edit("RPI-2-32")
def the_session_ends_unasked(run: Recording) -> None:
    run.event("logout_get", "probe", "plain", when="untouched")["outcome"] = "ended"


@edit("RPI-2-33")
def a_bare_request_ends_the_session(run: Recording) -> None:
    run.event("without_hint", "probe", "no parameter", when="untouched")["outcome"] = "ended"


@edit("RPI-2-34")
def a_foreign_hint_ends_the_other_session(run: Recording) -> None:
    run.event("others_hints", "probe", "hint of another user", when="untouched")["outcome"] = "ended"


@edit("RPI-2-34b")
def a_hint_of_another_session_ends_this_one(run: Recording) -> None:
    run.event("others_hints", "probe", "hint of another session of the user", when="untouched")["outcome"] = (
        "ended"
    )


@edit("RPI-2-34c")
def a_hint_ends_the_session_elsewhere(run: Recording) -> None:
    run.event("others_hints", "probe", "hint in a clean browser", when="owner untouched")["outcome"] = "ended"


def unasked_with_a_hint(run: Recording) -> None:
    for event in list(run.events("logout_get", case="plain")):
        if event["event"] == "answer" or (event["event"] == "page" and event["kind"] == "confirmation"):
            run.remove("logout_get", event)


@edit("RPI-2-35", also={"RPI-2-35b": "undecided: the user was asked", "CORE-3.1.2.3-01": "undecided: nothing ended",
                        "RPI-2-33": "undecided: its control did not end the session"})  # fmt: skip
def the_session_survives_yes(run: Recording) -> None:
    run.event("logout_get", "probe", "plain", when="after")["outcome"] = "alive"


@edit("RPI-2-35b", also={"CORE-3.1.2.3-01": "undecided: nothing ended",
                         "RPI-2-33": "undecided: its control did not end the session",
                         "RPI-2-32": "redirected without a question"})  # fmt: skip
def an_unasked_redirect_keeps_the_session(run: Recording) -> None:
    unasked_with_a_hint(run)
    run.event("logout_get", "probe", "plain", when="after")["outcome"] = "alive"


@edit(
    "RPI-2-35", given=unasked_with_a_hint, also={"RPI-2-36": "undecided: its control did not end the session"}
)
def the_session_survives_yes_without_a_hint(run: Recording) -> None:
    run.event("declined", "probe", "yes", when="after")["outcome"] = "alive"


@edit("RPI-2-36")
def no_ends_the_session(run: Recording) -> None:
    run.event("declined", "probe", "no", when="after")["outcome"] = "ended"


@edit("RPI-3-01")
def a_bare_logout_redirects(run: Recording) -> None:
    exchange = run.events("without_hint", "exchange", "no parameter", purpose="answer")[-1]
    uses = run.event("without_hint", "client", rp="rp1")["uses"]
    exchange.update(status=302, response_headers=[["location", uses[1]]])


@edit("RPI-3-01")
def an_own_page_that_redirects(run: Recording) -> None:
    exchange = run.event("own_logout", "exchange", "own page", purpose="logout", method="POST")
    uri = run.event("own_logout", "client", rp="witness")["metadata"]["post_logout_redirect_uris"][0]
    exchange.update(status=302, response_headers=[["location", uri]])


@edit("RPI-3-02")
def the_registered_query_is_lost(run: Recording) -> None:
    exchange = redirect_of(run, "logout_targets", "second URI with a query")
    relocate(exchange, _location(exchange).split("?")[0] + "?state=second")


@edit("RPI-3-02b")
def a_redirect_without_uri(run: Recording) -> None:
    exchange = run.events("logout_targets", "exchange", "no URI", purpose="answer")[-1]
    uses = run.event("logout_targets", "client", rp="rp1")["uses"]
    exchange.update(status=302, response_headers=[["location", uses[1]]])


@edit("RPI-3-04")
def an_unregistered_uri_by_client_id(run: Recording) -> None:
    case = "unregistered, client_id"
    send_to(run, "targets_without_hint", case, requested(run, "targets_without_hint", case))


@edit("RPI-3-05", also={"RPI-4-04": SAME_ERROR})
def a_trailing_slash_is_followed(run: Recording) -> None:
    send_to(run, "near_misses", "trailing slash", requested(run, "near_misses", "trailing slash"))


@edit("RPI-3-06", also={"RPI-4-04": SAME_ERROR})
def another_clients_uri_is_followed(run: Recording) -> None:
    send_to(run, "mismatched_client_id", "URI of rp2", requested(run, "mismatched_client_id", "URI of rp2"))


@edit("RPI-4-03")
def nobody_logged_in_is_an_error(run: Recording) -> None:
    run.event("no_session", "page", "no parameter").update(kind="error", status=400)
    run.event("no_session", "exchange", "no parameter", purpose="logout")["status"] = 400


@edit("RPI-4-04")
def an_error_goes_to_the_relying_party(run: Recording) -> None:
    send_to(
        run,
        "forged_hints",
        "not a token",
        requested(run, "forged_hints", "not a token") + "?error=invalid_request",
    )


@edit("RPI-4-05")
def an_error_without_a_word(run: Recording) -> None:
    for page in run.events("forged_hints", "page", "alg none"):
        page["text"] = ""


@edit("RPI-4-06", to="held")
def an_error_that_asks(run: Recording) -> None:
    for page in run.events("forged_hints", "page", kind="error"):
        page["kind"] = "confirmation"
