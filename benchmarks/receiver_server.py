"""The servers that receiver_load.py measures, each a process of its own.

    python -m benchmarks.receiver_server receiver|floor [--bound N]

It says its ports (plain, TLS) and its CA as a line of JSON, answers every line that it is sent with what was recorded,
and ends with its input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import trustme
import uvicorn

from conformance.receiver import Limits, Receiver, RelyingPartySite, Seen

RELYING_PARTIES = 5


async def lines() -> AsyncIterator[bytes]:
    """What the client says, until it has gone."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line


def say(value: Any) -> None:
    print(json.dumps(value), flush=True)


async def serve_receiver(bound: int) -> None:
    async with Receiver(clock=time.monotonic, limits=Limits(arrivals=bound)) as listening:
        keys = [f"rp{number}" for number in range(RELYING_PARTIES)]
        for key in keys:
            uri = listening.backchannel_uri(key)
            listening.open(RelyingPartySite(key=key, backchannel_logout_uri=uri))
        # As in a run: somebody waits for notifications while they come.
        waits = [
            listening.wait_for(key, "backchannel", count=bound, timeout=3600, answered=True) for key in keys
        ]
        waiting = [asyncio.create_task(wait) for wait in waits]
        say({"ports": [listening.plain_port, listening.port], "ca": listening.ca_pem.decode()})
        async for _ in lines():
            recorded = [
                (f"/{seen.key}/backchannel-logout", seen.body.text, odd(seen)) for seen in listening.arrivals
            ]
            say({"recorded": recorded, "not_kept": listening.not_kept})
        for wait in waiting:
            wait.cancel()


def odd(seen: Seen) -> str:
    """What is not as it should be at a notification that was recorded."""
    good = (seen.endpoint, seen.answer, seen.problem) == ("backchannel", 200, "") and seen.answered_at
    return "" if good else f"{seen.endpoint}, answered {seen.answer}: {seen.problem}"


async def serve_floor() -> None:
    authority = trustme.CA()
    with tempfile.TemporaryDirectory(prefix="floor-") as folder:
        chain = Path(folder) / "chain.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(chain))
        sockets = [socket.create_server(("127.0.0.1", 0), backlog=512) for _ in range(2)]
        servers = [uvicorn.Server(floor_config(None)), uvicorn.Server(floor_config(chain))]
        serving = [
            asyncio.create_task(server.serve([listening]))
            for server, listening in zip(servers, sockets, strict=True)
        ]
        ports = [listening.getsockname()[1] for listening in sockets]
        say({"ports": ports, "ca": authority.cert_pem.bytes().decode()})
        async for _ in lines():
            say({"recorded": [], "not_kept": 0})
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*serving)


def floor_config(chain: Path | None) -> uvicorn.Config:
    """The protocol implementation that the receiver has, in the same kind of loop, and no log."""
    return uvicorn.Config(
        empty, http="h11", ws="none", lifespan="off", log_config=None, access_log=False, ssl_certfile=chain
    )


async def empty(_: Any, receive: Any, send: Any) -> None:
    """The empty handler."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kind", choices=["receiver", "floor"])
    parser.add_argument("--bound", type=int, default=20_000, help="arrivals that are kept")
    given = parser.parse_args()
    asyncio.run(serve_receiver(given.bound) if given.kind == "receiver" else serve_floor())
    return 0


if __name__ == "__main__":
    sys.exit(main())
