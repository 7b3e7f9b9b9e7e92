"""uvicorn's HTTP/1.1 protocol with a tap: what it would refuse or lose is recorded too."""

import asyncio
import functools
import ssl
from collections.abc import Callable
from typing import Any

import h11
import msgspec
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from conformance.receiver.journal import LOG
from conformance.receiver.model import Clock, Limits
from conformance.receiver.requests import Request, head_of, split


class Mishap(msgspec.Struct, kw_only=True):
    """Something that came and is no HTTP request."""

    protocol: "Protocol"
    problem: str
    raw: bytes = b""


class Hooks(msgspec.Struct):
    """What the protocol needs of the receiver."""

    clock: Clock
    limits: Limits
    serve: Callable[..., Any]  # an ASGI application that is given the protocol first
    mishap: Callable[[Mishap], Callable[[int], None]]  # records; call the result when it was answered
    unanswered: Callable[["Protocol", Request, bytes], None]  # records a request that nobody gets to answer


class TappedConnection(h11.Connection):
    """An h11 connection that shows its protocol what it reads."""

    def __init__(self, protocol: "Protocol", limit: int) -> None:
        super().__init__(h11.SERVER, limit)
        self.protocol = protocol

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        head = self._head() if self.their_state is h11.IDLE else b""
        if head == b"\r":  # h11 would refuse it before the line feed is there
            return h11.NEED_DATA
        try:
            event = super().next_event()
        except h11.RemoteProtocolError as error:
            self.protocol.malformed(head, error)
            raise
        if isinstance(event, h11.Request):
            self.protocol.begun(event)
        elif isinstance(event, h11.EndOfMessage):
            self.protocol.completed()
        return event

    def _head(self) -> bytes:
        """What is there of the next request, without empty lines before it (RFC 9112, section 2.2)."""
        while (head := self.trailing_data[0]).startswith((b"\r\n", b"\n")):
            self._receive_buffer.maybe_extract_lines()
        return head


class Protocol(H11Protocol):
    """One connection."""

    def __init__(self, config: uvicorn.Config, state: ServerState, hooks: Hooks, peer: str) -> None:
        super().__init__(config, state, {})
        self.hooks = hooks
        self.peer = peer
        self.server_name = ""  # from SNI
        self.request: Request | None = None
        self.problem = ""
        self.gone = asyncio.Event()
        self.reset = False  # lost before everything was delivered
        self.refused: int | None = None
        self.conn = TappedConnection(self, hooks.limits.header_bytes)
        self.app = functools.partial(hooks.serve, self)
        self.logger = LOG
        self.access_log = False
        self._broken = False
        self._mishap_answered: Callable[[int], None] | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def named(self, server_name: str) -> None:
        self.server_name = server_name

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Writing counts as paused until the last byte is out, so that "delivered" can be awaited.
        transport.set_write_buffer_limits(high=1, low=0)

    def data_received(self, data: bytes) -> None:
        if self._broken:
            return  # after an error h11 reads no more
        super().data_received(data)

    def handle_events(self) -> None:
        """As uvicorn's, which calls it when data came and when the next pipelined request has its turn."""
        super().handle_events()
        if self._deadline is None and self._is_incomplete():
            self._deadline = self.loop.call_later(self.hooks.limits.request_seconds, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        self._unset_keepalive_if_required()
        self.reset = exc is not None
        self._record_unfinished(exc)
        self.gone.set()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        super().send_400_response(msg)
        self.refused = 400
        if self._mishap_answered is not None:
            self._mishap_answered(400)

    def begun(self, event: h11.Request) -> None:
        self.request = head_of(event)
        self.problem = ""

    def current_request(self) -> Request:
        """The request that is being answered; uvicorn starts the application when its head is there."""
        if self.request is None:
            raise RuntimeError("no request has begun")
        return self.request

    def completed(self) -> None:
        self._stop_deadline()
        if self.request is not None:
            self.request.completed_at = self.hooks.clock()

    def malformed(self, head: bytes, error: Exception) -> None:
        self._broken = True
        self.problem = f"malformed HTTP: {str(error).partition(': bytearray')[0]}"
        if head.strip():  # otherwise it is the body, and the application records the request
            self._mishap_answered = self.hooks.mishap(Mishap(protocol=self, problem=self.problem, raw=head))

    def abort(self) -> None:
        self.transport.abort()

    def _too_slow(self) -> None:
        self.problem = f"not complete within {self.hooks.limits.request_seconds:g} s"
        self.abort()

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _is_incomplete(self) -> bool:
        """Whether a request has begun that is not complete; one that waits for its turn is not meant."""
        if self._broken or self.transport.is_closing():
            return False
        state = self.conn.their_state
        return state is h11.SEND_BODY or (state is h11.IDLE and bool(self.conn.trailing_data[0]))

    def _record_unfinished(self, exc: Exception | None) -> None:
        """What is left of a connection that has ended: pipelined requests, half a request, a refusal of TLS."""
        framed = not self._broken and self.conn.their_state is not h11.SEND_BODY
        requests, rest = split(self.conn.trailing_data[0]) if framed else ([], b"")
        for request, body in requests:
            self.hooks.unanswered(self, request, body)
        if rest.strip():
            part = "request" if b"\n\n" in rest.replace(b"\r", b"") else "head of the request"
            problem = self.problem or f"closed before the {part} was complete"
            self.hooks.mishap(Mishap(protocol=self, problem=problem, raw=rest))
        elif isinstance(exc, ssl.SSLError) and self.request is None:
            # TLS 1.3: a client may turn a certificate down when the server's handshake is over.
            self.hooks.mishap(Mishap(protocol=self, problem=handshake_problem(exc)))


REASONS = {
    "UNKNOWN_CA": "the client does not trust the certificate's CA (unknown CA)",
    "CERTIFICATE_UNKNOWN": "the client turned the certificate down (certificate unknown)",
    "BAD_CERTIFICATE": "the client turned the certificate down (bad certificate)",
    "CERTIFICATE_EXPIRED": "the client takes the certificate for expired",
    "NO_SHARED_CIPHER": "no cipher in common",
    "UNSUPPORTED_PROTOCOL": "no TLS version in common",
}


def handshake_problem(error: OSError) -> str:
    """A failed handshake in words."""
    reason = getattr(error, "reason", None) or ""
    words = next((text for part, text in REASONS.items() if part in reason), "")
    if not words and isinstance(error, ConnectionResetError):
        words = "the client closed the connection"
    words = words or reason.replace("_", " ").lower() or str(error) or type(error).__name__
    return f"TLS handshake failed: {words}"
