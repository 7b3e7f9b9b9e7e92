"""What is kept of an arrival, within which bounds, and how one waits for it."""

import asyncio
import gzip

import pytest

from conformance.receiver import Answer, Limits
from tests.receiver.support import KEY, PATIENCE, ask, client, in_loop, open_site, receiver, talk

CALLBACK = "https://rp1.test/callback"
SMALL = Limits(body_kept=10, body_read=100, headers=8, header_bytes=1000, arrivals=3, request_seconds=0.2)


@in_loop
async def test_order_case_and_duplicates_of_headers_are_kept():
    async with receiver() as listening:
        open_site(listening)
        await talk(
            listening,
            b"GET /callback?a=%2f&b HTTP/1.1\r\nHost: rp1.test\r\nX-B: 2\r\nx-a: 1\r\nX-B: \xe9\r\n"
            b"Connection: close\r\n\r\n",
        )
        seen = listening.arrivals[0]
        assert seen.headers[1:4] == [("X-B", "2"), ("x-a", "1"), ("X-B", "é")]
        assert seen.url == "http://rp1.test/callback?a=%2f&b"
        assert seen.peer.startswith("127.0.0.1:")


@in_loop
async def test_a_large_body_is_cut_and_its_true_size_known():
    async with receiver(limits=SMALL) as listening:
        open_site(listening)
        await ask(listening, CALLBACK, "POST", content="123456789é and more".encode())
        body = listening.arrivals[0].body
        assert (body.text, body.size, body.truncated, body.problem) == ("123456789", 20, True, "")


@in_loop
async def test_reading_stops_at_the_outer_bound():
    async with receiver(limits=SMALL) as listening:
        open_site(listening)
        request = b"POST /callback HTTP/1.1\r\nHost: rp1.test\r\nContent-Length: 5000\r\n\r\n" + b"x" * 500
        assert (await talk(listening, request)).startswith(b"HTTP/1.1 413 ")
        seen = listening.arrivals[0]
        assert (seen.answer, seen.body.size, seen.body.truncated) == (413, 500, True)
        assert seen.problem == "body larger than 100 bytes, not read further"


@in_loop
async def test_surplus_headers_are_counted():
    async with receiver(limits=SMALL) as listening:
        open_site(listening)
        await ask(listening, CALLBACK, headers={f"X-{n}": "v" for n in range(20)})
        seen = listening.arrivals[0]
        assert len(seen.headers) == 8
        assert "headers, the first 8 kept" in seen.problem


@pytest.mark.parametrize(
    "content", [b"logout_token=\xff\xfe", gzip.compress(b"logout_token=t")], ids=["latin-1", "gzip"]
)
@in_loop
async def test_what_is_not_utf8_is_kept_readable(content):
    async with receiver() as listening:
        open_site(listening)
        await ask(listening, CALLBACK, "POST", content=content, headers={"Content-Encoding": "gzip"})
        body = listening.arrivals[0].body
        assert (body.problem, body.size, body.text) == (
            "not UTF-8",
            len(content),
            content.decode("utf-8", "backslashreplace"),
        )


@in_loop
async def test_beyond_the_bound_arrivals_are_only_counted():
    async with receiver(limits=SMALL) as listening:
        open_site(listening)
        for number in range(5):
            await ask(listening, f"{CALLBACK}?n={number}")
        assert (len(listening.arrivals), listening.not_kept) == (3, 2)


@in_loop
async def test_arrivals_are_told_at_once():
    told = []
    async with receiver(on_arrival=lambda key, seen: told.append((key, seen.answer))) as listening:
        open_site(listening)
        await ask(listening, CALLBACK)
    assert told == [(KEY, None)]


@in_loop
async def test_a_listener_that_fails_loses_nothing():
    def fail(*_):
        raise ValueError

    async with receiver(on_arrival=fail) as listening:
        open_site(listening)
        assert (await ask(listening, CALLBACK)).status_code == 200
        assert len(listening.arrivals) == 1


@in_loop
async def test_waiting_ends_with_the_arrival():
    async with receiver() as listening:
        open_site(listening)
        waiting = asyncio.create_task(listening.wait_for(KEY, "redirect_uri", count=2, timeout=PATIENCE))
        await ask(listening, CALLBACK)
        assert not waiting.done()
        await ask(listening, CALLBACK)
        assert await waiting
        assert await listening.wait_for(KEY, "redirect_uri", timeout=0)


@in_loop
async def test_waiting_can_be_for_the_answer():
    async with receiver() as listening:
        open_site(listening)
        listening.script(KEY, "backchannel", Answer(hang=True, times=1))
        async with client(listening) as http:
            hanging = asyncio.create_task(http.post(listening.backchannel_uri(KEY)))
            assert await listening.wait_for(KEY, "backchannel", timeout=PATIENCE)
            assert not await listening.wait_for(KEY, "backchannel", timeout=0.01, answered=True)
            hanging.cancel()
            await http.post(listening.backchannel_uri(KEY))
        assert await listening.wait_for(KEY, "backchannel", timeout=PATIENCE, answered=True)


@in_loop
async def test_waiting_in_vain_ends_at_the_deadline():
    async with receiver() as listening:
        open_site(listening)
        await ask(listening, CALLBACK)
        assert not await listening.wait_for(KEY, "backchannel", timeout=0.01)


@in_loop
async def test_waiting_ends_when_the_receiver_closes():
    async with receiver() as listening:
        waiting = asyncio.create_task(listening.wait_for(KEY, "backchannel", timeout=60))
        await asyncio.sleep(0)
    assert not await waiting


@in_loop
async def test_scanners_leave_room_for_notifications():
    async with receiver(limits=Limits(arrivals=4, strays=2)) as listening:
        open_site(listening)
        for number in range(5):
            await ask(listening, f"https://rp1.test/{number}.php")
        for _ in range(3):
            await ask(listening, CALLBACK)
        assert [seen.endpoint for seen in listening.arrivals] == ["other"] * 2 + ["redirect_uri"] * 2
        assert listening.not_kept == 4


@in_loop
async def test_when_much_is_kept_only_the_beginnings_of_large_arrivals_are():
    async with receiver(limits=Limits(kept_bytes=2500, scrap=300)) as listening:
        open_site(listening)
        for content in (b"x" * 2000, b"y" * 2000, b"z" * 200):
            await ask(listening, CALLBACK, "POST", content=content)
        bodies = [seen.body for seen in listening.arrivals]
        assert [(len(body.text), body.size, body.truncated) for body in bodies] == [
            (2000, 2000, False),
            (300, 2000, True),
            (200, 200, False),
        ]
        assert {seen.problem for seen in listening.arrivals} == {""}
