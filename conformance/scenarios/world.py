"""What the scenarios of one run share: provider, receiver, browser, clock, leases."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

import httpx

from conformance.config.model import ProviderConfig, User
from conformance.evidence.recorder import Recorder, RunClock
from conformance.evidence.redaction import Redactor
from conformance.provider.cookies import browser_jar, is_loopback
from conformance.provider.provider import Provider
from conformance.provider.relying_party import RelyingParty
from conformance.provider.tokens import decode
from conformance.provider.wire import Pace, tls_context
from conformance.receiver import Receiver, RelyingPartySite, Seen
from conformance.scenarios.pool import StaticPool

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright


CookiePolicy = Literal["blocked", "allowed"]


class SharedTransport(httpx.AsyncHTTPTransport):
    """One pool of connections for all user agents; closed by the run, not by a client."""

    async def aclose(self) -> None:
        """Stay open."""

    async def really_close(self) -> None:
        await super().aclose()


@dataclass
class Site:
    """Whose arrivals they are: a relying party of a scenario, in one of its cases."""

    recorder: Recorder
    role: str
    case: str = ""


@dataclass
class Inbox:
    """Arrivals that are not in a scenario's log yet."""

    arrivals: list[tuple[Seen, str, str]] = field(default_factory=list)


class World:
    """Opened once for a run."""

    def __init__(self, config: ProviderConfig, folder: Path) -> None:
        self.config, self.folder = config, folder
        self.clock = RunClock()
        self.redactor = Redactor(keep_pii=config.keep_pii)
        for secret in config.secrets:
            self.redactor.secret(secret.reveal(), "secret")
        self.provider = Provider(config)
        self.pace = Pace(config.requests_per_second)
        self.pool = StaticPool(config.clients)
        self.users: asyncio.Queue[User] = asyncio.Queue()
        self.leasing_users = asyncio.Lock()
        self.users_are_shared = False
        self.needed_browser = 0  # scenarios that plain HTTP could not carry out
        self.unattributed: list[Seen] = []
        self.left_over: list[str] = []
        self.registered: list[RelyingParty] = []
        self.inboxes: dict[Recorder, Inbox] = {}
        self.browser_switches: list[str] = []
        self.browser_version = ""
        self._sites: dict[str, Site] = {}
        self._sids: dict[str, Site] = {}
        self._stack = AsyncExitStack()
        self._starting: dict[CookiePolicy, asyncio.Task[Browser]] = {}
        self._driver: asyncio.Task[Playwright] | None = None

    async def __aenter__(self) -> Self:
        setup = self.config.receiver
        receiver = Receiver(
            host=setup.host, port=setup.port, public_url=setup.public_url, certificate=setup.certificate,
            private_key=setup.private_key, clock=self.clock, on_arrival=self._arrived,
        )  # fmt: skip
        self.receiver = await self._stack.enter_async_context(receiver)
        self.transport = SharedTransport(
            verify=tls_context(self.config),
            # Many servers close what was idle for 5 s; a request on such a connection would be lost.
            limits=httpx.Limits(max_connections=40, max_keepalive_connections=20, keepalive_expiry=2.0),
        )
        self._stack.push_async_callback(self.transport.really_close)
        for user in self.config.users:
            self.users.put_nowait(user)
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._stack.aclose()

    def http(self) -> httpx.AsyncClient:
        """Return a client with a cookie jar of its own."""
        return httpx.AsyncClient(
            transport=self.transport, cookies=browser_jar(), timeout=self.config.timeout, follow_redirects=False,
            headers={"User-Agent": "logout-conformance"},
        )  # fmt: skip

    def start_browser(self, cookies: CookiePolicy | None = None) -> None:
        """Start it in the background; what goes wrong is told to the first who asks for it."""
        policy = cookies or self.config.browser.third_party_cookies
        if policy not in self._starting:
            self._starting[policy] = asyncio.create_task(self._launch(policy))
            self._stack.push_async_callback(_ended, self._starting[policy])

    async def browser(self, cookies: CookiePolicy | None = None) -> "Browser":
        """Return the one browser process of a policy for third-party cookies, started when first needed."""
        policy = cookies or self.config.browser.third_party_cookies
        self.start_browser(policy)
        return await asyncio.shield(self._starting[policy])

    async def _launch(self, policy: CookiePolicy) -> "Browser":
        from conformance.provider import chromium

        found = await asyncio.to_thread(chromium.find, self.config.browser.executable)
        mapped = self.receiver.chromium_arguments(self._virtual_urls(), keep=self._provider_urls())
        options = chromium.launch_options(found, [*mapped, *self.config.browser.arguments])
        if self._driver is None:
            self._driver = asyncio.create_task(self._start_driver())
            self._stack.push_async_callback(_ended, self._driver)
        playwright = await asyncio.shield(self._driver)
        if policy == "allowed":
            profile = self._stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
            browser = await chromium.launch_with_third_party_cookies(playwright, Path(profile), options)
        else:
            browser = await playwright.chromium.launch(**options)
        self._stack.push_async_callback(_quietly, browser.close)
        self.browser_switches, self.browser_version = list(options.get("args", [])), found.version
        return browser

    async def _start_driver(self) -> "Playwright":
        from playwright.async_api import async_playwright

        return await self._stack.enter_async_context(async_playwright())

    def _virtual_urls(self) -> Iterable[str]:
        for client in self.config.clients:
            yield from client.redirect_uris
            yield from client.post_logout_redirect_uris
            yield from filter(None, [client.frontchannel_logout_uri])
        if self.config.registration:
            yield self.config.registration.hosts

    def _provider_urls(self) -> Iterable[str]:
        yield self.config.issuer
        yield from (v for v in self.provider.metadata.values() if isinstance(v, str) and v.startswith("http"))

    # Whose addresses are whose

    def is_rp(self, url: str) -> bool:
        """Tell whether an address belongs to a relying party of the run (or is of a custom scheme)."""
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https"):
            return parts.scheme.lower() not in ("about", "data", "blob", "javascript", "chrome-error")
        origins = {urlsplit(u).netloc.lower() for u in self._provider_urls()}
        if parts.netloc.lower() in origins:
            return False
        return self._is_virtual(parts.hostname or "", parts.netloc.lower())

    def _is_virtual(self, host: str, netloc: str) -> bool:
        for url in self._virtual_urls():
            if "//" not in url:  # a pattern such as *.test
                if host.endswith(url.removeprefix("*")):
                    return True
                continue
            own = urlsplit(url)
            if is_loopback(host):
                if own.netloc.lower() == netloc:
                    return True
            elif own.hostname and (host == own.hostname or host.endswith("." + own.hostname)):
                return True
        return False

    def open_site(self, site: RelyingPartySite, owner: Site) -> None:
        self.receiver.open(site)
        self._sites[site.key] = owner

    def owns_session(self, key: str, sid: str, recorder: Recorder, role: str) -> None:
        """Remember whose session a sid is: a notification belongs to it, not to a time."""
        self._sids[f"{key}/{sid}"] = Site(recorder, role, recorder.current_case)

    def _arrived(self, key: str, seen: Seen) -> None:
        owner = self._owner(key, seen)
        if owner is None:
            self.unattributed.append(seen)
            return
        case = owner.case or owner.recorder.current_case
        self.inboxes.setdefault(owner.recorder, Inbox()).arrivals.append((seen, owner.role, case))

    def _owner(self, key: str, seen: Seen) -> Site | None:
        site = self._sites.get(key)
        if site is not None and seen.endpoint == "backchannel":
            raw = parse_qs(seen.body.text).get("logout_token", [""])[0]
            sid = decode(raw).claims.get("sid") if raw else None
            return self._sids.get(f"{key}/{sid}", site)
        return site


async def _ended(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _quietly(close: Callable[[], Any]) -> None:
    from playwright.async_api import Error

    try:
        await close()
    except Error:  # it is gone already
        return
