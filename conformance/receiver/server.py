"""uvicorn without its own server: protocols on accepted sockets, in the loop of the run.

`uvicorn.Server` polls ten times a second, takes the signal handlers and needs a tenth of a second to
stop; its protocol needs none of that.
"""

import asyncio
import socket
import ssl
from pathlib import Path

import trustme
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from conformance.receiver.answers import Pages, Scripts
from conformance.receiver.application import Application
from conformance.receiver.certificates import Certificates
from conformance.receiver.directory import Directory
from conformance.receiver.journal import LOG, Journal
from conformance.receiver.listener import Listener
from conformance.receiver.model import Clock, Limits
from conformance.receiver.protocol import Hooks, Mishap, Protocol, handshake_problem

# An idle connection stays open to the end: a provider that sends as we close it would count as silent.
KEEP_ALIVE_SECONDS = 24 * 3600


async def unused(scope: Scope, receive: Receive, send: Send) -> None:
    """The application that uvicorn asks for; every protocol has its own."""


def make_server(
    identity: tuple[trustme.CA, list[str], tuple[Path, Path | None] | None],
    *,
    directory: Directory,
    scripts: Scripts,
    pages: Pages,
    journal: Journal,
    clock: Clock,
    limits: Limits,
) -> "Server":
    """A server that knows itself by `identity`: CA, names for the certificate, and the one given for it."""
    ca, names, given = identity
    certificates = Certificates(
        ca,
        names,
        given=given,
        is_virtual=lambda name: bool(directory.owner(name)),
        limit=limits.certificates,
    )
    application = Application(
        directory=directory, scripts=scripts, pages=pages, journal=journal, clock=clock, limits=limits
    )
    return Server(application, certificates.context, clock, limits)


class Server:
    """All connections of a receiver."""

    def __init__(
        self, application: Application, context: ssl.SSLContext, clock: Clock, limits: Limits
    ) -> None:
        self._limits = limits
        self._hooks = Hooks(
            clock=clock,
            limits=limits,
            serve=application.serve,
            mishap=application.mishap,
            unanswered=application.unanswered,
        )
        self._state = ServerState()
        self._config = uvicorn.Config(
            unused,
            interface="asgi3",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self._config.load()
        self._listener = Listener(context, self._protocol, self._failed, limits)

    def listen(self, sockets: list[socket.socket], *, tls: bool | None) -> None:
        self._listener.listen(sockets, tls=tls)

    async def close(self) -> None:
        """Drops every connection; nothing is waited for longer than `Limits.close_seconds`."""
        tasks: set[asyncio.Task[None]] = {*self._listener.stop(), *self._state.tasks}
        lost = [protocol.gone for protocol in self._state.connections if isinstance(protocol, Protocol)]
        for protocol in list(self._state.connections):
            protocol.transport.abort()
        tasks |= {asyncio.create_task(wait_until(gone)) for gone in lost}
        if not tasks:
            return
        _, left = await asyncio.wait(tasks, timeout=self._limits.close_seconds)
        for task in left:
            LOG.warning("A connection did not end in time: %s", task)
            task.cancel()

    def _protocol(self, peer: str) -> Protocol:
        return Protocol(self._config, self._state, self._hooks, peer)

    def _failed(self, protocol: Protocol, error: OSError) -> None:
        self._hooks.mishap(Mishap(protocol=protocol, problem=handshake_problem(error)))


async def wait_until(event: asyncio.Event) -> None:
    await event.wait()
