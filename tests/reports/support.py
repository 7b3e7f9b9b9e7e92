"""The made-up run of fixtures/results, and evidence in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from lxml import html
from playwright.sync_api import Browser, Page

from conformance.evidence.events import SCHEMA_VERSION, AnyEvent, Client, Run, ScenarioEvidence
from conformance.evidence.store import Evidence
from conformance.reports.excerpt import Excerpt
from conformance.results import RequirementResult, Results

FOLDER = Path(__file__).parents[2] / "fixtures" / "results" / "acme"


def results() -> Results:
    return msgspec.json.decode((FOLDER / "results.json").read_bytes(), type=Results)


def evidence() -> Evidence:
    return Evidence(FOLDER / "evidence")


def with_rows(*rows: RequirementResult, **changes: Any) -> Results:
    return msgspec.structs.replace(results(), requirements=list(rows), **changes)


def row(id: str = "BCL-2.4-04", **changes: Any) -> RequirementResult:
    own = next(row for row in results().requirements if row.id == id)
    return msgspec.structs.replace(own, **changes)


def excerpt_of(*events: AnyEvent, named: tuple[int, ...] = (), **more: Any) -> Excerpt:
    clients = tuple(event for event in events if isinstance(event, Client))
    return Excerpt(
        scenario="made_up",
        events=events,
        named=frozenset(named),
        clients=clients,
        whole=scenario_of(*events),
        **more,
    )


def scenario_of(*events: AnyEvent, offset: float = 0.0) -> ScenarioEvidence:
    return ScenarioEvidence(
        schema_version=SCHEMA_VERSION,
        scenario="made_up",
        started="2026-03-09T14:02:00Z",
        finished="2026-03-09T14:03:00Z",
        status="complete",
        offset=offset,
        events=list(events),
    )


class Memory:
    """Evidence that was never on a disk."""

    def __init__(self, run: Run, scenarios: dict[str, ScenarioEvidence], files: dict[str, bytes]) -> None:
        self.run = run
        self._scenarios = scenarios
        self._files = files

    def scenario(self, name: str) -> ScenarioEvidence | None:
        return self._scenarios.get(name)

    def file(self, name: str) -> bytes:
        return self._files.get(name, b"")


def parsed(page: str) -> Any:
    return html.document_fromstring(page)


@contextmanager
def opened(browser: Browser, report: Path, **options: Any) -> Iterator[Page]:
    """The report in a window of its own, from its file."""
    with browser.new_context(**options) as context:
        page = context.new_page()
        page.goto(report.as_uri())
        yield page
