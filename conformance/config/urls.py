"""What a URL in a config must be like. Each function gives the complaint, or None."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine: localhost, a name below it, or a loopback address."""
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".").lower() if parts else ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host of a URL, with its port where one is given; empty where there is none."""
    parts = _split(url)
    return parts.netloc.rpartition("@")[2] if parts else ""


def web_complaint(url: str) -> str | None:
    """An absolute http or https URL with a host, and no name or password in it."""
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return "expected an absolute http or https URL"
    if parts.username is not None:
        return "expected a URL without name and password before the host"
    return None


def redirect_complaint(uri: str) -> str | None:
    """An absolute URI of any scheme, without fragment (RFC 6749, section 3.1.2)."""
    parts = _split(uri)
    if parts is None or not parts.scheme:
        return "expected an absolute URI"
    if "#" in uri:
        return "expected a URI without fragment"
    return web_complaint(uri) if parts.scheme in ("http", "https") else None


def issuer_complaint(url: str) -> str | None:
    """An issuer has no query and no fragment (OpenID Connect Discovery, section 3)."""
    if "?" in url or "#" in url:
        return "expected an issuer without query and fragment"
    return web_complaint(url)


def _split(url: str) -> SplitResult | None:
    # urlsplit drops some of these silently; what the provider compares is the text as it stands.
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
