"""The end_session_endpoint (RP-Initiated Logout 1.0)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from starlette.datastructures import ImmutableMultiDict
from starlette.responses import Response

from conformance.reference import backchannel, frontchannel, hints
from conformance.reference.errors import LogoutError
from conformance.reference.interactions import ask
from conformance.reference.languages import TEXTS, chosen
from conformance.reference.rendering import render

if TYPE_CHECKING:
    from conformance.reference.clients import Client
    from conformance.reference.keys import Claims
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit

Parameters: TypeAlias = ImmutableMultiDict[str, str]


@dataclass(frozen=True)
class LogoutRequest:
    """A logout request that has been validated; ``target`` is where the browser goes when all is done.

    ``empty`` is one without any parameter: it is the user's own, and no relying party's.
    """

    client: Client | None
    hint: Claims | None
    target: str | None
    state: str | None
    ui_locales: str | None = None
    empty: bool = False


async def end_session_endpoint(visit: Visit) -> Response:
    """GET or POST (section 2): a question, a redirect, or a page that says how things stand."""
    behaviour = visit.tenant.behaviour.logout
    if visit.request.method not in behaviour.methods:
        raise LogoutError("This method is not supported.", status=405)
    parameters = await _parameters(visit)
    request = _read(visit.tenant, parameters)
    if visit.session is None:
        behaviour.without_session(visit.tenant, request)
        return _nobody(visit, request)
    if any(unasked(visit, request, visit.session) for unasked in behaviour.unasked):
        return await _end(visit, request, visit.session, asked=False)
    return await _ask(visit, request, visit.session)


async def _parameters(visit: Visit) -> Parameters:
    behaviour = visit.tenant.behaviour.logout
    if visit.request.method == "POST" and not behaviour.reads_body:
        return ImmutableMultiDict()
    parameters = await visit.parameters()
    if len(parameters) < len(parameters.multi_items()) and not behaviour.accepts_repeated:
        raise LogoutError("A parameter is repeated.")
    for check in behaviour.checks:
        check(parameters)
    return parameters


def _read(tenant: Tenant, parameters: Parameters) -> LogoutRequest:
    hint = _hint(tenant, parameters.get("id_token_hint"))
    client = _client(tenant, parameters, hint)
    target = _target(tenant, parameters, client, hint)
    state, locales = parameters.get("state"), parameters.get("ui_locales")
    return LogoutRequest(client, hint, target, state, locales, empty=not parameters)


def _hint(tenant: Tenant, token: str | None) -> Claims | None:
    if token is None:
        return None
    claims = tenant.behaviour.logout.read_hint(tenant, token)
    for check in tenant.behaviour.logout.hint_checks:
        check(claims)
    return claims


def _client(tenant: Tenant, parameters: Parameters, hint: Claims | None) -> Client | None:
    """The relying party that asks: named by the hint, by client_id, or by both alike."""
    client_id = parameters.get("client_id")
    audience = hints.audience(hint) if hint else []
    checked = tenant.behaviour.logout.client_id_checked
    if hint and client_id and client_id not in audience and checked:
        raise _error(tenant, "The id_token_hint was issued to another client.", parameters, audience)
    named = tenant.clients.get(client_id) if client_id else None
    client = named or next((found for found in map(tenant.clients.get, audience) if found), None)
    if client is None and (client_id or hint):
        raise LogoutError("The client is unknown.")
    return client


def _target(tenant: Tenant, parameters: Parameters, client: Client | None, hint: Claims | None) -> str | None:
    """The post_logout_redirect_uri, if it was sent with a hint and the client registered it (section 3)."""
    behaviour = tenant.behaviour.logout
    requested = parameters.getlist("post_logout_redirect_uri")
    elsewhere = behaviour.target_elsewhere(parameters)
    if elsewhere:
        return elsewhere
    if hint is None or client is None:
        return behaviour.target_without_hint(requested[-1] if requested else None)
    if not requested:
        return behaviour.target_unsent(client)
    allowed = behaviour.post_logout_uris(tenant, client)
    if not any(behaviour.matches(requested[0], uri) for uri in allowed):
        raise _error(
            tenant, "The post_logout_redirect_uri is not registered.", parameters, [client.client_id]
        )
    return requested[-1]


def _error(tenant: Tenant, description: str, parameters: Parameters, client_ids: list[str]) -> LogoutError:
    error = LogoutError(description)
    error.runs_to = tenant.behaviour.logout.on_error(tenant, parameters, client_ids)
    return error


def _nobody(visit: Visit, request: LogoutRequest) -> Response:
    # Section 4: a request about a session that is gone is no error.
    if not visit.tenant.behaviour.logout.idempotent:
        raise LogoutError("Nobody is logged in.")
    if request.target:
        return _redirect(visit, request, request.target)
    return _message(visit, "Not logged in", "Nobody is logged in here.")


async def _ask(visit: Visit, request: LogoutRequest, asked: Session) -> Response:
    async def resume(visit: Visit, form: Parameters) -> Response:
        if visit.session is None:
            return _nobody(visit, request)
        if visit.session.key != asked.key and visit.tenant.behaviour.logout.question_of_session:
            raise LogoutError("This question was about another session.")
        if form.get("logout") == "yes" or visit.tenant.behaviour.logout.no_ends_session:
            return await _end(visit, request, visit.session, asked=True)
        if visit.tenant.behaviour.logout.no_notifies:
            await backchannel.notify(visit.tenant, visit.session, request.client)
        return _message(visit, "Still logged in", "You are still logged in.")

    pages = visit.tenant.behaviour.pages
    language = chosen(request.ui_locales, pages.languages)
    context = {"decline_button": pages.decline_button, "language": language, "texts": TEXTS[language]}
    return await ask(visit, "confirm.html", context, resume)


async def _end(visit: Visit, request: LogoutRequest, session: Session, asked: bool) -> Response:
    """End the session, tell the relying parties, and only then let the browser go (section 3)."""
    ends = visit.tenant.behaviour.logout.ends_session(asked)
    if ends and visit.tenant.behaviour.logout.ends_on_server:
        visit.tenant.end(session)
    answers = await backchannel.notify(visit.tenant, session, request.client)
    if any(map(visit.tenant.behaviour.backchannel.keeps_session, answers)):
        visit.tenant.sessions.put(session)
        raise LogoutError("A relying party could not be logged out.", "server_error", 500)
    if ends:
        visit.log_out()
    await asyncio.sleep(visit.tenant.behaviour.logout.pause)
    after = visit.tenant.behaviour.logout.target_after(visit.tenant, request, session)
    return _farewell(visit, replace(request, target=after), session)


def _farewell(visit: Visit, request: LogoutRequest, session: Session) -> Response:
    target = _url(visit, request, request.target) if request.target else None
    uris = frontchannel.logout_uris(visit.tenant, session, request.client)
    if uris:
        return frontchannel.page(visit.tenant, uris, target)
    if request.target:
        return _redirect(visit, request, request.target)
    return _message(visit, "Logged out", "You are logged out.")


def _redirect(visit: Visit, request: LogoutRequest, target: str) -> Response:
    return visit.tenant.behaviour.logout.redirect(visit, _url(visit, request, target))


def _url(visit: Visit, request: LogoutRequest, target: str) -> str:
    return visit.tenant.behaviour.logout.redirect_url(target, request.state)


def _message(visit: Visit, heading: str, message: str) -> Response:
    return render(visit.tenant, "message.html", {"heading": heading, "message": message})
