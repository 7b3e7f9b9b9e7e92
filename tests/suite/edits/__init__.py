"""Edits of recorded evidence: each turns the check of one row, and leaves the other rows alone."""

from __future__ import annotations

import copy
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
Change = Callable[["Recording"], None]


@dataclass(frozen=True)
class Edit:
    """What is done to the evidence, what it must turn the row to, and what else may turn, with the reason."""

    row: str
    change: Change
    to: str
    also: Mapping[str, str]
    given: Change | None = None  # what the provider has that the recorded one has not

    @property
    def name(self) -> str:
        return f"{self.row}-{self.change.__name__}"


_EDITS: list[Edit] = []


def edit(
    row: str, *, to: str = "broken", also: Mapping[str, str] | None = None, given: Change | None = None
) -> Callable[[Change], Change]:
    """Register a change of evidence that turns a row: ``to`` is broken, held (for what the reference does not do).

    ``given`` is done to the evidence first, where the row does not apply to what the reference offers.
    """

    def register(change: Change) -> Change:
        _EDITS.append(Edit(row, change, to, also or {}, given))
        return change

    return register


def edits() -> list[Edit]:
    """Every edit, from the modules of this package."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return _EDITS


class Recording:
    """A recorded run as plain JSON that may be edited in place: events are dictionaries as in the files."""

    def __init__(self, run: dict[str, Any], scenarios: Mapping[str, dict[str, Any]]) -> None:
        self.run = copy.deepcopy(run)
        self._originals = scenarios
        self.scenarios: dict[str, dict[str, Any]] = {}

    def events(
        self, scenario: str, kind: str = "", case: str | None = None, /, **members: Any
    ) -> list[Event]:
        """Events of a scenario by kind ("probe", "exchange"), case and members; none at all is a wrong edit."""
        if scenario not in self.scenarios:
            self.scenarios[scenario] = copy.deepcopy(self._originals[scenario])
        found = [
            event
            for event in self.scenarios[scenario]["events"]
            if (not kind or event["event"] == kind)
            and (case is None or event.get("case", "") == case)
            and all(event.get(name) == value for name, value in members.items())
        ]
        if not found:
            message = f"no {kind or 'event'} {members} in {scenario} / {case}"
            raise LookupError(message)
        return found

    def event(self, scenario: str, kind: str, case: str | None = None, /, **members: Any) -> Event:
        """The last such event."""
        return self.events(scenario, kind, case, **members)[-1]

    def every(self, kind: str, /, **members: Any) -> list[Event]:
        """Such events of all scenarios."""
        found = []
        for name in self._originals:
            try:
                found += self.events(name, kind, **members)
            except LookupError:
                continue
        return found

    def add(self, scenario: str, like: Event, **members: Any) -> Event:
        """Add a copy of an event with other members, under an id of its own."""
        events = self.events(scenario)
        new = {**copy.deepcopy(like), **members, "id": max(event["id"] for event in events) + 1}
        self.scenarios[scenario]["events"].append(new)
        return new

    def remove(self, scenario: str, event: Event) -> None:
        self.events(scenario)
        self.scenarios[scenario]["events"].remove(event)
