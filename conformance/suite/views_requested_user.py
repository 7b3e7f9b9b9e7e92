"""Views of authorization requests that name the user by a hint."""

from dataclasses import dataclass

from conformance.evidence.events import Login
from conformance.evidence.store import Evidence
from conformance.suite.finding import Undecided
from conformance.suite.registry import view
from conformance.suite.views import one


@dataclass(frozen=True)
class RequestedUser:
    """How prompt=none ended: with nobody named, and with the first user's ID Token as hint."""

    first: Login
    first_hinted: Login
    second: Login
    second_hinted: Login


@view("requested_user")
def requested_user(evidence: Evidence) -> RequestedUser:
    """Silent requests while one user is logged in, and while another is."""
    labels = ("first user", "first user, own hint", "second user", "second user, hint of the first")
    return RequestedUser(*(_silent(evidence, label) for label in labels))


def _silent(evidence: Evidence, label: str) -> Login:
    found = [login for login in one(evidence, "requested_user", label).logins if login.login == "silent"]
    if not found:
        raise Undecided(f"requested_user has no silent request in {label!r}")
    return found[-1]
