"""Writes down what one scenario does and sees."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from conformance.evidence.events import (
    SCHEMA_VERSION,
    AnyEvent,
    Body,
    Event,
    Exchange,
    Headers,
    ScenarioEvidence,
)
from conformance.evidence.redaction import Redactor

KEPT = 64 * 1024  # bytes of a body that are kept

E = TypeVar("E", bound=Event)


class RunClock:
    """Seconds since the run began, on one monotonic clock."""

    def __init__(self) -> None:
        self._zero = time.monotonic()
        self.started = utc_now()

    def __call__(self) -> float:
        return round(time.monotonic() - self._zero, 6)


def utc_now() -> str:
    """Return the time on the wall, RFC 3339, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Recorder:
    """The log of one scenario. Whatever is added has passed the redactor."""

    def __init__(self, scenario: str, clock: RunClock, redactor: Redactor) -> None:
        self.scenario = scenario
        self.clock = clock
        self.redactor = redactor
        self.events: list[AnyEvent] = []
        self.files: dict[str, bytes] = {}
        self.current_case = ""  # the cases of one scenario follow one another
        self._started = utc_now()
        self._offset = clock()

    def add(
        self, event_type: type[E], /, *, at: float | None = None, case: str | None = None, **fields: Any
    ) -> E:
        """Append an event; time and case are those in force unless given."""
        event = event_type(
            id=self.events[-1].id + 1 if self.events else 1,  # some may have been dropped again
            at=self.clock() if at is None else at,
            case=self.current_case if case is None else case,
            **fields,
        )
        self.events.append(event)  # type: ignore[arg-type]
        return event

    @contextmanager
    def case(self, label: str) -> Iterator[None]:
        """Label everything that happens within."""
        before, self.current_case = self.current_case, label
        try:
            yield
        finally:
            self.current_case = before

    def text(self, text: str) -> str:
        return self.redactor.text(text)

    def headers(self, headers: Iterable[tuple[str, str]]) -> Headers:
        return self.redactor.headers(headers)

    def body(self, data: bytes | str | None) -> Body:
        """Return a body for the log: decoded, cut to the bound, redacted."""
        raw = data.encode() if isinstance(data, str) else data or b""
        cut = raw[:KEPT]
        try:
            text, problem = cut.decode(), ""
        except UnicodeDecodeError as error:
            ends_early = len(raw) > KEPT and error.start > KEPT - 4
            text, problem = cut.decode(errors="backslashreplace"), "" if ends_early else "not UTF-8"
        return Body(text=self.text(text), size=len(raw), truncated=len(raw) > KEPT, problem=problem)

    def exchange(
        self, *, url: str, request_headers: Iterable[tuple[str, str]], request_body: bytes | str | None = None,
        response_headers: Iterable[tuple[str, str]] = (), response_body: bytes | str | None = None, **fields: Any,
    ) -> Exchange:  # fmt: skip
        """Append an exchange, redacted."""
        return self.add(
            Exchange,
            url=self.text(url),
            request_headers=self.headers(request_headers),
            request_body=self.body(request_body),
            response_headers=self.headers(response_headers),
            response_body=self.body(response_body),
            **fields,
        )

    def evidence(
        self, status: Literal["complete", "interrupted", "failed"] = "complete", reason: str = ""
    ) -> ScenarioEvidence:
        """Return the log as it is to be written."""
        return ScenarioEvidence(
            schema_version=SCHEMA_VERSION, scenario=self.scenario, started=self._started, finished=utc_now(),
            status=status, offset=self._offset, reason=reason, events=self.events,
        )  # fmt: skip
