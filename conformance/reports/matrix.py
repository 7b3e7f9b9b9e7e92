"""The matrix: every requirement in the order of the documents, whatever became of it."""

from collections.abc import Sequence
from itertools import groupby

import msgspec

from conformance.reports import outline, wire
from conformance.reports.cards import Quiet
from conformance.results import RequirementResult, Results

MOST_EVENTS = 6  # of a row without a card


class Seen(msgspec.Struct, frozen=True):
    """Where in the evidence a row's verdict comes from, and its telling events in a line each."""

    scenario: str
    case: str
    events: tuple[str, ...]


class Entry(msgspec.Struct, frozen=True):
    """One row. ``card`` is the id of the row whose card has the details, empty where there is none."""

    row: RequirementResult
    card: str
    seen: tuple[Seen, ...]


class Part(msgspec.Struct, frozen=True):
    """A section of a document with its rows."""

    number: str
    place: outline.Place
    entries: tuple[Entry, ...]


class Document(msgspec.Struct, frozen=True):
    """A specification with its sections."""

    line: outline.SpecLine
    address: str
    parts: tuple[Part, ...]

    @property
    def open(self) -> bool:
        """What decides the exit code stands open, the rest where something is broken."""
        line = self.line
        return line.spec.decides or bool(line.failed or line.errors)


def build(results: Results, fixes: Sequence[outline.Fix], reader: Quiet) -> list[Document]:
    """The matrix of a run."""
    shown = {fix.row.id: fix.row.id for fix in fixes}
    shown |= {row.id: fix.row.id for fix in fixes for row in fix.repeated_by}
    rows = outline.in_order(results)
    return [
        Document(line, line.spec.address, _parts(own, shown, reader))
        for line in outline.spec_lines(results)
        if (own := [row for row in rows if row.spec == line.spec.id])
    ]


def _parts(rows: Sequence[RequirementResult], shown: dict[str, str], reader: Quiet) -> tuple[Part, ...]:
    return tuple(
        Part(number, outline.place(own[0]), tuple(_entry(row, shown, reader) for row in own))
        for number, group in groupby(rows, key=lambda row: row.section)
        if (own := list(group))
    )


def _entry(row: RequirementResult, shown: dict[str, str], reader: Quiet) -> Entry:
    card = shown.get(row.id, "")
    return Entry(row, card, () if card else _seen(row, reader))


def _seen(row: RequirementResult, reader: Quiet) -> tuple[Seen, ...]:
    left = MOST_EVENTS
    seen = []
    for ref in row.evidence[:MOST_EVENTS]:
        scenario = reader.scenario(ref.scenario)
        wanted = set(ref.events)
        told = {e.id: wire.brief(e) for e in scenario.events if e.id in wanted} if scenario else {}
        lines = tuple(told[number] for number in ref.events if told.get(number))[: max(left, 0)]
        left -= len(lines)
        seen.append(Seen(ref.scenario, ref.case, lines))
    return tuple(seen)
