"""URL work of this provider alone: building redirects, comparing registered values."""

from urllib.parse import SplitResult, quote, urlencode, urlsplit, urlunsplit


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
    """Add form-encoded parameters to a URI; its own query stays as it was registered."""
    if not parameters:
        return uri
    parts = urlsplit(uri)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query)) if parts.netloc else _opaque(uri, parts, parameters)


def without_query(uri: str) -> str:
    """The URI with its query cut off."""
    return urlunsplit(urlsplit(uri)._replace(query=""))


def quoted(value: str) -> str:
    """Percent-encode everything but unreserved characters."""
    return quote(value, safe="")


def _opaque(uri: str, parts: SplitResult, parameters: dict[str, str]) -> str:
    # urlunsplit would rewrite custom schemes such as myapp:/callback or myapp:///callback.
    separator = "&" if parts.query else "?"
    return f"{uri}{separator}{urlencode(parameters)}"
