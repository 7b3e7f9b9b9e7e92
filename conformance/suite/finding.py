"""How a check says what it found: expectations, preconditions, cases.

A check that returns has found its row *held*, if it looked at anything at all. `expect` finds it
*broken*, `require` leaves it *undecided*. In a `case` block what is found is kept for that case, and
the check goes on with the next one; the worst finding decides.
"""

import re
from collections.abc import Container, Iterator, Sized
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

import msgspec

from conformance.evidence.events import Arrival, Event, Exchange, Gap
from conformance.evidence.views import Case, Sent

C = TypeVar("C", bound=Case)
SHOWN = 300  # characters of a value that a finding repeats


class Broken(AssertionError):
    """What was observed contradicts the row."""

    def __init__(self, expected: str, observed: str, events: tuple[Event, ...]) -> None:
        super().__init__(f"expected {expected}; observed {observed}")
        self.expected, self.observed, self.events = expected, observed, events


class Undecided(Exception):
    """What was observed neither confirms nor contradicts the row; says what is missing."""

    def __init__(self, reason: str, events: tuple[Event, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.events = reason, events


class NotTested(Exception):
    """The config cannot show it; `enable` has the lines that would."""

    def __init__(self, reason: str, enable: str = "") -> None:
        super().__init__(reason)
        self.reason, self.enable = reason, enable


class Held(msgspec.Struct):
    """An expectation that was met."""

    expected: str
    observed: str
    events: tuple[Event, ...]


class CaseOutcome(msgspec.Struct):
    """What a check found in one case."""

    label: str
    scenario: str
    held: list[Held]
    problem: Broken | Undecided | NotTested | None = None


class Notes:
    """What one check has found so far."""

    def __init__(self) -> None:
        self.current = CaseOutcome(label="", scenario="", held=[])
        self.outcomes = [self.current]

    def begin(self, label: str, scenario: str) -> CaseOutcome:
        self.current = CaseOutcome(label=label, scenario=scenario, held=[])
        self.outcomes.append(self.current)
        return self.current


_notes: ContextVar[Notes] = ContextVar("notes")
only_case: ContextVar[str] = ContextVar("only_case", default="")  # where set, other cases are passed over


@contextmanager
def noting() -> Iterator[Notes]:
    """Collect what a check finds within."""
    notes = Notes()
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


@contextmanager
def case(view: C, label: str = "") -> Iterator[C]:
    """Judge one case; what is found within concerns it alone."""
    notes = _notes.get()
    if only_case.get() not in ("", label or view.label):
        with noting(), suppress(Broken, Undecided, NotTested):  # judged all the same, and forgotten
            yield view
        return
    outcome = notes.begin(label or view.label, view.scenario)
    missing = _missing(view)
    try:
        # The body of a with statement cannot be passed over: what it says of a missing case is forgotten.
        with suppress(Exception) if missing else nullcontext():
            yield view
    except (Broken, Undecided, NotTested) as problem:
        outcome.problem = problem
    finally:
        notes.current = notes.outcomes[0]
    if missing:
        outcome.held.clear()
        outcome.problem = missing


def _missing(view: Case) -> Undecided | NotTested | None:
    """Say why a case shows nothing; None where it was carried out."""
    if view.gap is not None:
        return not_carried_out(view.gap)
    if not view.events:
        return Undecided(f"the case {view.label!r} of {view.scenario} was not recorded")
    return None


def not_carried_out(gap: Gap) -> Undecided | NotTested:
    """Return what a gap in the evidence means for a check."""
    if gap.kind == "not_tested":
        return NotTested(gap.reason, gap.enable)
    return Undecided(gap.reason, (gap,))


def require(condition: object, reason: str, *events: Event | None) -> None:
    """Leave the row undecided unless a precondition, such as a positive control, is met."""
    if not condition:
        raise Undecided(reason, _events(events))


def show(value: Any) -> str:
    """Return a value as a finding shows it."""
    if isinstance(value, str):
        text = f"'{value}'" if value else "an empty string"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif value is None:
        text = "nothing"
    elif isinstance(value, Sent):
        text = value.url
    elif isinstance(value, Arrival | Exchange):
        text = f"{value.method} {value.url}"
    elif isinstance(value, list | tuple | set | frozenset):
        text = ", ".join(show(one) for one in value) or "none"
    else:
        text = str(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def decide(held: bool, expected: str, observed: str, *events: Event | None) -> None:
    """Find an expectation met or not, in words of the caller's own."""
    if not held:
        raise Broken(expected, observed, _events(events))
    _notes.get().current.held.append(Held(expected=expected, observed=observed, events=_events(events)))


class Expectation:
    """An observed value that something is expected of; `what` names it in words."""

    def __init__(self, value: Any, what: str, events: tuple[Event, ...]) -> None:
        self._value, self._what, self._events = value, what, events

    def to_equal(self, expected: Any) -> None:
        self._decide(self._value == expected, f"{self._what}: {show(expected)}")

    def not_to_equal(self, unwanted: Any) -> None:
        self._decide(self._value != unwanted, f"to be anything but {show(unwanted)}")

    def to_be_empty(self) -> None:
        self._decide(isinstance(self._value, Sized) and len(self._value) == 0, f"no {self._what}")

    def to_be_present(self) -> None:
        self._decide(self._value not in (None, "", [], (), {}), "to be there")

    def to_be_absent(self) -> None:
        self._decide(self._value is None, "to be absent")

    def to_be_true(self) -> None:
        self._decide(self._value is True, "to be true")

    def to_be_one_of(self, allowed: Container[Any], words: str = "") -> None:
        self._decide(self._value in allowed, f"to be {words or 'one of ' + show(allowed)}")

    def not_to_be_one_of(self, unwanted: Container[Any], words: str = "") -> None:
        self._decide(self._value not in unwanted, f"not to be {words or 'one of ' + show(unwanted)}")

    def to_contain(self, member: Any) -> None:
        self._decide(
            isinstance(self._value, Container) and member in self._value, f"to contain {show(member)}"
        )

    def not_to_contain(self, member: Any) -> None:
        held = not isinstance(self._value, Container) or member not in self._value
        self._decide(held, f"not to contain {show(member)}")

    def to_match(self, pattern: str, words: str) -> None:
        held = isinstance(self._value, str) and re.fullmatch(pattern, self._value) is not None
        self._decide(held, f"to be {words}")

    def to_be_a(self, kind: type | tuple[type, ...], words: str) -> None:
        is_bool = isinstance(self._value, bool)
        kinds = kind if isinstance(kind, tuple) else (kind,)
        self._decide(isinstance(self._value, kinds) and (not is_bool or bool in kinds), f"to be {words}")

    def to_be_at_least(self, bound: float, words: str = "") -> None:
        self._decide(
            self._value is not None and self._value >= bound, f"to be {words or f'at least {bound:g}'}"
        )

    def to_be_at_most(self, bound: float, words: str = "") -> None:
        self._decide(
            self._value is not None and self._value <= bound, f"to be {words or f'at most {bound:g}'}"
        )

    def to_have_length(self, number: int) -> None:
        self._decide(isinstance(self._value, Sized) and len(self._value) == number, f"to be exactly {number}")

    def _decide(self, held: bool, expected: str) -> None:
        wanted = f"{self._what} {expected}" if expected.startswith(("to ", "not to ")) else expected
        found = f"{self._what}: {show(self._value)}"
        decide(held, wanted, found, *self._events)


def expect(value: Any, what: str, *events: Event | None) -> Expectation:
    """Begin an expectation about a value; events are what the finding will point to."""
    return Expectation(value, what, (*_events(events), *_carried(value)))


def _events(events: tuple[Event | None, ...]) -> tuple[Event, ...]:
    return tuple(event for event in events if event is not None)


def _carried(value: Any) -> tuple[Event, ...]:
    """Return the events that a value is, or holds."""
    many = value if isinstance(value, list | tuple) else [value]
    found = [one.event if isinstance(one, Sent) else one for one in many]
    return tuple(one for one in found if isinstance(one, Event))
