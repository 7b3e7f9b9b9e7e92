"""What a browser tells of the page that a request comes from: Referer and Origin (Referrer Policy 8, Fetch 3.2).

Providers tell a form of their own by them from one of another site.
"""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from conformance.provider.cookies import is_loopback

DEFAULT = "strict-origin-when-cross-origin"
POLICIES = (
    "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
    "origin-when-cross-origin", DEFAULT, "unsafe-url",
)  # fmt: skip
LONGEST = 4096  # characters of a Referer, before only the origin is told
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Source:
    """The page that a request comes from; tainted: a redirect from another origin is on the way."""

    url: str
    policy: str = DEFAULT
    tainted: bool = False

    def redirected(self, here: str, target: str) -> "Source":
        """Return what is left of it behind a redirect."""
        crossed = origin(here) != origin(target) and origin(self.url) != origin(here)
        return replace(self, tainted=self.tainted or crossed)

    def headers(self, method: str, target: str) -> dict[str, str]:
        """Return the headers for a request to an address."""
        told = {"Referer": self._referer(target)} if self._referer(target) else {}
        return told if method in ("GET", "HEAD") else {**told, "Origin": self._origin(target)}

    def _referer(self, target: str) -> str:
        same, downgrade = origin(self.url) == origin(target), _downgrade(self.url, target)
        whole, short = _stripped(self.url), f"{origin(self.url)}/"
        told = {
            "no-referrer": "",
            "no-referrer-when-downgrade": "" if downgrade else whole,
            "same-origin": whole if same else "",
            "origin": short,
            "strict-origin": "" if downgrade else short,
            "origin-when-cross-origin": whole if same else short,
            "unsafe-url": whole,
        }.get(self.policy, whole if same else "" if downgrade else short)
        return told if len(told) <= LONGEST else short

    def _origin(self, target: str) -> str:
        own, downgrade = origin(self.url), _downgrade(self.url, target)
        hidden = {
            "no-referrer": True,
            "same-origin": own != origin(target),
            "origin": False,
            "origin-when-cross-origin": False,
            "unsafe-url": False,
        }.get(self.policy, downgrade)
        return "null" if self.tainted or hidden else own


def policy_of(header: str, meta: str = "") -> str:
    """Return the policy in force: the last known one of the header, then of the page's own elements."""
    named = [word.strip().lower() for word in [*header.split(","), meta]]
    return next((word for word in reversed(named) if word in POLICIES), DEFAULT)


def origin(url: str) -> str:
    """Return scheme, host and port as a browser writes them (RFC 6454, 6.2)."""
    parts = urlsplit(url)
    scheme, port = parts.scheme.lower(), parts.port
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{scheme}://{host}" + (f":{port}" if port and port != PORTS.get(scheme) else "")


def _stripped(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path or "/", parts.query, ""))


def _downgrade(source: str, target: str) -> bool:
    return source.startswith("https:") and not target.startswith("https:") and not is_loopback(target)
