"""Faults of the metadata document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.tenant import Tenant

_REVOCATION_ALGORITHMS = "revocation_endpoint_auth_signing_alg_values_supported"
FLAGS = [
    f"{channel}channel_logout_{suffix}"
    for channel in ("front", "back")
    for suffix in ("supported", "session_supported")
]


@fault(
    "issuer-mismatch",
    "DISC-4.3-01",
    does="Discovery names another issuer than the one it was fetched from.",
    companions=because("tokens still carry the true issuer", "DISC-3-01b", "BCL-2.4-01", "FCL-2-12"),
)
def issuer_mismatch(behaviour: Behaviour) -> None:
    def edit(tenant: Tenant, document: dict[str, Any]) -> None:
        document["issuer"] = f"{tenant.issuer}-other"

    behaviour.discovery.edits.append(edit)


@fault("discovery-wrong-content-type", "DISC-4.2-01", does="Discovery is served as text/plain.")
def wrong_content_type(behaviour: Behaviour) -> None:
    behaviour.discovery.media_type = "text/plain"


@fault("discovery-empty-array", "DISC-4.2-02", does="Discovery has a member that is an empty array.")
def empty_array(behaviour: Behaviour) -> None:
    def edit(_tenant: Tenant, document: dict[str, Any]) -> None:
        document["acr_values_supported"] = []

    behaviour.discovery.edits.append(edit)


@fault(
    "discovery-no-rs256",
    "DISC-3-02",
    "DISC-3-02b",
    does="Discovery leaves RS256 out of the signing algorithms, though tokens are signed with it.",
)
def no_rs256(behaviour: Behaviour) -> None:
    def edit(_tenant: Tenant, document: dict[str, Any]) -> None:
        document["id_token_signing_alg_values_supported"].remove("RS256")

    behaviour.discovery.edits.append(edit)


@fault(
    "discovery-string-booleans",
    "DISC-3-04",
    "BCL-2.1-02a",
    "BCL-2.1-04b",
    "FCL-3-04",
    does='The logout members of discovery are the string "true" instead of true.',
    companions=because(
        "the member is no boolean", "BCL-2.1-02b", "BCL-2.1-04", "FCL-3-04b", "FCL-3-06", "DISC-3-05"
    ),
)
def string_booleans(behaviour: Behaviour) -> None:
    def edit(_tenant: Tenant, document: dict[str, Any]) -> None:
        document.update({flag: str(document[flag]).lower() for flag in FLAGS})

    behaviour.discovery.edits.append(edit)


@fault(
    "session-supported-without-support",
    "DISC-3-05",
    does="Discovery promises a sid for front-channel logout and denies front-channel logout itself.",
    companions=because("front-channel requests come though discovery says no", "FCL-3-04b"),
)
def session_supported_alone(behaviour: Behaviour) -> None:
    def edit(_tenant: Tenant, document: dict[str, Any]) -> None:
        document["frontchannel_logout_supported"] = False

    behaviour.discovery.edits.append(edit)


@fault(
    "discovery-no-session-flags",
    "BCL-2.1-04",
    "FCL-3-06",
    does="Discovery does not say whether a sid can be passed.",
)
def no_session_flags(behaviour: Behaviour) -> None:
    def edit(_tenant: Tenant, document: dict[str, Any]) -> None:
        for flag in FLAGS:
            if "session" in flag:
                del document[flag]

    behaviour.discovery.edits.append(edit)


@fault(
    "logout-unannounced",
    "BCL-2.1-02b",
    "FCL-3-04b",
    does="Relying parties are notified, but discovery announces neither front- nor back-channel logout.",
)
def logout_unannounced(behaviour: Behaviour) -> None:
    def edit(_tenant: Tenant, document: dict[str, Any]) -> None:
        for flag in FLAGS:
            del document[flag]

    behaviour.discovery.edits.append(edit)


@fault(
    "issuer-http",
    "DISC-3-01",
    does="Discovery names the issuer with http instead of https.",
    companions=because(
        "tokens carry the issuer with https", "DISC-4.3-01", "DISC-3-01b", "BCL-2.4-01", "FCL-2-12"
    ),
)
def issuer_http(behaviour: Behaviour) -> None:
    _changed(behaviour, "issuer", _by_http)


@fault(
    "end-session-endpoint-http",
    "RPI-2.1-03",
    does="Discovery names the end_session_endpoint with http.",
    companions=because("plain http is not answered there, whatever the hint", "OBS-6-02"),
)
def end_session_endpoint_http(behaviour: Behaviour) -> None:
    _changed(behaviour, "end_session_endpoint", _by_http)


@fault(
    "end-session-endpoint-relative",
    "RPI-2.1-02",
    does="Discovery names the end_session_endpoint by its path alone.",
    companions=because("a path has no scheme", "RPI-2.1-03"),
)
def end_session_endpoint_relative(behaviour: Behaviour) -> None:
    _changed(behaviour, "end_session_endpoint", lambda url: urlsplit(url).path)


@fault(
    "check-session-iframe-http",
    "SM-3.3-03",
    does="Discovery names the check_session_iframe with http.",
)
def check_session_iframe_http(behaviour: Behaviour) -> None:
    _changed(behaviour, "check_session_iframe", _by_http)


@fault(
    "revocation-endpoint-http",
    "REV-2-06",
    "REV-2-10",
    does="Discovery names the revocation_endpoint with http.",
)
def revocation_endpoint_http(behaviour: Behaviour) -> None:
    _changed(behaviour, "revocation_endpoint", _by_http)


@fault(
    "revocation-alias-http",
    "REV-2-10",
    does="Discovery has a second address of the revocation endpoint, for mutual TLS, with http.",
)
def revocation_alias_http(behaviour: Behaviour) -> None:
    def edit(_tenant: Tenant, document: dict[str, Any]) -> None:
        alias = _by_http(document["revocation_endpoint"])
        document["mtls_endpoint_aliases"] = {"revocation_endpoint": alias}

    behaviour.discovery.edits.append(edit)


@fault(
    "revocation-endpoint-fragment", "REV-2-04", does="The revocation_endpoint in discovery has a fragment."
)
def revocation_endpoint_fragment(behaviour: Behaviour) -> None:
    _changed(behaviour, "revocation_endpoint", lambda url: f"{url}#revoke")


@fault(
    "revocation-without-algorithms",
    "ASM-2-03",
    does="Discovery lists private_key_jwt for the revocation endpoint and no signing algorithms.",
)
def revocation_without_algorithms(behaviour: Behaviour) -> None:
    _without(behaviour, _REVOCATION_ALGORITHMS)


@fault(
    "revocation-algorithm-none",
    "ASM-2-04",
    does="Discovery lists none among the signing algorithms of the revocation endpoint.",
)
def revocation_algorithm_none(behaviour: Behaviour) -> None:
    _changed(behaviour, _REVOCATION_ALGORITHMS, lambda algorithms: [*algorithms, "none"])


@fault(
    "discovery-terse",
    "ASM-2-02",
    "ASM-2-05",
    does="Discovery does not say how clients authenticate for revocation, nor which PKCE methods there are.",
)
def terse(behaviour: Behaviour) -> None:
    """A permission that is not used, and no failure: it shows that the rows are noted either way."""
    _without(
        behaviour,
        "revocation_endpoint_auth_methods_supported",
        _REVOCATION_ALGORITHMS,
        "code_challenge_methods_supported",
    )


def _changed(behaviour: Behaviour, member: str, change: Callable[[Any], Any]) -> None:
    def edit(_tenant: Tenant, document: dict[str, Any]) -> None:
        document[member] = change(document[member])

    behaviour.discovery.edits.append(edit)


def _without(behaviour: Behaviour, *members: str) -> None:
    def edit(_tenant: Tenant, document: dict[str, Any]) -> None:
        for member in members:
            document.pop(member, None)

    behaviour.discovery.edits.append(edit)


def _by_http(url: str) -> str:
    return url.replace("https:", "http:", 1)
