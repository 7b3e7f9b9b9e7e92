"""Requests taken from bytes that no connection works on any more."""

import h11
import msgspec

MOST = 100  # requests told apart of one connection's rest; none that means well pipelines as many


class Request(msgspec.Struct):
    """The head of a request, as it was sent."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    completed_at: float | None = None


def head_of(event: h11.Request) -> Request:
    raw = event.headers.raw_items()
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
    return Request(event.method.decode("ascii"), event.target.decode("ascii"), fields)


def split(raw: bytes) -> tuple[list[tuple[Request, bytes]], bytes]:
    """The complete requests that bytes begin with, each with its body, and what is left of the bytes."""
    found: list[tuple[Request, bytes]] = []
    while raw and len(found) < MOST:
        request, body, rest = first(raw.lstrip(b"\r\n"))
        if request is None:
            break
        found.append((request, body))
        raw = rest
    return found, raw


def first(raw: bytes) -> tuple[Request | None, bytes, bytes]:
    """The first request, its body and what follows; None where it is not complete, or no request."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(raw)
    request, body = None, bytearray()
    try:
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Request):
                request = head_of(event)
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                return None, b"", raw
    except h11.RemoteProtocolError:
        return None, b"", raw
    return request, bytes(body), connection.trailing_data[0]
