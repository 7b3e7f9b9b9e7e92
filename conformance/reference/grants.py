"""Codes, access tokens and refresh tokens."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.reference.users import User

CODE_LIFETIME = 60
ACCESS_TOKEN_LIFETIME = 600


@dataclass
class Grant:
    """What a user gave a client at one authorization.

    ``session_key`` ties it to a session; ``offline`` lets it outlive that session.
    """

    client_id: str
    user: User
    scope: tuple[str, ...]
    session_key: str
    sid: str
    auth_time: int
    nonce: str | None
    redirect_uri: str
    challenge: str | None
    offline: bool = False
    expires: float = field(default_factory=lambda: time.time() + CODE_LIFETIME)
    used: bool = False


def ends_with_session(grant: Grant, kind: str) -> bool:
    """Whether a logout ends this kind of token: all but refresh tokens for offline access."""
    return kind == "access_token" or not grant.offline


@dataclass(frozen=True)
class Token:
    """An access or refresh token in force."""

    value: str
    kind: str
    grant: Grant
    expires: float | None


class Grants:
    """Codes and tokens of a tenant; a token that is not here is worth nothing."""

    def __init__(self) -> None:
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Token] = {}

    def code(self, grant: Grant) -> str:
        """A new authorization code."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = grant
        return code

    def by_code(self, code: str | None) -> Grant | None:
        """The grant behind a code, used or not."""
        return self._codes.get(code or "")

    def access_token(self, grant: Grant) -> Token:
        """A new access token."""
        return self._issue("access_token", grant, time.time() + ACCESS_TOKEN_LIFETIME)

    def refresh_token(self, grant: Grant) -> Token:
        """A new refresh token; it lives until revoked."""
        return self._issue("refresh_token", grant, None)

    def find(self, value: str | None) -> Token | None:
        """A token in force."""
        token = self._tokens.get(value or "")
        if token and token.expires is not None and token.expires < time.time():
            return None
        return token

    def revoke(self, token: Token) -> None:
        """End a token; with a refresh token go the access tokens of its grant (RFC 7009, section 2.1)."""
        self.revoke_alone(token)
        if token.kind == "refresh_token":
            self.revoke_grant(token.grant)

    def revoke_alone(self, token: Token) -> None:
        """End a token and no other."""
        self._tokens.pop(token.value, None)

    def revoke_grant(self, grant: Grant) -> None:
        """End every token of a grant."""
        self._drop(lambda token: token.grant is grant)

    def end_session(self, session_key: str, revoked: Callable[[Grant, str], bool]) -> None:
        """At logout the codes of a session go, and those of its tokens that ``revoked`` picks."""
        self._drop(lambda token: token.grant.session_key == session_key and revoked(token.grant, token.kind))
        self._codes = {code: grant for code, grant in self._codes.items() if grant.session_key != session_key}

    def forget_client(self, client_id: str) -> None:
        """A deleted client keeps nothing."""
        self._drop(lambda token: token.grant.client_id == client_id)

    def _issue(self, kind: str, grant: Grant, expires: float | None) -> Token:
        token = Token(secrets.token_urlsafe(32), kind, grant, expires)
        self._tokens[token.value] = token
        return token

    def _drop(self, matches: Callable[[Token], bool]) -> None:
        self._tokens = {value: token for value, token in self._tokens.items() if not matches(token)}
