"""Hostile input is evidence, not a crash."""

import asyncio

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conformance.receiver import Limits, Receiver
from tests.receiver.support import KEY, PATIENCE, in_loop, open_site, receiver, talk

HEAD = b"POST /callback HTTP/1.1\r\nHost: rp1.test\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "problem"),
    [
        (b"GET /callback HTTP/1.1\r\n\r\n", "Missing mandatory Host: header"),
        (b"GET /callback HTTP/1.1\r\nHost: rp1.test\r\nHost: b\r\n\r\n", "Found multiple Host: headers"),
        (b"GET /call back HTTP/1.1\r\nHost: rp1.test\r\n\r\n", "illegal request line"),
        (b"GET /callb\xc3\xa9ck HTTP/1.1\r\nHost: rp1.test\r\n\r\n", "illegal request line"),
        (b"GET /callback HTTP/1.1\r\nHost: rp1.test\r\nno colon\r\n\r\n", "illegal header line"),
        (b"GET /callback HTTP/1.1\r\nHost: rp1.test\r\nA: \x00\r\n\r\n", "illegal header line"),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", "conflicting Content-Length headers"),
        (HEAD + b"Content-Length: -1\r\n\r\n", "bad Content-Length"),
        (HEAD + b"Transfer-Encoding: gzip\r\n\r\n", "Only Transfer-Encoding: chunked is supported"),
        (HEAD + b"X: " + b"y" * 70_000, "Receive buffer too long"),
        (b"\x80\x03\x01 nonsense\r\n\r\n", "illegal request line"),
    ],
)
@in_loop
async def test_a_malformed_head_is_recorded_raw(request_bytes, problem):
    async with receiver() as listening:
        open_site(listening)
        assert (await talk(listening, request_bytes)).startswith(b"HTTP/1.1 400 ")
        [seen] = listening.arrivals
        assert seen.problem.startswith("malformed HTTP: ")
        assert problem in seen.problem
        assert (seen.answer, seen.answered_at is not None) == (400, True)
        assert seen.body.text.encode()[:20].startswith(request_bytes[:1].replace(b"\x80", b"\\x80"))


@in_loop
async def test_a_malformed_request_is_attributed_as_far_as_it_can_be():
    async with receiver() as listening:
        open_site(listening)
        await talk(
            listening, b"POST /callback HTTP/1.1\r\nHost: rp1.test\r\nContent-Length: x\r\nA: b\r\n\r\n"
        )
        seen = listening.arrivals[0]
        # It came without TLS, hence not at the https URL that is registered, but on its host.
        assert (seen.key, seen.endpoint, seen.method) == (KEY, "other", "POST")
        assert (seen.url, seen.header("a")) == ("http://rp1.test/callback", "b")


@in_loop
async def test_invalid_chunks_are_recorded_with_their_request():
    async with receiver() as listening:
        open_site(listening)
        request = HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"
        assert (await talk(listening, request)).startswith(b"HTTP/1.1 400 ")
        [seen] = listening.arrivals
        assert (seen.method, seen.answer) == ("POST", 400)
        assert "malformed HTTP: illegal chunk header" in seen.problem
        assert seen.body.problem == "cut short"


@in_loop
async def test_a_request_in_pieces_is_one_arrival():
    async with receiver() as listening:
        open_site(listening)
        request = HEAD + b"Content-Length: 3\r\nConnection: close\r\n\r\nabc"
        assert b" 404 " in await talk(listening, *(request[n : n + 1] for n in range(len(request))))
        [seen] = listening.arrivals
        assert (seen.body.text, seen.problem) == ("abc", "")


@in_loop
async def test_pipelined_requests_are_answered_in_order():
    async with receiver() as listening:
        open_site(listening)
        one = b"GET /%d HTTP/1.1\r\nHost: rp1.test\r\n\r\n"
        answers = await talk(listening, one % 1 + one % 2 + b"rubbish\r\n\r\n")
        assert [answers.count(status) for status in (b" 404 ", b" 400 ")] == [2, 1]
        assert [seen.url[-2:] for seen in listening.arrivals[:2]] == ["/1", "/2"]
        assert "malformed" in listening.arrivals[2].problem


@pytest.mark.parametrize(
    ("sent", "problem", "text"),
    [
        (b"GET /callb", "closed before the head of the request was complete", "GET /callb"),
        (HEAD + b"Content-Length: 9\r\n\r\nabc", "closed before the body was complete", "abc"),
    ],
)
@in_loop
async def test_what_is_cut_short_is_recorded(sent, problem, text):
    async with receiver() as listening:
        open_site(listening)
        _, writer = await asyncio.open_connection("127.0.0.1", listening.plain_port)
        writer.write(sent)
        writer.close()
        await settled(listening)
        [seen] = listening.arrivals
        assert (seen.problem, seen.body.text, seen.answer) == (problem, text, None)


@pytest.mark.parametrize("sent", [b"GET /callb", HEAD + b"Content-Length: 9\r\n\r\nabc"])
@in_loop
async def test_a_slow_sender_is_given_up(sent):
    async with receiver(limits=Limits(request_seconds=0.05)) as listening:
        open_site(listening)
        assert await talk(listening, sent) == b""
        await settled(listening)
        [seen] = listening.arrivals
        assert seen.problem == "not complete within 0.05 s"


@in_loop
async def test_a_connection_without_a_word_is_nothing():
    async with receiver() as listening:
        _, writer = await asyncio.open_connection("127.0.0.1", listening.plain_port)
        writer.close()
        await talk(listening, b"GET /x HTTP/1.0\r\n\r\n")
        [seen] = listening.arrivals
        assert seen.url == f"http://127.0.0.1:{listening.plain_port}/x"


@in_loop
async def test_an_absolute_target_is_the_url():
    async with receiver() as listening:
        request = b"GET https://evil.example/a?b HTTP/1.1\r\nHost: rp1.test\r\nConnection: close\r\n\r\n"
        await talk(listening, request)
        assert listening.arrivals[0].url == "https://evil.example/a?b"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=3), st.booleans())
def test_whatever_comes_the_receiver_lives(pieces, as_request):
    assume(
        as_request or b"".join(pieces).strip(b"\r\n")
    )  # empty lines alone are no request: it may stay open
    lines = [HEAD + b"Connection: close\r\nX: folds\r\n", *pieces, b"\r\n\r\n"] if as_request else pieces

    async def survive() -> None:
        async with receiver(limits=Limits(request_seconds=0.02, handshake_seconds=0.02)) as listening:
            await talk(listening, *lines)
            answer = await talk(listening, b"GET /alive HTTP/1.0\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 404 ")

    asyncio.run(survive())


async def settled(listening: Receiver) -> None:
    """Until something was recorded, for whomever."""
    assert await listening._journal.wait_for(lambda: bool(listening.arrivals), PATIENCE)
