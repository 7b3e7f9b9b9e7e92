"""Calls that the harness makes without a browser: discovery, keys, registration, token, revocation."""

import asyncio
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from conformance.config.model import ProviderConfig
from conformance.evidence.events import RATE_LIMITED, Exchange
from conformance.evidence.recorder import Recorder
from conformance.provider.agent import RateLimitedError

LIMIT = 16 * 1024 * 1024  # bytes of an answer that are read before the connection is closed
RETRIES = 4  # how often 429, and 503 with Retry-After, are waited for
LONGEST_WAIT = 30.0
UNNAMED_WAIT = 1.0  # seconds after a 429 that does not say how long
TOO_MANY = 429


@dataclass(frozen=True)
class Reply:
    """An answer in full, for the harness's own use; the exchange is what evidence keeps of it."""

    status: int | None
    headers: httpx.Headers
    content: bytes
    exchange: Exchange
    url: str = ""  # where it was asked, unredacted

    def json(self) -> dict[str, Any] | None:
        """Return the body as a JSON object, or None where it is none."""
        import json

        try:
            value = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


class Pace:
    """Keeps to a request rate, over all scenarios of a run."""

    def __init__(self, per_second: float | None) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0

    def hold(self, seconds: float) -> None:
        """Keep back every request of the run for so long: a limit is seldom on one address alone."""
        self._next = max(self._next, time.monotonic() + seconds)

    async def turn(self) -> None:
        """Wait for this request's turn."""
        now = time.monotonic()
        start = max(now, self._next)
        self._next = start + self._gap
        if start > now:
            await asyncio.sleep(start - now)


def tls_context(config: ProviderConfig) -> ssl.SSLContext | bool:
    """Return what the provider's certificate is checked against."""
    if not config.tls.verify:
        return False
    if config.tls.ca is None:
        return True
    context = ssl.create_default_context()
    context.load_verify_locations(config.tls.ca)
    return context


async def exchange(
    client: httpx.AsyncClient, recorder: Recorder, pace: Pace, request: httpx.Request, **about: Any
) -> Reply:
    """Send a request, record it with its answer, and respect Retry-After. RateLimitedError: no end to it."""
    for left in range(RETRIES, -1, -1):
        await pace.turn()
        reply = await _once(client, recorder, request, **about)
        wait = wait_asked_for(reply.status, reply.headers)
        if wait is None:
            return reply
        pace.hold(wait if left else 0)
    if reply.status == TOO_MANY:
        raise too_fast(request.method, str(request.url))
    return reply


def too_fast(method: str, url: str) -> RateLimitedError:
    """Return what is said when the provider does not stop limiting the rate."""
    address = url.partition("?")[0]
    return RateLimitedError(
        f"The provider answered 429 (too many requests) to {method} {address}, also after waiting {RETRIES} "
        "times. Set requests_per_second to what it allows, and run again."
    )


async def _once(client: httpx.AsyncClient, recorder: Recorder, request: httpx.Request, **about: Any) -> Reply:
    started, status, headers, content, error = recorder.clock(), None, httpx.Headers(), b"", ""
    try:
        response = await client.send(request, stream=True)
        status, headers = response.status_code, response.headers
        content, error = await _read(response)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as problem:
        error = describe(problem)
    body = request.content if request.method != "GET" else b""
    if status == TOO_MANY:
        about["purpose"] = RATE_LIMITED
    entry = recorder.exchange(
        at=started, sender="http", method=request.method, url=str(request.url),
        request_headers=_sent(request), request_body=body, status=status,
        response_headers=_received(headers), response_body=content, error=error,
        seconds=round(recorder.clock() - started, 6), **about,
    )  # fmt: skip
    return Reply(status, headers, content, entry, str(request.url))


async def _read(response: httpx.Response) -> tuple[bytes, str]:
    """Read an answer up to the bound; what is cut off or garbled is said, not raised."""
    content = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > LIMIT:
                return bytes(content[:LIMIT]), f"more than {LIMIT} bytes: reading was stopped"
    except httpx.HTTPError as problem:
        return bytes(content), describe(problem)
    finally:
        await response.aclose()
    return bytes(content), ""


def describe(problem: BaseException) -> str:
    """Return a network error in words that name its cause."""
    chain = list(dict.fromkeys(str(cause) or type(cause).__name__ for cause in _causes(problem)))
    if isinstance(problem, httpx.TimeoutException):
        return f"no answer within the time-out ({chain[0]})"
    return f"{chain[0]} ({chain[-1]})" if len(chain) > 1 else chain[0]


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """Yield a problem and what led to it, down to the one that the system named."""
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, BaseExceptionGroup):  # one for each address that was tried
            cause = cause.exceptions[-1]
        yield cause
        if isinstance(cause, OSError) and cause.errno is not None:
            return  # what it was raised beside is no cause: a connection that is not blocking is under way
        cause = cause.__cause__ or cause.__context__


def _sent(request: httpx.Request) -> list[tuple[str, str]]:
    return [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw]


def _received(headers: httpx.Headers) -> list[tuple[str, str]]:
    return [(k.decode("latin-1"), v.decode("latin-1")) for k, v in headers.raw]


def wait_asked_for(status: int | None, headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait before the same request is sent again; None: this is the answer."""
    named = headers.get("retry-after", "")
    if status not in (TOO_MANY, 503) or (status == 503 and not named):
        return None
    return min(_seconds(named), LONGEST_WAIT)


def _seconds(named: str) -> float:
    """Read Retry-After: seconds, or a date (RFC 9110, section 10.2.3)."""
    if named.isdigit():
        return float(named)
    try:
        until = parsedate_to_datetime(named)
    except ValueError:
        return UNNAMED_WAIT
    return max(until.timestamp() - time.time(), 0.0)


class Api:
    """The provider's endpoints that a relying party's server calls. Sends ``Accept: application/json``."""

    def __init__(self, http: httpx.AsyncClient, recorder: Recorder, pace: Pace) -> None:
        self._http, self.recorder, self._pace = http, recorder, pace

    async def get(self, url: str, purpose: str, headers: Mapping[str, str] | None = None) -> Reply:
        request = self._http.build_request(
            "GET", url, headers={"Accept": "application/json", **(headers or {})}
        )
        return await exchange(self._http, self.recorder, self._pace, request, purpose=purpose)

    async def post(
        self, url: str, purpose: str, *, data: Mapping[str, str] | None = None, json: Any = None,
        headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None,
    ) -> Reply:  # fmt: skip
        request = self._http.build_request(
            "POST", url, data=data, json=json, headers={"Accept": "application/json", **(headers or {})}
        )
        if auth:
            request.headers["Authorization"] = httpx.BasicAuth(*auth)._auth_header  # noqa: SLF001 - RFC 6749 2.3.1 encodes before
        return await exchange(self._http, self.recorder, self._pace, request, purpose=purpose)

    async def delete(self, url: str, purpose: str, headers: Mapping[str, str]) -> Reply:
        return await self.send("DELETE", url, purpose, headers)

    async def send(self, method: str, url: str, purpose: str, headers: Mapping[str, str]) -> Reply:
        """Send a request without a body, by whatever method."""
        return await self.request(method, url, purpose, headers)

    async def request(
        self, method: str, url: str, purpose: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> Reply:
        """Send any request."""
        request = self._http.build_request(
            method, url, headers={"Accept": "application/json", **headers}, content=content
        )
        return await exchange(self._http, self.recorder, self._pace, request, purpose=purpose)
