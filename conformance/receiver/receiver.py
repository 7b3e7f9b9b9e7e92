"""The receiver: virtual relying parties that listen in the run's own event loop."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlsplit

from conformance.receiver import resolver
from conformance.receiver.answers import Pages, Scripts
from conformance.receiver.directory import Directory
from conformance.receiver.journal import Journal
from conformance.receiver.model import (
    DEFAULT_LIMITS,
    Answer,
    Clock,
    Limits,
    ReceiverError,
    RelyingPartySite,
    ScriptedEndpoint,
    Seen,
)
from conformance.receiver.sockets import bind, can_peek
from conformance.receiver.urls import Address, address, host_address

if TYPE_CHECKING:
    import trustme

    from conformance.receiver.server import Server

# Where a host that stands for several addresses is reached.
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "localhost": "127.0.0.1"}  # noqa: S104 - not bound here


class Receiver:
    """Relying parties on virtual hosts, and back-channel endpoints under a public URL.

    An asynchronous context manager. `port` 0 takes any free port; a given one that is taken raises
    `ReceiverError`. The port speaks TLS and plain HTTP. `clock` gives the times in `Seen`.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        public_url: str | None = None,
        certificate: Path | None = None,
        private_key: Path | None = None,
        ca: "trustme.CA | None" = None,
        clock: Clock,
        on_arrival: Callable[[str, Seen], None] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.host = host
        self.port = port
        self.plain_port = port  # another one only where the loop cannot look at sockets (Windows)
        self.limits = limits
        self._public_url = public_url
        self._given = (certificate, private_key) if certificate else None
        self._given_ca = ca
        self._clock = clock
        self._directory = Directory()
        self._scripts = Scripts()
        self._pages = Pages()
        self._journal = Journal(limits, on_arrival)
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        main = bind(self.host, self.port)
        self.port = self.plain_port = main[0].getsockname()[1]
        self._directory.public = address(self.public_url) or self._directory.public
        try:
            self._server = self._make_server()
        except BaseException:
            for listening in main:
                listening.close()
            raise
        self._listen(self._server, main)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._journal.closed = True
        self._journal.wake()
        server, self._server = self._server, None
        if server is not None:
            await server.close()

    # Where it is found

    @property
    def public_url(self) -> str:
        """Under which the provider reaches the back-channel endpoints, without a slash at its end."""
        return (self._public_url or f"https://localhost:{self.port}").rstrip("/")

    @property
    def ca_pem(self) -> bytes:
        """The certificate of the CA that a provider has to trust."""
        return self._ca.cert_pem.bytes()

    def export_ca(self, path: Path) -> None:
        path.write_bytes(self.ca_pem)

    def backchannel_uri(self, key: str, path: str = "/backchannel-logout", query: str = "") -> str:
        """A back-channel URI of a site's own; it counts as registered once `open` was told of it."""
        return f"{self.public_url}/{quote(key)}{path}" + (f"?{query}" if query else "")

    def chromium_arguments(self, urls: Iterable[str] = (), *, keep: Iterable[str] = ()) -> list[str]:
        """Switches that lead Chromium here and let it accept the CA, and the certificate that was given.

        `ignore_https_errors` alone is not enough: Chromium then breaks off the first handshake with
        every host and comes again, and each of these would be recorded as a failed handshake.
        """
        from conformance.receiver.certificates import public_key_hash

        certificates = [self.ca_pem, *([self._given[0].read_bytes()] if self._given else [])]
        accepted = ",".join(map(public_key_hash, certificates))
        return [
            f"--host-resolver-rules={self.resolver_rules_for(urls, keep=keep)}",
            f"--ignore-certificate-errors-spki-list={accepted}",
        ]

    @property
    def resolver_rules(self) -> list[str]:
        """Rules for Chromium's --host-resolver-rules: the sites opened so far, and *.test."""
        return self._rules(self._directory.virtual_addresses(), [])

    def resolver_rules_for(self, urls: Iterable[str], *, keep: Iterable[str] = ()) -> str:
        """The value of --host-resolver-rules: URLs (or hosts) given, sites opened so far, and *.test.

        `keep` are URLs that must not be led here, the provider's above all: a host that is shared
        with them is mapped for the ports that were asked for and for no other.
        """
        virtual = [*filter(None, map(host_address, urls)), *self._directory.virtual_addresses()]
        return ", ".join(self._rules(virtual, filter(None, map(host_address, keep))))

    # What it answers

    def open(self, site: RelyingPartySite) -> None:
        """From now on arrivals at the site's URLs are attributed to it, to the end of the run."""
        self._directory.open(site)

    def script(self, key: str, endpoint: ScriptedEndpoint, *answers: Answer) -> None:
        """Answers in this order, instead of what was scripted before; afterwards the default again."""
        self._known(key)
        self._scripts.set(key, endpoint, answers)

    def usually(self, key: str, endpoint: ScriptedEndpoint, answer: Answer | None) -> None:
        """The answer where none is scripted; None: the default."""
        self._known(key)
        self._scripts.set_usual(key, endpoint, answer)

    def page(self, key: str, path: str, html: str) -> str:
        """Serves a page of the harness on the site's first virtual host, unrecorded; returns its URL."""
        url = self.origin(key) + path
        where = address(url)
        if where is None or not path.startswith("/"):
            raise ReceiverError(f"{path!r} is not the path of a page.")
        self._pages.put(where.endpoint, html)
        return url

    def blank(self, key: str) -> str:
        """URL of a blank page on the site's first virtual host; loading it is not recorded."""
        return f"{self.origin(key)}/blank"

    def origin(self, key: str) -> str:
        """Origin of the site's first virtual host, of the public URL where it has none."""
        home = self._directory.home(self._known(key))
        return home.origin if home else "{0.scheme}://{0.netloc}".format(urlsplit(self.public_url))

    # What it saw

    @property
    def arrivals(self) -> Sequence[Seen]:
        return self._journal.arrivals

    @property
    def not_kept(self) -> int:
        """Arrivals beyond the bound: counted, not kept."""
        return self._journal.total - len(self._journal.arrivals)

    def seen(self, key: str, endpoint: str | None = None) -> list[Seen]:
        return self._journal.seen(key, endpoint)

    async def wait_for(
        self,
        key: str,
        endpoint: str,
        *,
        count: int = 1,
        timeout: float,
        answered: bool = False,
    ) -> bool:
        """Whether `count` requests arrived (and were answered) within `timeout` seconds from now."""
        tally = self._journal.tally(key, endpoint, answered=answered)
        return await self._journal.wait_for(lambda: tally.at_least(count), timeout)

    # Inside

    @cached_property
    def _ca(self) -> "trustme.CA":
        import trustme

        return self._given_ca or trustme.CA()

    def _known(self, key: str) -> str:
        if key not in self._directory.sites:
            raise ReceiverError(f"No site {key!r} is open at the receiver.")
        return key

    def _rules(self, virtual: Iterable[Address], keep: Iterable[Address]) -> list[str]:
        return resolver.rules(virtual, keep, self._reached_at(self.port), self._reached_at(self.plain_port))

    def _reached_at(self, port: int) -> str:
        host = EVERY_ADDRESS.get(self.host, self.host)
        return f"{resolver.bracketed(host)}:{port}"

    def _make_server(self) -> "Server":
        from conformance.receiver.server import make_server

        names = dict.fromkeys(["localhost", "127.0.0.1", "::1", self._directory.public.host])
        return make_server(
            (self._ca, list(names), self._given),
            directory=self._directory,
            scripts=self._scripts,
            pages=self._pages,
            journal=self._journal,
            clock=self._clock,
            limits=self.limits,
        )

    def _listen(self, server: "Server", main: list[socket.socket]) -> None:
        if can_peek(asyncio.get_running_loop()):
            server.listen(main, tls=None)
            return
        plain = self.public_url.startswith("http://")
        server.listen(main, tls=not plain)
        self._listen_on_second_port(server, plain=not plain)

    def _listen_on_second_port(self, server: "Server", *, plain: bool) -> None:
        second = bind(self.host, 0)
        server.listen(second, tls=not plain)
        if plain:
            self.plain_port = second[0].getsockname()[1]
        else:
            self.plain_port, self.port = self.port, second[0].getsockname()[1]
