"""A logout that ends a session for some applications: what faults make of the end of single sign-on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.clients import Client
    from conformance.reference.sessions import Session
    from conformance.reference.visit import Visit


def end_partly(behaviour: Behaviour, ends: Callable[[str, str], bool]) -> Callable[[Visit, str], None]:
    """Return what to call at a logout, with the application that asked, instead of ending the session.

    ``ends`` is told the application that asked and the one in question, which has to log in again if so.
    """
    asked: set[tuple[str, str]] = set()

    def end(visit: Visit, asking: str) -> None:
        if visit.session:
            asked.add((visit.session.key, asking))

    def asks_again(client: Client, session: Session) -> bool:
        return any(key == session.key and ends(asking, client.client_id) for key, asking in asked)

    behaviour.authorization.asks_again = asks_again
    return end


def for_the_others(asking: str, client: str) -> bool:
    """The application that asked is the one whose users stay logged in."""
    return asking != client


def for_the_asker(asking: str, client: str) -> bool:
    """The application that asked is the only one whose users are logged out."""
    return asking == client
