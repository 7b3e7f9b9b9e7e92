"""The records of the receiver: sites, scripted answers, bounds, what was seen."""

import asyncio
from collections.abc import Callable
from typing import Literal

import msgspec

from conformance.evidence.events import Body, Headers

Endpoint = Literal["redirect_uri", "post_logout", "frontchannel", "backchannel", "other"]
ScriptedEndpoint = Literal["redirect_uri", "post_logout", "frontchannel", "backchannel"]

Clock = Callable[[], float]


class ReceiverError(Exception):
    """The receiver cannot start or was used wrongly; one sentence for the operator."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a relying party answers.

    `times` applies it to the first N requests, then the next one of the list. `delay` is in seconds.
    """

    name: str = "ok"
    status: int = 200
    headers: list[tuple[str, str]] = []
    body: bytes | str = ""
    delay: float = 0.0
    drop: bool = False  # close the connection without an answer
    hang: bool = False  # never answer until the receiver closes
    until: asyncio.Event | None = None  # answer as soon as it is set, though the delay is not over
    times: int | None = None

    def __post_init__(self) -> None:
        if not 200 <= self.status <= 599:
            raise ReceiverError(f"Answer {self.name!r}: {self.status} is not the status of a final answer.")
        if self.times is not None and self.times < 1:
            raise ReceiverError(f"Answer {self.name!r}: times must be at least 1.")
        for header in self.headers:
            if not sendable("".join(header)):
                raise ReceiverError(f"Answer {self.name!r}: {header!r} cannot be sent as a header.")


def sendable(text: str) -> bool:
    return all(0x20 <= ord(character) <= 0xFF or character == "\t" for character in text)


class RelyingPartySite(msgspec.Struct):
    """What one relying party listens on."""

    key: str  # unique in the run: lease key + role, e.g. "near-misses.rp1"
    redirect_uris: list[str] = []
    post_logout_redirect_uris: list[str] = []
    frontchannel_logout_uri: str | None = None
    backchannel_logout_uri: str | None = None
    hosts: list[str] = []  # further virtual hosts that belong to it: "host", "host:port" or an origin

    def endpoints(self) -> list[tuple[ScriptedEndpoint, str]]:
        """Every registered URI with the endpoint that it is."""
        pairs: list[tuple[ScriptedEndpoint, str]] = [("redirect_uri", uri) for uri in self.redirect_uris]
        pairs += [("post_logout", uri) for uri in self.post_logout_redirect_uris]
        if self.frontchannel_logout_uri:
            pairs.append(("frontchannel", self.frontchannel_logout_uri))
        if self.backchannel_logout_uri:
            pairs.append(("backchannel", self.backchannel_logout_uri))
        return pairs


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on what is read and kept; sizes in bytes, times in seconds."""

    body_kept: int = 1 << 20
    body_read: int = 16 << 20  # reading stops here with a 413
    headers: int = 200
    header_bytes: int = 64 << 10
    arrivals: int = 20_000  # kept; later ones are only counted
    strays: int = 10_000  # of these, at no registered URI: scanners leave room for notifications
    kept_bytes: int = 256 << 20  # bodies and headers of all; later ones are cut to `scrap` bytes each
    scrap: int = 8 << 10
    silent: int = 500  # connections without a first byte; the oldest one makes room
    request_seconds: float = 30.0  # from the first byte of a request to its last
    handshake_seconds: float = 30.0
    certificates: int = 1_000  # host names that get one of their own
    close_seconds: float = 0.4


DEFAULT_LIMITS = Limits()


class Seen(msgspec.Struct, kw_only=True):
    """A request that reached the receiver, or a failed try at one.

    The answer's fields are filled in when the answer has gone out: a `Seen` changes once after it
    was recorded.
    """

    at: float  # when the request was completely received
    key: str = ""  # of the site; "" where none is known
    endpoint: Endpoint = "other"
    method: str = ""
    url: str = ""  # as the sender addressed it
    headers: Headers = []  # names as they were sent, order and duplicates kept
    body: Body = Body()
    answer: int | None = None
    answered_at: float | None = None
    script: str = ""
    peer: str = ""
    problem: str = ""

    def header(self, name: str) -> str | None:
        """The first value of a header field, by its name in any case."""
        return next((value for field, value in self.headers if field.lower() == name.lower()), None)


def bounded(headers: Headers, most: int, most_bytes: int) -> tuple[Headers, str]:
    """The headers that are kept, and a remark where some are not."""
    kept: Headers = []
    size = 0
    for name, value in headers[:most]:
        size += len(name) + len(value)
        if size > most_bytes:
            break
        kept.append((name, value))
    return kept, "" if len(kept) == len(headers) else f"{len(headers)} headers, the first {len(kept)} kept"
