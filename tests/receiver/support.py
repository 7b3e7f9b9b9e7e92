"""What the tests of the receiver share: a loop per test, a receiver, raw sockets, a browser."""

import asyncio
import functools
import shutil
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page, async_playwright

from conformance.receiver import Receiver, RelyingPartySite

KEY = "case.rp1"
PATIENCE = 5.0


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Runs an async test in a loop of its own."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        async def in_time() -> None:
            async with asyncio.timeout(20):
                await test(*args, **kwargs)

        asyncio.run(in_time())

    return run


def receiver(**options: Any) -> Receiver:
    return Receiver(clock=time.monotonic, **options)


def open_site(listening: Receiver, key: str = KEY, host: str = "rp1.test") -> RelyingPartySite:
    site = RelyingPartySite(
        key=key,
        redirect_uris=[f"https://{host}/callback"],
        post_logout_redirect_uris=[f"https://{host}/signed-out"],
        frontchannel_logout_uri=f"https://{host}/frontchannel-logout",
        backchannel_logout_uri=listening.backchannel_uri(key),
    )
    listening.open(site)
    return site


def trusting(listening: Receiver) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=listening.ca_pem.decode())


@asynccontextmanager
async def client(listening: Receiver) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=trusting(listening), timeout=PATIENCE) as http:
        yield http


async def ask(listening: Receiver, url: str, method: str = "GET", **options: Any) -> httpx.Response:
    """Asks for a URL on a virtual host, as a browser with resolver rules does."""
    asked = httpx.URL(url)
    port = listening.plain_port if asked.scheme == "http" else listening.port
    headers = {"Host": asked.netloc.decode(), **options.pop("headers", {})}
    async with client(listening) as http:
        return await http.request(
            method,
            asked.copy_with(host="127.0.0.1", port=port),
            headers=headers,
            extensions={"sni_hostname": asked.host},
            **options,
        )


async def talk(listening: Receiver, *pieces: bytes) -> bytes:
    """Sends raw bytes piece by piece over plain TCP, and reads until the receiver closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", listening.plain_port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def chromium() -> Path:
    """A Chromium on this machine: the system's, or Playwright's own."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return Path(found)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


@asynccontextmanager
async def browser_page(arguments: list[str]) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            args=arguments,
            chromium_sandbox=False,
        )
        context = await browser.new_context(ignore_https_errors=True)
        try:
            yield await context.new_page()
        finally:
            await browser.close()
