"""Auth0's own logout endpoint as its documentation has it, beside the standard one that it announces."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from starlette.responses import Response

from conformance.reference import backchannel
from conformance.reference.errors import LogoutError
from conformance.reference.redirects import redirect
from conformance.reference.rendering import render
from conformance.reference.switches import spoken_contract

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.clients import Client
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit

LOGOUT = "v2/logout"
CONFIG = """\
contracts:
  - file: auth0
    servers:
      tenant: {issuer}
"""
# One level of a host name, in which an asterisk may be one part of it.
_LABEL = r"[a-z0-9-]+"


def allowed_urls(_tenant: Tenant, client: Client | None) -> list[str]:
    """The Allowed Logout URLs of the application; without one those of the tenant, which has none."""
    return client.post_logout_redirect_uris if client else []


def matches(requested: str, listed: str) -> bool:
    """Query and fragment do not count, the path does to the letter; scheme and host have no case."""
    try:
        asked, allowed = urlsplit(requested), urlsplit(listed)
    except ValueError:  # no URL at all
        return False
    same = asked.scheme == allowed.scheme and asked.path == allowed.path
    return same and _same_host(asked.netloc.lower(), allowed.netloc.lower(), allowed.scheme)


def first_url(client: Client) -> str | None:
    """The first of the Allowed Logout URLs, where returnTo is not sent."""
    return next(iter(client.post_logout_redirect_uris), None)


def end_session(visit: Visit, _client_id: str, _federated: bool) -> None:
    """The session of the browser ends, for all applications."""
    if visit.session:
        visit.tenant.end(visit.session)
    visit.log_out()


@dataclass
class Knobs:
    """What the faults of this contract change."""

    urls: Callable[[Tenant, Client | None], list[str]] = allowed_urls
    matches: Callable[[str, str], bool] = matches
    follows_any: Callable[[Client | None], bool] = lambda _client: False
    unsent: Callable[[Client], str | None] = first_url
    end: Callable[[Visit, str, bool], None] = end_session
    leave: Callable[[Visit, str], Response] = lambda _visit, url: redirect(url)
    refusal: int = 400


@spoken_contract(
    "auth0",
    does="Auth0: /v2/logout, which ends the session and leads to an Allowed Logout URL.",
    config=CONFIG,
)
def auth0(behaviour: Behaviour) -> None:
    """Post-logout URIs are the Allowed Logout URLs of an application; end_session is Auth0's /oidc/logout."""
    behaviour.spoken.knobs = Knobs()
    behaviour.spoken.endpoints[LOGOUT] = logout


def knobs_of(behaviour: Behaviour) -> Knobs:
    """The knobs of a tenant that speaks this contract."""
    return cast("Knobs", behaviour.spoken.knobs)


async def logout(visit: Visit) -> Response:
    """GET: the session ends and the browser goes on. Raises PageError, and nothing has changed."""
    if visit.request.method != "GET":
        return Response(status_code=405, headers={"Allow": "GET"})
    knobs, parameters = knobs_of(visit.tenant.behaviour), visit.request.query_params
    client = _client(visit.tenant, parameters.get("client_id"))
    target = _target(visit.tenant, client, parameters.get("returnTo"))
    await _end(visit, client, "federated" in parameters)
    if target:
        return knobs.leave(visit, target)
    return goodbye(visit)


def goodbye(visit: Visit) -> Response:
    """The page at which the user stays."""
    return render(visit.tenant, "message.html", {"heading": "Logged out", "message": "OK"})


def _client(tenant: Tenant, client_id: str | None) -> Client | None:
    client = tenant.clients.get(client_id)
    if client is None and client_id is not None:
        raise LogoutError("The application is unknown.")
    return client


def _target(tenant: Tenant, client: Client | None, requested: str | None) -> str | None:
    knobs = knobs_of(tenant.behaviour)
    if requested is None:
        return knobs.unsent(client) if client else None
    listed = any(knobs.matches(requested, url) for url in knobs.urls(tenant, client))
    if not listed and not knobs.follows_any(client):
        raise LogoutError("returnTo is none of the Allowed Logout URLs.", status=knobs.refusal)
    return requested


async def _end(visit: Visit, client: Client | None, federated: bool) -> None:
    session = visit.session
    knobs_of(visit.tenant.behaviour).end(visit, client.client_id if client else "", federated)
    if session:
        await backchannel.notify(visit.tenant, session, client)


def _same_host(asked: str, allowed: str, scheme: str) -> bool:
    """Compare host and port; an asterisk stands for a part of the outermost subdomain."""
    outermost, _, domain = allowed.partition(".")
    placeholder = outermost.count("*") == 1 and "." in domain and scheme in ("http", "https")
    if not placeholder or "*" in domain:
        return asked == allowed
    before, _, after = outermost.partition("*")
    pattern = f"{re.escape(before)}{_LABEL}{re.escape(after)}\\.{re.escape(domain)}"
    return re.fullmatch(pattern, asked) is not None
