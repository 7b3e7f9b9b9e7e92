"""Which faults of the reference provider prove which rows, and why some have none."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def place(function: Callable[..., Any]) -> str:
    """Return where a function stands: file:line, the file relative to the folder that holds the package."""
    code = function.__code__
    file = Path(code.co_filename)
    return (
        f"{(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file).as_posix()}:{code.co_firstlineno}"
    )


def faults_by_row(speaks: str = "") -> Mapping[str, Sequence[tuple[str, str, str]]]:
    """Return (name, what it does, where it stands) of the faults that turn a row, by the row's id.

    ``speaks`` names a contract whose faults are meant, instead of those of the standard provider.
    """
    from conformance.reference.switches import faults

    found: dict[str, list[tuple[str, str, str]]] = {}
    for fault in faults(speaks):
        for row in fault.rows:
            found.setdefault(row, []).append((fault.name, fault.does, place(fault.change)))
    return found


def reasons_without_fault() -> Mapping[str, str]:
    """Return why no fault turns a row, by the row's id."""
    from conformance.reference.without_fault import WITHOUT_FAULT

    return {row: group.reason for group in WITHOUT_FAULT for row in group.rows}
