"""How many notifications a second the receiver takes beside the same server with an empty handler.

    python -m benchmarks.receiver_load [--rounds N] [--notifications N] [--connections N] [--json FILE]

Each measurement starts a server in a process of its own; this process is the client. It sends back-channel
Logout Requests to several relying parties over keep-alive connections, one after the other on each, plain and by
TLS. Afterwards the receiver hands over what it recorded: every notification has to be there once, whole, answered,
and in the order of its connection. The floor is uvicorn with the same protocol implementation and a handler that
reads the body and answers 200; it keeps nothing.

Printed: notifications per second of both, and per second of processor time (the client and whatever else runs want
the same cores, so the share of one that the server got is printed too); the ratio of the processor times; the
memory that the server grew by, as a multiple of the bytes sent, and what it grows by once the bound on arrivals is
reached. Ends with status 1 if a notification was lost, doubled, damaged or out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import ssl
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from benchmarks.memory import cpu_seconds, resident
from benchmarks.receiver_server import RELYING_PARTIES

Kind = Literal["receiver", "floor"]
SAMPLE_SECONDS = 0.05
ANSWER_SECONDS = 60.0
FEWEST = 1000  # notifications a second that are asked for
MIB = 1 << 20


@dataclass(frozen=True)
class Load:
    """What is sent."""

    notifications: int = 10_000
    connections: int = 20


@dataclass
class Measured:
    """One server under one load; memory in bytes."""

    kind: Kind
    tls: bool
    seconds: float
    cpu_seconds: float  # of the server
    notifications: int
    wire_bytes: int
    grown: int
    grown_beyond_bound: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.notifications / self.seconds

    @property
    def share(self) -> float:
        """How much of one core the server got."""
        return self.cpu_seconds / self.seconds

    @property
    def core_rate(self) -> float:
        """What a core would take that does nothing else; on a busy machine it says more than the rate."""
        return self.notifications / self.cpu_seconds


@dataclass(frozen=True)
class Pair:
    """The floor, then the receiver."""

    floor: Measured
    receiver: Measured

    @property
    def ratio(self) -> float:
        return self.receiver.cpu_seconds / self.floor.cpu_seconds


# The client


@dataclass(frozen=True)
class Notification:
    """One Logout Request: where it goes and what it carries."""

    path: str
    body: str

    def request(self) -> bytes:
        return (
            f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: provider/1.0\r\nAccept: */*\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(self.body)}\r\n\r\n{self.body}"
        ).encode()


def notification(connection: int, number: int) -> Notification:
    """A Logout Token of the usual size (RS256, 2048 bits); its jti tells it from all others."""
    claims = {
        "iss": "https://op.example.com",
        "aud": "client",
        "iat": 1_767_225_600,
        "exp": 1_767_225_720,
        "sub": f"248289761001-{connection}",
        "sid": f"08a5019c-17e1-4977-8f42-65a12843ea{connection:02}",
        "jti": f"{connection}/{number}",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
    header = {"alg": "RS256", "kid": "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", "typ": "logout+jwt"}
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), bytes(range(256))]
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return Notification(
        f"/rp{(connection + number) % RELYING_PARTIES}/backchannel-logout", f"logout_token={token}"
    )


def planned(load: Load) -> list[list[Notification]]:
    """What each connection sends, in order."""
    each = load.notifications // load.connections
    return [[notification(c, n) for n in range(each)] for c in range(load.connections)]


async def send(port: int, tls: ssl.SSLContext | None, notifications: Sequence[bytes]) -> None:
    """One connection: the next request goes out when the answer to the one before is in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    for request in notifications:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"a notification was answered {head[:40]!r}")
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def send_all(port: int, tls: ssl.SSLContext | None, plan: list[list[Notification]]) -> float:
    """All connections side by side; returns the seconds that it took."""
    requests = [[one.request() for one in row] for row in plan]
    async with asyncio.timeout(ANSWER_SECONDS + sum(map(len, plan)) / 50):
        started = time.perf_counter()
        await asyncio.gather(*(send(port, tls, row) for row in requests))
        return time.perf_counter() - started


class Memory:
    """The most that a process held while it was watched, over what it held before."""

    def __init__(self, pid: int) -> None:
        self.pid, self.before = pid, resident(pid)
        self.peak = self.before

    async def watch(self) -> None:
        while True:
            self.peak = max(self.peak, resident(self.pid))
            await asyncio.sleep(SAMPLE_SECONDS)

    @property
    def grown(self) -> int:
        self.peak = max(self.peak, resident(self.pid))
        return self.peak - self.before


@asynccontextmanager
async def watched(pid: int) -> AsyncIterator[Memory]:
    memory = Memory(pid)
    watching = asyncio.create_task(memory.watch())
    try:
        yield memory
    finally:
        watching.cancel()


async def measure(kind: Kind, load: Load, *, tls: bool) -> Measured:
    plan = planned(load)
    bound = sum(map(len, plan)) + load.connections  # the warm-up counts too
    async with serving(kind, bound) as server:
        context = ssl.create_default_context(cadata=server.ca) if tls else None
        await send_all(server.port(tls=tls), context, planned(Load(load.connections, load.connections)))
        async with watched(server.pid) as memory:
            cpu = cpu_seconds(server.pid)
            seconds = await send_all(server.port(tls=tls), context, plan)
            cpu, grown = cpu_seconds(server.pid) - cpu, memory.grown
        measured = Measured(kind, tls, seconds, cpu, sum(map(len, plan)), wire_bytes(plan), grown)
        if kind == "receiver":
            async with watched(server.pid) as memory:
                await send_all(server.port(tls=tls), context, plan)  # all of these are beyond the bound
                measured.grown_beyond_bound = memory.grown
            report = await server.report()
            measured.wrong = compare(plan, report["recorded"][load.connections :])
            measured.wrong += uncounted(measured.notifications - report["not_kept"])
        return measured


def wire_bytes(plan: list[list[Notification]]) -> int:
    return sum(len(one.request()) for row in plan for one in row)


def compare(plan: list[list[Notification]], recorded: list[list[Any]]) -> list[str]:
    """What is not as it was sent: lost, doubled, damaged, at another relying party, or out of order."""
    wrong: list[str] = []
    sent = Counter((one.path, one.body) for row in plan for one in row)
    got = Counter((path, body) for path, body, _ in recorded)
    wrong += [f"{(sent - got).total()} lost"] if sent - got else []
    wrong += [f"{(got - sent).total()} that were not sent"] if got - sent else []
    wrong += [f"not well: {note}" for note in {note for *_, note in recorded if note}]
    order = {body: number for number, (_, body, _) in enumerate(recorded)}
    for row in plan:
        places = [order.get(one.body, -1) for one in row]
        if places != sorted(places):
            wrong.append("out of order on a connection")
    return wrong


def uncounted(difference: int) -> list[str]:
    return [f"{difference} beyond the bound that were not counted"] if difference else []


# The servers


@dataclass
class Serving:
    """A server in a process of its own."""

    process: asyncio.subprocess.Process
    ports: tuple[int, int]  # plain, TLS
    ca: str

    @property
    def pid(self) -> int:
        return self.process.pid

    def port(self, *, tls: bool) -> int:
        return self.ports[tls]

    async def report(self) -> dict[str, Any]:
        """What it recorded, in its order (path, body, and what is odd about it), and what it only counted."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"report\n")
        return dict(json.loads(await self.process.stdout.readline()))


@asynccontextmanager
async def serving(kind: Kind, bound: int) -> AsyncIterator[Serving]:
    command = [sys.executable, "-m", "benchmarks.receiver_server", kind, "--bound", str(bound)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1 << 30)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"The {kind} did not start (exit code {await process.wait()}).")
        said = json.loads(line)
        yield Serving(process, tuple(said["ports"]), said["ca"])
    finally:
        process.stdin.close()  # it ends with its input
        await process.wait()


# Both in turn


async def measure_pairs(rounds: int, load: Load) -> list[Pair]:
    """Floor and receiver in turn, so that a slow minute of the machine hits both; plain, then TLS."""
    pairs = []
    for _ in range(rounds):
        for tls in (False, True):
            floor = await measure("floor", load, tls=tls)
            pairs.append(Pair(floor, await measure("receiver", load, tls=tls)))
    return pairs


def bench(rounds: int, load: Load) -> list[Pair]:
    return asyncio.run(measure_pairs(rounds, load))


def wrong(pairs: Sequence[Pair]) -> list[str]:
    return [line for pair in pairs for line in pair.receiver.wrong]


def summary(pairs: Sequence[Pair], load: Load) -> str:
    """The figures for people, one a line."""
    head = f"receiver: {pairs[0].receiver.notifications} notifications to {RELYING_PARTIES} relying parties"
    lines = [f"{head} over {load.connections} connections"]
    for name, tls in (("plain", False), ("TLS", True)):
        some = [pair for pair in pairs if pair.receiver.tls == tls]
        lines += [f"  {name}: {line}" for line in (*map(_round, some), *_medians(some))]
    found = Counter(wrong(pairs))
    lines += [f"  WRONG: {line} ({count} ×)" for line, count in found.items()]
    return "\n".join(lines if found else [*lines, "  none lost, doubled or damaged; order kept"])


def _round(pair: Pair) -> str:
    return (
        f"floor {_rates(pair.floor)}, receiver {_rates(pair.receiver)}, CPU receiver / floor {pair.ratio:.2f}"
    )


def _rates(measured: Measured) -> str:
    return f"{measured.rate:.0f}/s with {measured.share:.0%} of a core ({measured.core_rate:.0f}/s of a whole one)"


def _medians(pairs: Sequence[Pair]) -> list[str]:
    receivers = [pair.receiver for pair in pairs]
    rate = statistics.median(one.rate for one in receivers)
    kept = statistics.median((one.grown / one.wire_bytes) for one in receivers)
    return [
        (
            f"median {rate:.0f}/s ({'at least' if rate >= FEWEST else 'LESS THAN'} the {FEWEST}/s asked for), "
            f"{statistics.median(one.core_rate for one in receivers):.0f}/s of a whole core, "
            f"CPU receiver / floor {statistics.median(pair.ratio for pair in pairs):.2f}"
        ),
        (
            f"memory grew by {_mib(receivers)} (floor {_mib([pair.floor for pair in pairs])}), {kept:.1f} times "
            f"what was sent; beyond the bound on arrivals by "
            f"{max(one.grown_beyond_bound for one in receivers) / MIB:.1f} MiB"
        ),
    ]


def _mib(measured: Sequence[Measured]) -> str:
    return f"{max(one.grown for one in measured) / MIB:.1f} MiB"


def figures(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    return [{**asdict(pair), "ratio": pair.ratio} for pair in pairs]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="so many (3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every round")
    parser.add_argument("--notifications", type=int, default=Load.notifications, help="in each (10000)")
    parser.add_argument("--connections", type=int, default=Load.connections, help="side by side (20)")
    given = parser.parse_args()
    load = Load(given.notifications, given.connections)
    pairs = bench(given.rounds, load)
    print(summary(pairs, load))
    if given.json:
        given.json.write_text(json.dumps(figures(pairs), indent=2) + "\n", encoding="utf-8")
    return 1 if wrong(pairs) else 0


if __name__ == "__main__":
    sys.exit(main())
