"""Faults of logouts that no relying party asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.behaviour import logged_in
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant


@fault(
    "own-logout-silent",
    "OBS-10-01",
    "OBS-10-02",
    does="No relying party is told of a logout that none of them asked for.",
)
def own_logout_silent(behaviour: Behaviour) -> None:
    behaviour.account.notifies = False


@fault(
    "own-logout-redirects",
    "RPI-3-01",
    does="A logout on the account page sends the browser to a post-logout URI of a relying party.",
)
def own_logout_redirects(behaviour: Behaviour) -> None:
    def first_of_all(tenant: Tenant, session: Session) -> str | None:
        uris = [
            uri for client in logged_in(tenant, session, None) for uri in client.post_logout_redirect_uris
        ]
        return next(iter(uris), None)

    behaviour.account.target = first_of_all
