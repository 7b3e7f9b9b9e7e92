"""The floor: the 17 flows of the OpenID Foundation's provider logout modules, by Playwright and nothing else.

    python -m benchmarks.bare_flows                      starts oidc-provider, runs, prints JSON
    python -m benchmarks.bare_flows --issuer URL --tls FOLDER

One browser process, one context per flow, one flow after another. Each does what its module asks of the
provider and judges nothing; `outcome` says where the browser ended, as proof that the flow took place. The
pages are those of npm oidc-provider's development interactions.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from benchmarks.memory import resident
from benchmarks.tls import Certificate, issue_certificate

RP = "https://rp.test"
CALLBACK = f"{RP}/callback"
LOGGED_OUT = f"{RP}/logged-out"
SECONDS = 15
SAMPLE_SECONDS = 0.25
QUIET = ("background-networking", "component-update", "sync", "quic")
SWITCHES = (*(f"--disable-{name}" for name in QUIET), "--no-first-run")

# Asks the provider's iframe once and leaves the answer where the script can wait for it.
SESSION_PAGE = """<!doctype html><title>rp</title>
<iframe id=op src="{iframe}"></iframe>
<script>
addEventListener('message', event => {{ window.result = event.data }});
document.getElementById('op').addEventListener('load', event => {{
  event.target.contentWindow.postMessage({message}, {origin});
}});
</script>"""


class Receiver:
    """The relying party's host: answers 200 to everything and keeps the back-channel calls."""

    def __init__(self) -> None:
        self.called = asyncio.Event()
        self.session_page = ""
        self.port = 0

    @property
    def backchannel_logout_uri(self) -> str:
        return f"https://localhost:{self.port}/backchannel-logout"

    async def __call__(self, request: Request) -> Response:
        if request.url.path == "/backchannel-logout":
            await request.body()
            self.called.set()
        page = self.session_page if request.url.path == "/session" else "<!doctype html><title>rp</title>"
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})


@dataclass
class Client:
    """One dynamically registered client and the one session that it opens."""

    registration: dict[str, Any]
    id_token: str = ""
    session_state: str = ""


@dataclass(frozen=True)
class Bench:
    """What every flow needs."""

    http: httpx.AsyncClient
    browser: Browser
    receiver: Receiver
    metadata: dict[str, Any]


@dataclass
class Flow:
    """A flow under way: its client and the page of its own browser context."""

    bench: Bench
    client: Client
    context: BrowserContext
    page: Page

    async def login(self) -> None:
        await self.page.goto(self._authorization_url())
        await self.page.fill("input[name=login]", "alice")
        await self.page.fill("input[name=password]", "anything")
        await self.page.click("button[type=submit]")
        await self.page.locator("input[name=prompt][value=consent]").wait_for(state="attached")
        async with self.page.expect_navigation(url=f"{CALLBACK}*"):
            await self.page.click("button[type=submit]")
        answer = parse_qs(urlsplit(self.page.url).query)
        self.client.session_state = answer["session_state"][0]
        self.client.id_token = await self._redeem(answer["code"][0])

    async def logout(self, **parameters: str) -> None:
        endpoint = self.bench.metadata["end_session_endpoint"]
        await self.page.goto(f"{endpoint}?{urlencode(parameters)}")

    async def confirm(self, lands_on: str = f"{LOGGED_OUT}*") -> None:
        async with self.page.expect_navigation(url=lands_on):
            await self.page.click("button[name=logout]")

    async def prompt_none(self) -> str:
        await self.page.goto(self._authorization_url(prompt="none"))
        answer = parse_qs(urlsplit(self.page.url).query)
        return answer.get("error", ["a code"])[0]

    async def picture(self) -> str:
        """What the module would show to a human."""
        await self.page.screenshot()
        return await self.page.title()

    async def session_status(self) -> str:
        """Asks the check_session_iframe from the relying party's own page."""
        iframe = self.bench.metadata["check_session_iframe"]
        message = f"{self.client.registration['client_id']} {self.client.session_state}"
        self.bench.receiver.session_page = SESSION_PAGE.format(
            iframe=iframe,
            message=json.dumps(message),
            origin=json.dumps("{0.scheme}://{0.netloc}".format(urlsplit(iframe))),
        )
        await self.page.goto(f"{RP}/session")
        answer = await self.page.wait_for_function("window.result")
        return str(await answer.json_value())

    def _authorization_url(self, **more: str) -> str:
        parameters = {
            "client_id": self.client.registration["client_id"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid",
            "state": secrets.token_urlsafe(),
            "nonce": secrets.token_urlsafe(),
            **more,
        }
        return f"{self.bench.metadata['authorization_endpoint']}?{urlencode(parameters)}"

    async def _redeem(self, code: str) -> str:
        registration = self.client.registration
        answer = await self.bench.http.post(
            self.bench.metadata["token_endpoint"],
            data={"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK},
            auth=(registration["client_id"], registration["client_secret"]),
        )
        return str(answer.raise_for_status().json()["id_token"])


async def _redirected(flow: Flow, *, state: bool = True) -> str:
    """Logs out with everything, comes back, and asks again without a page."""
    sent = {"id_token_hint": flow.client.id_token, "post_logout_redirect_uri": LOGGED_OUT}
    if state:
        sent["state"] = secrets.token_hex(64)
    await flow.logout(**sent)
    await flow.confirm()
    return f"redirected, then {await flow.prompt_none()}"


async def _without_state(flow: Flow) -> str:
    return await _redirected(flow, state=False)


async def _notified(flow: Flow) -> str:
    flow.bench.receiver.called.clear()
    outcome = await _redirected(flow)
    try:
        await asyncio.wait_for(flow.bench.receiver.called.wait(), SECONDS)
    except TimeoutError:
        return f"{outcome}, not notified"
    return f"{outcome}, notified"


async def _watched(flow: Flow) -> str:
    before = await flow.session_status()
    await flow.logout(id_token_hint=flow.client.id_token, post_logout_redirect_uri=LOGGED_OUT)
    await flow.confirm()
    return f"{before}, then {await flow.session_status()}"


def _refused(**change: str | None) -> Callable[[Flow], Awaitable[str]]:
    """Logs out with one member changed (None: left out) and keeps a picture of what comes."""

    async def run(flow: Flow) -> str:
        hint = flow.client.id_token
        sent = {"id_token_hint": hint, "post_logout_redirect_uri": LOGGED_OUT, "state": secrets.token_hex(64)}
        changed = {**sent, **{name: _altered(value, hint) for name, value in change.items()}}
        await flow.logout(**{name: value for name, value in changed.items() if value is not None})
        return await flow.picture()

    return run


def _default_page(*names: str) -> Callable[[Flow], Awaitable[str]]:
    """Logs out with the named members alone and keeps a picture of the provider's own page."""

    async def run(flow: Flow) -> str:
        known = {"id_token_hint": flow.client.id_token, "state": secrets.token_hex(64)}
        await flow.logout(**{name: known[name] for name in names})
        await flow.confirm("**/session/end/success")
        return await flow.picture()

    return run


def _altered(value: str | None, hint: str) -> str | None:
    if value == "alg none":
        header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
        return f"{header}.{hint.split('.')[1]}."
    return hint[:-8] + "AAAAAAAA" if value == "bad signature" else value


FLOWS: dict[str, Callable[[Flow], Awaitable[str]] | str] = {
    # A word in place of a function: the metadata member that a discovery module looks for.
    "oidcc-rp-initiated-logout-discovery-endpoint-verification": "end_session_endpoint",
    "oidcc-rp-initiated-logout": _redirected,
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": _refused(
        post_logout_redirect_uri=f"{RP}/unregistered"
    ),
    "oidcc-rp-initiated-logout-modified-id-token-hint": _refused(id_token_hint="alg none"),  # noqa: S106
    "oidcc-rp-initiated-logout-no-id-token-hint": _refused(id_token_hint=None),
    "oidcc-rp-initiated-logout-no-params": _default_page(),
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri": _default_page("id_token_hint", "state"),
    "oidcc-rp-initiated-logout-no-state": _without_state,
    "oidcc-rp-initiated-logout-only-state": _default_page("state"),
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": _refused(
        post_logout_redirect_uri=f"{LOGGED_OUT}?foo=bar"
    ),
    "oidcc-rp-initiated-logout-bad-id-token-hint": _refused(id_token_hint="bad signature"),  # noqa: S106
    "oidcc-session-management-discovery-endpoint-verification": "check_session_iframe",
    "oidcc-session-management-rp-initiated-logout": _watched,
    "oidcc-frontchannel-logout-discovery-endpoint-verification": "frontchannel_logout_supported",
    "oidcc-frontchannel-rp-initiated-logout": _redirected,
    "oidcc-backchannel-logout-discovery-endpoint-verification": "backchannel_logout_supported",
    "oidcc-backchannel-rp-initiated-logout": _notified,
}


@dataclass
class Peak:
    """The most memory that this process and its children were seen to hold."""

    bytes: int = 0
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        while not self.stop.is_set():
            self.bytes = max(self.bytes, await asyncio.to_thread(resident, os.getpid()))
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), SAMPLE_SECONDS)


async def run_flows(issuer: str, certificate: Certificate, chromium: str | None) -> dict[str, Any]:
    """Runs them all; the total includes the start of the browser and of the receiver."""
    started = time.perf_counter()
    peak = Peak()
    watching = asyncio.create_task(peak.watch())
    async with AsyncExitStack() as stack:
        bench = await _prepare(stack, issuer, certificate, chromium)
        flows = [await _timed(bench, name, what) for name, what in FLOWS.items()]
    peak.stop.set()
    await watching
    return {
        "flows": flows,
        "total_seconds": round(time.perf_counter() - started, 3),
        "peak_bytes": peak.bytes,
    }


async def _prepare(
    stack: AsyncExitStack, issuer: str, certificate: Certificate, chromium: str | None
) -> Bench:
    receiver = await stack.enter_async_context(_receiver(certificate))
    playwright = await stack.enter_async_context(async_playwright())
    hosts = f"--host-resolver-rules=MAP *.test:443 127.0.0.1:{receiver.port}"
    browser = await playwright.chromium.launch(executable_path=chromium, args=[*SWITCHES, hosts])
    stack.push_async_callback(browser.close)
    http = await stack.enter_async_context(httpx.AsyncClient(headers={"Accept": "application/json"}))
    return Bench(http, browser, receiver, await _discover(http, issuer))


async def _timed(bench: Bench, name: str, what: Callable[[Flow], Awaitable[str]] | str) -> dict[str, Any]:
    started = time.perf_counter()
    if isinstance(what, str):
        metadata = await _discover(bench.http, bench.metadata["issuer"])
        outcome = f"{what}: {metadata.get(what)}"
    else:
        outcome = await _logged_in(bench, name, what)
    return {"module": name, "seconds": round(time.perf_counter() - started, 3), "outcome": outcome}


async def _logged_in(bench: Bench, name: str, run: Callable[[Flow], Awaitable[str]]) -> str:
    """Registers a client, logs in in a fresh context, does the flow, and removes the client."""
    registration = await _register(bench, name)
    context = await bench.browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(SECONDS * 1000)
    try:
        flow = Flow(bench, Client(registration), context, await context.new_page())
        await flow.login()
        return await run(flow)
    finally:
        await context.close()
        token = registration["registration_access_token"]
        await bench.http.delete(
            registration["registration_client_uri"], headers={"Authorization": f"Bearer {token}"}
        )


async def _register(bench: Bench, name: str) -> dict[str, Any]:
    body: dict[str, Any] = {"redirect_uris": [CALLBACK], "post_logout_redirect_uris": [LOGGED_OUT]}
    if "frontchannel" in name:
        body["frontchannel_logout_uri"] = f"{RP}/frontchannel-logout"
        body["frontchannel_logout_session_required"] = True
    if "backchannel" in name:
        body["backchannel_logout_uri"] = bench.receiver.backchannel_logout_uri
        body["backchannel_logout_session_required"] = True
    answer = await bench.http.post(bench.metadata["registration_endpoint"], json=body)
    registration: dict[str, Any] = answer.raise_for_status().json()
    return registration


async def _discover(http: httpx.AsyncClient, issuer: str) -> dict[str, Any]:
    answer = await http.get(f"{issuer}/.well-known/openid-configuration")
    metadata: dict[str, Any] = answer.raise_for_status().json()
    return metadata


@asynccontextmanager
async def _receiver(certificate: Certificate) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    config = uvicorn.Config(
        Starlette(routes=[Route("/{path:path}", receiver.__call__, methods=["GET", "POST"])]),
        host="127.0.0.1",
        port=0,
        ssl_certfile=certificate.chain,
        ssl_keyfile=certificate.key,
        log_level="error",
        lifespan="off",
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    receiver.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        await server.shutdown()


def find_chromium() -> str | None:
    """A Chromium on the PATH; None leaves it to Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def _certificate(folder: Path) -> Certificate:
    return Certificate(folder / "ca.pem", folder / "receiver.crt", folder / "receiver.key")


def _alone(chromium: str | None) -> dict[str, Any]:
    """Starts a provider of its own for the run."""
    from tests.real.oidc_provider import ProviderConfig, oidc_provider

    with tempfile.TemporaryDirectory() as folder:
        certificate = issue_certificate(Path(folder))
        with oidc_provider(ProviderConfig(extra_ca=certificate.ca)) as provider:
            return asyncio.run(run_flows(provider.issuer, certificate, chromium))


def main() -> None:
    parser = argparse.ArgumentParser(description="The 17 logout flows by Playwright alone; prints JSON.")
    parser.add_argument("--issuer", help="a running oidc-provider (default: one is started)")
    parser.add_argument("--tls", type=Path, help="folder with receiver.crt, receiver.key and ca.pem")
    parser.add_argument("--chromium", default=find_chromium(), help="the browser's program")
    given = parser.parse_args()
    if bool(given.issuer) != bool(given.tls):
        parser.error("--issuer and --tls go together: the provider has to trust that folder's CA")
    if given.issuer:
        result = asyncio.run(run_flows(given.issuer, _certificate(given.tls), given.chromium))
    else:
        result = _alone(given.chromium)
    json.dump(result, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
