"""The card of a requirement that needs attention: cause, wire, tokens, diagram, pictures, command."""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import msgspec

from conformance.evidence.events import Page, ScenarioEvidence
from conformance.evidence.store import EvidenceError
from conformance.reports import outline, sequence, tokens, wire
from conformance.reports.excerpt import Excerpt, ScenarioReader, excerpts
from conformance.requirements.load import UnknownRequirement, catalogue
from conformance.requirements.model import Requirement
from conformance.results import CaseFinding, RequirementResult, Results

MOST_PANELS = 4  # cases of one card that show their evidence
MOST_PICTURES = 2  # per case
MOST_CARDS = 80  # with evidence: a run where everything is broken must still open in a browser
PICTURE = 200_000  # bytes that are put into the page; larger ones are linked
PICTURES = 6_000_000  # bytes of all pictures together


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A screenshot: in the page as ``data``, or shown by another card, or a file to open."""

    name: str  # empty where it does not lie in the run's folder
    label: str
    data: str = ""
    seen_at: str = ""
    anchor: str = ""


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence of one case."""

    excerpt: Excerpt
    lines: list[list[wire.Line]]
    diagram: Any
    steps: tuple[str, ...]
    tokens: list[tokens.TokenPair]
    pictures: list[Picture]


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one row."""

    fix: outline.Fix
    row: RequirementResult
    title: str  # of the document
    place: outline.Place
    cited: Requirement | None
    cases: list[CaseFinding]
    panels: list[Panel]
    further: int
    reproduce: str

    @property
    def open(self) -> bool:
        """Failures stand open; the rest opens on demand."""
        return self.fix.kind == "fail"


class Quiet:
    """A reader that finds nothing where evidence is missing or cannot be read: the verdicts still have a report."""

    def __init__(self, evidence: ScenarioReader | None) -> None:
        self._evidence = evidence

    def scenario(self, name: str) -> ScenarioEvidence | None:
        try:
            return self._evidence.scenario(name) if self._evidence else None
        except EvidenceError:
            return None

    def file(self, name: str) -> bytes:
        try:
            return self._evidence.file(name) if self._evidence else b""
        except (EvidenceError, OSError):
            return b""

    def scenarios(self, results: Results) -> list[ScenarioEvidence]:
        """The scenarios that the results name, in the order they began."""
        names = {name for row in results.requirements for name in row.scenarios}
        names |= {ref.scenario for row in results.requirements for ref in row.evidence}
        found = [scenario for name in sorted(names) if (scenario := self.scenario(name))]
        return sorted(found, key=lambda scenario: scenario.offset)


def build(results: Results, fixes: Sequence[outline.Fix], reader: Quiet) -> list[Card]:
    """The cards, in the order of the fix list."""
    gallery = _Gallery(reader)
    return [_card(results, fix, reader, gallery, number) for number, fix in enumerate(fixes)]


def _card(results: Results, fix: outline.Fix, reader: Quiet, gallery: "_Gallery", number: int) -> Card:
    row = fix.row
    found = excerpts(row, reader) if number < MOST_CARDS else []
    return Card(
        fix=fix,
        row=row,
        title=next((spec.title for spec in results.specifications if spec.id == row.spec), row.spec),
        place=outline.place(row),
        cited=_cited(row),
        cases=outline.broken_cases(row) + [case for case in row.cases if case.finding == "held"],
        panels=[
            _panel(row, each, gallery, f"d{number}-{place}") for place, each in enumerate(found[:MOST_PANELS])
        ],
        further=max(0, len(found) - MOST_PANELS),
        reproduce=outline.reproduce(results, row),
    )


def _cited(row: RequirementResult) -> Requirement | None:
    """The catalogue's row, for how it is judged; a row that repeats another is judged as that one."""
    try:
        return catalogue()[row.same_as or row.id]
    except UnknownRequirement:
        return None


def _panel(row: RequirementResult, excerpt: Excerpt, gallery: "_Gallery", name: str) -> Panel:
    from markupsafe import Markup

    diagram = sequence.draw(excerpt, name)
    return Panel(
        excerpt=excerpt,
        lines=wire.folded(wire.lines(excerpt)),
        diagram=Markup(diagram.svg),  # noqa: S704 - escapes all it draws
        steps=diagram.text,
        tokens=tokens.pairs(row, excerpt),
        pictures=gallery.of(row, excerpt),
    )


class _Gallery:
    """Puts each picture into the page once, and only so many bytes of them."""

    def __init__(self, reader: Quiet) -> None:
        self._reader = reader
        self._shown: dict[str, Picture] = {}
        self._left = PICTURES

    def of(self, row: RequirementResult, excerpt: Excerpt) -> list[Picture]:
        pages = [event for event in excerpt.events if isinstance(event, Page) and event.screenshot]
        told = [page for page in pages if page.id in excerpt.named]
        return [self._picture(row, page) for page in (told or pages)[-MOST_PICTURES:]]

    def _picture(self, row: RequirementResult, page: Page) -> Picture:
        name = page.screenshot if ".." not in PurePosixPath(page.screenshot).parts else ""
        label = f"{page.kind.replace('_', ' ').capitalize()} page: {page.title or page.url}"
        if name in self._shown:
            return Picture(name=name, label=label, seen_at=self._shown[name].anchor)
        data = self._data(name)
        picture = Picture(
            name=name, label=label, data=data, anchor=f"picture-{len(self._shown)}" if data else ""
        )
        if data:
            self._shown[name] = picture
        return picture

    def _data(self, name: str) -> str:
        content = self._reader.file(name)
        kind = _kind(content)
        if not kind or len(content) > min(PICTURE, self._left):
            return ""
        self._left -= len(content)
        return f"data:image/{kind};base64,{b64encode(content).decode()}"


def _kind(content: bytes) -> str:
    """The image type by its first bytes: a name proves nothing."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    return "webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else ""
