"""URL work of this provider alone: building redirects, comparing registered values."""

from urllib.parse import quote, urlencode, urlsplit, urlunsplit


def origin(uri: str) -> str:
    """Scheme, host and port, default ports left out (RFC 6454)."""
    parts = urlsplit(uri)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


def exact(requested: str, registered: str) -> bool:
    """Simple string comparison (RFC 3986, section 6.2.1)."""
    return requested == registered


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """Add form-encoded parameters to a URI, which stays as it was registered."""
    if not parameters:
        return uri
    # Not by urlunsplit: it rewrites custom schemes such as myApp://callback/ and myapp:/callback.
    before, mark, fragment = uri.partition("#")
    separator = "" if before.endswith("?") else "&" if "?" in before else "?"
    return f"{before}{separator}{urlencode(parameters)}{mark}{fragment}"


def without_query(uri: str) -> str:
    """The URI with its query cut off."""
    return urlunsplit(urlsplit(uri)._replace(query=""))


def quoted(value: str) -> str:
    """Percent-encode everything but unreserved characters."""
    return quote(value, safe="")
