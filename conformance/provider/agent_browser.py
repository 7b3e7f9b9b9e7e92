"""A user agent in headless Chromium, where a browser sees more than plain HTTP."""

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Frame, Page, Request, Response
from playwright.async_api import Error as PlaywrightError

from conformance.evidence.recorder import Recorder
from conformance.provider.agent import AgentError, IsRelyingParty, Landing
from conformance.provider.agent_http import record_page
from conformance.provider.pages import Button, Context, Form, ParsedPage

MOVES = re.compile(r"\blocation\b|\.submit\s*\(|requestSubmit")
KEPT_TYPES = ("document", "iframe", "image", "script", "fetch", "xhr", "other", "ping")
POST_FROM_PAGE = """([action, fields]) => {
  const form = document.createElement('form');
  form.method = 'post'; form.action = action;
  for (const [name, value] of fields) {
    const input = document.createElement('input');
    input.type = 'hidden'; input.name = name; input.value = value; form.append(input);
  }
  document.body.append(form); HTMLFormElement.prototype.submit.call(form);
}"""


class BrowserAgent:
    """One isolated browser context; everything that it sends goes into the log."""

    sees_script = True

    def __init__(
        self, label: str, context: BrowserContext, page: Page, recorder: Recorder, is_rp: IsRelyingParty,
        frame_hosts: frozenset[str], timeout: float,
    ) -> None:  # fmt: skip
        self.label = label
        self.page = page
        self._context, self._recorder, self._is_rp = context, recorder, is_rp
        self._frame_hosts, self._timeout = frame_hosts, timeout
        self._purpose = ""
        self._rp_url: str | None = None
        self._status: int | None = None
        self._moved = asyncio.Event()
        self._started: dict[Request, float] = {}
        self._cases: dict[Request, tuple[str, str]] = {}
        self._writing: set[asyncio.Task[None]] = set()
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("requestfinished", self._on_end)
        context.on("requestfailed", self._on_end)

    @classmethod
    async def open(cls, browser: Browser, label: str, recorder: Recorder, is_rp: IsRelyingParty,
                   frame_hosts: frozenset[str], timeout: float) -> "BrowserAgent":  # fmt: skip
        context = await browser.new_context(ignore_https_errors=True, locale="en-US")
        context.set_default_timeout(timeout * 1000)
        return cls(label, context, await context.new_page(), recorder, is_rp, frame_hosts, timeout)

    async def get(self, url: str, context: Context, purpose: str) -> Landing:
        if purpose == "probe":
            return await self._in_another_tab(url, context)
        return await self._open(url, context, purpose)

    async def _in_another_tab(self, url: str, context: Context) -> Landing:
        """Probe beside the page that the user has before them, which stays as it is."""
        before, self.page = self.page, await self._context.new_page()
        try:
            return await self._open(url, context, "probe")
        finally:
            await self._written()
            await self._attempt(self.page.close())
            self.page = before

    async def _open(self, url: str, context: Context, purpose: str) -> Landing:
        self._begin(purpose)
        problem = await self._attempt(self.page.goto(url, wait_until="commit"))
        return await self._settle(context, problem)

    async def post(
        self, url: str, data: list[tuple[str, str]], context: Context, purpose: str, start: str = ""
    ) -> Landing:
        """Send a form from the page where the agent is, or from `start`."""
        if start:
            self._begin("start page")
            await self._attempt(self.page.goto(start))
        self._begin(purpose)
        await self._attempt(self.page.evaluate(POST_FROM_PAGE, [url, data]))
        await self._wait_moved(self._timeout)
        return await self._settle(context, "")

    async def press(self, landing: Landing, button: Button, context: Context, purpose: str) -> Landing:
        self._begin(purpose)
        problem = await self._attempt(self.page.locator(f"xpath={button.path}").click(no_wait_after=True))
        if problem:
            raise AgentError(f"{button.label or button.name!r} on {landing.url} could not be pressed: {problem}")
        await self._wait_moved(self._timeout)
        return await self._settle(context, "")

    async def submit(self, landing: Landing, form: Form, values: dict[str, str], context: Context) -> Landing:
        self._begin("login")
        for element in (form.username, form.password):
            if element is not None and element.get("name") in values:
                path = element.getroottree().getpath(element)
                await self.page.locator(f"xpath={path}").fill(values[element.get("name")])
        if form.buttons:
            return await self.press(landing, form.buttons[0], context, "login")
        await self.page.keyboard.press("Enter")
        await self._wait_moved(self._timeout)
        return await self._settle(context, "")

    async def untouched(self, landing: Landing, seconds: float) -> Landing:
        """Leave the page alone; where it has script, long enough to see whether it goes on by itself."""
        if landing.page is None or not (landing.page.has_script or landing.page.refresh):
            return landing
        self._moved.clear()
        if await self._wait_moved(seconds):
            return await self._settle("logout", "")
        return landing

    async def screenshot(self) -> bytes | None:
        try:
            return await self.page.screenshot(type="jpeg", quality=60)
        except PlaywrightError:
            return None

    async def close(self) -> None:
        await self._written()
        try:
            await self._context.close()
        except PlaywrightError:  # the browser went first
            return

    # Where a navigation ends

    def _begin(self, purpose: str) -> None:
        self._purpose, self._rp_url, self._status = purpose, None, None
        self._moved.clear()

    async def _settle(self, context: Context, problem: str) -> Landing:
        for _ in range(12):
            if self._rp_url is not None:
                await self._loaded()
                await self._written()
                return Landing("rp", self._rp_url, status=self._status)
            await self._loaded()
            page = await self._parsed()
            if page is None or self._rp_url is not None:
                continue
            if problem and page.url.startswith(("about:", "chrome-error:")):
                await self._written()
                return Landing("nothing", page.url, problem=problem)
            kind, reasons = page.classify(context, self._frame_hosts)
            if await self._goes_on(page, kind):
                continue
            await self._written()
            if self._rp_url is not None:
                continue
            shown = record_page(self._recorder, self.label, page, kind, reasons)
            return Landing("page", page.url, page, page.status, shown)
        return Landing("nothing", self.page.url, problem="the page keeps going elsewhere: a loop")

    async def _goes_on(self, page: ParsedPage, kind: str) -> bool:
        """Wait for a page that is about to leave by itself; false where it stays."""
        sends_itself = page.submits_itself is not None and not page.submits_itself.buttons
        scripts = " ".join(s.text or "" for s in page.tree.iter("script"))
        if kind == "frontchannel" or page.refresh or sends_itself:
            self._moved.clear()
            return self._rp_url is not None or await self._wait_moved(min(self._timeout, 15.0))
        if kind in ("signed_out", "unknown") and page.has_script:
            self._moved.clear()
            return self._rp_url is not None or await self._wait_moved(5.0 if MOVES.search(scripts) else 1.0)
        return False

    async def _parsed(self) -> ParsedPage | None:
        """Read the document; None while it is being replaced by another."""
        try:
            source = await self.page.content()
        except PlaywrightError:
            await self._wait_moved(1.0)
            return None
        return ParsedPage(self.page.url, self._status, source)

    async def _loaded(self) -> None:
        await self._attempt(self.page.wait_for_load_state("load", timeout=min(self._timeout, 10.0) * 1000))

    async def _wait_moved(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._moved.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _attempt(self, step: Any) -> str:
        """Carry out a step of the browser; return what it complains of, in a line."""
        try:
            await step
        except PlaywrightError as error:
            return str(error).splitlines()[0]
        return ""

    # The log

    def _on_request(self, request: Request) -> None:
        self._started[request] = self._recorder.clock()
        self._cases[request] = (self._recorder.current_case, self._purpose)
        if self._is_main(request):
            self._moved.set()
            if self._is_rp(request.url) and self._purpose != "start page" and self._rp_url is None:
                self._rp_url = request.url

    def _on_response(self, response: Response) -> None:
        if not self._is_main(response.request):
            return
        self._status = response.status
        location = response.headers.get("location", "")
        scheme = location.split(":")[0].lower()
        custom = ":" in location.split("/")[0] and scheme not in ("http", "https")
        if 300 <= response.status < 400 and custom and self._rp_url is None:
            self._rp_url = location  # a custom scheme: the browser cannot follow it

    def _on_end(self, request: Request) -> None:
        task = asyncio.ensure_future(self._write(request))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def _is_main(self, request: Request) -> bool:
        return request.is_navigation_request() and _frame(request) == self.page.main_frame

    async def _written(self) -> None:
        while self._writing:
            await asyncio.wait(set(self._writing), timeout=5)

    async def _write(self, request: Request) -> None:
        started = self._started.pop(request, self._recorder.clock())
        case, purpose = self._cases.pop(request, ("", self._purpose))
        if request.resource_type not in KEPT_TYPES or request.url.startswith(("data:", "blob:", "chrome")):
            return
        try:
            response = await request.response()
            headers = await request.all_headers()
            received = await response.headers_array() if response else []
        except PlaywrightError:
            response, headers, received = None, request.headers, []
        self._recorder.exchange(
            at=started, case=case, sender="browser", purpose=purpose, agent=self.label, method=request.method,
            url=request.url, request_headers=list(headers.items()), request_body=request.post_data_buffer,
            status=response.status if response else None,
            response_headers=[(h["name"], h["value"]) for h in received],
            error="" if response else (request.failure or "no answer"),
            destination=headers.get("sec-fetch-dest") or _destination(request, self.page.main_frame),
            seconds=round(self._recorder.clock() - started, 6),
        )  # fmt: skip


def _frame(request: Request) -> Frame | None:
    try:
        return request.frame
    except PlaywrightError:  # the page that asked is gone
        return None


def _destination(request: Request, main: Frame) -> str:
    if request.resource_type == "document" and _frame(request) is not main:
        return "iframe"
    return request.resource_type


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""
