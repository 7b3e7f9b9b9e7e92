"""Faults of the metadata document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.tenant import Tenant

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
    does="Discovery leaves RS256 out of the signing algorithms, though tokens are signed with it.",
    companions=because("tokens are signed with an algorithm that is not listed", "DISC-3-02b"),
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
