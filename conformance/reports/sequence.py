"""A sequence diagram of an excerpt, as SVG that follows the page's colours, and the same as text."""

import re
from collections.abc import Sequence
from functools import singledispatchmethod
from html import escape
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from conformance.evidence.events import (
    Answer,
    Arrival,
    Client,
    Event,
    Exchange,
    Login,
    Logout,
    Page,
    Probe,
    Watch,
)
from conformance.reports.excerpt import Excerpt
from conformance.reports.wire import header, milliseconds, prepares
from conformance.reports.words import one_line, shorten

MOST_STEPS = 28
GUTTER, LANE, HEAD, ROW, FOOT = 96, 214, 46, 40, 16
GLYPH = 6.7  # width of a character of the labels, generously

_RESOURCES = frozenset({"image", "script", "style", "font"})

Line = Literal["arrow", "back", "note", "silence"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the diagram: an arrow from lane to lane, or a note on one lane."""

    at: float
    line: Line
    source: str
    target: str
    label: str
    told: bool = False
    framed: bool = False


class Diagram(msgspec.Struct, frozen=True):
    """The drawing and its text; both empty where there is nothing to draw."""

    svg: str
    text: tuple[str, ...]


def draw(excerpt: Excerpt, name: str) -> Diagram:
    """Draw an excerpt. ``name`` makes the ids of the drawing unique in the page."""
    # An answer comes later than its request: what happened in between stands in between.
    steps = sorted(_Steps(excerpt).steps, key=lambda step: step.at)[:MOST_STEPS]
    if not any(step.source != step.target for step in steps):
        return Diagram("", ())
    lanes = _lanes(steps)
    words = tuple(_sentence(step, excerpt.zero) for step in steps)
    return Diagram(_svg(steps, lanes, excerpt.zero, name), words)


class _Steps:
    """Turns events into steps; an event without a picture gives none."""

    def __init__(self, excerpt: Excerpt) -> None:
        self._named = excerpt.named
        self._homes = _homes(excerpt.clients)
        self._arrived = {(event.method, event.url) for event in excerpt.events if isinstance(event, Arrival)}
        self._requested = any(
            isinstance(event, Exchange) and event.purpose == "logout" for event in excerpt.events
        )
        self.steps: list[Step] = []
        for event in excerpt.events:
            if event.id in self._named or not prepares(event):
                self._add(event)

    @singledispatchmethod
    def _add(self, event: Event) -> None:
        """Events without a picture."""

    @_add.register
    def _(self, event: Exchange) -> None:
        if event.destination in _RESOURCES:
            return
        if (event.method, event.url) in self._arrived:  # the receiver's own record of it is drawn
            return
        agent = event.agent.capitalize() or ("Browser" if event.sender == "browser" else "Harness")
        target = self._lane(event.url)
        location = header(event.response_headers, "location")
        status = "no answer" if event.status is None else str(event.status)
        redirect = bool(location) and event.status is not None and 300 <= event.status < 400
        label = f"{event.method} {_path(event.url)}" + ("" if redirect else f" → {status}")
        framed = event.destination == "iframe"
        self._arrow(event, agent, target, label, framed=framed)
        if redirect:
            back = f"{status} → {_address(location)}"
            self._arrow(event, target, agent, back, line="back", after=event.seconds)

    @_add.register
    def _(self, event: Arrival) -> None:
        answer = "" if event.answer is None else f" → {event.answer}"
        source = "Provider" if event.endpoint == "backchannel" else "Browser"
        target = _title(event.rp) or _origin(event.url)
        framed = event.endpoint == "frontchannel"
        self._arrow(event, source, target, f"{event.method} {_path(event.url)}{answer}", framed=framed)

    @_add.register
    def _(self, event: Login) -> None:
        self._arrow(event, _agent(event.agent), "Provider", f"log in at {_title(event.rp)} → {event.outcome}")

    @_add.register
    def _(self, event: Logout) -> None:
        if not self._requested:  # else the exchange itself is drawn
            self._arrow(event, _agent(event.agent), "Provider", f"{event.method} {_path(event.endpoint)}")

    @_add.register
    def _(self, event: Page) -> None:
        self._note(event, _agent(event.agent), f"sees: {event.kind.replace('_', ' ')} page")

    @_add.register
    def _(self, event: Answer) -> None:
        self._note(event, _agent(event.agent), f"answers: {event.choice}")

    @_add.register
    def _(self, event: Probe) -> None:
        self._note(event, _agent(event.agent), f"{event.what} {event.outcome} ({event.when})")

    @_add.register
    def _(self, event: Watch) -> None:
        named = [rp for rp in sorted(self._rps(), key=len, reverse=True) if rp.lower() in event.what.lower()]
        lane = named[0] if named else "Provider"
        saw = "nothing" if not event.saw else str(event.saw)
        self._note(event, lane, f"{saw} in {event.seconds:.1f} s", line="note" if event.saw else "silence")

    def _rps(self) -> set[str]:
        return {rp for rp in self._homes.values() if rp}

    def _lane(self, url: str) -> str:
        return self._homes.get(_origin(url), "Provider")

    def _arrow(
        self, event: Event, source: str, target: str, label: str,
        *, line: Line = "arrow", after: float = 0.0, framed: bool = False,
    ) -> None:  # fmt: skip
        self.steps.append(
            Step(
                at=event.at + after,
                line=line,
                source=source,
                target=target,
                label=f"iframe {label}" if framed else label,
                told=event.id in self._named,
                framed=framed,
            )
        )

    def _note(self, event: Event, lane: str, label: str, *, line: Line = "note") -> None:
        told = event.id in self._named
        self.steps.append(Step(at=event.at, line=line, source=lane, target=lane, label=label, told=told))


def _title(rp: str) -> str:
    """RP1 as documents write it, Witness as any word."""
    return rp.upper() if re.fullmatch(r"rp\d*", rp) else rp.capitalize()


def _agent(agent: str) -> str:
    return agent.capitalize() or "Browser"


def _homes(clients: Sequence[Client]) -> dict[str, str]:
    """Which origin is which relying party."""
    return {_origin(url): _title(client.rp) for client in clients for url in client.uses if client.rp}


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}".lower()


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return (parts.path or "/") + ("?…" if parts.query else "")


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = f"?{parts.query}" if parts.query else ""  # a wrong redirect is often wrong there: as much as fits
    return f"{parts.netloc}{parts.path or '/'}{query}" if parts.netloc else url


def _lanes(steps: Sequence[Step]) -> list[str]:
    """Harness and browsers, the provider, then the relying parties."""
    seen = {lane for step in steps for lane in (step.source, step.target)}
    agents = sorted(lane for lane in seen if lane == "Harness" or lane.startswith("Browser"))
    others = sorted(seen - {*agents, "Provider"})
    lanes = [*agents, *(["Provider"] if "Provider" in seen else []), *others]
    # An arrival does not know which browser it came from: with one browser in the picture it is that one.
    named = [lane for lane in agents if lane.startswith("Browser ")]
    if "Browser" in agents and len(named) == 1:
        lanes.remove("Browser")
    return lanes


def _place(lanes: Sequence[str], lane: str) -> float:
    own = lane if lane in lanes else next(name for name in lanes if name.startswith(lane))
    return GUTTER + LANE * (lanes.index(own) + 0.5)


def _sentence(step: Step, zero: float) -> str:
    time = milliseconds(step.at - zero)
    who = step.source if step.source == step.target else f"{step.source} to {step.target}"
    return one_line(f"{time}: {who}: {step.label}")


def _svg(steps: Sequence[Step], lanes: Sequence[str], zero: float, name: str) -> str:
    width = GUTTER + LANE * len(lanes)
    height = HEAD + ROW * len(steps) + FOOT
    summary = f"{len(steps)} steps between {', '.join(lanes)}; the list below has them as text."
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg class="sequence" role="img" aria-labelledby="{name}-t {name}-d" {size}>',
        f'<title id="{name}-t">Sequence of messages</title>',
        f'<desc id="{name}-d">{_text(summary)}</desc>',
        *(_lane(lane, _place(lanes, lane), height) for lane in lanes),
        *(_row(step, lanes, HEAD + ROW * (row + 0.62), zero) for row, step in enumerate(steps)),
        "</svg>",
    ]
    return "".join(parts)


def _lane(lane: str, x: float, height: int) -> str:
    label = _text(shorten(lane, 26))
    return (
        f'<line class="life" x1="{x:g}" y1="{HEAD - 8}" x2="{x:g}" y2="{height}"/>'
        f'<rect class="lane" x="{x - 74:g}" y="8" width="148" height="28" rx="5"/>'
        f'<text class="name" x="{x:g}" y="27">{label}</text>'
    )


def _row(step: Step, lanes: Sequence[str], y: float, zero: float) -> str:
    drawn = _note(step, lanes, y) if step.source == step.target else _arrow(step, lanes, y)
    told = " told" if step.told else ""
    time = _text(milliseconds(step.at - zero))
    return f'<g class="{step.line}{told}"><text class="time" x="{GUTTER - 12}" y="{y + 4:g}">{time}</text>{drawn}</g>'


def _note(step: Step, lanes: Sequence[str], y: float) -> str:
    x = _place(lanes, step.source)
    label = shorten(step.label, 30)
    half = max(len(label) * GLYPH / 2 + 10, 40)
    left = max(x - half, GUTTER - 4)
    return (
        f'<rect x="{left:g}" y="{y - 13:g}" width="{2 * half:g}" height="26" rx="13"/>'
        f'<text class="label" x="{left + half:g}" y="{y + 4:g}">{_text(label)}</text>'
    )


def _arrow(step: Step, lanes: Sequence[str], y: float) -> str:
    start, end = _place(lanes, step.source), _place(lanes, step.target)
    back = 7 if end > start else -7
    label = shorten(step.label, int((abs(end - start) - 16) / GLYPH))
    return (
        f'<line x1="{start:g}" y1="{y:g}" x2="{end - back:g}" y2="{y:g}"/>'
        f'<polygon points="{end:g},{y:g} {end - back * 1.3:g},{y - 4.5:g} {end - back * 1.3:g},{y + 4.5:g}"/>'
        f'<text class="label" x="{(start + end) / 2:g}" y="{y - 7:g}">{_text(label)}</text>'
    )


def _text(text: str) -> str:
    return escape(one_line(text))
