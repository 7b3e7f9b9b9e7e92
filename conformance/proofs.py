"""Which faults of the reference provider prove which rows, and why some have none."""

from collections.abc import Mapping, Sequence


def faults_by_row(speaks: str = "") -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return (name, what it does) of the faults that turn a row, by the row's id; of a contract's where named."""
    from conformance.reference.switches import faults

    found: dict[str, list[tuple[str, str]]] = {}
    for fault in faults(speaks):
        for row in fault.rows:
            found.setdefault(row, []).append((fault.name, fault.does))
    return found


def reasons_without_fault() -> Mapping[str, str]:
    """Return why no fault turns a row, by the row's id."""
    from conformance.reference.without_fault import WITHOUT_FAULT

    return {row: group.reason for group in WITHOUT_FAULT for row in group.rows}
