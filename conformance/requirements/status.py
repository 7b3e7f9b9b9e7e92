"""Where a row stands: checked, planned, excluded or out of scope. Computed, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from conformance.requirements.checks import Check
from conformance.requirements.load import Catalogue
from conformance.requirements.model import Requirement

State = Literal["check", "excluded", "planned", "out_of_scope"]
STATES: tuple[State, ...] = ("check", "excluded", "planned", "out_of_scope")

REPEATS = "Repeats "
_RP_ONLY = "Binds the relying party, which is not tested yet."
_PLANNED = "Can be observed; no check yet."


class Status(msgspec.Struct, frozen=True):
    """The state of a row, one sentence why it has no check of its own, and the check that answers it."""

    state: State
    reason: str
    check: Check | None = None


def status(requirement: Requirement, catalogue: Catalogue, checks: Mapping[str, Check]) -> Status:
    """The status of a row. One that repeats another shares that row's status and check."""
    if requirement.same_as:
        original = status(catalogue[requirement.same_as], catalogue, checks)
        return Status(original.state, _repeating(requirement.same_as, original.reason), original.check)
    if check := checks.get(requirement.id):
        return Status("check", "", check)
    if not requirement.binds_provider:
        return Status("out_of_scope", _RP_ONLY)
    if requirement.excluded:
        return Status("excluded", requirement.excluded)
    return Status("planned", _PLANNED)


def _repeating(id: str, reason: str) -> str:
    return f"{REPEATS}{id}. {reason}".rstrip()
