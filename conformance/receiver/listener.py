"""Accepting connections, and telling TLS from plain HTTP by its first byte."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import cast

from conformance.receiver.certificates import on_server_name
from conformance.receiver.journal import LOG
from conformance.receiver.model import Limits
from conformance.receiver.protocol import Protocol

TLS_HANDSHAKE_RECORD = b"\x16"  # RFC 8446, section 5.1

OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Listener:
    """Accepts connections and hands them to protocols.

    asyncio's own servers keep a failed handshake to themselves; `connect_accepted_socket` raises it.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        protocol: Callable[[str], Protocol],
        failed: Callable[[Protocol, OSError], None],
        limits: Limits,
    ) -> None:
        self._context = context
        self._protocol = protocol
        self._failed = failed
        self._limits = limits
        self._tasks: set[asyncio.Task[None]] = set()
        self._silent: dict[asyncio.Task[None], None] = {}

    def listen(self, sockets: list[socket.socket], *, tls: bool | None) -> None:
        """Starts accepting; `tls` None means to look at what comes."""
        for listening in sockets:
            accepting = asyncio.create_task(self._accept(listening, tls))
            self._keep(accepting)
            # Only then the loop watches the socket no more: nobody may be given its number before.
            accepting.add_done_callback(partial(_close, listening))

    def stop(self) -> list[asyncio.Task[None]]:
        """Ends accepting; the tasks returned are being cancelled, and close their sockets."""
        for task in self._tasks:
            task.cancel()
        return list(self._tasks)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listening: socket.socket, tls: bool | None) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, peer = await loop.sock_accept(listening)
            except OSError as error:
                LOG.warning("A connection could not be accepted: %s", error)
                if error.errno in OUT_OF_RESOURCES:  # otherwise it was reset, and the next one is good
                    await asyncio.sleep(1)  # asyncio's own servers wait as long
                continue
            self._keep(asyncio.create_task(self._welcome(connection, f"{peer[0]}:{peer[1]}", tls)))

    async def _first_byte(self, connection: socket.socket) -> bytes:
        """As `first_byte`; of too many that wait for theirs, the one that waits longest is given up."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._silent[task] = None
        if len(self._silent) > self._limits.silent:
            next(iter(self._silent)).cancel()
        try:
            return await first_byte(connection)
        finally:
            del self._silent[task]

    async def _welcome(self, connection: socket.socket, peer: str, tls: bool | None) -> None:
        protocol = self._protocol(peer)
        on_server_name.set(protocol.named)
        try:
            first = await self._first_byte(connection) if tls is None else b""
            if tls is None and not first:
                connection.close()  # opened and closed without a word, as browsers do
            elif tls or first == TLS_HANDSHAKE_RECORD:
                await self._handshake(connection, protocol)
            else:
                await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, connection)
        except OSError:
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    async def _handshake(self, connection: socket.socket, protocol: Protocol) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol,
                connection,
                ssl=self._context,
                ssl_handshake_timeout=self._limits.handshake_seconds,
            )
        except OSError as error:
            self._failed(protocol, error)
            raise


def _close(connection: socket.socket, _: asyncio.Task[None]) -> None:
    connection.close()


async def first_byte(connection: socket.socket) -> bytes:
    """The first byte of a connection, left where it is; b"" when it was closed instead."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)
