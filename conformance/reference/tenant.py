"""One provider among many in the process: its own keys, clients, sessions and tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.reference.clients import Client, Clients
from conformance.reference.grants import Grants
from conformance.reference.interactions import Interactions
from conformance.reference.keys import KeySet
from conformance.reference.sessions import Session, Sessions
from conformance.reference.switches import behaviour_of

if TYPE_CHECKING:
    import httpx
    from starlette.responses import Response

    from conformance.reference.errors import OAuthError
    from conformance.reference.users import User


@dataclass(frozen=True)
class Surroundings:
    """What all tenants of a process share."""

    origin: str
    ui_origin: str
    http: httpx.AsyncClient
    background: Callable[[Coroutine[Any, Any, None]], None]
    clients: Sequence[Mapping[str, Any]] = ()
    initial_access_token: str | None = None
    id_token_lifetime: int = 600


class Tenant:
    """State of one tenant, made at its first request.

    Raises LookupError when the name is neither ``ok`` nor made of known switches.
    """

    def __init__(self, name: str, surroundings: Surroundings) -> None:
        self.name = name
        self.behaviour = behaviour_of(name)
        self.path = f"/t/{name}"
        self.issuer = surroundings.origin + self.path
        self.surroundings = surroundings
        self.secret = secrets.token_hex(16)
        tokens = self.behaviour.tokens
        self.keys = KeySet(tokens.algorithms, tokens.kid, tokens.retired)
        self.clients = Clients()
        self.sessions = Sessions()
        self.grants = Grants()
        self.interactions = Interactions()
        self.requests = 0
        # Who used which browser last; only a tenant that revives sessions looks at it.
        self.last_users: dict[str, User] = {}
        for metadata in surroundings.clients:
            self.clients.add(metadata, self.behaviour.tokens.default_alg)

    @property
    def http(self) -> httpx.AsyncClient:
        """For calls to relying parties."""
        return self.surroundings.http

    @property
    def ui_base(self) -> str:
        """Where login and confirmation pages are."""
        other = self.behaviour.pages.other_origin
        return (self.surroundings.ui_origin if other else self.surroundings.origin) + self.path

    def url(self, path: str) -> str:
        """An endpoint of this tenant."""
        return f"{self.issuer}/{path}"

    def offers(self, path: str) -> bool:
        """Whether this standard endpoint is here: a tenant that speaks a contract may have few of them."""
        standard = self.behaviour.spoken.standard
        return standard is None or path.partition("/")[0] in standard

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that nobody waits for, until the provider stops."""
        self.surroundings.background(work)

    def subject(self, client: Client, user: User) -> str:
        """The sub of a user at a client."""
        return self.behaviour.tokens.subject(self, client, user)

    def log_in(self, user: User) -> Session:
        """Open a session."""
        return self.sessions.open(user, self.behaviour.tokens.new_sid(user))

    def refusal(self, error: OAuthError, endpoint: str) -> Response:
        """The answer to a client whose request at an endpoint went wrong."""
        answer = error.answer(endpoint)
        for edit in self.behaviour.client_errors.edits:
            edit(answer)
        return answer.response()

    def end(self, session: Session) -> None:
        """End a session and what was issued in it, except for offline access."""
        self.sessions.close(session)
        self.grants.end_session(session.key, self.behaviour.tokens.revoked_at_logout)
