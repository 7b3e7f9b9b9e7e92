"""OAuth 2.0 Authorization Server Metadata (RFC 8414)."""

from conformance.suite import expect, requirement
from conformance.suite.views import Metadata
from conformance.suite.views_registration import readable

METHODS = "revocation_endpoint_auth_methods_supported"
ALGORITHMS = "revocation_endpoint_auth_signing_alg_values_supported"
SIGNING = {"private_key_jwt", "client_secret_jwt"}


@requirement("ASM-2-01")
def test_revocation_endpoint_is_published(metadata: Metadata) -> None:
    """revocation_endpoint is published."""
    readable(metadata)
    expect(metadata["revocation_endpoint"], "revocation_endpoint", metadata.exchange).to_be_present()


@requirement("ASM-2-02")
def test_revocation_methods_are_published(metadata: Metadata) -> None:
    """The client authentication methods of the revocation endpoint are published."""
    readable(metadata)
    expect(metadata[METHODS], METHODS, metadata.exchange).to_be_present()


@requirement("ASM-2-03")
def test_signing_methods_come_with_algorithms(metadata: Metadata) -> None:
    """Where a method signs, the algorithms are published too."""
    readable(metadata)
    signing = SIGNING & set(metadata[METHODS] or [])
    missing = sorted(signing) if not (isinstance(metadata[ALGORITHMS], list) and metadata[ALGORITHMS]) else []
    expect(missing, f"methods that sign, listed without {ALGORITHMS}", metadata.exchange).to_be_empty()


@requirement("ASM-2-04")
def test_none_is_no_signing_algorithm(metadata: Metadata) -> None:
    """The algorithms of the revocation endpoint do not contain none."""
    readable(metadata)
    expect(metadata[ALGORITHMS] or [], ALGORITHMS, metadata.exchange).not_to_contain("none")


@requirement("ASM-2-05")
def test_pkce_methods_are_published(metadata: Metadata) -> None:
    """code_challenge_methods_supported is published."""
    readable(metadata)
    name = "code_challenge_methods_supported"
    expect(metadata[name], name, metadata.exchange).to_be_present()
