"""RP-Initiated Logout 1.0 and what it leans on: hints, other sites, native clients, markers."""

from __future__ import annotations

from tests.suite.edits import Recording, edit
from tests.suite.edits.rp_initiated import drop_redirect


@edit("RPI-2-13", to="broken")
def a_custom_scheme_is_refused(run: Recording) -> None:
    run.event("native_client", "registration").update(status=400, returned={"error": "invalid_redirect_uri"})


@edit("RPI-2-28")
def an_expired_hint_is_not_accepted(run: Recording) -> None:
    drop_redirect(run, "expired_hints", "expired hint")


@edit("RPI-4-02")
def a_forged_hint_ends_a_session_elsewhere(run: Recording) -> None:
    probe = run.event("others_hints", "probe", "forged hint in a clean browser", when="owner untouched")
    probe["outcome"] = "ended"


@edit("RPI-4-07", to="held")
def an_error_page_logs_out(run: Recording) -> None:
    run.event("forged_hints", "probe", "alg none", when="after")["outcome"] = "ended"


@edit("RPI-6-01")
def a_frame_on_another_site_logs_out(run: Recording) -> None:
    run.event("cross_site_requests", "probe", "embedded without a hint", when="untouched")["outcome"] = (
        "ended"
    )


@edit("RPI-6-02")
def a_forged_answer_logs_out(run: Recording) -> None:
    case = "answer with another session's fields"
    probe = run.event("cross_site_requests", "probe", case, when="after the forged answer")
    probe["outcome"] = "ended"


@edit("CORE-3.1.2.1-05", also={"CORE-3.1.2.2-03": "it is the same sentence"})
def a_hint_is_ignored(run: Recording) -> None:
    second = run.event("requested_user", "login", "second user", login="silent")
    hinted = run.event("requested_user", "login", "second user, hint of the first", login="silent")
    hinted.update(outcome="code", error="", sub=second["sub"])


@edit("CORE-3.1.2.1-07")
def prompt_none_needs_a_hint(run: Recording) -> None:
    run.event("requested_user", "login", "first user", login="silent").update(
        outcome="error", error="invalid_request"
    )


@edit("OA-10.14-01")
def a_marker_becomes_an_element(run: Recording) -> None:
    run.event("markers", "reflection", "state by GET")["as_element"] = True


@edit("CORE-11-03")
def no_refresh_token_is_issued(run: Recording) -> None:
    for token in run.events("logout_get", "token", kind="refresh_token"):
        run.remove("logout_get", token)


@edit("BCP-4.16-01b", also={"OA-10.13-01": "it is the same advice"})
def a_click_in_a_frame_logs_out(run: Recording) -> None:
    frame = run.event("framed_question", "framed", "framed")
    frame["loaded"] = frame["url"]
    run.add(
        "framed_question", run.event("framed_question", "answer", "control"), case="framed", at=frame["at"]
    )
    run.event("framed_question", "probe", "framed", when="after")["outcome"] = "ended"
