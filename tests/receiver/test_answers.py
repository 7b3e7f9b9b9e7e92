"""What relying parties answer."""

import asyncio

import httpx
import pytest

from conformance.receiver import Answer, Receiver, ReceiverError
from tests.receiver.support import KEY, PATIENCE, ask, client, in_loop, open_site, receiver, trusting

CALLBACK = "https://rp1.test/callback"
SIGNED_OUT = "https://rp1.test/signed-out"
FRAME = "https://rp1.test/frontchannel-logout"


async def notify(listening: Receiver) -> httpx.Response:
    async with client(listening) as http:
        return await http.post(listening.backchannel_uri(KEY), data={"logout_token": "t"})


@in_loop
async def test_by_default_every_endpoint_answers_well():
    async with receiver() as listening:
        open_site(listening)
        callback = await ask(listening, f"{CALLBACK}?code=c")
        assert (callback.status_code, f"Relying party {KEY}: signed in" in callback.text) == (200, True)
        assert "<script" not in callback.text
        assert (await ask(listening, SIGNED_OUT, "POST", data={"a": "b"})).status_code == 200
        frame = await ask(listening, FRAME)
        assert (frame.text, frame.headers["cache-control"]) == ("", "no-store")
        assert frame.headers["content-security-policy"] == "frame-ancestors *"
        notified = await notify(listening)
        assert (notified.status_code, notified.content, notified.headers["cache-control"]) == (
            200,
            b"",
            "no-store",
        )
        assert (await ask(listening, "https://rp1.test/else")).status_code == 404


@in_loop
async def test_a_scripted_answer_is_sent_as_it_stands():
    async with receiver() as listening:
        open_site(listening)
        answer = Answer(
            name="refuses", status=400, headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], body=b"\xff{}"
        )
        listening.script(KEY, "backchannel", answer)
        got = await notify(listening)
        assert (got.status_code, got.content) == (400, b"\xff{}")
        assert got.headers.get_list("set-cookie") == ["a=1", "b=2"]
        seen = listening.seen(KEY, "backchannel")[0]
        assert (seen.answer, seen.script, seen.body.text) == (400, "refuses", "logout_token=t")
        assert seen.answered_at is not None
        assert seen.answered_at >= seen.at


@in_loop
async def test_answers_are_used_up_in_order():
    async with receiver() as listening:
        open_site(listening)
        listening.script(
            KEY, "backchannel", Answer(status=503, times=2), Answer(status=400, times=1), Answer(status=204)
        )
        assert [(await notify(listening)).status_code for _ in range(5)] == [503, 503, 400, 204, 204]
        listening.script(KEY, "backchannel", Answer(status=500, times=1))
        assert [(await notify(listening)).status_code for _ in range(2)] == [500, 200]
        listening.script(KEY, "backchannel", Answer(status=500))
        listening.script(KEY, "backchannel")
        assert (await notify(listening)).status_code == 200


@in_loop
async def test_scripts_of_one_site_are_not_anothers():
    async with receiver() as listening:
        open_site(listening)
        open_site(listening, "case.rp2", "rp2.test")
        listening.script(KEY, "frontchannel", Answer(status=500))
        assert (await ask(listening, FRAME)).status_code == 500
        assert (await ask(listening, "https://rp2.test/frontchannel-logout")).status_code == 200


@in_loop
async def test_a_redirect_is_an_answer():
    async with receiver() as listening:
        open_site(listening)
        listening.script(KEY, "post_logout", Answer(status=303, headers=[("Location", CALLBACK)]))
        assert (await ask(listening, SIGNED_OUT)).headers["location"] == CALLBACK


@in_loop
async def test_drop_closes_without_an_answer():
    async with receiver() as listening:
        open_site(listening)
        listening.script(KEY, "backchannel", Answer(name="drops", drop=True))
        with pytest.raises(httpx.TransportError):
            await notify(listening)
        seen = listening.seen(KEY)[0]
        assert (seen.answer, seen.answered_at, seen.script) == (None, None, "drops")


@in_loop
async def test_a_delay_holds_the_answer_back():
    async with receiver() as listening:
        open_site(listening)
        listening.script(KEY, "backchannel", Answer(delay=0.05))
        assert (await notify(listening)).status_code == 200
        seen = listening.seen(KEY)[0]
        assert seen.answered_at is not None
        assert seen.answered_at - seen.at >= 0.05


@in_loop
async def test_a_client_that_does_not_wait_has_no_answer():
    async with receiver() as listening:
        open_site(listening)
        listening.script(KEY, "backchannel", Answer(hang=True))
        async with client(listening) as http:
            with pytest.raises(httpx.ReadTimeout):
                await http.post(listening.backchannel_uri(KEY), timeout=httpx.Timeout(PATIENCE, read=0.05))
        assert await listening.wait_for(KEY, "backchannel", timeout=PATIENCE)
        seen = listening.seen(KEY)[0]
        assert (seen.answer, seen.answered_at, seen.problem) == (None, None, "")


@in_loop
async def test_an_answer_that_is_not_read_is_not_delivered():
    async with receiver() as listening:
        open_site(listening)
        listening.script(KEY, "backchannel", Answer(body=b"z" * 20_000_000))
        port, trust = listening.port, trusting(listening)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=trust, server_hostname="localhost"
        )
        writer.write(f"GET /{KEY}/backchannel-logout HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        writer.transport.abort()
    seen = listening.seen(KEY)[0]
    assert (seen.answer, seen.answered_at) == (200, None)


@in_loop
async def test_an_answer_may_promise_more_than_it_has():
    async with receiver() as listening:
        open_site(listening)
        listening.script(KEY, "backchannel", Answer(headers=[("Content-Length", "9")], body="short"))
        with pytest.raises(httpx.RemoteProtocolError):
            await notify(listening)
        assert (listening.seen(KEY)[0].answer, listening.seen(KEY)[0].answered_at) == (200, None)


@in_loop
async def test_pages_of_the_harness_are_not_recorded():
    async with receiver() as listening:
        open_site(listening)
        url = listening.page(KEY, "/start", "<p>here</p>")
        assert url == "https://rp1.test/start"
        assert (await ask(listening, url)).text == "<p>here</p>"
        assert "Blank" in (await ask(listening, listening.blank(KEY))).text
        assert (await ask(listening, "https://rp1.test/favicon.ico")).status_code == 204
        assert not listening.arrivals
        await ask(listening, url, "POST")
        assert [seen.method for seen in listening.arrivals] == ["POST"]


@pytest.mark.parametrize(
    "answer", [{"status": 101}, {"status": 700}, {"times": 0}, {"headers": [("X", "a\r\nb")]}]
)
def test_an_answer_that_cannot_be_sent_is_refused(answer):
    with pytest.raises(ReceiverError):
        Answer(**answer)


def test_only_open_sites_can_be_scripted():
    with pytest.raises(ReceiverError, match=r"No site 'case\.rp9' is open"):
        receiver().script("case.rp9", "backchannel", Answer())
