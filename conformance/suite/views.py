"""The views that checks take as arguments, by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conformance.evidence.events import Arrival, Client, Clock, Exchange, Login, ScenarioEvidence, Token
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, cases, json_body
from conformance.suite.finding import NotTested, Undecided, not_carried_out
from conformance.suite.registry import view


def scenario_cases(evidence: Evidence, name: str) -> dict[str, Case]:
    """Return the cases of a recorded scenario; a scenario that could not be carried out raises why."""
    recorded = evidence.scenario(name)
    if recorded is None:
        raise Undecided(f"the scenario {name} was not recorded")
    kept = f"cases of {name}"
    found: dict[str, Case] = evidence.views.get(kept) or evidence.views.setdefault(kept, cases(recorded))
    if recorded.status == "interrupted":
        raise Undecided(f"the scenario {name} was interrupted")
    gap = Case(recorded, "").gap
    if gap is not None and not any(label for label in found):
        raise not_carried_out(gap)
    return found


def one(evidence: Evidence, scenario: str, label: str) -> Case:
    """Return one case; where it is missing, why."""
    found = scenario_cases(evidence, scenario)
    if label in found:
        return found[label]
    recorded = evidence.scenario(scenario)
    gap = Case(recorded, "").gap if recorded else None
    raise not_carried_out(gap) if gap else Undecided(f"{scenario} has no case {label!r}")


def nothing(evidence: Evidence, scenario: str, label: str, reason: str) -> Undecided:
    """Return why nothing was found; a scenario that could not be carried out raises its own reason."""
    one(evidence, scenario, label)
    return Undecided(reason)


# Discovery


@dataclass(frozen=True)
class Metadata:
    """The discovery document as it was published, and the exchange that brought it."""

    document: dict[str, Any] | None
    exchange: Exchange
    issuer: str  # as configured

    def __getitem__(self, name: str) -> Any:
        return (self.document or {}).get(name)

    def __contains__(self, name: str) -> bool:
        return name in (self.document or {})


@view("discovery")
def metadata(evidence: Evidence) -> Metadata:
    """The published metadata (Discovery 4)."""
    recorded = evidence.scenario("discovery")
    fetched = (
        [e for e in recorded.events if isinstance(e, Exchange) and e.purpose == "discovery"]
        if recorded
        else []
    )
    if not fetched:
        raise Undecided("the metadata were not fetched")
    return Metadata(json_body(fetched[-1]), fetched[-1], evidence.run.issuer)


@dataclass(frozen=True)
class ProviderClock:
    """The provider's clock minus ours, in seconds; None where it was not measured."""

    offset: float | None
    uncertainty: float


@view("discovery")
def provider_clock(evidence: Evidence) -> ProviderClock:
    """How far the provider's clock is off: by the Date header, else by the ID Tokens of the run."""
    recorded = evidence.scenario("discovery")
    found = [e for e in recorded.events if isinstance(e, Clock)] if recorded else []
    if found:
        return ProviderClock(found[-1].offset, found[-1].uncertainty)
    return min(_by_id_tokens(evidence), key=lambda clock: clock.uncertainty, default=ProviderClock(None, 0))


def _by_id_tokens(evidence: Evidence) -> Iterator[ProviderClock]:
    """Compare iat, whole seconds cut off, with when the token was asked for; a second is for how codes are redeemed."""
    for recorded in evidence.recorded():
        took = {e.id: e.seconds for e in recorded.events if isinstance(e, Exchange)}
        for seen in _seen(recorded, "id_token"):
            iat = seen.claims.get("iat")
            if isinstance(iat, int | float) and seen.token.source in took:
                seconds = took[seen.token.source]
                yield ProviderClock(
                    round(iat + 0.5 + seconds / 2 - seen.wall, 3), round(1.5 + seconds / 2, 3)
                )


# Everything of a kind that the run saw


@dataclass(frozen=True)
class SeenToken:
    """A token with what belongs to it: its scenario, its client, the notification that brought it."""

    scenario: str
    token: Token
    client: Client | None
    arrival: Arrival | None
    wall: float  # seconds since the epoch, on our clock, when it came
    login: Login | None = None

    @property
    def claims(self) -> dict[str, Any]:
        return self.token.claims

    @property
    def header(self) -> dict[str, Any]:
        return self.token.header

    @property
    def label(self) -> str:
        return f"{self.token.rp} in {self.scenario}" + (f", {self.token.case}" if self.token.case else "")


def tokens_of(evidence: Evidence, kind: str) -> list[SeenToken]:
    """Return every token of a kind that the recorded scenarios saw, in the order of time."""
    kept = f"every {kind}"
    found: list[SeenToken] = evidence.views.get(kept) or evidence.views.setdefault(
        kept, _tokens_of(evidence, kind)
    )
    return list(found)


def _tokens_of(evidence: Evidence, kind: str) -> list[SeenToken]:
    found = [seen for one in evidence.recorded() for seen in _seen(one, kind)]
    return sorted(found, key=lambda seen: seen.token.at)


def _seen(recorded: ScenarioEvidence, kind: str) -> Iterator[SeenToken]:
    """Yield the tokens of a kind that a scenario saw, each with what belongs to it."""
    began = datetime.fromisoformat(recorded.started).timestamp() - recorded.offset
    arrivals = {e.id: e for e in recorded.events if isinstance(e, Arrival)}
    clients = {(e.rp, e.case): e for e in recorded.events if isinstance(e, Client)}
    any_case = {e.rp: e for e in clients.values()}
    logins = {(e.rp, e.case, e.login): e for e in recorded.events if isinstance(e, Login)}
    for token in recorded.events:
        # What could not be opened is judged by the rows on encryption alone.
        if isinstance(token, Token) and token.kind == kind and not token.problem.startswith("encrypted"):
            own = clients.get((token.rp, token.case)) or clients.get((token.rp, "")) or any_case.get(token.rp)
            login = logins.get((token.rp, token.case, token.login))
            yield SeenToken(
                recorded.scenario, token, own, arrivals.get(token.source), began + token.at, login
            )


@view("discovery", "logout_get")
def id_tokens(evidence: Evidence) -> list[SeenToken]:
    """Every ID Token of the run."""
    found = tokens_of(evidence, "id_token")
    if not found:
        raise Undecided("no ID Token was seen in the run")
    return found


# RP-initiated logout


@view("logout_get")
def plain_logout(evidence: Evidence) -> Case:
    """Logout by GET with genuine hint, registered URI and state."""
    return one(evidence, "logout_get", "plain")


__all__ = ["Case", "NotTested", "Undecided", "one", "scenario_cases"]
