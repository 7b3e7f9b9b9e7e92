"""Logouts that no relying party asks for: the user's account page, and an administrator's request."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.responses import Response

from conformance.reference import backchannel, frontchannel
from conformance.reference.errors import NO_STORE, OAuthError
from conformance.reference.interactions import ask
from conformance.reference.rendering import render

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict
    from starlette.requests import Request

    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit

ADMINISTRATOR = "reference-administrator"  # the token of every tenant's; it opens nothing but a test system


async def account_page(visit: Visit) -> Response:
    """GET: who is logged in, with a button that ends the session."""
    if visit.session is None:
        return _nobody(visit)

    async def resume(visit: Visit, _form: ImmutableMultiDict[str, str]) -> Response:
        return await _log_out(visit, visit.session) if visit.session else _nobody(visit)

    return await ask(visit, "account.html", {"username": visit.session.user.username}, resume)


async def end_session_by_administrator(tenant: Tenant, request: Request) -> Response:
    """DELETE of a session by its sid; the browser hears of it when it comes next."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(value.encode(), ADMINISTRATOR.encode()):
        raise OAuthError("invalid_token", "This needs the administrator's token.", 401)
    session = tenant.sessions.with_sid(request.path_params["sid"])
    if session is None:
        raise OAuthError("not_found", "There is no such session.", 404)
    await _end(tenant, session)
    return Response(status_code=204, headers=NO_STORE)


async def _log_out(visit: Visit, session: Session) -> Response:
    """End the session and tell the relying parties; the browser stays here."""
    tenant = visit.tenant
    await _end(tenant, session)
    visit.log_out()
    uris = frontchannel.logout_uris(tenant, session, None) if tenant.behaviour.account.notifies else []
    target = tenant.behaviour.account.target(tenant, session)
    if uris:
        return frontchannel.page(tenant, uris, target)
    return tenant.behaviour.logout.redirect(visit, target) if target else _nobody(visit)


async def _end(tenant: Tenant, session: Session) -> None:
    tenant.end(session)
    if tenant.behaviour.account.notifies:
        await backchannel.notify(tenant, session, None)


def _nobody(visit: Visit) -> Response:
    return render(
        visit.tenant, "message.html", {"heading": "Not logged in", "message": "Nobody is logged in here."}
    )
