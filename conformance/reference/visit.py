"""One request of a browser at one tenant: its cookies, its session, its parameters."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Literal, cast

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant

SESSION = "op_session"
BROWSER = "op_browser"
STATE = "op_state"

SameSite = Literal["lax", "strict", "none"]


class Visit:
    """A request, and the cookies its answer will set."""

    def __init__(self, tenant: Tenant, request: Request) -> None:
        self.tenant = tenant
        self.request = request
        self.known_browser = request.cookies.get(BROWSER)
        # Names the browser before anybody has logged in; forms are bound to it.
        self.browser = self.known_browser or secrets.token_urlsafe(24)
        self.session = tenant.sessions.get(request.cookies.get(SESSION))
        self.browser_state = request.cookies.get(STATE, "")
        self._changed: dict[str, str | None] = {}

    @property
    def on_issuer_origin(self) -> bool:
        """Whether this is the host that holds the session cookie."""
        return self._origin == self.tenant.surroundings.origin

    @property
    def on_ui_origin(self) -> bool:
        """Whether pages may be shown here."""
        return self.tenant.ui_base.startswith(f"{self._origin}/")

    @property
    def lacks_cookies_of_its_own_site(self) -> bool:
        """Whether SameSite has kept the cookies back, since another site sent the browser here."""
        held_back = self.tenant.behaviour.pages.same_site != "none"
        cross_site = self.request.headers.get("sec-fetch-site") == "cross-site"
        top_level = self.request.headers.get("sec-fetch-dest") == "document"
        return held_back and cross_site and top_level and self.known_browser is None

    async def form(self) -> ImmutableMultiDict[str, str]:
        """Fields of a form-encoded body; files and empty values do not count."""
        return _texts(await self.request.form())

    async def parameters(self) -> ImmutableMultiDict[str, str]:
        """Query of a GET, body of a POST (OpenID Connect Core, section 13)."""
        if self.request.method == "POST":
            return await self.form()
        return _texts(self.request.query_params)

    def log_in(self, session: Session) -> None:
        """Give the browser a session."""
        self.session = session
        self._changed[SESSION] = session.key
        self.browser_state = self.tenant.behaviour.session_status.browser_state(self, session)
        self._changed[STATE] = self.browser_state

    def renew_state(self) -> None:
        """Give the browser another state, by which earlier values of session_state no longer match."""
        self._changed[STATE] = self.browser_state = secrets.token_urlsafe(16)

    def log_out(self) -> None:
        """Take the session cookies back."""
        self.session = None
        self._changed[SESSION] = None
        if self.tenant.behaviour.session_status.ends_with_session:
            self._changed[STATE] = None
            self.browser_state = ""

    def by_server(self) -> None:
        """Take the request for one that no browser sent: its answer names none."""
        self.known_browser = self.browser

    def finish(self, response: Response) -> Response:
        """Put the cookies on the answer."""
        if self.known_browser is None:
            self._changed[BROWSER] = self.browser
        for name, value in self._changed.items():
            self._set_cookie(response, name, value)
        return response

    def _set_cookie(self, response: Response, name: str, value: str | None) -> None:
        # The state cookie is read in the relying party's page, by script: neither Lax nor HttpOnly will do.
        pages = self.tenant.behaviour.pages
        same_site = "none" if name == STATE else pages.same_site
        stated = name == STATE or pages.cookies_have_same_site
        response.set_cookie(
            name,
            value or "",
            max_age=0 if value is None else None,
            path=f"{self.tenant.path}/",
            secure=name == STATE or pages.cookies_secure,
            httponly=name != STATE,
            samesite=cast("SameSite", same_site) if stated else None,
        )

    @property
    def _origin(self) -> str:
        return f"{self.request.url.scheme}://{self.request.url.netloc}"


def _texts(
    values: ImmutableMultiDict[str, object] | ImmutableMultiDict[str, str],
) -> ImmutableMultiDict[str, str]:
    pairs = cast("list[tuple[str, object]]", values.multi_items())
    return ImmutableMultiDict([(name, value) for name, value in pairs if isinstance(value, str) and value])
