"""A browser and a relying party in plain HTTP, for the reference provider's own tests."""

import asyncio
import contextlib
import html
import re
import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conformance.reference import ReferenceProvider

METADATA = {
    "redirect_uris": ["https://rp.test/cb"],
    "post_logout_redirect_uris": ["https://rp.test/out", "https://rp.test/out?x=1"],
}


def trusting(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ca.configure_trust(context)
    return context


@dataclass
class Browser:
    """One cookie jar at one tenant."""

    issuer: str
    http: httpx.AsyncClient
    page: httpx.Response | None = None

    async def register(self, **members: object) -> dict:
        response = await self.http.post(f"{self.issuer}/register", json={**METADATA, **members})
        assert response.status_code == 201, response.text
        return response.json()

    async def authorize(self, client: dict, **parameters: str) -> httpx.Response:
        asked = {
            "client_id": client["client_id"],
            "redirect_uri": client["redirect_uris"][0],
            "response_type": "code",
            "scope": "openid",
        }
        return await self.get("authorize", **{**asked, **parameters})

    async def get(self, path: str, **parameters: str) -> httpx.Response:
        return await self._follow(await self.http.get(f"{self.issuer}/{path}", params=parameters))

    async def post(self, path: str, **parameters: str) -> httpx.Response:
        return await self._follow(await self.http.post(f"{self.issuer}/{path}", data=parameters))

    async def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Send the form of a page, with its anti-forgery value (if it has one) unless another is given."""
        hidden = dict(re.findall(r'name="(csrf)" value="([^"]*)"', page.text))
        return await self._follow(await self.http.post(action(page), data={**hidden, **fields}))

    async def log_in(self, client: dict, username: str = "alice", **parameters: str) -> dict:
        """Log in as far as needed and fetch tokens."""
        response = await self.authorize(client, **parameters)
        if 'name="username"' in response.text:
            password = {"alice": "wonderland", "bob": "builder"}[username]
            response = await self.submit(response, username=username, password=password)
        if 'name="consent"' in response.text:
            response = await self.submit(response, consent="yes")
        return await self.tokens(client, location(response)["code"])

    async def tokens(self, client: dict, code: str) -> dict:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": client["redirect_uris"][0]}
        response = await self.http.post(f"{self.issuer}/token", data=form, auth=credentials(client))
        assert response.status_code == 200, response.text
        return response.json()

    async def refresh(self, client: dict, tokens: dict) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        return await self.http.post(f"{self.issuer}/token", data=form, auth=credentials(client))

    async def log_out(self, tokens: dict, answer: str = "yes", **parameters: str) -> httpx.Response:
        page = await self.get("end_session", id_token_hint=tokens["id_token"], **parameters)
        return await self.submit(page, logout=answer) if 'name="logout"' in page.text else page

    async def alive(self, client: dict) -> bool:
        """Whether prompt=none gives a code."""
        return "code" in location(await self.authorize(client, prompt="none"))

    async def _follow(self, response: httpx.Response) -> httpx.Response:
        """Follow redirects within the provider, as far as its own pages."""
        while response.has_redirect_location and urlsplit(response.headers["location"]).port:
            response = await self.http.get(response.headers["location"])
        return response


@dataclass
class Receiver:
    """The back-channel of a relying party on a port of its own."""

    ca: trustme.CA
    statuses: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    held: asyncio.Event | None = None  # answers wait for it
    address: str = ""

    async def receive(self, request: Request) -> Response:
        self.tokens.append(str((await request.form()).get("logout_token")))
        self.arrived.set()
        if self.held:
            await self.held.wait()
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    def claims(self) -> list[dict]:
        return [jwt.decode(token, options={"verify_signature": False}) for token in self.tokens]

    def reset(self, *statuses: int) -> None:
        """Forget what came, and answer with these statuses from now on, then with 200."""
        self.statuses = list(statuses)
        self.tokens = []
        self.arrived = asyncio.Event()
        self.held = None

    @contextlib.asynccontextmanager
    async def running(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert("rp.test", "other.test").configure_cert(context)
        app = Starlette(routes=[Route("/{path:path}", self.receive, methods=["POST"])])
        config = uvicorn.Config(app, lifespan="off", log_config=None)
        config.load()
        config.ssl = context
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.address = f"127.0.0.1:{listener.getsockname()[1]}"
            server = uvicorn.Server(config)
            task = asyncio.create_task(server._serve([listener]))
            try:
                yield self
            finally:
                server.should_exit = True
                await task


@dataclass
class Stage:
    """A running provider and relying party, and the loop they run in."""

    runner: asyncio.Runner
    provider: ReferenceProvider
    receiver: Receiver

    def at(self, *switches: str, number: int = 1):
        """Decorates a scenario, and runs it at once."""

        def run(scenario):
            return self.runner.run(self._play(scenario, switches, number))

        return run

    async def _play(self, scenario, switches, number):
        async with browsers(self.provider, *switches, number=number) as found:
            return await scenario(*found)


@contextlib.asynccontextmanager
async def browsers(provider: ReferenceProvider, *switches: str, number: int = 1):
    """Browsers with nothing in common at one tenant."""
    async with contextlib.AsyncExitStack() as stack:
        trust = trusting(provider.ca)
        yield [
            Browser(
                provider.issuer(*switches),
                await stack.enter_async_context(httpx.AsyncClient(verify=trust)),
            )
            for _ in range(number)
        ]


def action(page: httpx.Response) -> str:
    (found,) = re.findall(r'action="([^"]+)"', page.text)
    return html.unescape(found)


def location(response: httpx.Response) -> dict[str, str]:
    """Parameters of a redirect to the relying party."""
    query = parse_qs(urlsplit(response.headers["location"]).query)
    return {name: value for name, (value,) in query.items()}


def credentials(client: dict) -> tuple[str, str]:
    return client["client_id"], client["client_secret"]
