"""The login, consent and logout application of a Hydra: pages that carry a user's answers to its admin API.

    python -m interop.hydra.pages ADMIN_URL PORT

A test application: two users with known passwords, and consent is given without asking.
"""

from __future__ import annotations

import html
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    Kind = Literal["login", "consent", "logout"]

USERS = {"alice": "alice-of-the-test-hydra", "bob": "bob-of-the-test-hydra"}
REMEMBERED_SECONDS = 3600
SECONDS = 30


@dataclass(frozen=True)
class Admin:
    """Hydra's admin API, as far as this application needs it."""

    http: httpx.AsyncClient

    async def request(self, kind: Kind, challenge: str) -> dict[str, Any]:
        """What Hydra wants to know."""
        return await self._call("GET", kind, "", challenge)

    async def accept(self, kind: Kind, challenge: str, body: dict[str, Any] | None = None) -> Response:
        """Say yes, and send the browser where Hydra wants it."""
        answer = await self._call("PUT", kind, "/accept", challenge, body or {})
        return RedirectResponse(answer["redirect_to"], 303)

    async def reject_logout(self, challenge: str) -> None:
        """Say no. Hydra leaves it to the application what comes next."""
        await self._call("PUT", "logout", "/reject", challenge, {})

    async def _call(
        self, method: str, kind: Kind, verb: str, challenge: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        path = f"/admin/oauth2/auth/requests/{kind}{verb}"
        answer = await self.http.request(method, path, params={f"{kind}_challenge": challenge}, json=body)
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}


def application(admin: Admin) -> Starlette:
    """The pages that Hydra's configuration names under `urls`."""

    async def login(request: Request) -> Response:
        challenge = request.query_params["login_challenge"]
        if request.method == "POST":
            return await _check(admin, challenge, dict(await request.form()))
        asked = await admin.request("login", challenge)
        # With a session there is nothing to ask; prompt=none depends on it.
        return await _log_in(admin, challenge, asked["subject"]) if asked["skip"] else _login_form()

    async def consent(request: Request) -> Response:
        challenge = request.query_params["consent_challenge"]
        return await _consent(admin, challenge, await admin.request("consent", challenge))

    async def logout(request: Request) -> Response:
        challenge = request.query_params["logout_challenge"]
        if request.method == "GET":
            await admin.request("logout", challenge)
            return _page("Log out?", LOGOUT)
        if (await request.form()).get("logout") == "yes":
            return await admin.accept("logout", challenge)
        await admin.reject_logout(challenge)
        return _page("Still logged in", "<p>You are still logged in.</p>")

    async def error(request: Request) -> Response:
        told = [request.query_params.get(name, "") for name in ("error", "error_description")]
        return _page("Error", f'<p role="alert">{html.escape(": ".join(filter(None, told)))}</p>', 400)

    async def logged_out(_request: Request) -> Response:
        return _page("Logged out", "<p>You are logged out.</p>")

    asking = [Route(f"/{page.__name__}", page, methods=["GET", "POST"]) for page in (login, consent, logout)]
    telling = [Route("/error", error), Route("/logged-out", logged_out)]
    return Starlette(routes=[*asking, *telling], exception_handlers={httpx.HTTPStatusError: _refused})


async def _check(admin: Admin, challenge: str, form: dict[str, Any]) -> Response:
    username = str(form.get("username"))
    if USERS.get(username) != form.get("password"):
        return _login_form("<p role='alert'>Wrong username or password.</p>")
    return await _log_in(admin, challenge, username)


async def _log_in(admin: Admin, challenge: str, subject: str) -> Response:
    # A login that is not remembered has no session, and its logout tells nobody.
    body = {"subject": subject, "remember": True, "remember_for": REMEMBERED_SECONDS}
    return await admin.accept("login", challenge, body)


async def _consent(admin: Admin, challenge: str, asked: dict[str, Any]) -> Response:
    body = {
        "grant_scope": asked["requested_scope"],
        "grant_access_token_audience": asked["requested_access_token_audience"],
        "remember": True,
        "remember_for": REMEMBERED_SECONDS,
    }
    return await admin.accept("consent", challenge, body)


async def _refused(_request: Request, problem: Exception) -> Response:
    """Hydra knows nothing of the challenge, or no longer."""
    assert isinstance(problem, httpx.HTTPStatusError)
    return _page("Error", f'<p role="alert">Hydra answered {problem.response.status_code}.</p>', 400)


LOGIN = """<form method="post">
<label>Username <input name="username" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button>
</form>"""
LOGOUT = """<p>Do you want to log out?</p>
<form method="post">
<button name="logout" value="yes">Yes, log out</button>
<button name="logout" value="no">No</button>
</form>"""


def _login_form(notice: str = "") -> Response:
    return _page("Log in", notice + LOGIN)


def _page(title: str, body: str, status: int = 200) -> Response:
    """The forms have no action: they come back to the address with the challenge."""
    text = f'<!doctype html><html lang="en"><title>{title}</title><main><h1>{title}</h1>{body}</main></html>'
    return HTMLResponse(text, status, {"Cache-Control": "no-store", "X-Frame-Options": "DENY"})


def at(admin_url: str) -> Starlette:
    """The application of the Hydra whose admin API is there."""
    return application(Admin(httpx.AsyncClient(base_url=admin_url, timeout=SECONDS)))


if __name__ == "__main__":
    uvicorn.run(at(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]))
