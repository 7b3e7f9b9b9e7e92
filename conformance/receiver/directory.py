"""Which relying party a request is for: attribution by URL."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from conformance.receiver.model import Endpoint, RelyingPartySite
from conformance.receiver.urls import LOOPBACK, Address, address, host_address

# Parameters that tell endpoints apart where one URI is registered for several, in this order.
TELLTALES: list[tuple[Endpoint, frozenset[str]]] = [
    ("redirect_uri", frozenset({"code", "error", "response", "id_token"})),
    ("backchannel", frozenset({"logout_token"})),
    ("frontchannel", frozenset({"iss", "sid"})),
    ("post_logout", frozenset()),
]


class Target(NamedTuple):
    """Whom a request is attributed to; key "" for nobody."""

    key: str
    endpoint: Endpoint


class Registered(NamedTuple):
    """A registered URI of a site."""

    target: Target
    query: frozenset[tuple[str, str]]


NOBODY = Target("", "other")


class Directory:
    """The sites that are open. Where two claim the same URL, the one opened last has it."""

    def __init__(self) -> None:
        self.sites: dict[str, RelyingPartySite] = {}
        self.public = Address("https", "localhost", 443, "/")
        self._registered: dict[tuple[str, str, int, str], list[Registered]] = {}
        self._backchannel: dict[str, Target] = {}
        self._hosts: dict[str, str] = {}

    def open(self, site: RelyingPartySite) -> None:
        self.sites[site.key] = site
        for endpoint, uri in site.endpoints():
            where = address(uri)
            if where is None:
                continue  # a custom scheme never arrives here
            target = Target(site.key, endpoint)
            self._register(where, target)
            if endpoint == "backchannel":
                self._backchannel[where.path] = target
            else:
                self._hosts[self._host_name(where)] = site.key
        for host in filter(None, map(host_address, site.hosts)):
            self._hosts[self._host_name(host)] = site.key

    def attribute(self, where: Address, body: str = "") -> Target:
        """A registered URI, else a back-channel path, else a site's host, else a site's key in the path."""
        registered = self._registered.get(where.endpoint)
        if registered:
            return choose(registered, where.query, body)
        owner = self._hosts.get(self._host_name(where))
        if owner is not None:
            return Target(owner, "other")
        return self._by_path(where.path)

    def owner(self, host: str) -> str:
        """Key of the site whose virtual host this is, "" where it is nobody's."""
        where = host_address(host)
        return self._hosts.get(self._host_name(where), "") if where else ""

    def virtual_addresses(self) -> list[Address]:
        """What browsers have to be led here for."""
        return [where for site in self.sites.values() for where in virtual_addresses(site)]

    def home(self, key: str) -> Address | None:
        """The first virtual host of a site."""
        return next(iter(virtual_addresses(self.sites[key])), None)

    def _register(self, where: Address, target: Target) -> None:
        # A site's own URIs keep their order; those of the site opened last come first.
        others = self._registered.get(where.endpoint, [])
        own = [entry for entry in others if entry.target.key == target.key]
        rest = [entry for entry in others if entry.target.key != target.key]
        self._registered[where.endpoint] = [*own, Registered(target, items(where.query)), *rest]

    def _host_name(self, where: Address) -> str:
        # Loopback and the public host are shared with the provider and others: there the port decides.
        shared = where.host in LOOPBACK or where.host == self.public.host
        return f"{where.host}:{where.port}" if shared else where.host.rstrip(".")

    def _by_path(self, path: str) -> Target:
        # A proxy or tunnel may change scheme and host, and cut off the public URL's path.
        prefix = self.public.path.rstrip("/")
        for candidate in (path, f"{prefix}{path}"):
            if candidate in self._backchannel:
                return self._backchannel[candidate]
        first = path.removeprefix(prefix).lstrip("/").partition("/")[0]
        return next((Target(key, "other") for key in self.sites if quote(key) == first), NOBODY)


def virtual_addresses(site: RelyingPartySite) -> list[Address]:
    """Every registered URI but the back-channel's, and further hosts."""
    uris = (address(uri) for kind, uri in site.endpoints() if kind != "backchannel")
    return [where for where in (*uris, *map(host_address, site.hosts)) if where]


def items(query: str) -> frozenset[tuple[str, str]]:
    return frozenset(parse_qsl(query, keep_blank_values=True, errors="backslashreplace"))


def choose(registered: list[Registered], query: str, body: str) -> Target:
    """Of several registrations of one URL, the one whose query and parameters fit best."""
    newest = [entry for entry in registered if entry.target.key == registered[0].target.key]
    if len(registered) == 1:
        return registered[0].target
    sent = items(query)
    best = max(len(entry.query) if entry.query <= sent else -1 for entry in newest)
    fitting = [entry for entry in newest if (len(entry.query) if entry.query <= sent else -1) == best]
    return tell_apart([entry.target for entry in fitting], {name for name, _ in sent | items(body[:65536])})


def tell_apart(targets: list[Target], names: Iterable[str]) -> Target:
    """Of several endpoints with one URI, the one whose parameters were sent."""
    sent = set(names)
    by_endpoint = {target.endpoint: target for target in targets}
    for endpoint, telltale in TELLTALES:
        if endpoint in by_endpoint and (not telltale or telltale & sent):
            return by_endpoint[endpoint]
    return targets[0]
