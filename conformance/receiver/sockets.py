"""Listening sockets."""

import asyncio
import socket
from contextlib import suppress

from conformance.receiver.model import ReceiverError


def can_peek(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop watches sockets; that of Windows, which runs browsers there, does not."""
    return type(loop).add_reader is not asyncio.AbstractEventLoop.add_reader


def bind(host: str, port: int) -> list[socket.socket]:
    """Listening sockets; on loopback for IPv6 too, since "localhost" may mean either."""
    try:
        sockets = [open_socket(host, port)]
    except OSError as error:
        raise ReceiverError(f"The receiver cannot listen on {host}:{port}: {error.strerror}.") from error
    if host in ("127.0.0.1", "localhost"):
        with suppress(OSError):
            sockets.append(open_socket("::1", sockets[0].getsockname()[1]))
    return sockets


def open_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=512)
    listening.setblocking(False)
    return listening
