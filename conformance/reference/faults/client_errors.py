"""Faults of the error answers to clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.errors import ErrorAnswer

_OTHER_CODE = because("the error of a revoked refresh token is not invalid_grant", "OA-5.2-09")


def _at_token_endpoint(behaviour: Behaviour, edit: Callable[[ErrorAnswer], None]) -> None:
    def only_there(answer: ErrorAnswer) -> None:
        if answer.endpoint == "token":
            edit(answer)

    behaviour.client_errors.edits.append(only_there)


def _everywhere(behaviour: Behaviour, **members: str) -> None:
    behaviour.client_errors.edits.append(lambda answer: answer.body.update(members))


@fault("token-error-403", "OA-5.2-01", does="The token endpoint refuses with status 403.")
def status_403(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer) -> None:
        answer.status = 403

    _at_token_endpoint(behaviour, edit)


@fault(
    "token-error-number",
    "OA-5.2-02",
    does="error of the token endpoint is a number.",
    companions=_OTHER_CODE,
)
def number(behaviour: Behaviour) -> None:
    _at_token_endpoint(behaviour, lambda answer: answer.body.update(error=1001))


@fault(
    "token-error-nested",
    "OA-5.2-02",
    "OA-5.2-06",
    does="The error of the token endpoint is within another object.",
    companions=_OTHER_CODE,
)
def nested(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer) -> None:
        answer.body = {"status": {"code": answer.body["error"]}}

    _at_token_endpoint(behaviour, edit)


@fault(
    "token-error-quoted",
    "OA-5.2-03",
    does="error of the token endpoint is wrapped in quotation marks.",
    companions=_OTHER_CODE,
)
def quoted(behaviour: Behaviour) -> None:
    _at_token_endpoint(behaviour, lambda answer: answer.body.update(error=f'"{answer.body["error"]}"'))


@fault("error-description-quotes", "OA-5.2-04", does="error_description has quotation marks.")
def description_quotes(behaviour: Behaviour) -> None:
    _everywhere(behaviour, error_description='"token" was not accepted')


@fault("error-description-line-break", "OA-5.2-04b", does="error_description has two lines.")
def description_line_break(behaviour: Behaviour) -> None:
    _everywhere(behaviour, error_description="The request was not accepted.\nSee the log.")


@fault("error-uri-with-space", "OA-5.2-05", does="error_uri has a space.")
def uri_with_space(behaviour: Behaviour) -> None:
    _everywhere(behaviour, error_uri="https://op.example/errors/not accepted")


@fault("token-error-text", "OA-5.2-06", does="JSON errors of the token endpoint are sent as text/plain.")
def text(behaviour: Behaviour) -> None:
    _at_token_endpoint(behaviour, lambda answer: answer.headers.update({"Content-Type": "text/plain"}))


@fault(
    "basic-without-challenge",
    "OA-5.2-07",
    does="Wrong credentials in the Authorization header are answered 401 without WWW-Authenticate.",
)
def without_challenge(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer) -> None:
        answer.headers.pop("WWW-Authenticate", None)

    behaviour.client_errors.edits.append(edit)


@fault(
    "invalid-client-400",
    "OA-5.2-07",
    "OA-5.2-08",
    does="Whoever authenticates wrongly is answered 400, also after an Authorization header.",
)
def invalid_client_400(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer) -> None:
        if answer.body["error"] == "invalid_client":
            answer.status = 400

    behaviour.client_errors.edits.append(edit)


@fault(
    "refresh-error-invalid-token",
    "OA-5.2-09",
    does="A refresh token that was revoked or altered gives invalid_token.",
)
def invalid_token(behaviour: Behaviour) -> None:
    _at_token_endpoint(behaviour, lambda answer: answer.body.update(error="invalid_token"))
