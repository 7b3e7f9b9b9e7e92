"""Who heard what: which relying party was told of a logout, by which channel, and when."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from markupsafe import Markup

from conformance.evidence.events import (
    Answer,
    AnyEvent,
    Arrival,
    Client,
    Login,
    Logout,
    Probe,
    ScenarioEvidence,
    Watch,
)
from conformance.reports.excerpt import Excerpt
from conformance.reports.sequence import Diagram, draw
from conformance.reports.wire import milliseconds

Channel = Literal["frontchannel", "backchannel", "post_logout"]
CHANNELS: tuple[tuple[Channel, str], ...] = (
    ("frontchannel", "front-channel"),
    ("backchannel", "back-channel"),
    ("post_logout", "redirected after logout"),
)
_REGISTERED = {
    "frontchannel": "frontchannel_logout_uri",
    "backchannel": "backchannel_logout_uri",
    "post_logout": "post_logout_redirect_uris",
}
MOST_CASES = 12
DRAWN = (Logout, Answer, Arrival, Probe)


class Cell(msgspec.Struct, frozen=True):
    """What one relying party heard by one channel. ``registered``: whether it asked to be told that way."""

    times: tuple[str, ...]
    registered: bool


class Row(msgspec.Struct, frozen=True):
    """One relying party."""

    rp: str
    started: bool  # it began the logout
    logged_in: bool
    cells: tuple[Cell, ...]


class Table(msgspec.Struct, frozen=True):
    """One logout of a scenario."""

    scenario: str
    case: str
    rows: tuple[Row, ...]
    watched: str
    diagram: Markup = Markup()  # nothing where fewer than two notifications came
    steps: tuple[str, ...] = ()


def tables(scenarios: Iterable[ScenarioEvidence]) -> list[Table]:
    """One table for each logout with two or more relying parties of which one was told anything or could be."""
    return [table for scenario in scenarios for table in _of(scenario)]


def _of(scenario: ScenarioEvidence) -> list[Table]:
    logouts = [event for event in scenario.events if isinstance(event, Logout)][:MOST_CASES]
    tables = [
        _table(scenario, logout, _next(logouts, place), f"heard-{scenario.scenario}-{place}")
        for place, logout in enumerate(logouts)
    ]
    return [table for table in tables if _worth(table)]


def _next(logouts: Sequence[Logout], place: int) -> float:
    """When the next logout of the same case begins: what comes later belongs to that one."""
    later = [logout.at for logout in logouts[place + 1 :] if logout.case == logouts[place].case]
    return later[0] if later else float("inf")


def _table(scenario: ScenarioEvidence, logout: Logout, end: float, name: str) -> Table:
    own = [
        event for event in scenario.events if event.case in {logout.case, ""} and logout.at <= event.at < end
    ]
    arrivals = [event for event in own if isinstance(event, Arrival)]
    clients = [
        event for event in scenario.events if isinstance(event, Client) and event.case in {logout.case, ""}
    ]
    watches = [event.seconds for event in own if isinstance(event, Watch)]
    visited = {event.rp for event in scenario.events if isinstance(event, Login) and event.at <= logout.at}
    drawing = _drawing(scenario, logout, own, clients, name)
    return Table(
        scenario=scenario.scenario,
        case=logout.case,
        diagram=Markup(drawing.svg),  # noqa: S704 - escapes all it draws
        steps=drawing.text,
        rows=tuple(_row(client, logout, arrivals, visited) for client in {c.rp: c for c in clients}.values()),
        watched=f"{max(watches):.1f} s" if watches else "",
    )


def _drawing(
    scenario: ScenarioEvidence, logout: Logout, own: Sequence[AnyEvent], clients: Sequence[Client], name: str
) -> Diagram:
    """Draw who was told after whom: the logout, its answer, the notifications, and what was left of the session."""
    told = [e for e in own if isinstance(e, Arrival) and e.endpoint in ("frontchannel", "backchannel")]
    if len(told) < 2:
        return Diagram("", ())
    shown = sorted((e for e in own if isinstance(e, DRAWN)), key=lambda e: (e.at, e.id))
    named = frozenset(event.id for event in told)
    excerpt = Excerpt(
        scenario=scenario.scenario, case=logout.case, events=tuple(shown), named=named, clients=tuple(clients)
    )
    return draw(excerpt, name)


def _row(client: Client, logout: Logout, arrivals: Sequence[Arrival], visited: set[str]) -> Row:
    cells = tuple(_cell(client, channel, arrivals, logout.at) for channel, _ in CHANNELS)
    return Row(client.rp, client.rp == logout.rp, client.rp in visited, cells)


def _cell(client: Client, channel: Channel, arrivals: Sequence[Arrival], zero: float) -> Cell:
    times = [e.at for e in arrivals if e.rp == client.rp and e.endpoint == channel]
    registered = bool(client.metadata.get(_REGISTERED[channel]))
    return Cell(tuple(milliseconds(at - zero) for at in times[:4]), registered)


def _worth(table: Table) -> bool:
    told = [cell for row in table.rows for cell in row.cells[:2]]
    return len(table.rows) > 1 and any(cell.registered or cell.times for cell in told)
