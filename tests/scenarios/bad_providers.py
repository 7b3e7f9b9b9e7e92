"""Small misbehaving servers, and runs of the suite on them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme

from conformance.config.load import load
from conformance.evidence.store import Evidence
from conformance.judge import judge, undriven
from conformance.outcome import assemble
from conformance.recording import Lines
from conformance.requirements import catalogue
from conformance.results import Results
from conformance.scenarios.registry import scenarios
from conformance.scenarios.runner import record
from conformance.suite.registry import checks

Respond = Callable[[str], bytes | None]  # from the target of a request; None: silence

CONFIG = """\
provider: bad
issuer: {issuer}
loopback: http-allowed
test_credentials: true
registration: dynamic
users: [{{username: alice, password: wonderland}}, {{username: bob, password: builder}}]
receiver: {{reachable: yes, window: 1}}
timeout: 1
"""


@dataclass(frozen=True)
class Outcome:
    """What a run came to, and the evidence that it left."""

    results: Results
    evidence: Evidence

    @property
    def cause(self) -> str:
        return undriven(self.evidence)

    def verdicts(self, verdict: str) -> dict[str, str]:
        return {row.id: row.reason for row in self.results.requirements if row.verdict == verdict}

    def verdict(self, row: str) -> str:
        return next(one.verdict for one in self.results.requirements if one.id == row)


def answer(body: bytes, *, status: str = "200 OK", kind: str = "application/json", **headers: str) -> bytes:
    """A whole HTTP answer."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@asynccontextmanager
async def serving(respond: Respond, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that answers as it is told; yields its origin."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            reply = respond(head.split(b" ", 2)[1].decode())
            if reply is None:
                await reader.read()  # until the other side has had enough
            else:
                writer.write(reply)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"{'https' if tls else 'http'}://localhost:{port}"


def untrusted() -> ssl.SSLContext:
    """A certificate for localhost from a CA that nobody has heard of."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    return context


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


async def run(folder: Path, text: str, *names: str) -> Outcome:
    """Record all scenarios, or these, with this config and judge every row."""
    config = folder / "provider.yaml"
    config.write_text(text)
    await record(load(config), names or list(scenarios()), folder / "evidence", Lines(quiet=True))
    evidence = Evidence(folder / "evidence")
    rows = catalogue()
    judged = {name: judge(rows.requirements[name], check, evidence, rows) for name, check in checks().items()}
    return Outcome(assemble(evidence, judged, rows), evidence)


def metadata(issuer: str, **members: Any) -> dict[str, Any]:
    """Metadata of a provider that could be driven."""
    names: Mapping[str, str] = {
        "authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "jwks", "end_session_endpoint": "end",
    }  # fmt: skip
    return {"issuer": issuer, **{name: f"{issuer}/{path}" for name, path in names.items()}, **members}
