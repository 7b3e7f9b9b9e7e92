"""Starting and ending."""

import asyncio
import subprocess
import sys
import threading

import pytest

from conformance.receiver import Answer, ReceiverError
from tests.receiver.support import KEY, PATIENCE, client, in_loop, open_site, receiver, talk

HEAVY = "uvicorn", "starlette", "trustme", "cryptography", "h11"


def tasks() -> set[asyncio.Task]:
    return asyncio.all_tasks() - {asyncio.current_task()}


@in_loop
async def test_a_port_that_is_taken_is_one_sentence():
    async with receiver() as first:
        with pytest.raises(
            ReceiverError, match=f"^The receiver cannot listen on 127.0.0.1:{first.port}: .*\\.$"
        ):
            async with receiver(port=first.port):
                pass
    async with receiver(port=first.port) as second:
        assert second.port == first.port


@in_loop
async def test_nothing_is_left_when_it_closes():
    threads = threading.active_count()
    async with receiver() as listening:
        await talk(listening, b"GET / HTTP/1.0\r\n\r\n")
    assert not tasks()
    assert threading.active_count() == threads
    with pytest.raises(ConnectionRefusedError):
        await talk(listening, b"")


@in_loop
async def test_closing_leaves_no_number_of_a_closed_socket_with_the_loop():
    """Whoever opens a connection meanwhile may be given that number."""
    async with receiver() as other:
        closing = await receiver().__aenter__()
        ended = asyncio.create_task(closing.__aexit__())
        many = [asyncio.open_connection("127.0.0.1", other.port) for _ in range(20)]
        opened = await asyncio.gather(*many)
        await ended
        for _, writer in opened:
            writer.close()


@pytest.mark.parametrize("answer", [Answer(hang=True), Answer(delay=60)])
@in_loop
async def test_closing_ends_what_hangs_at_once(answer):
    async with receiver() as listening:
        open_site(listening)
        listening.script(KEY, "backchannel", answer)
        http = await client(listening).__aenter__()
        hanging = [asyncio.create_task(http.post(listening.backchannel_uri(KEY))) for _ in range(10)]
        assert await listening.wait_for(KEY, "backchannel", count=10, timeout=PATIENCE)
        _, silent = await asyncio.open_connection("127.0.0.1", listening.port)
    assert tasks() <= set(hanging)
    outcomes = await asyncio.gather(*hanging, return_exceptions=True)
    assert all(isinstance(outcome, Exception) for outcome in outcomes)
    assert {seen.answered_at for seen in listening.arrivals} == {None}
    silent.close()
    await http.aclose()


async def interrupted() -> None:
    """A run that is cancelled while a request hangs."""
    async with receiver() as listening:
        open_site(listening)
        listening.script(KEY, "backchannel", Answer(hang=True))
        request = f"POST /{KEY}/backchannel-logout HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        async with asyncio.TaskGroup() as group:
            group.create_task(talk(listening, request))
            assert await listening.wait_for(KEY, "backchannel", timeout=PATIENCE)
            raise asyncio.CancelledError


@in_loop
async def test_a_cancelled_run_closes_it():
    run = asyncio.create_task(interrupted())
    with pytest.raises(asyncio.CancelledError):
        await run
    assert not tasks()


def test_importing_it_loads_no_server():
    code = f"import sys, conformance.receiver; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
