"""Faults of the tenant that speaks the contract of VinID OneID: one for each sentence that can be broken."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from conformance.reference.backchannel import trace
from conformance.reference.errors import LogoutError
from conformance.reference.redirects import redirect
from conformance.reference.spoken.vinid_oneid import CONTRACT, DEFAULT_PAGE, Knobs, Parameters
from conformance.reference.switches import SentenceFaults

if TYPE_CHECKING:
    import httpx

    from conformance.reference.behaviour import Behaviour

_fault = SentenceFaults(CONTRACT)


def _because(reason: str, *sentences: str) -> dict[str, str]:
    return dict.fromkeys(sentences, reason)


def _knobs(behaviour: Behaviour) -> Knobs:
    knobs = behaviour.spoken.knobs
    assert isinstance(knobs, Knobs)  # noqa: S101 - the switch that speaks it comes first in the tenant's name
    return knobs


@_fault(
    "answers-400",
    "S01",
    does="The logout request is answered 400, by a page that goes on to the question all the same.",
    companions=_because("the answer is no redirect", "S03"),
)
def answers_400(behaviour: Behaviour) -> None:
    def lead(url: str) -> Response:
        refresh = f'<meta http-equiv="refresh" content="0; url={html.escape(url)}">'
        return HTMLResponse(f"<!doctype html><title>One moment</title>{refresh}", 400)

    knobs = _knobs(behaviour)
    knobs.ways = replace(knobs.ways, lead=lead)


@_fault("wants-state", "S02", does="A post_logout_redirect_uri without state is refused.")
def wants_state(behaviour: Behaviour) -> None:
    def check(parameters: Parameters) -> None:
        if "post_logout_redirect_uri" in parameters and "state" not in parameters:
            raise LogoutError("state is missing")

    _knobs(behaviour).checks.append(check)


@_fault("answers-303", "S03", does="The logout request is answered 303.")
def answers_303(behaviour: Behaviour) -> None:
    knobs = _knobs(behaviour)
    knobs.ways = replace(knobs.ways, lead=lambda url: redirect(url, 303))


@_fault("keeps-session", "S05", does="The user is told of a logout, and stays logged in.")
def keeps_session(behaviour: Behaviour) -> None:
    _knobs(behaviour).ends_session = False


@_fault(
    "stays",
    "S06",
    does="After the logout the browser stays on a page of the provider.",
    companions=_because("the browser is never sent to the application", "S02", "S07"),
)
def stays(behaviour: Behaviour) -> None:
    _knobs(behaviour).leaves_for = lambda tenant, _target: f"{tenant.ui_base}/{DEFAULT_PAGE}"


@_fault("drops-state", "S07", does="The state of the request does not come back.")
def drops_state(behaviour: Behaviour) -> None:
    _knobs(behaviour).target = lambda uri, _state: uri


@_fault(
    "never-frames",
    "F01",
    does="No frontchannel_logout_uri is ever called.",
    companions=_because("there is no front-channel request", "F02", "F03", "F05"),
)
def never_frames(behaviour: Behaviour) -> None:
    behaviour.frontchannel.recipients = lambda _tenant, _session, _initiator: []


@_fault(
    "frames-by-post",
    "F02",
    does="The frontchannel_logout_uri is called by a form that is posted into a frame.",
)
def frames_by_post(behaviour: Behaviour) -> None:
    behaviour.frontchannel.template = "frontchannel_posts.html"


@_fault("foreign-iss", "F03", does="iss of the front-channel request names another host than the issuer's.")
def foreign_iss(behaviour: Behaviour) -> None:
    def edit(parameters: dict[str, str]) -> None:
        parameters["iss"] = "https://oauth-dev.vinid.dev/"

    behaviour.frontchannel.parameter_edits.append(edit)


@_fault("frames-without-sid", "F05", does="The front-channel request has no sid.")
def frames_without_sid(behaviour: Behaviour) -> None:
    def edit(parameters: dict[str, str]) -> None:
        del parameters["sid"]

    behaviour.frontchannel.parameter_edits.append(edit)


@_fault(
    "sends-nothing",
    "B01",
    does="No backchannel_logout_uri is ever called.",
    companions=_because("there is no back-channel request", "B02", "B04", "B05"),
)
def sends_nothing(behaviour: Behaviour) -> None:
    behaviour.backchannel.recipients = lambda _tenant, _session, _initiator: []


@_fault("puts-token", "B02", does="Logout Tokens are sent by PUT.")
def puts_token(behaviour: Behaviour) -> None:
    async def put(http: httpx.AsyncClient, uri: str, token: str) -> httpx.Response:
        return await http.put(uri, data={"logout_token": token}, extensions={"trace": trace})

    behaviour.backchannel.send = put


@_fault("sends-as-text", "B04", does="The form with the Logout Token says that it is text/plain.")
def sends_as_text(behaviour: Behaviour) -> None:
    async def post(http: httpx.AsyncClient, uri: str, token: str) -> httpx.Response:
        body = {"logout_token": token}
        headers = {"Content-Type": "text/plain"}
        return await http.post(uri, data=body, headers=headers, extensions={"trace": trace})

    behaviour.backchannel.send = post


@_fault("token-is-no-jwt", "B05", does="logout_token holds an opaque value.")
def token_is_no_jwt(behaviour: Behaviour) -> None:
    behaviour.backchannel.sign = lambda _key, claims, _header: str(claims["jti"])
