"""Login sessions: one per browser and tenant."""

import secrets
import time
from dataclasses import dataclass, field

from conformance.reference.users import User


@dataclass
class Session:
    """An authenticated browser.

    ``key`` is the secret in the cookie, ``sid`` the name that relying parties learn, ``browser_state`` what
    the check_session_iframe compares.
    """

    key: str
    sid: str
    user: User
    auth_time: int
    browser_state: str
    client_ids: list[str] = field(default_factory=list)
    consents: set[str] = field(default_factory=set)

    def join(self, client_id: str) -> None:
        """Remember that this relying party got a code from the session."""
        if client_id not in self.client_ids:
            self.client_ids.append(client_id)

    def authenticated_again(self) -> None:
        """Same user, fresh credentials: the session goes on."""
        self.auth_time = int(time.time())


class Sessions:
    """All living sessions of a tenant, by cookie."""

    def __init__(self) -> None:
        self._by_key: dict[str, Session] = {}

    def open(self, user: User, sid: str) -> Session:
        """A new session of a user who has just proven who they are."""
        session = Session(secrets.token_urlsafe(32), sid, user, int(time.time()), secrets.token_urlsafe(16))
        self.put(session)
        return session

    def put(self, session: Session) -> None:
        """Make a session live (again)."""
        self._by_key[session.key] = session

    def get(self, key: str | None) -> Session | None:
        """The session of a cookie value, if it lives."""
        return self._by_key.get(key or "")

    def close(self, session: Session) -> None:
        """End a session; ending it twice is no error."""
        self._by_key.pop(session.key, None)

    def with_sid(self, sid: str | None) -> Session | None:
        """The living session that relying parties know by this name."""
        return next((session for session in self._by_key.values() if session.sid == sid), None)
