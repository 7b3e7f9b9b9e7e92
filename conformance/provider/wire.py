"""Calls that the harness makes without a browser: discovery, keys, registration, token, revocation."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from conformance.config.model import ProviderConfig
from conformance.evidence.events import Exchange
from conformance.evidence.recorder import Recorder

LIMIT = 16 * 1024 * 1024  # bytes of an answer that are read before the connection is closed
RETRIES = 2  # how often 429 and 503 with Retry-After are waited for
LONGEST_WAIT = 30.0


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
    """Send a request, record it with its answer, and respect Retry-After."""
    for attempt in range(RETRIES + 1):
        await pace.turn()
        reply = await _once(client, recorder, request, **about)
        wait = _retry_after(reply)
        if wait is None or attempt == RETRIES:
            break
        await asyncio.sleep(wait)
    return reply


async def _once(client: httpx.AsyncClient, recorder: Recorder, request: httpx.Request, **about: Any) -> Reply:
    started, status, headers, content, error = recorder.clock(), None, httpx.Headers(), b"", ""
    try:
        response = await client.send(request, stream=True)
        status, headers = response.status_code, response.headers
        content, error = await _read(response)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as problem:
        error = describe(problem)
    body = request.content if request.method != "GET" else b""
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
    chain: list[str] = []
    cause: BaseException | None = problem
    while cause is not None:
        text = str(cause) or type(cause).__name__
        if text not in chain:
            chain.append(text)
        cause = cause.__cause__ or cause.__context__
    if isinstance(problem, httpx.TimeoutException):
        return f"no answer within the time-out ({chain[0]})"
    return f"{chain[0]} ({chain[-1]})" if len(chain) > 1 else chain[0]


def _sent(request: httpx.Request) -> list[tuple[str, str]]:
    return [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw]


def _received(headers: httpx.Headers) -> list[tuple[str, str]]:
    return [(k.decode("latin-1"), v.decode("latin-1")) for k, v in headers.raw]


def _retry_after(reply: Reply) -> float | None:
    if reply.status not in (429, 503):
        return None
    value = reply.headers.get("retry-after", "")
    return min(float(value), LONGEST_WAIT) if value.isdigit() else None


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
        request = self._http.build_request("DELETE", url, headers={"Accept": "application/json", **headers})
        return await exchange(self._http, self.recorder, self._pace, request, purpose=purpose)
