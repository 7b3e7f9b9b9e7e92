"""Front-Channel Logout 1.0: the page that frames the relying parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.rendering import render
from conformance.reference.urls import origin

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.clients import Client
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant

# Milliseconds after which the browser leaves, whether or not every frame has loaded.
DEADLINE = 4000


def logout_uris(tenant: Tenant, session: Session, initiator: Client | None) -> list[str]:
    """The URIs to frame, with iss and sid (section 2)."""
    behaviour = tenant.behaviour.frontchannel
    parameters = _parameters(tenant, session)
    return [
        behaviour.url(client.frontchannel_logout_uri, parameters)
        for client in behaviour.recipients(tenant, session, initiator)
        if client.frontchannel_logout_uri
    ]


def page(tenant: Tenant, uris: list[str], target: str | None) -> Response:
    """All frames on one page, which moves on to the target when they have loaded (section 3)."""
    behaviour = tenant.behaviour.frontchannel
    origins = " ".join(sorted({origin(uri) for uri in uris})) if behaviour.allowed_by_policy else "'none'"
    context = {"uris": uris, "target": target, "deadline": DEADLINE}
    return render(tenant, behaviour.template, context, policy=f"; frame-src {origins}; img-src {origins}")


def _parameters(tenant: Tenant, session: Session) -> dict[str, str]:
    # Either both or neither.
    parameters = {"iss": tenant.issuer, "sid": session.sid} if tenant.behaviour.tokens.sid else {}
    for edit in tenant.behaviour.frontchannel.parameter_edits:
        edit(parameters)
    return parameters
