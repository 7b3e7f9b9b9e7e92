"""Session Management 1.0: session_state and the iframe that compares it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from conformance.reference.rendering import render, render_framable
from conformance.reference.urls import origin
from conformance.reference.visit import STATE

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.clients import Client
    from conformance.reference.visit import Visit


def session_state(visit: Visit, client: Client, redirect_uri: str, *, granted: bool) -> str:
    """A salted hash over client, origin and the state in the browser (section 3.2), good for one response."""
    status = visit.tenant.behaviour.session_status
    if granted and status.renewed:
        visit.renew_state()
    salt = status.salt(visit, granted)
    parts = {"client_id": client.client_id, "origin": origin(redirect_uri), "state": visit.browser_state}
    text = " ".join((*(parts[name] for name in status.parts), salt))
    return f"{hashlib.sha256(text.encode()).hexdigest()}.{salt}"


async def check_session_iframe(visit: Visit) -> Response:
    """GET: the page that relying parties frame (section 3.2)."""
    status = visit.tenant.behaviour.session_status
    show = render_framable if status.framable else render
    shown = {"cookie": STATE, "path": f"{visit.tenant.path}/", "status": status}
    return show(visit.tenant, "check_session.html", shown)
