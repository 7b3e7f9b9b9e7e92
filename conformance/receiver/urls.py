"""URLs as a browser addresses them, taken apart without changing a byte of path or query."""

from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# What RFC 3986 lets stand in a path, and "%": what is escaped already stays as it is.
PATH_SAFE = "%/:@!$&'()*+,;=~-._"


class Address(NamedTuple):
    """Where a request goes: scheme, host in lower case, port, and the raw path and query."""

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""

    @property
    def endpoint(self) -> tuple[str, str, int, str]:
        return self[:4]

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def address(url: str) -> Address | None:
    """The address of an http(s) URL; None for custom schemes and for what is no URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return None
    path = quote(parts.path, safe=PATH_SAFE) or "/"
    return Address(parts.scheme, ascii_host(parts), port or DEFAULT_PORTS[parts.scheme], path, parts.query)


def ascii_host(parts: SplitResult) -> str:
    """The host in lower case and A-labels; a dot at its end stays, it makes another origin."""
    host = parts.hostname or ""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def addressed(scheme: str, host: str, target: str) -> str:
    """The URL that a request line and a Host header stand for; an absolute target is one itself."""
    if target.startswith("/"):
        return f"{scheme}://{host}{target}"
    return target if "://" in target else f"{scheme}://{host}/{target}"


def host_address(host: str) -> Address | None:
    """The address of a virtual host given as "host", "host:port" or an origin; https where not said."""
    return address(host if "://" in host else f"https://{host}")
