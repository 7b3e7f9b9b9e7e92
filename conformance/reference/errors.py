"""What goes wrong in a request, told to the browser (a page) or to a client (JSON)."""

import json
from dataclasses import dataclass

from starlette.responses import Response

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class PageError(Exception):
    """A request from a browser that ends on an error page and changes nothing."""

    def __init__(self, description: str, error: str = "invalid_request", status: int = 400) -> None:
        super().__init__(description)
        self.description = description
        self.error = error
        self.status = status


class LogoutError(PageError):
    """An error in a logout request (RP-Initiated Logout 1.0, section 4)."""

    # A post-logout URI to run to; only faulty tenants set it.
    runs_to: str | None = None


@dataclass
class ErrorAnswer:
    """What a client is told; faulty tenants change it. ``endpoint`` is the first part of its path."""

    endpoint: str
    status: int
    body: dict[str, object]
    headers: dict[str, str]

    def response(self) -> Response:
        """The answer on the wire."""
        return Response(json.dumps(self.body), self.status, self.headers)


class OAuthError(Exception):
    """An error answer to a client (RFC 6749, section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status

    def answer(self, endpoint: str) -> ErrorAnswer:
        """The JSON form; a refused client gets the challenge of RFC 6749 section 5.2 too."""
        headers = {**NO_STORE, "Content-Type": "application/json"}
        if self.status == 401:
            headers["WWW-Authenticate"] = self.challenge
        body = {"error": self.error, "error_description": self.description}
        return ErrorAnswer(endpoint, self.status, dict(body), headers)

    @property
    def challenge(self) -> str:
        """The scheme that would be accepted."""
        return 'Basic realm="clients"'


class InvalidClient(OAuthError):
    """Client authentication failed."""

    def __init__(self, description: str = "client authentication failed") -> None:
        super().__init__("invalid_client", description, 401)


class InvalidToken(OAuthError):
    """A bearer token that does not open the resource (RFC 6750, section 3.1)."""

    def __init__(self, description: str = "the access token is not valid") -> None:
        super().__init__("invalid_token", description, 401)

    @property
    def challenge(self) -> str:
        """RFC 6750 section 3."""
        return 'Bearer error="invalid_token"'
