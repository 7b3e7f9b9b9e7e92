"""What the LH Crew OAuth2 server could do otherwise than its documentation says: a fault for each sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import html
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import Response

from conformance.reference.authorize import resume
from conformance.reference.languages import LOGIN
from conformance.reference.partial_logout import end_partly, for_the_asker, for_the_others
from conformance.reference.rendering import render
from conformance.reference.spoken.lh_crew import form_of, knobs_of
from conformance.reference.switches import SentenceFaults

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.reference.authorize import AuthorizationRequest
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.errors import ErrorAnswer
    from conformance.reference.grants import Token
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit


_fault = SentenceFaults("lh-crew")


# Session logout


@_fault(
    "spares-the-asker", "S01", does="The session goes on for the application that asked, and for no other."
)
def spares_the_asker(behaviour: Behaviour) -> None:
    _end_partly(behaviour, for_the_others)


@_fault(
    "ends-the-asker-alone", "S02", does="The session ends for the application that asked, and for no other."
)
def ends_the_asker_alone(behaviour: Behaviour) -> None:
    _end_partly(behaviour, for_the_asker)


@_fault("login-leads-nowhere", "S05", does="A login after the logout ends on a page of the server.")
def login_leads_nowhere(behaviour: Behaviour) -> None:
    async def stay(visit: Visit, _request: AuthorizationRequest) -> Response:
        return render(visit.tenant, "message.html", {"heading": "Welcome", "message": "You are logged in."})

    knobs_of(behaviour).log_in_again = stay


@_fault(
    "folds-the-scheme", "S05", does="After the logout the scheme of redirect_uri is written in lower case."
)
def folds_the_scheme(behaviour: Behaviour) -> None:
    def folded(location: str) -> str:
        scheme = urlsplit(location).scheme  # which Python folds
        return scheme + location[len(scheme) :]

    _edit_location(behaviour, folded)


@_fault("login-without-code", "S06", does="After the logout redirect_uri is called without a code.")
def login_without_code(behaviour: Behaviour) -> None:
    _edit_location(behaviour, lambda location: location.partition("?")[0])


@_fault("forgets-the-challenge", "S08", does="After the logout a code fits no code_verifier.")
def forgets_the_challenge(behaviour: Behaviour) -> None:
    knobs_of(behaviour).asked = lambda request: replace(request, challenge=None)


@_fault("logout-401", "S13", does="The login page after the logout has status 401.")
def logout_401(behaviour: Behaviour) -> None:
    def page(_visit: Visit, page: Response) -> Response:
        page.status_code = 401
        return page

    knobs_of(behaviour).page = page


@_fault("logout-as-xhtml", "S14", does="The login page after the logout is application/xhtml+xml.")
def logout_as_xhtml(behaviour: Behaviour) -> None:
    def page(_visit: Visit, page: Response) -> Response:
        tree = html.document_fromstring(bytes(page.body))
        tree.set("xmlns", "http://www.w3.org/1999/xhtml")
        headers = {name: value for name, value in page.headers.items() if not name.startswith("content-")}
        body = html.tostring(tree, encoding="utf-8", method="xml")
        return Response(body, headers=headers, media_type="application/xhtml+xml")

    knobs_of(behaviour).page = page


@_fault("logout-without-login", "S15", does="The answer to the logout is a message, and no login page.")
def logout_without_login(behaviour: Behaviour) -> None:
    def page(visit: Visit, _page: Response) -> Response:
        message = {"heading": "Goodbye", "message": LOGIN["en"]["logged_out"]}
        return render(visit.tenant, "message.html", message)

    knobs_of(behaviour).page = page


@_fault("logout-says-nothing", "S16", does="The login page after the logout does not speak of it.")
def logout_says_nothing(behaviour: Behaviour) -> None:
    knobs_of(behaviour).notice = ""


# Backend logout


@_fault("token-lives", "B01", does="A backend logout succeeds, and the token works on.")
def token_lives(behaviour: Behaviour) -> None:
    knobs_of(behaviour).revoke = lambda _tenant, _token: None


@_fault("ends-every-token", "B02", does="A backend logout ends every token of the client.")
def ends_every_token(behaviour: Behaviour) -> None:
    knobs_of(behaviour).revoke = lambda tenant, token: tenant.grants.forget_client(token.grant.client_id)


@_fault("backend-ends-the-session", "B03", does="A backend logout ends the session of the browser as well.")
def backend_ends_the_session(behaviour: Behaviour) -> None:
    def revoke(tenant: Tenant, token: Token) -> None:
        tenant.grants.revoke_alone(token)
        # Not `tenant.end`, by which other tokens would end, too.
        if session := tenant.sessions.get(token.grant.session_key):
            tenant.sessions.close(session)

    knobs_of(behaviour).revoke = revoke


@_fault(
    "form-unsupported",
    "B04",
    does="A form is called an unsupported media type, though what it asks for is done.",
    companions={"B06": "415 is not 200"},
)
def form_unsupported(behaviour: Behaviour) -> None:
    knobs_of(behaviour).success.append(_with_status(415))


@_fault("takes-the-query", "B05", does="Parameters of the backend logout count in the query, too.")
def takes_the_query(behaviour: Behaviour) -> None:
    async def form(request: Request) -> ImmutableMultiDict[str, str]:
        return ImmutableMultiDict({**request.query_params, **await form_of(request)})

    knobs_of(behaviour).form = form


@_fault("success-202", "B06", does="A backend logout that succeeds has status 202.")
def success_202(behaviour: Behaviour) -> None:
    knobs_of(behaviour).success.append(_with_status(202))


@_fault("success-as-text", "B07", does="The body of a success is text/plain.")
def success_as_text(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer) -> None:
        answer.headers["Content-Type"] = "text/plain"

    knobs_of(behaviour).success.append(edit)


@_fault("success-by-another-word", "B08", does='The body of a success is {"status": "ok"}.')
def success_by_another_word(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer) -> None:
        answer.body["status"] = "ok"

    knobs_of(behaviour).success.append(edit)


@_fault("missing-token-401", "B09", does="Without access_token the answer is 401.")
def missing_token_401(behaviour: Behaviour) -> None:
    _edit_missing(behaviour, ["access_token"], _with_status(401))


@_fault(
    "missing-id-without-full-stop", "B10", does="The error of a missing client_id ends without a full stop."
)
def missing_id_without_full_stop(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer) -> None:
        answer.body["error_description"] = str(answer.body["error_description"]).rstrip(".")

    _edit_missing(behaviour, ["client_id"], edit)


@_fault("missing-secret-with-status", "B11", does="The error of a missing client_secret has a member more.")
def missing_secret_with_status(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer) -> None:
        answer.body["status"] = "failed"

    _edit_missing(behaviour, ["client_secret"], edit)


@_fault("error-as-html", "B12", does="The body of an error is text/html.")
def error_as_html(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer, _missing: list[str]) -> None:
        answer.headers["Content-Type"] = "text/html; charset=utf-8"

    knobs_of(behaviour).missing.append(edit)


@_fault("two-missing-at-once", "B13", does="Where two parameters are missing, the error names both.")
def two_missing_at_once(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer, missing: list[str]) -> None:
        if len(missing) > 1:
            answer.body["error_description"] = f"Please provide the parameters {' and '.join(missing)}."

    knobs_of(behaviour).missing.append(edit)


@_fault(
    "no-trailing-space",
    "B09",
    "B10",
    "B11",
    "B13",
    does="The error code lacks the blank that it ends with in the document.",
)
def no_trailing_space(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer, _missing: list[str]) -> None:
        answer.body["error"] = "server_error"

    knobs_of(behaviour).missing.append(edit)


def _end_partly(behaviour: Behaviour, ends: Callable[[str, str], bool]) -> None:
    partly = end_partly(behaviour, ends)
    knobs_of(behaviour).end = lambda visit, request: partly(visit, request.client.client_id)


def _edit_location(behaviour: Behaviour, edited: Callable[[str], str]) -> None:
    """Change where a login after the logout leads."""

    async def log_in_again(visit: Visit, request: AuthorizationRequest) -> Response:
        answer = await resume(visit, request)
        answer.headers["Location"] = edited(answer.headers["Location"])
        return answer

    knobs_of(behaviour).log_in_again = log_in_again


def _edit_missing(behaviour: Behaviour, these: list[str], edit: Callable[[ErrorAnswer], None]) -> None:
    """Change the error of a request that lacks exactly these parameters."""

    def when_missing(answer: ErrorAnswer, missing: list[str]) -> None:
        if missing == these:
            edit(answer)

    knobs_of(behaviour).missing.append(when_missing)


def _with_status(status: int) -> Callable[[ErrorAnswer], None]:
    def edit(answer: ErrorAnswer) -> None:
        answer.status = status

    return edit
