"""Addresses of the endpoints that logout needs: end_session, check_session_iframe, revocation."""

from conformance.evidence.events import Exchange
from conformance.suite import expect, require, requirement
from conformance.suite.views import Metadata
from conformance.suite.views_registration import Endpoint, readable


@requirement("RPI-2.1-02")
def test_end_session_endpoint_is_published(metadata: Metadata, end_session_endpoint: Endpoint) -> None:
    """The metadata contain end_session_endpoint, an absolute URL."""
    readable(metadata)
    published = end_session_endpoint.published
    expect(published, "end_session_endpoint", metadata.exchange).to_match(
        r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]+\S*", "an absolute URL"
    )


@requirement("RPI-2.1-03")
def test_end_session_endpoint_is_https(metadata: Metadata, end_session_endpoint: Endpoint) -> None:
    """The logout endpoint is an https URL."""
    expect(end_session_endpoint.scheme, "scheme of end_session_endpoint", metadata.exchange).to_equal("https")


@requirement("SM-3.3-03")
def test_check_session_iframe_is_https(metadata: Metadata, check_session_iframe: Endpoint) -> None:
    """The check-session iframe is an https URL."""
    expect(check_session_iframe.scheme, "scheme of check_session_iframe", metadata.exchange).to_equal("https")


@requirement("REV-2-04")
def test_revocation_endpoint_has_no_fragment(metadata: Metadata, revocation_endpoint: Endpoint) -> None:
    """The URL of the revocation endpoint has no fragment."""
    require(revocation_endpoint.is_url, "revocation_endpoint is no absolute URL", metadata.exchange)
    expect(revocation_endpoint.url, "revocation_endpoint", metadata.exchange).not_to_contain("#")


@requirement("REV-2-06")
def test_revocation_endpoint_is_https(
    metadata: Metadata, revocation_endpoint: Endpoint, handshakes: list[Exchange]
) -> None:
    """The revocation endpoint is an https URL, and TLS is spoken there."""
    expect(revocation_endpoint.scheme, "scheme of revocation_endpoint", metadata.exchange).to_equal("https")
    require(handshakes, "No TLS handshake with the host of the revocation endpoint was seen in this run")


@requirement("REV-2-10")
def test_no_http_revocation_endpoint_is_published(
    metadata: Metadata, published_revocation_endpoints: list[str]
) -> None:
    """No address of the revocation endpoint is published that is plain http."""
    plain = [url for url in published_revocation_endpoints if url.lower().startswith("http:")]
    expect(plain, "published revocation endpoints by http", metadata.exchange).to_be_empty()
