"""Which part of the evidence a card shows: the events that a finding names, and their neighbours."""

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

import msgspec

from conformance.evidence.events import (
    AnyEvent,
    Client,
    Documented,
    Exchange,
    Login,
    Logout,
    Page,
    Run,
    ScenarioEvidence,
    Token,
)
from conformance.reports.outline import broken_cases
from conformance.results import EvidenceRef, RequirementResult

Finding = Literal["held", "broken", "undecided", ""]  # empty: a row without cases

MOST_EVENTS = 40  # in one excerpt; the file has the rest
NEIGHBOURS = 6  # on each side, where events have no case


class ScenarioReader(Protocol):
    """What scenarios saw."""

    def scenario(self, name: str) -> ScenarioEvidence | None:
        """What a scenario saw, None when it was not recorded."""

    def file(self, name: str) -> bytes:
        """A screenshot or a large body, by the name that an event gives."""


class EvidenceReader(ScenarioReader, Protocol):
    """A run's evidence, as `conformance.evidence.store.Evidence` reads it."""

    @property
    def run(self) -> Run:
        """The index."""


class Excerpt(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one case. ``named`` are the ids that the finding rests on, ``left_out`` how many are not shown."""

    scenario: str
    case: str = ""
    finding: Finding = ""
    events: tuple[AnyEvent, ...] = ()
    named: frozenset[int] = frozenset()
    clients: tuple[Client, ...] = ()
    left_out: int = 0
    whole: ScenarioEvidence | None = None

    @property
    def zero(self) -> float:
        """The moment that times are counted from: the logout request, else the first event."""
        for event in self.events:
            if isinstance(event, Logout | Documented) or (
                isinstance(event, Exchange) and event.purpose == "logout"
            ):
                return event.at
        return self.events[0].at if self.events else 0.0


def excerpts(row: RequirementResult, reader: ScenarioReader) -> list[Excerpt]:
    """The excerpts of a row: those of the cases that made its verdict, else those that it names itself."""
    refs: list[tuple[EvidenceRef, Finding]]
    refs = [(ref, case.finding) for case in broken_cases(row) for ref in case.evidence]
    refs = refs or [(ref, "") for ref in row.evidence]
    merged: dict[tuple[str, str], tuple[list[int], Finding]] = {}
    for ref, finding in refs:
        merged.setdefault((ref.scenario, ref.case), ([], finding))[0].extend(ref.events)
    return [
        _excerpt(reader, EvidenceRef(scenario=scenario, case=case, events=ids), finding)
        for (scenario, case), (ids, finding) in merged.items()
    ]


def _excerpt(reader: ScenarioReader, ref: EvidenceRef, finding: Finding) -> Excerpt:
    whole = reader.scenario(ref.scenario)
    if whole is None:
        return Excerpt(scenario=ref.scenario, case=ref.case, finding=finding)
    named = _named(whole.events, ref.events)
    near = _near(whole.events, named, ref.case)
    shown = _bounded(near, named)
    return Excerpt(
        scenario=ref.scenario,
        case=ref.case or _only_case(shown, named),
        finding=finding,
        events=tuple(shown),
        named=named,
        clients=tuple(event for event in whole.events if isinstance(event, Client)),
        left_out=len(near) - len(shown),
        whole=whole,
    )


def _named(events: Sequence[AnyEvent], ids: Iterable[int]) -> frozenset[int]:
    """What a finding rests on; for a token or a page also the message that brought it."""
    named = frozenset(ids)
    return named | {
        event.source for event in events if event.id in named and isinstance(event, Token | Page)
    } - {0}


def _near(events: Sequence[AnyEvent], named: frozenset[int], case: str) -> list[AnyEvent]:
    """Events of the same case in order of time; where there is no case, a few before and after the named ones."""
    ordered = sorted(events, key=lambda event: (event.at, event.id))
    cases = {event.case for event in ordered if event.case == case or event.id in named} - {""}
    if cases:
        return [event for event in ordered if event.case in cases or event.id in named]
    places = [place for place, event in enumerate(ordered) if event.id in named]
    if not places or len(ordered) <= MOST_EVENTS:
        return ordered
    return ordered[max(0, places[0] - NEIGHBOURS) : places[-1] + NEIGHBOURS + 1]


def _bounded(events: Sequence[AnyEvent], named: frozenset[int]) -> list[AnyEvent]:
    """At most MOST_EVENTS, the named ones and those that are nearest to them first."""
    if len(events) <= MOST_EVENTS:
        return list(events)
    places = [place for place, event in enumerate(events) if event.id in named] or [0]

    def distance(place: int) -> tuple[int, int]:
        weight = 0 if isinstance(events[place], Logout | Login) else 1
        return (min(abs(place - other) for other in places) if weight else 1, place)

    kept = sorted(sorted(range(len(events)), key=distance)[:MOST_EVENTS])
    return [events[place] for place in kept]


def _only_case(events: Iterable[AnyEvent], named: frozenset[int]) -> str:
    cases = {event.case for event in events if event.id in named}
    return cases.pop() if len(cases) == 1 else ""
