"""The rows of ``list``: every requirement with its status, as a table of 80 columns or as JSON."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import msgspec

from conformance.requirements.checks import Check, find_checks
from conformance.requirements.load import Catalogue, catalogue
from conformance.requirements.model import Basis, Level, Party, Requirement
from conformance.requirements.status import REPEATS, STATES, State, status

WIDTH = 80
HANG = " " * 19


class Row(msgspec.Struct, frozen=True):
    """One row of the list. ``check`` is pytest's name of the check, None where there is none."""

    id: str
    spec: str
    section: str
    party: Party
    level: Level
    basis: Basis
    status: State
    check: str | None
    reason: str


def listing(
    spec: str | None = None,
    *,
    source: Catalogue | None = None,
    checks: Mapping[str, Check] | None = None,
) -> tuple[Row, ...]:
    """The rows of all documents or of one (id or prefix), in catalogue order.

    Raises UnknownRequirement for a document that is not in the catalogue.
    """
    source = source or catalogue()
    checks = find_checks() if checks is None else checks
    chosen = source.for_spec(spec) if spec else source.requirements.values()
    return tuple(_row(requirement, source, checks) for requirement in chosen)


def as_json(rows: Sequence[Row]) -> str:
    """The rows as a JSON array, one object each, indented by two."""
    return msgspec.json.format(msgspec.json.encode(rows), indent=2).decode()


def as_table(rows: Sequence[Row], source: Catalogue | None = None) -> str:
    """The rows as text of 80 columns, grouped by document, with counts per document and in total."""
    source = source or catalogue()
    lines: list[str] = []
    for spec, group in groupby(rows, key=lambda row: row.spec):
        members = list(group)
        lines += [source.specifications[spec].title, f"  {counts(members)}", *map(_line, members), ""]
    return "\n".join([*lines, f"Total: {counts(rows)}"])


def counts(rows: Iterable[Row]) -> str:
    """``84 rows: 58 check, 12 excluded, …``, every status named, also where none has it."""
    states = Counter(row.status for row in rows)
    return f"{states.total()} rows: " + ", ".join(f"{states[state]} {state}" for state in STATES)


def _row(requirement: Requirement, source: Catalogue, checks: Mapping[str, Check]) -> Row:
    found = status(requirement, source, checks)
    return Row(
        id=requirement.id,
        spec=requirement.spec,
        section=requirement.section,
        party=requirement.party,
        level=requirement.level,
        basis=requirement.basis,
        status=found.state,
        check=found.check.node if found.check else None,
        reason=found.reason,
    )


def _line(row: Row) -> str:
    """One line, and a remark beside it, or beneath it where it does not fit."""
    text = f"  {row.id:<16} {row.party:<4} {row.level:<11} {row.basis:<11} {row.status:<12}"
    remark = _remark(row)
    beside = f"{text} {remark}".rstrip()
    return beside if len(beside) <= WIDTH else f"{text.rstrip()}\n{_beneath(remark)}"


def _remark(row: Row) -> str:
    """The check's name, or a reason that differs from row to row."""
    if row.check:
        return row.check.rpartition("::")[2]
    return row.reason if row.status == "excluded" or row.reason.startswith(REPEATS) else ""


def _beneath(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=HANG, subsequent_indent=HANG, break_long_words=False)
