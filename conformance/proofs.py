"""Which faults of the reference provider prove which rows."""

from collections.abc import Mapping, Sequence


def faults_by_row() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return (name, what it does) of the faults that turn a row, by the row's id."""
    from conformance.reference.switches import faults

    found: dict[str, list[tuple[str, str]]] = {}
    for fault in faults():
        for row in fault.rows:
            found.setdefault(row, []).append((fault.name, fault.does))
    return found
