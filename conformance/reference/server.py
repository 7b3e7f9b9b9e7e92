"""The provider as a running server."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx
import trustme
import uvicorn

from conformance.reference.app import application
from conformance.reference.outgoing import MappedTransport
from conformance.reference.switches import CONFORMING, behaviour_of
from conformance.reference.tenant import Surroundings

# Seconds for a relying party to answer. Longer than those that a receiver holds its answer back, on a busy machine too.
TIMEOUT = 5.0


class ReferenceProvider:
    """The reference provider in the running event loop, over https; use with ``async with``.

    ``port`` 0 picks a free one. ``ca`` signs the server's certificate, and is made if not given. ``trust`` is
    for calls to relying parties (back-channel, jwks_uri); ``backchannel_hosts`` maps their host names to
    ``host:port`` addresses. ``clients`` is registration metadata, with client_id, that exists in every tenant.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        ca: trustme.CA | None = None,
        trust: ssl.SSLContext | None = None,
        backchannel_hosts: Mapping[str, str] | None = None,
        clients: Sequence[Mapping[str, Any]] = (),
        initial_access_token: str | None = None,
        id_token_lifetime: int = 600,
    ) -> None:
        self.ca = ca or trustme.CA()
        self.port = port
        self._host = host
        self._trust = trust
        self._backchannel_hosts = backchannel_hosts or {}
        self._clients = clients
        self._initial_access_token = initial_access_token
        self._id_token_lifetime = id_token_lifetime
        self._background: set[asyncio.Task[None]] = set()
        self._stack = contextlib.AsyncExitStack()

    def issuer(self, *switches: str) -> str:
        """The issuer of the tenant with these faults and profiles; of the conforming one without any.

        Raises LookupError for an unknown switch.
        """
        name = "+".join(switches) or CONFORMING
        behaviour_of(name)
        return f"https://localhost:{self.port}/t/{name}"

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            listener = stack.enter_context(_listen(self._host, self.port))
            self.port = listener.getsockname()[1]
            http = await stack.enter_async_context(self._outgoing())
            stack.push_async_callback(self._cancel_background)
            await self._run(stack, listener, http)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _run(
        self, stack: contextlib.AsyncExitStack, listener: socket.socket, http: httpx.AsyncClient
    ) -> None:
        server = _Server(self._config(http))
        running = asyncio.create_task(server.serve(sockets=[listener]))

        async def stop() -> None:
            server.should_exit = True
            await running

        stack.push_async_callback(stop)
        await server.listening.wait()

    def _config(self, http: httpx.AsyncClient) -> uvicorn.Config:
        context = self._server_context()
        return uvicorn.Config(
            application(self._surroundings(http)),
            ssl_context_factory=lambda _config, _default: context,
            lifespan="off",
            ws="none",
            # A query may hold an id_token_hint, so nothing is written to an access log.
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=2,
        )

    def _surroundings(self, http: httpx.AsyncClient) -> Surroundings:
        return Surroundings(
            origin=f"https://localhost:{self.port}",
            ui_origin=f"https://127.0.0.1:{self.port}",
            http=http,
            background=self._in_background,
            clients=self._clients,
            initial_access_token=self._initial_access_token,
            id_token_lifetime=self._id_token_lifetime,
        )

    def _server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert("localhost", "127.0.0.1", "::1").configure_cert(context)
        return context

    def _outgoing(self) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(verify=self._trust or ssl.create_default_context())
        return httpx.AsyncClient(
            transport=MappedTransport(transport, self._backchannel_hosts), timeout=TIMEOUT
        )

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _cancel_background(self) -> None:
        tasks = list(self._background)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Server(uvicorn.Server):
    """Says when it listens, and leaves signals to whoever owns the event loop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(
    port: int = 8443,
    host: str = "127.0.0.1",
    ready: Callable[[ReferenceProvider], None] | None = None,
    **options: Any,
) -> None:
    """Serve until Ctrl-C or SIGTERM; ``ready`` is called once when the port listens.

    ``options`` are those of `ReferenceProvider`.
    """
    asyncio.run(_serve(ReferenceProvider(port, host, **options), ready))


async def _serve(provider: ReferenceProvider, ready: Callable[[ReferenceProvider], None] | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no handlers in the loop; there Ctrl-C arrives as KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    async with provider:
        if ready:
            ready(provider)
        await stopped.wait()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's algorithm off, which costs 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen()
    return listener
