"""The end of the report: what was not tested and why, on what the run stood, what it left behind."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from conformance.evidence.events import Arrival, Run
from conformance.evidence.store import EvidenceError
from conformance.reports import outline
from conformance.reports.excerpt import EvidenceReader
from conformance.reports.wire import CHANNELS, milliseconds
from conformance.results import RequirementResult, Results

MOST_ARRIVALS = 50


class Enabling(msgspec.Struct, frozen=True):
    """Config lines, and the rows that they would make testable."""

    lines: str
    reasons: tuple[str, ...]
    rows: tuple[RequirementResult, ...]


class Stray(msgspec.Struct, frozen=True):
    """An arrival that belongs to no scenario."""

    time: str
    channel: str
    request: str
    peer: str
    problem: str


class Appendix(msgspec.Struct, frozen=True, kw_only=True):
    """All parts of the appendix."""

    coverage: Sequence[outline.SpecLine]
    excluded: tuple[RequirementResult, ...]
    enabling: tuple[Enabling, ...]
    config: str
    environment: tuple[tuple[str, str], ...]
    strays: tuple[Stray, ...]
    unattributed: int
    left_over: tuple[str, ...]


def build(results: Results, lines: Sequence[outline.SpecLine], evidence: EvidenceReader | None) -> Appendix:
    """The appendix of a run; without evidence it has no configuration and no strays."""
    run = _run(evidence)
    rows = outline.in_order(results)
    return Appendix(
        coverage=lines,
        excluded=tuple(row for row in rows if row.verdict == "excluded"),
        enabling=tuple(_enabling([row for row in rows if row.verdict == "not_tested"])),
        config=json.dumps(run.config, indent=2, ensure_ascii=False) if run and run.config else "",
        environment=tuple(_flat(results.environment)),
        strays=tuple(_stray(arrival) for arrival in run.unattributed[:MOST_ARRIVALS]) if run else (),
        unattributed=max(results.unattributed, len(run.unattributed) if run else 0),
        left_over=tuple(dict.fromkeys([*results.left_over, *(run.left_over if run else [])])),
    )


def _run(evidence: EvidenceReader | None) -> Run | None:
    try:
        return evidence.run if evidence else None
    except EvidenceError:
        return None


def _enabling(rows: Sequence[RequirementResult]) -> Iterator[Enabling]:
    """Rows by the lines that would enable them: one change of the config often enables many."""
    for lines in dict.fromkeys(row.enable for row in rows):
        own = tuple(row for row in rows if row.enable == lines)
        yield Enabling(lines, tuple(dict.fromkeys(row.reason for row in own if row.reason)), own)


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{prefix}{key} · ")
        elif isinstance(inner, list):
            yield f"{prefix}{key}", "\n".join(str(item) for item in inner)
        else:
            yield f"{prefix}{key}", "" if inner is None else str(inner)


def _stray(arrival: Arrival) -> Stray:
    return Stray(
        time=milliseconds(arrival.at),
        channel=CHANNELS[arrival.endpoint],
        request=f"{arrival.method} {arrival.url}",
        peer=arrival.peer,
        problem=arrival.problem,
    )
