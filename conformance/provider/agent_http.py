"""A user agent over plain HTTP, where a browser would see nothing more."""

from typing import Any, NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx

from conformance.config.model import User
from conformance.evidence.events import Page
from conformance.evidence.recorder import Recorder
from conformance.provider.agent import (
    MOST_HOPS,
    IsRelyingParty,
    Landing,
    NeedsBrowserError,
)
from conformance.provider.pages import Button, Context, Form, ParsedPage
from conformance.provider.referrer import Source, policy_of
from conformance.provider.scripts import Member, Script
from conformance.provider.wire import Pace, Reply, exchange

REDIRECTS = (301, 302, 303, 307, 308)
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Outgoing(NamedTuple):
    """A request of a navigation."""

    method: str
    url: str
    data: list[tuple[str, str]] | None = None
    source: Source | None = None  # the page that it comes from; None: none, as from the address bar


class HttpAgent:
    """Follows redirects and forms; reads a redirect to a relying party off its Location header."""

    sees_script = False

    def __init__(
        self, label: str, http: httpx.AsyncClient, recorder: Recorder, pace: Pace, is_rp: IsRelyingParty,
        frame_hosts: frozenset[str],
    ) -> None:  # fmt: skip
        self.label = label
        self._http, self._recorder, self._pace = http, recorder, pace
        self._is_rp, self._frame_hosts = is_rp, frame_hosts

    async def get(self, url: str, context: Context, purpose: str) -> Landing:
        return await self._navigate(Outgoing("GET", url), context, purpose)

    async def post(
        self, url: str, data: list[tuple[str, str]], context: Context, purpose: str, start: str = ""
    ) -> Landing:
        if start:
            raise NeedsBrowserError("which cookies a POST from another page takes along only a browser shows")
        return await self._navigate(Outgoing("POST", url, data), context, purpose)

    async def back(self, context: Context, purpose: str) -> Landing:
        """Go back in history, which decides by itself what is loaded anew."""
        raise NeedsBrowserError("what the Back button shows only a browser tells")

    async def press(self, landing: Landing, button: Button, context: Context, purpose: str) -> Landing:
        source = _source(landing)
        if button.form is None:
            return await self._navigate(Outgoing("GET", button.href, None, source), context, purpose)
        sent = _sent_by(button.form, button.form.data(button), source)
        return await self._navigate(sent, context, purpose)

    async def submit(self, landing: Landing, form: Form, values: dict[str, str], context: Context) -> Landing:
        button = form.buttons[0] if form.buttons else None
        sent = _sent_by(form, form.data(button, **values), _source(landing))
        return await self._navigate(sent, context, "login")

    async def follow(
        self, landing: Landing, script: Script, context: Context, member: Member, user: User | None = None
    ) -> Landing:
        """Typed steps act on what a browser shows."""
        raise NeedsBrowserError("the config has steps of its own for a page")

    async def untouched(self, landing: Landing, seconds: float) -> Landing:
        """Leave the page alone: without script or refresh nothing can happen on it."""
        if landing.page is not None and (landing.page.has_script or landing.page.refresh):
            raise NeedsBrowserError(
                f"{landing.url} has script: what it does when left alone only a browser shows"
            )
        return landing

    async def send_headers(self, headers: dict[str, str]) -> None:
        """Send these with every request from now on."""
        self._http.headers.update(headers)

    async def take_over(self, other: "HttpAgent") -> None:
        """Take over the cookies of another user agent."""
        self._http.cookies.update(other._http.cookies)  # noqa: SLF001 - of its own class

    async def close(self) -> None:
        await self._http.aclose()

    async def _navigate(self, request: Outgoing, context: Context, purpose: str) -> Landing:
        for _ in range(MOST_HOPS):
            if _leaves_http(request.url):
                return Landing("rp", request.url)
            reply = await self._send(request, purpose)
            step = self._next(reply, request, context)
            if isinstance(step, Landing):
                return step
            request = step
            if self._is_rp(request.url):
                return Landing("rp", request.url, status=reply.status)
        return Landing("nothing", request.url, problem=f"more than {MOST_HOPS} redirects: a loop")

    def _next(self, reply: Reply, request: Outgoing, context: Context) -> Landing | Outgoing:
        """Return the end of the navigation, or the request that a browser would send next."""
        if reply.status in REDIRECTS and reply.headers.get("location"):
            return _redirected(reply, request)
        if reply.status is None:
            return Landing("nothing", reply.url, problem=reply.exchange.error)
        page = ParsedPage(
            reply.url, reply.status, _decode(reply), reply.headers.get("referrer-policy", "")
        )  # fmt: skip
        following = _by_itself(page)
        if following is None:
            return self._landed(page, reply, context)
        if self._is_rp(following.url):  # no Location says so, and what counts is what a browser sends
            raise NeedsBrowserError(f"{page.url} goes on to a relying party by itself")
        return following

    def _landed(self, page: ParsedPage, reply: Reply, context: Context) -> Landing:
        kind, reasons = page.classify(context, self._frame_hosts)
        if kind == "frontchannel":
            raise NeedsBrowserError(f"{page.url} frames addresses of relying parties")
        if page.has_script and (kind in ("unknown", "signed_out") or page.submits_itself):
            raise NeedsBrowserError(f"{page.url} may go on by script")
        shown = record_page(self._recorder, self.label, page, kind, reasons, source=reply.exchange.id)
        return Landing("page", page.url, page, reply.status, shown)

    async def _send(self, outgoing: Outgoing, purpose: str) -> Reply:
        method, url, data, source = outgoing
        headers = {"Accept": ACCEPT} | (source.headers(method, url) if source else {})
        content = None
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            content = str(httpx.QueryParams(tuple(data))).encode()
        request = self._http.build_request(method, url, content=content, headers=headers)
        return await exchange(
            self._http, self._recorder, self._pace, request, purpose=purpose, agent=self.label
        )  # fmt: skip


def _redirected(reply: Reply, request: Outgoing) -> Outgoing:
    target = _join(reply.url, reply.headers["location"])
    source = request.source.redirected(reply.url, target) if request.source else None
    keeps = reply.status in (307, 308)
    return request._replace(url=target, source=source) if keeps else Outgoing("GET", target, None, source)


def _source(landing: Landing) -> Source | None:
    return _page_source(landing.page) if landing.page else None


def _page_source(page: ParsedPage) -> Source:
    return Source(page.url, policy_of(page.referrer_policy, page.own_referrer_policy))


def _sent_by(form: Form, data: list[tuple[str, str]], source: Source | None) -> Outgoing:
    if form.method == "POST":
        return Outgoing("POST", form.action, data, source)
    address = httpx.URL(urldefrag(form.action).url).copy_with(params=httpx.QueryParams(tuple(data)))
    return Outgoing("GET", str(address), None, source)


def _by_itself(page: ParsedPage) -> Outgoing | None:
    """Return the request that a page sends without anybody touching it, where that can be told from its source."""
    if page.refresh:
        return Outgoing("GET", page.refresh, None, _page_source(page))
    form = page.submits_itself
    return _sent_by(form, form.data(), _page_source(page)) if form and not form.buttons else None


def record_page(
    recorder: Recorder, agent: str, page: ParsedPage, kind: str, reasons: list[str], **more: Any
) -> Page:
    """Add a page to the log, redacted."""
    return recorder.add(
        Page, agent=agent, url=recorder.text(page.url), kind=kind, reasons=reasons, status=page.status,
        title=recorder.text(page.title)[:200], text=recorder.text(page.text)[:1500],
        controls=[_redacted(recorder, c) for c in page.controls()[:60]],
        frames=[recorder.text(f) for f in page.frames], **more,
    )  # fmt: skip


def _redacted(recorder: Recorder, control: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(
        control, value=recorder.text(control.value)[:500], label=recorder.text(control.label)[:200]
    )


def _leaves_http(url: str) -> bool:
    return urlsplit(url).scheme.lower() not in ("http", "https")


def _join(base: str, location: str) -> str:
    """Resolve a Location; an address of a scheme that is no URL of the web stays as it was written."""
    has_scheme = ":" in location.partition("/")[0]
    return location if has_scheme and _leaves_http(location) else urljoin(base, location)


def _decode(reply: Reply) -> str:
    kind = reply.headers.get("content-type", "text/html")
    if "html" not in kind and "xml" not in kind and "text" not in kind:
        return ""
    charset = httpx.Response(200, headers={"content-type": kind}).charset_encoding or "utf-8"
    try:
        return reply.content[: 2 * 1024 * 1024].decode(charset, errors="replace")
    except LookupError:
        return reply.content[: 2 * 1024 * 1024].decode("utf-8", errors="replace")
