"""The ASGI application: reads a request to its end, has it recorded, answers as scripted."""

import asyncio
import codecs

import h11
import msgspec
from starlette.types import Receive, Scope, Send

from conformance.evidence.events import Body
from conformance.receiver.answers import TOO_LARGE, Pages, Scripts
from conformance.receiver.directory import NOBODY, Directory, Target
from conformance.receiver.journal import Journal
from conformance.receiver.model import Answer, Clock, Limits, Seen, bounded
from conformance.receiver.protocol import Mishap, Protocol
from conformance.receiver.requests import Request
from conformance.receiver.urls import Address, address, addressed

NO_BODY = frozenset({204, 304})
PIECE = 64 << 10
RAW = "raw bytes: head and body are not told apart"


class Content(msgspec.Struct):
    """The body of a request as far as it was read."""

    kept: bytearray = msgspec.field(default_factory=bytearray)
    size: int = 0
    complete: bool = False
    too_large: bool = False


class Application:
    """What all connections share."""

    def __init__(
        self,
        *,
        directory: Directory,
        scripts: Scripts,
        pages: Pages,
        journal: Journal,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self.directory = directory
        self.scripts = scripts
        self.pages = pages
        self.journal = journal
        self._clock = clock
        self._limits = limits

    async def serve(self, protocol: Protocol, _: Scope, receive: Receive, send: Send) -> None:
        request = protocol.current_request()
        content = await read(receive, self._limits)
        where = address(url_of(protocol, request))
        page = self._harness_page(request, where, content)
        if page is not None:
            await deliver(page, protocol, send)
            return
        await self._record_and_answer(protocol, request, where, content, send)

    def mishap(self, mishap: Mishap) -> "Answered":
        """Records what was no request, as far as it can be made out."""
        guess = guess_request(mishap.raw)
        seen = Seen(at=self._clock(), peer=mishap.protocol.peer, problem=mishap.problem)
        if mishap.raw:
            text = mishap.raw.decode("utf-8", "backslashreplace")
            seen.body = Body(text=text, size=len(mishap.raw), problem=RAW)
            seen.method = guess.method
            seen.url = url_of(mishap.protocol, guess)
            seen.headers, _ = bounded(guess.headers, self._limits.headers, self._limits.header_bytes)
            seen.key, seen.endpoint = self._attribute(address(seen.url))
        else:
            seen.url = f"https://{mishap.protocol.server_name}/" if mishap.protocol.server_name else ""
            seen.key = self.directory.owner(mishap.protocol.server_name)
        self.journal.record(seen)
        return Answered(seen, self.journal, self._clock)

    def unanswered(self, protocol: Protocol, request: Request, body: bytes) -> None:
        """Records a complete request on a connection that ended before its turn to be answered."""
        content = Content(kept=bytearray(body[: self._limits.body_kept]), size=len(body), complete=True)
        self.journal.record(self._seen(protocol, request, address(url_of(protocol, request)), content))

    def _attribute(self, where: Address | None, body: str = "") -> Target:
        return self.directory.attribute(where, body) if where else NOBODY

    def _harness_page(self, request: Request, where: Address | None, content: Content) -> Answer | None:
        if where is None or request.method not in ("GET", "HEAD") or not content.complete:
            return None
        known = self.directory.attribute(where).endpoint != "other"
        return None if known else self.pages.get(where.endpoint)

    async def _record_and_answer(
        self,
        protocol: Protocol,
        request: Request,
        where: Address | None,
        content: Content,
        send: Send,
    ) -> None:
        cycle = (
            protocol.cycle
        )  # once this one is answered, that of the next pipelined request takes its place
        seen = self._seen(protocol, request, where, content)
        answer = TOO_LARGE if content.too_large else None
        if content.complete:
            answer = self.scripts.next(Target(seen.key, seen.endpoint))
            seen.script = answer.name
        self.journal.record(seen)
        answered = Answered(seen, self.journal, self._clock)
        if answer is None:
            if protocol.refused is not None:
                answered(protocol.refused)
            return
        delivered = await deliver(answer, protocol, send)
        if cycle.response_started:
            answered(answer.status, complete=delivered)

    def _seen(self, protocol: Protocol, request: Request, where: Address | None, content: Content) -> Seen:
        body, problem = self._body(content, protocol)
        headers, cut = bounded(request.headers, self._limits.headers, self._limits.header_bytes)
        target = self._attribute(where, body.text)
        return Seen(
            at=request.completed_at if request.completed_at is not None else self._clock(),
            key=target.key,
            endpoint=target.endpoint,
            method=request.method,
            url=url_of(protocol, request),
            headers=headers,
            body=body,
            peer=protocol.peer,
            problem="; ".join(filter(None, (problem, cut))),
        )

    def _body(self, content: Content, protocol: Protocol) -> tuple[Body, str]:
        truncated = content.size > len(content.kept)
        text, problem = decoded(bytes(content.kept), final=not truncated)
        if content.too_large:
            trouble = f"body larger than {self._limits.body_read} bytes, not read further"
        elif not content.complete:
            trouble = protocol.problem or "closed before the body was complete"
            problem = problem or "cut short"
        else:
            trouble = ""
        return Body(text=text, size=content.size, truncated=truncated, problem=problem), trouble


class Answered:
    """Notes on an arrival that its answer has gone out."""

    def __init__(self, seen: Seen, journal: Journal, clock: Clock) -> None:
        self._seen = seen
        self._journal = journal
        self._clock = clock

    def __call__(self, status: int, *, complete: bool = True) -> None:
        self._seen.answer = status
        self._seen.answered_at = self._clock() if complete else None
        self._journal.wake()


async def read(receive: Receive, limits: Limits) -> Content:
    """The body, to its end or to the bounds."""
    content = Content()
    while not content.complete and not content.too_large:
        message = await receive()
        if message["type"] != "http.request":
            break
        data: bytes = message["body"]
        content.kept += data[: max(0, limits.body_kept - len(content.kept))]
        content.size += len(data)
        content.too_large = content.size > limits.body_read
        content.complete = not message["more_body"] and not content.too_large
    return content


async def deliver(answer: Answer, protocol: Protocol, send: Send) -> bool:
    """Sends an answer as it is scripted; whether all of it went out."""
    cycle = protocol.cycle
    await hold_back(answer, protocol)
    if answer.drop or protocol.gone.is_set():
        protocol.abort()
        return False
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    body = b"" if answer.status in NO_BODY else body
    try:
        await write(answer.status, fields(answer, body), body, send)
    except h11.LocalProtocolError:  # a scripted Content-Length that is not the body's: an answer cut short
        protocol.abort()
        return False
    await protocol.flow.drain()
    return cycle.response_complete and not protocol.reset


async def write(status: int, headers: list[tuple[bytes, bytes]], body: bytes, send: Send) -> None:
    """Piece by piece: TLS takes any amount at once, and one would not see when it is out."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for start in range(0, len(body), PIECE):
        await send({"type": "http.response.body", "body": body[start : start + PIECE], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def hold_back(answer: Answer, protocol: Protocol) -> None:
    """Until the delay is over, its event is set, the client has gone, or the receiver closes."""
    if not answer.hang and not answer.delay:
        return
    waits = [
        asyncio.ensure_future(event.wait()) for event in (protocol.gone, answer.until) if event is not None
    ]
    try:
        limit = None if answer.hang else answer.delay
        await asyncio.wait(waits, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def fields(answer: Answer, body: bytes) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    framed = {name.lower() for name, _ in headers} & {b"content-length", b"transfer-encoding"}
    if not framed and answer.status not in NO_BODY:
        headers.append((b"Content-Length", str(len(body)).encode()))
    return headers


def url_of(protocol: Protocol, request: Request) -> str:
    """The URL as it was addressed; by the server's name or address where there is no Host header."""
    hosts = (value for name, value in request.headers if name.lower() == "host")
    host = next(hosts, "") or protocol.server_name or own_address(protocol)
    return addressed(protocol.scheme or "http", host, request.target)


def own_address(protocol: Protocol) -> str:
    host, port = protocol.server or ("", None)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def guess_request(raw: bytes) -> Request:
    """Method, target and headers of what is no valid request, as far as they can be made out."""
    lines = raw.decode("latin-1").replace("\r\n", "\n").partition("\n\n")[0].split("\n")
    method, _, rest = lines[0].partition(" ")
    target = rest.rsplit(" HTTP/", 1)[0]
    split = (line.partition(":") for line in lines[1:])
    headers = [(name, value.strip()) for name, colon, value in split if colon]
    return Request(method[:40], target, headers) if method.isalpha() else Request("", "/", headers)


def decoded(data: bytes, *, final: bool) -> tuple[str, str]:
    """The text, and what is wrong with it; a character that the bound cut in two is left out."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data, final), ""
    except UnicodeDecodeError:
        return data.decode("utf-8", "backslashreplace"), "not UTF-8"
