"""Which faults of the reference provider prove which rows, and why some have none."""

from collections.abc import Mapping, Sequence

from conformance.requirements.checks import place
from conformance.requirements.explain import Fault


def faults_by_row(speaks: str = "") -> Mapping[str, Sequence[Fault]]:
    """Return the faults that turn a row, by the row's id.

    ``speaks`` names a contract whose faults are meant, instead of those of the standard provider.
    """
    from conformance.reference.switches import faults

    found: dict[str, list[Fault]] = {}
    for fault in faults(speaks):
        for row in fault.rows:
            found.setdefault(row, []).append(Fault(fault.name, fault.does, place(fault.change)))
    return found


def reasons_without_fault() -> Mapping[str, str]:
    """Return why no fault turns a row, by the row's id."""
    from conformance.reference.without_fault import WITHOUT_FAULT

    return {row: group.reason for group in WITHOUT_FAULT for row in group.rows}
