"""VinID OneID: the logout endpoint of its documentation, which behaves like the Ory Hydra that its path points to.

What a Hydra does was seen on the program itself; docs/hydra.md lists it. Nothing of it is a promise of the document.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.responses import Response

from conformance.reference import backchannel, frontchannel, hints, interactions
from conformance.reference.errors import LogoutError
from conformance.reference.interactions import Ways
from conformance.reference.languages import TEXTS, chosen
from conformance.reference.redirects import redirect
from conformance.reference.rendering import render
from conformance.reference.switches import spoken_contract

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.clients import Client
    from conformance.reference.keys import Claims
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant
    from conformance.reference.users import User
    from conformance.reference.visit import Visit

CONTRACT = "vinid-oneid"
ENDPOINT = "oauth2/sessions/logout"
QUESTION = "logout"  # of the login, consent and logout application
DEFAULT_PAGE = "logged-out"  # likewise
CONFIG = """\
registration: {hosts: "*.yourapp.test", short_lived: {id_token_lifetime: 2}}
contracts:
  - {file: vinid-oneid, servers: {oauth: "{issuer}"}}
"""
WAYS = Ways(
    shown_at=f"{QUESTION}?logout_challenge={{id}}",
    answered_at=f"{QUESTION}?logout_challenge={{id}}",
    continued_at=f"{ENDPOINT}?logout_verifier={{id}}",
    lead=lambda url: redirect(url, 302),
    direct=False,
)

Parameters: TypeAlias = dict[str, str]


@dataclass(frozen=True)
class LogoutRequest:
    """A request that has been validated. ``client`` None: nobody but the user asks, who has no hint."""

    client: Client | None
    session: Session | None
    target: str


def with_state(uri: str, state: str | None) -> str:
    """The registered URI; a state that was sent replaces one that stands in its query."""
    return with_query(uri, {"state": state} if state else {})


def with_query(uri: str, added: dict[str, str]) -> str:
    """The URI with parameters set in its query, whose keys are sorted then."""
    parts = urlsplit(uri)
    kept = [(name, value) for name, value in parse_qsl(parts.query, True) if name not in added]
    query = urlencode(sorted([*kept, *added.items()], key=lambda pair: pair[0]))
    return urlunsplit(parts._replace(query=query))


@dataclass
class Knobs:
    """What faults change."""

    ways: Ways = WAYS
    checks: list[Callable[[Parameters], None]] = field(default_factory=list)
    target: Callable[[str, str | None], str] = with_state
    leaves_for: Callable[[Tenant, str], str] = lambda _tenant, target: target
    ends_session: bool = True


async def logout_endpoint(visit: Visit) -> Response:
    """GET and POST alike: on to the question, or what comes after it."""
    if visit.request.method not in ("GET", "POST"):
        return Response("Method Not Allowed", 405, {"Allow": "GET, POST"})
    verifier = visit.request.query_params.get("logout_verifier")
    if verifier:
        return await interactions.go_on(visit, verifier)
    request = _validated(visit, await _heard(visit))
    if request.session is None:
        return redirect(request.target, 302)
    return await _ask(visit, request, request.session)


async def question_page(visit: Visit) -> Response:
    """GET shows the question that ``logout_challenge`` names, POST takes its answer."""
    challenge = visit.request.query_params.get("logout_challenge", "")
    if visit.request.method == "POST":
        return await interactions.take_answer(visit, challenge)
    return interactions.show_question(visit, challenge)


async def default_page(visit: Visit) -> Response:
    """Where a logout ends that has no other target."""
    return render(visit.tenant, "message.html", {"heading": "Logged out", "message": "You are logged out."})


async def _heard(visit: Visit) -> Parameters:
    """The first value of each parameter, of the body before those of the query."""
    body = (await visit.form()).multi_items() if visit.request.method == "POST" else []
    heard: Parameters = {}
    for name, value in (*body, *visit.request.query_params.multi_items()):
        heard.setdefault(name, value)
    return {name: value for name, value in heard.items() if value}


def _validated(visit: Visit, parameters: Parameters) -> LogoutRequest:
    for check in _knobs(visit.tenant).checks:
        check(parameters)
    hint = parameters.get("id_token_hint")
    if hint is None:
        _refuse_without_hint(parameters)
        return LogoutRequest(None, visit.session, _default(visit.tenant))
    claims = visit.tenant.behaviour.logout.read_hint(visit.tenant, hint)
    client = _client(visit.tenant, claims)
    # The hint names the session, whichever browser sends it; client_id is not looked at.
    session = visit.tenant.sessions.with_sid(claims.get("sid"))
    return LogoutRequest(client, session, _target(visit.tenant, client, parameters))


def _refuse_without_hint(parameters: Parameters) -> None:
    for name in ("state", "post_logout_redirect_uri"):
        if name in parameters:
            raise LogoutError(f"Logout failed because {name} is set but id_token_hint is missing.")


def _client(tenant: Tenant, claims: Claims) -> Client:
    found = filter(None, map(tenant.clients.get, hints.audience(claims)))
    client = next(found, None)
    if client is None:
        raise LogoutError("Logout failed because no client of the audience is registered.")
    return client


def _target(tenant: Tenant, client: Client, parameters: Parameters) -> str:
    """The very URI that is registered, with the state; the default page, without it, where none is asked for."""
    asked = parameters.get("post_logout_redirect_uri")
    if asked is None:
        return _default(tenant)
    if asked not in client.post_logout_redirect_uris:
        raise LogoutError("Logout failed because post_logout_redirect_uri is not registered for the client.")
    return _knobs(tenant).target(asked, parameters.get("state"))


def _default(tenant: Tenant) -> str:
    return f"{tenant.ui_base}/{DEFAULT_PAGE}"


async def _ask(visit: Visit, request: LogoutRequest, session: Session) -> Response:
    """Ask, also where the hint is valid."""

    async def resume(visit: Visit, form: ImmutableMultiDict[str, str]) -> Response:
        if form.get("logout") != "yes":
            context = {"heading": "Still logged in", "message": "You are still logged in."}
            return render(visit.tenant, "message.html", context)
        if request.client is None and not _is_still(visit, session.user):
            return redirect(request.target, 302)
        return await _end(visit, request, session)

    pages = visit.tenant.behaviour.pages
    language = chosen(None, pages.languages)
    context: dict[str, Any] = {
        "decline_button": pages.decline_button,
        "language": language,
        "texts": TEXTS[language],
    }
    return await interactions.ask(visit, "confirm.html", context, resume, _knobs(visit.tenant).ways)


def _is_still(visit: Visit, user: User) -> bool:
    """Whether the user who was asked is the one who is logged in."""
    return visit.session is not None and visit.session.user == user


async def _end(visit: Visit, request: LogoutRequest, session: Session) -> Response:
    """Send Logout Tokens on their way, end the session of the hint, then frame and redirect."""
    tenant, knobs = visit.tenant, _knobs(visit.tenant)
    uris = frontchannel.logout_uris(tenant, session, request.client)
    await backchannel.notify(tenant, session, request.client)
    if knobs.ends_session:
        visit.log_out()  # whosever session this browser has
        tenant.end(session)
    target = knobs.leaves_for(tenant, request.target)
    return frontchannel.page(tenant, uris, target) if uris else redirect(target, 302)


def _knobs(tenant: Tenant) -> Knobs:
    knobs = tenant.behaviour.spoken.knobs
    assert isinstance(knobs, Knobs)  # noqa: S101 - the switch that speaks it below has set them
    return knobs


@spoken_contract(
    CONTRACT,
    "VinID OneID: /oauth2/sessions/logout, as an Ory Hydra has it, with front- and back-channel notifications.",
    config=CONFIG,
)
def vinid_oneid(behaviour: Behaviour) -> None:
    behaviour.spoken.knobs = Knobs()
    behaviour.spoken.endpoints = {
        ENDPOINT: logout_endpoint,
        QUESTION: question_page,
        DEFAULT_PAGE: default_page,
    }
    behaviour.discovery.edits.append(_metadata)
    behaviour.pages.other_origin = True
    behaviour.pages.errors_elsewhere = True
    behaviour.tokens.new_sid = lambda _user: str(uuid.uuid4())
    behaviour.tokens.revoked_at_logout = lambda _grant, _kind: False
    behaviour.authorization.response_edits.append(_no_session_state)
    _notifications(behaviour)


def _notifications(behaviour: Behaviour) -> None:
    behaviour.frontchannel.url = with_query
    behaviour.frontchannel.template = "frontchannel_paused.html"
    behaviour.backchannel.awaits_answers = False
    behaviour.backchannel.typ = "JWT"
    behaviour.backchannel.token_edits.append(_claims)
    behaviour.backchannel.repeat_after = _pause
    behaviour.backchannel.repetitions = 2


def _metadata(tenant: Tenant, document: dict[str, Any]) -> None:
    document["end_session_endpoint"] = tenant.url(ENDPOINT)
    document.pop("check_session_iframe")


def _no_session_state(_tenant: Tenant, answer: dict[str, str]) -> None:
    answer.pop("session_state")


def _claims(claims: Claims, notice: backchannel.Notice) -> None:
    claims["aud"] = [notice.client.client_id]
    for name in ("exp", "sub"):
        del claims[name]


def _pause(status: int) -> float | None:
    """Seconds before the first of two repetitions: 429 and server errors, but for 501, are worth them."""
    return 1.0 if status == 429 or (status >= 500 and status != 501) else None
