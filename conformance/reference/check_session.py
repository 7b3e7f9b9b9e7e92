"""Session Management 1.0: session_state and the iframe that compares it."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from conformance.reference.rendering import render_framable
from conformance.reference.urls import origin
from conformance.reference.visit import STATE

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.visit import Visit


def session_state(client_id: str, redirect_uri: str, browser_state: str) -> str:
    """A salted hash over client, origin and the state in the browser (section 3.2), good for one response."""
    salt = secrets.token_hex(16)
    text = " ".join((client_id, origin(redirect_uri), browser_state, salt))
    return f"{hashlib.sha256(text.encode()).hexdigest()}.{salt}"


async def check_session_iframe(visit: Visit) -> Response:
    """GET: the page that relying parties frame (section 3.2)."""
    return render_framable(visit.tenant, "check_session.html", {"cookie": STATE})
