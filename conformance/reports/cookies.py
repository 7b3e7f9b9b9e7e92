"""Which cookies of its own a relying party got with the front-channel logout request, by the browser's policy."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from conformance.evidence.events import Arrival, Environment, ScenarioEvidence
from conformance.evidence.own_cookies import LAX, NONE, SCENARIO, UNSET, CookieLogout, own_cookies, said
from conformance.reports.outline import Place
from conformance.requirements.load import catalogue

Cell = Literal["arrived", "not sent", "no request", "not recorded"]

KINDS = {NONE: "SameSite=None; Secure", LAX: "SameSite=Lax", UNSET: "no SameSite"}
WARNING = "FCL-4.1-01"  # the row whose section warns of browsers that block third-party cookies
ONE_SITE = frozenset({"same-site", "same-origin"})


class Column(msgspec.Struct, frozen=True):
    """What came with requests of one kind; ``asked``: what for and from where, as the browser said (Sec-Fetch)."""

    cells: tuple[Cell, ...]  # in the order of KINDS
    asked: str

    def got(self, name: str) -> bool:
        return self.cells[list(KINDS).index(name)] == "arrived"

    @property
    def came(self) -> bool:
        return not {"no request", "not recorded"} & set(self.cells)


class Table(msgspec.Struct, frozen=True):
    """The three cookies at top level, and in a logout with third-party cookies blocked and allowed."""

    browser: str
    first_party: Column
    blocked: Column
    allowed: Column
    frame: Column  # of another site's page with third-party cookies allowed: what this browser lets a provider do
    one_site: bool  # provider and relying party are on one site: no cookie is a third party's
    warning: Place

    @property
    def rows(self) -> list[tuple[str, tuple[Cell, ...]]]:
        columns = zip(self.first_party.cells, self.blocked.cells, self.allowed.cells, strict=True)
        return list(zip(KINDS.values(), columns, strict=True))

    @property
    def unreached(self) -> bool:
        """Blocked, the request comes and no cookie with it."""
        return self.blocked.came and self.first_party.got(NONE) and "arrived" not in self.blocked.cells

    @property
    def none_alone(self) -> bool:
        """Allowed, the cookie with SameSite=None comes and the others do not."""
        others = self.allowed.got(LAX) or self.allowed.got(UNSET)
        return self.allowed.got(NONE) and not others and self.first_party.got(LAX)

    @property
    def kept_out(self) -> bool:
        """Allowed, it does not come, though this browser sends it to another site's frame."""
        return self.allowed.came and self.frame.got(NONE) and not self.allowed.got(NONE)


def table(scenarios: Iterable[ScenarioEvidence]) -> Table | None:
    """The table of a run; None where nothing of it was recorded."""
    recorded = next((one for one in scenarios if one.scenario == SCENARIO), None)
    if recorded is None:
        return None
    blocked, allowed = CookieLogout(recorded, "blocked"), CookieLogout(recorded, "allowed")
    first_party = [*blocked.first_party, *allowed.first_party]
    if not first_party:
        return None
    sites = said([*blocked.heard, *allowed.heard], "sec-fetch-site")
    return Table(
        browser=next((e.browser for e in recorded.events if isinstance(e, Environment)), ""),
        first_party=_column(first_party),
        blocked=_of_logout(blocked),
        allowed=_of_logout(allowed),
        frame=_column(allowed.other_site),
        one_site=bool(sites) and set(sites) <= ONE_SITE,
        warning=_warning(),
    )


def _of_logout(logout: CookieLogout) -> Column:
    return _column(logout.heard, "no request" if logout.logout else "not recorded")


def _column(arrivals: Sequence[Arrival], otherwise: Cell = "no request") -> Column:
    got = own_cookies(arrivals)
    ways = dict.fromkeys(_asked(arrival) for arrival in arrivals)
    cells: tuple[Cell, ...] = tuple("arrived" if name in got else "not sent" for name in KINDS)
    return Column(cells if arrivals else (otherwise,) * len(KINDS), " and ".join(filter(None, ways)))


def _asked(arrival: Arrival) -> str:
    return ", ".join(value for field in ("dest", "site") for value in said([arrival], f"sec-fetch-{field}"))


def _warning() -> Place:
    known = catalogue()
    return Place(known.section(known[WARNING]).title, known.address(known[WARNING]))
