"""A user agent in headless Chromium, where a browser sees more than plain HTTP."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import httpx
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Frame, Page, Request, Response
from playwright.async_api import Error as PlaywrightError

from conformance.config.model import Pages, User
from conformance.evidence.events import RATE_LIMITED, Remark
from conformance.evidence.recorder import Recorder
from conformance.provider import steps
from conformance.provider.agent import AgentError, IsRelyingParty, Landing
from conformance.provider.agent_context import ContextTransport
from conformance.provider.agent_http import HttpAgent, record_page
from conformance.provider.pages import Button, Context, Form, ParsedPage
from conformance.provider.scripts import Member, Script, advice
from conformance.provider.wire import RETRIES, TOO_MANY, Pace, too_fast, wait_asked_for

MOVES = re.compile(r"\blocation\b|\.submit\s*\(|requestSubmit")
KEPT_TYPES = ("document", "image", "script", "fetch", "xhr", "other", "ping")
# Purposes in which nothing depends on what a browser adds: they take its cookies along on plain HTTP.
BESIDE_PAGES = ("authorization", "probe", "silent")
PURPOSES = {
    "login": "login", "consent": "consent", "confirm_yes": "answer", "confirm_no": "answer", "own_logout": "logout",
}  # fmt: skip
AUTO = Pages()
POLICY = "Content Security Policy"
MOST_PAGES = 12
LONGEST_MOVE = 15.0  # seconds that a page which is about to leave is waited for
LONGEST_PRESS = 10.0  # seconds in which a control has to become ready
QUIET = 0.25  # seconds without a request after which a page without navigation is looked at
POST_FROM_PAGE = """([action, fields]) => {
  const form = document.createElement('form');
  form.method = 'post'; form.action = action;
  for (const [name, value] of fields) {
    const input = document.createElement('input');
    input.type = 'hidden'; input.name = name; input.value = value; form.append(input);
  }
  document.body.append(form); HTMLFormElement.prototype.submit.call(form);
}"""


class About(NamedTuple):
    """What requests belong to: when, in which case, for which purpose they were begun."""

    at: float
    case: str
    purpose: str


class BrowserAgent:
    """One isolated browser context; everything that it sends goes into the log."""

    sees_script = True

    def __init__(
        self, label: str, context: BrowserContext, page: Page, recorder: Recorder, is_rp: IsRelyingParty,
        frame_hosts: frozenset[str], timeout: float, pace: Pace, pages: Pages, plain: HttpAgent | None,
    ) -> None:  # fmt: skip
        self.label = label
        self.page = page
        self.pages = pages
        self._context, self._recorder, self._is_rp = context, recorder, is_rp
        self._frame_hosts, self._timeout, self._pace, self._plain = frame_hosts, timeout, pace, plain
        self._rp_url: str | None = None
        self._rp_request: Request | None = None
        self._ended = asyncio.Event()  # set whenever a request is written down
        self._response: Response | None = None  # the last one to a navigation of the main frame
        self._moves = 0  # navigations of the main frame so far
        self._moved = asyncio.Event()
        self._purposes: dict[Page, tuple[str, str]] = {}  # case and purpose of what a tab does
        self._open_requests: dict[Request, About] = {}
        self._writing: set[asyncio.Task[None]] = set()
        self._listeners = {
            "request": self._on_request, "response": self._on_response,
            "requestfinished": self._on_end, "requestfailed": self._on_end, "console": self._on_console,
        }.items()  # fmt: skip
        for event, listener in self._listeners:
            context.on(event, listener)  # type: ignore[call-overload]

    @classmethod
    async def open(
        cls, browser: Browser, label: str, recorder: Recorder, is_rp: IsRelyingParty, frame_hosts: frozenset[str],
        timeout: float, pace: Pace, pages: Pages = AUTO, *, plain_logins: bool = True,
    ) -> "BrowserAgent":  # fmt: skip
        """Open a context without cookies. Plain: logins and probes take its cookies by plain HTTP."""
        context = await browser.new_context(ignore_https_errors=True, locale="en-US")
        context.set_default_timeout(timeout * 1000)
        plain = None
        if plain_logins and pages.login == "auto" and pages.consent == "auto":
            http = httpx.AsyncClient(
                transport=ContextTransport(context), follow_redirects=False, timeout=timeout
            )
            plain = HttpAgent(label, http, recorder, pace, is_rp, frame_hosts)
        page = await context.new_page()
        return cls(label, context, page, recorder, is_rp, frame_hosts, timeout, pace, pages, plain)

    async def get(self, url: str, context: Context, purpose: str) -> Landing:
        """Load an address; a probe beside the page that the user has before them, which stays as it is."""
        if self._plain is not None and purpose in BESIDE_PAGES:
            return await self._plain.get(url, context, purpose)
        if purpose == "probe":
            return await self._in_another_tab(url, context)
        return await self._load(url, context, purpose)

    async def send_headers(self, headers: dict[str, str]) -> None:
        """Send these with every request from now on."""
        await self._context.set_extra_http_headers(headers)
        if self._plain is not None:
            await self._plain.send_headers(headers)

    async def post(
        self, url: str, data: list[tuple[str, str]], context: Context, purpose: str, start: str = ""
    ) -> Landing:
        """Send a form from the page where the agent is, or from `start`."""
        if start:
            self._begin("start page")
            await self._attempt(self.page.goto(start))
        before = self._begin(purpose)
        await self._attempt(self.page.evaluate(POST_FROM_PAGE, [url, data]))
        await self._wait_moved(before, self._timeout)
        return await self._settle(context, "")

    async def back(self, context: Context, purpose: str) -> Landing:
        """Press the browser's Back button."""
        self._begin(purpose)
        problem = await self._attempt(self.page.go_back(wait_until="commit"))
        return await self._settle(context, problem)

    async def press(self, landing: Landing, button: Button, context: Context, purpose: str) -> Landing:
        """Press a control. AgentError: it cannot be pressed, with what stands in the way."""
        if self._plain is not None and _was_plain(landing):
            return await self._plain.press(landing, button, context, purpose)
        before = self._begin(purpose)
        shown = await self._source()
        control = self.page.locator(f"xpath={button.path}")
        problem = await self._attempt(control.click(no_wait_after=True, timeout=LONGEST_PRESS * 1000))
        if problem:
            raise AgentError(
                f"{button.label or button.name!r} on {landing.url} could not be pressed: {problem}"
            )
        await self._acted(before, shown)
        return await self._settle(context, "")

    async def submit(self, landing: Landing, form: Form, values: dict[str, str], context: Context) -> Landing:
        """Fill in a form and send it, by its first button or the Enter key."""
        if self._plain is not None and _was_plain(landing):
            return await self._plain.submit(landing, form, values, context)
        for element in (form.username, form.password):
            if element is not None and element.get("name") in values:
                path = element.getroottree().getpath(element)
                await self._attempt(self.page.locator(f"xpath={path}").fill(values[element.get("name")]))
        if form.buttons:
            return await self.press(landing, form.buttons[0], context, "login")
        before, shown = self._begin("login"), await self._source()
        await self._attempt(self.page.keyboard.press("Enter"))
        await self._acted(before, shown)
        return await self._settle(context, "")

    async def follow(
        self, landing: Landing, script: Script, context: Context, member: Member, user: User | None = None
    ) -> Landing:
        """Carry out the typed steps of the config on the page, or the user's own function.

        AgentError: a step does not match; says what the page has instead.
        """
        before, shown = self._begin(PURPOSES[member]), await self._source()

        async def about_to_click() -> None:
            nonlocal before, shown
            before, shown = self._moves, await self._source()

        try:
            await steps.carry_out(self.page, script, user, min(self._timeout, 10.0), about_to_click)
        except steps.StepError as problem:
            stuck = await self._parsed() or landing.page
            if stuck is not None:
                self._shown(stuck, *stuck.classify(context, self._frame_hosts))
            raise AgentError(f"{problem} {advice(stuck, member)}".strip()) from problem
        await self._acted(before, shown)
        return await self._settle(context, "")

    async def untouched(self, landing: Landing, seconds: float) -> Landing:
        """Leave the page alone; where it has script, long enough to see whether it goes on by itself."""
        if landing.page is None or not (landing.page.has_script or landing.page.refresh):
            return landing
        if await self._wait_moved(self._moves, seconds):
            return await self._settle("logout", "")
        return landing

    async def tab(self, url: str, purpose: str, script: str = "") -> Page:
        """Load an address in a tab of its own, beside the one of the user; a script runs first in every frame."""
        page = await self._context.new_page()
        self._purposes[page] = (self._recorder.current_case, purpose)
        if script:
            await page.add_init_script(script)
        if problem := await self._attempt(page.goto(url)):
            raise AgentError(f"{url} could not be loaded: {problem}")
        return page

    async def cookies(self, url: str) -> list[dict[str, Any]]:
        """Return the cookies that the browser keeps for an address, with their values."""
        return [dict(cookie) for cookie in await self._context.cookies(url)]

    async def forget(self, name: str) -> None:
        """Remove the cookies of a name."""
        await self._context.clear_cookies(name=name)

    async def take_over(self, other: "BrowserAgent") -> None:
        """Take over the cookies of another browser context."""
        cookies: list[Any] = await other._context.cookies()  # noqa: SLF001 - of its own class
        await self._context.add_cookies(cookies)

    async def screenshot(self) -> bytes | None:
        """Return a picture of the page as JPEG."""
        try:
            return await self.page.screenshot(type="jpeg", quality=60)
        except PlaywrightError:
            return None

    async def close(self) -> None:
        """Close the context; what was still under way goes into the log as unanswered."""
        await self._written()
        for event, listener in self._listeners:  # what ends by being closed is not asked for its headers
            self._context.remove_listener(event, listener)
        await self._attempt(self._context.close())
        for request in list(self._open_requests):
            self._record(
                request, None, request.headers, [], b"", "still under way when the browser was closed"
            )
        if self._plain is not None:
            await self._plain.close()

    # Where a navigation ends

    async def _load(self, url: str, context: Context, purpose: str) -> Landing:
        for _ in range(RETRIES + 1):
            await self._pace.turn()
            self._begin(purpose)
            problem = await self._attempt(self.page.goto(url, wait_until="commit"))
            wait = wait_asked_for(self._response.status, self._response.headers) if self._response else None
            if wait is None:
                break
            self._pace.hold(wait)
        return await self._settle(context, problem)

    async def _in_another_tab(self, url: str, context: Context) -> Landing:
        before, self.page = self.page, await self._context.new_page()
        try:
            return await self._load(url, context, "probe")
        finally:
            await self._written()
            await self._attempt(self.page.close())
            self.page = before

    def _begin(self, purpose: str) -> int:
        """Label what the page does from now on; return how often it had moved before."""
        self._purposes[self.page] = (self._recorder.current_case, purpose)
        self._rp_url, self._rp_request, self._response = None, None, None
        return self._moves

    async def _settle(self, context: Context, problem: str) -> Landing:
        for _ in range(MOST_PAGES):
            await self._loaded()
            if (answer := self._response) and answer.status == TOO_MANY:
                raise too_fast(answer.request.method, answer.url)
            moves, page = self._moves, None if self._rp_url is not None else await self._parsed()
            if self._rp_url is not None:
                return await self._arrived(self._rp_url)
            if page is None:
                continue
            if problem and page.url.startswith(("about:", "chrome-error:")):
                await self._written()
                return Landing("nothing", page.url, problem=problem)
            kind, reasons = await self._classified(page, context)
            if await self._goes_on(page, kind, moves):
                continue
            await self._written()
            if self._moves == moves:
                return self._shown(page, kind, reasons)
        return Landing("nothing", self.page.url, problem="the page keeps going elsewhere: a loop")

    @property
    def _status(self) -> int | None:
        return self._response.status if self._response else None

    async def _arrived(self, url: str) -> Landing:
        await self._answered()
        await self._written()
        if not url.startswith(("http:", "https:")):
            await self._leave_tab()
        return Landing("rp", url, status=self._status)

    async def _leave_tab(self) -> None:
        """Go on in a new tab: the question whether to open an application swallows every click in this one."""
        left, self.page = self.page, await self._context.new_page()
        self._purposes[self.page] = self._purposes.get(left, (self._recorder.current_case, ""))
        await self._attempt(left.close())

    async def _classified(self, page: ParsedPage, context: Context) -> tuple[str, list[str]]:
        """Classify a page; one on which the config's steps match is what they are for."""
        kind, reasons = page.classify(context, self._frame_hosts)
        named = await steps.named(self.page, self.pages, context)
        return (named, ["the first of the config's steps for it matches"]) if named else (kind, reasons)

    def _shown(self, page: ParsedPage, kind: str, reasons: list[str]) -> Landing:
        shown = record_page(self._recorder, self.label, page, kind, reasons)
        return Landing("page", page.url, page, page.status, shown)

    async def _goes_on(self, page: ParsedPage, kind: str, moves: int) -> bool:
        """Wait for a page that is about to leave by itself; false where it stays."""
        scripts = " ".join(s.text or "" for s in page.tree.iter("script"))
        sends_itself = page.submits_itself is not None and not page.submits_itself.buttons
        if page.refresh or sends_itself:
            return await self._wait_moved(moves, min(self._timeout, LONGEST_MOVE))
        if kind not in ("frontchannel", "signed_out", "unknown") or not page.has_script:
            return False
        moves_by_script = LONGEST_MOVE if kind == "frontchannel" else 5.0
        return await self._wait_moved(moves, moves_by_script if MOVES.search(scripts) else 1.0)

    async def _acted(self, before: int, shown: str) -> None:
        """Wait until what was pressed leads elsewhere, or has changed the page without a navigation."""
        end = self._recorder.clock() + self._timeout
        while not await self._wait_moved(before, QUIET) and self._recorder.clock() < end:
            if not self._open_requests and await self._source() != shown:
                return

    async def _parsed(self) -> ParsedPage | None:
        """Read the document; None while it is being replaced by another."""
        moves = self._moves
        try:
            source = await self.page.content()
        except PlaywrightError:
            await self._wait_moved(moves, 1.0)
            return None
        return ParsedPage(self.page.url, self._status, source)

    async def _source(self) -> str:
        try:
            return await self.page.content()
        except PlaywrightError:
            return ""

    async def _loaded(self) -> None:
        """Wait for the document on its way, not for the one that is about to be replaced, which has loaded."""
        await self._ended_all(self._is_main)
        await self._attempt(self.page.wait_for_load_state("load", timeout=min(self._timeout, 10.0) * 1000))

    async def _answered(self) -> None:
        """Wait until the relying party has answered: the page before it counts as loaded meanwhile."""
        await self._ended_all(lambda request: request is self._rp_request)

    async def _ended_all(self, such: Callable[[Request], bool]) -> None:
        """Wait until no such request is under way."""
        try:
            async with asyncio.timeout(min(self._timeout, 10.0)):
                while any(such(request) for request in self._open_requests):
                    self._ended.clear()
                    await self._ended.wait()
        except TimeoutError:
            return

    async def _wait_moved(self, before: int, seconds: float) -> bool:
        """Wait until the main frame has begun another navigation than the first `before` ones."""
        try:
            async with asyncio.timeout(seconds):
                while self._moves == before and self._rp_url is None:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    async def _attempt(self, step: Awaitable[Any]) -> str:
        """Carry out a step of the browser; return what it complains of, in a line."""
        try:
            await step
        except PlaywrightError as error:
            return steps.complaint(error)
        return ""

    # The log

    def _on_request(self, request: Request) -> None:
        frame = _frame(request)
        case, purpose = self._purposes.get(
            frame.page if frame else self.page, (self._recorder.current_case, "")
        )
        self._open_requests[request] = About(self._recorder.clock(), case, purpose)
        if self._is_main(request):
            self._moves += 1
            if self._is_rp(request.url) and purpose != "start page" and self._rp_url is None:
                self._rp_url, self._rp_request = request.url, request
            self._moved.set()

    def _on_response(self, response: Response) -> None:
        if not self._is_main(response.request):
            return
        self._response = response
        location = response.headers.get("location", "")
        scheme = location.split(":")[0].lower()
        custom = ":" in location.split("/")[0] and scheme not in ("http", "https")
        if 300 <= response.status < 400 and custom and self._rp_url is None:
            self._rp_url = location  # a custom scheme: the browser cannot follow it
            self._moved.set()

    def _on_end(self, request: Request) -> None:
        task = asyncio.ensure_future(self._write(request))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def _on_console(self, message: ConsoleMessage) -> None:
        """Keep what a page's own policy forbade: such a request is never begun."""
        if message.type == "error" and POLICY in message.text:
            case, _ = self._purposes.get(message.page or self.page, (self._recorder.current_case, ""))
            self._recorder.add(Remark, case=case, text=self._recorder.text(message.text[:500]))

    def _is_main(self, request: Request) -> bool:
        return request.is_navigation_request() and _frame(request) == self.page.main_frame

    async def _written(self) -> None:
        """Wait until everything that has ended is in the log."""
        while self._writing:
            await asyncio.wait(set(self._writing))

    async def _write(self, request: Request) -> None:
        response, headers, received, body = None, request.headers, [], b""
        try:
            async with asyncio.timeout(5):  # what a blocked request was sent with may never be known
                response = await request.response()
                headers = await request.all_headers()
                received = await response.headers_array() if response else []
                body = await response.body() if response and self._is_data(response) else b""
        except (PlaywrightError, TimeoutError):
            pass
        pairs = [(h["name"], h["value"]) for h in received]
        error = "" if response else (request.failure or "no answer")
        self._record(request, response, headers, pairs, body, error)

    def _is_data(self, response: Response) -> bool:
        """Tell whether a document is no page, such as JSON: pages are events of their own, redirects have no body."""
        kind = response.headers.get("content-type", "")
        return (
            self._is_main(response.request) and response.status not in range(300, 400) and "html" not in kind
        )

    def _record(
        self, request: Request, response: Response | None, headers: dict[str, str],
        received: list[tuple[str, str]], body: bytes, error: str,
    ) -> None:  # fmt: skip
        about = self._open_requests.pop(request, None)
        self._ended.set()
        if about is None or not self._is_kept(request):
            return
        status = response.status if response else None
        limited = status == TOO_MANY and not self._is_rp(request.url)
        purpose = RATE_LIMITED if limited else about.purpose
        self._recorder.exchange(
            at=about.at, case=about.case, sender="browser", purpose=purpose, agent=self.label,
            method=request.method, url=request.url, request_headers=list(headers.items()),
            request_body=request.post_data_buffer, status=status,
            response_headers=received, response_body=body, error=error,
            destination=headers.get("sec-fetch-dest") or _destination(request),
            seconds=round(self._recorder.clock() - about.at, 6),
        )  # fmt: skip

    def _is_kept(self, request: Request) -> bool:
        if request.url.startswith(("data:", "blob:", "chrome", "about:")):
            return False
        return request.resource_type in KEPT_TYPES or self._is_rp(request.url)


def _was_plain(landing: Landing) -> bool:
    """Tell whether a page came by plain HTTP: only then it names the exchange that brought it."""
    return landing.shown is not None and bool(landing.shown.source)


def _frame(request: Request) -> Frame | None:
    try:
        return request.frame
    except PlaywrightError:  # the page that asked is gone
        return None


def _destination(request: Request) -> str:
    frame = _frame(request)
    if request.resource_type == "document" and frame is not None and frame.parent_frame is not None:
        return "iframe"
    return request.resource_type
