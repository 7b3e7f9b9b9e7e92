"""Calls without a browser: what is waited for, and what is recorded meanwhile."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from conformance.evidence.events import RATE_LIMITED, Exchange
from conformance.evidence.recorder import Recorder, RunClock
from conformance.evidence.redaction import Redactor
from conformance.provider.agent import RateLimitedError
from conformance.provider.wire import LONGEST_WAIT, RETRIES, Api, Pace, Reply, describe, wait_asked_for

URL = "https://op.test/token?secret=1"
NOW = {"Retry-After": "0"}


def ask(answers: Sequence[httpx.Response]) -> tuple[Reply, list[Exchange]]:
    """Ask once; the last of the answers is given for good."""
    left = list(answers)
    recorder = Recorder("wire", RunClock(), Redactor())

    def respond(_request: httpx.Request) -> httpx.Response:
        return left.pop(0) if len(left) > 1 else left[0]

    async def go() -> Reply:
        async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
            return await Api(http, recorder, Pace(None)).get(URL, "token")

    try:
        return asyncio.run(go()), recorded(recorder)
    except RateLimitedError:
        assert [e.purpose for e in recorded(recorder)] == [RATE_LIMITED] * (RETRIES + 1)
        raise


def recorded(recorder: Recorder) -> list[Exchange]:
    return [event for event in recorder.events if isinstance(event, Exchange)]


def test_a_limited_request_is_sent_again_and_not_judged() -> None:
    reply, seen = ask(
        [httpx.Response(429, headers=NOW), httpx.Response(429, headers=NOW), httpx.Response(200)]
    )
    assert reply.status == 200
    assert [(e.status, e.purpose) for e in seen] == [(429, RATE_LIMITED), (429, RATE_LIMITED), (200, "token")]


def test_a_limit_without_end_says_what_to_do() -> None:
    with pytest.raises(RateLimitedError, match=r"429 .* to GET https://op.test/token, .*requests_per_second"):
        ask([httpx.Response(429, headers=NOW)])


def test_an_outage_is_waited_for_only_if_it_names_its_end() -> None:
    reply, seen = ask([httpx.Response(503)])
    assert (reply.status, len(seen)) == (503, 1)
    reply, seen = ask([httpx.Response(503, headers=NOW), httpx.Response(200)])
    assert [e.purpose for e in seen] == ["token", "token"]
    reply, seen = ask([httpx.Response(503, headers=NOW)])
    assert (reply.status, seen[-1].purpose) == (503, "token")


def test_retry_after_is_seconds_or_a_date_within_bounds() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True)
    assert wait_asked_for(429, {"retry-after": "7"}) == 7
    assert 8 < (wait_asked_for(429, {"retry-after": soon}) or 0) <= 10
    assert wait_asked_for(429, {"retry-after": "86400"}) == LONGEST_WAIT
    assert wait_asked_for(429, {"retry-after": "soon"}) == wait_asked_for(429, {}) == 1
    assert wait_asked_for(200, {"retry-after": "7"}) is None


def _raised_from(problem: Exception, cause: BaseException) -> Exception:
    problem.__cause__ = cause
    return problem


def test_a_network_error_names_what_the_system_said() -> None:
    refused = ConnectionRefusedError(111, "Connection refused")
    refused.__context__ = BlockingIOError(115, "Operation now in progress")  # asyncio was waiting for it
    once = _raised_from(OSError("All connection attempts failed"), refused)
    told = "All connection attempts failed ([Errno 111] Connection refused)"
    assert describe(_raised_from(httpx.ConnectError("All connection attempts failed"), once)) == told


def test_a_network_error_of_several_addresses_names_the_last() -> None:
    attempts = [OSError(101, "Network is unreachable"), ConnectionRefusedError(111, "Connection refused")]
    every = _raised_from(OSError("All connection attempts failed"), ExceptionGroup("several", attempts))
    assert describe(every) == "All connection attempts failed ([Errno 111] Connection refused)"
