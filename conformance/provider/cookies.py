"""Cookies on plain HTTP, kept as Chromium keeps them on a development machine.

``http.cookiejar`` refuses to send ``Secure`` cookies over http at all; Chromium sends them to
loopback hosts, and real development providers depend on it.
"""

from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import Request


def is_loopback(url_or_host: str) -> bool:
    """Tell whether a URL or host names this machine (RFC 6761, RFC 6890)."""
    host = (urlsplit(url_or_host).hostname if "://" in url_or_host else url_or_host) or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class BrowserPolicy(DefaultCookiePolicy):
    """Secure cookies also on http to loopback; no further rules of 1997."""

    def __init__(self) -> None:
        super().__init__(strict_ns_domain=DefaultCookiePolicy.DomainLiberal, hide_cookie2=True)

    def return_ok_secure(self, cookie: Cookie, request: Request) -> bool:
        return not cookie.secure or request.type == "https" or is_loopback(request.host.rsplit(":", 1)[0])


def browser_jar() -> CookieJar:
    """Return an empty cookie jar of a fresh user agent."""
    return CookieJar(policy=BrowserPolicy())
