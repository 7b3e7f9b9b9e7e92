"""Names that a tenant can be made of: faults and conforming profiles.

A switch and what is known about it stand in one place: a function that edits a `Behaviour`, under a
decorator with its name, the requirement rows it must turn and one sentence.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from conformance.reference.behaviour import Behaviour

Change: TypeAlias = Callable[[Behaviour], None]

CONFORMING = "ok"
SPEAKS = "speak-"  # begins the switch that makes a tenant speak a contract


@dataclass(frozen=True)
class Fault:
    """One thing that a tenant does wrong.

    ``rows`` must turn; ``companions`` may turn too, each with the reason; ``does`` says in a sentence what
    the provider does; ``doc`` says more where the sentence is not enough.
    """

    name: str
    rows: tuple[str, ...]
    does: str
    change: Change = field(repr=False)
    companions: Mapping[str, str] = field(default_factory=dict)
    doc: str = ""
    speaks: str = ""  # the contract that a tenant must speak for it


@dataclass(frozen=True)
class Profile:
    """A conforming way to do it differently, under which no row may turn."""

    name: str
    does: str
    change: Change = field(repr=False)


@dataclass(frozen=True)
class SpokenContract:
    """A provider's own documentation that a tenant can speak, by the name of its contract.

    ``clients`` are the client metadata that it is shown with, ``config`` the lines that a provider config
    needs for it beside them, with ``{issuer}`` where the tenant's goes.
    """

    name: str
    does: str
    change: Change = field(repr=False)
    openid: bool = True  # no: OAuth 2.0 alone
    clients: tuple[dict[str, Any], ...] = ()
    config: str = ""

    def config_for(self, issuer: str) -> str:
        """The config lines of one tenant."""
        return self.config.replace("{issuer}", issuer)


Switch = TypeVar("Switch", Fault, Profile, SpokenContract)

_FAULTS: dict[str, Fault] = {}
_PROFILES: dict[str, Profile] = {}
_SPOKEN: dict[str, SpokenContract] = {}


def fault(
    name: str, *rows: str, does: str, companions: Mapping[str, str] | None = None, speaks: str = ""
) -> Callable[[Change], Change]:
    """Register the decorated change of behaviour as a fault; its docstring becomes ``doc``."""

    def register(change: Change) -> Change:
        # Groups of companions are shared between faults, so they may name a row that must turn here.
        others = {row: reason for row, reason in (companions or {}).items() if row not in rows}
        _FAULTS[name] = Fault(name, rows, does, change, others, (change.__doc__ or "").strip(), speaks)
        return change

    return register


class SentenceFaults:
    """Registers the faults of a spoken contract: named after it, and turning rows of its sentences."""

    def __init__(self, contract: str) -> None:
        self._contract = contract

    def __call__(
        self, name: str, *sentences: str, does: str, companions: Mapping[str, str] | None = None
    ) -> Callable[[Change], Change]:
        """As `fault`; rows and companions are named by the ids of sentences."""
        rows = [self._row(sentence) for sentence in sentences]
        others = {self._row(sentence): reason for sentence, reason in (companions or {}).items()}
        full_name = f"{self._contract}-{name}"
        return fault(full_name, *rows, does=does, companions=others, speaks=self._contract)

    def _row(self, sentence: str) -> str:
        return f"DOC-{self._contract}-{sentence}"


def profile(name: str, does: str) -> Callable[[Change], Change]:
    """Register the decorated change of behaviour as a conforming profile."""

    def register(change: Change) -> Change:
        _PROFILES[name] = Profile(name, does, change)
        return change

    return register


def spoken_contract(
    name: str,
    does: str,
    *,
    openid: bool = True,
    clients: Sequence[dict[str, Any]] = (),
    config: str = "",
) -> Callable[[Change], Change]:
    """Register the decorated change of behaviour as one that makes a tenant speak a contract."""

    def register(change: Change) -> Change:
        _SPOKEN[name] = SpokenContract(name, does, change, openid, tuple(clients), config)
        return change

    return register


def faults(speaks: str = "") -> list[Fault]:
    """Every fault of the standard provider, or of one that speaks a contract, in the order of their files."""
    return [one for one in _in_order(_FAULTS) if one.speaks == speaks]


def spoken_contracts() -> list[SpokenContract]:
    """Every contract that a tenant can speak, in the order of their files."""
    return _in_order(_SPOKEN)


def profiles() -> list[Profile]:
    """Every conforming profile."""
    return _in_order(_PROFILES)


def _in_order(switches: Mapping[str, Switch]) -> list[Switch]:
    _load()
    # By file, because somebody may have imported one of the files before the others.
    return sorted(switches.values(), key=lambda switch: switch.change.__module__)


def behaviour_of(tenant: str) -> Behaviour:
    """The behaviour behind a tenant's name. Raises LookupError for a name that holds an unknown switch."""
    _load()
    behaviour = Behaviour()
    for name in [] if tenant == CONFORMING else tenant.split("+"):
        _change(name)(behaviour)
    return behaviour


def _change(name: str) -> Change:
    switch = _FAULTS.get(name) or _PROFILES.get(name) or _SPOKEN.get(name.removeprefix(SPEAKS))
    if switch is None:
        raise LookupError(name)
    return switch.change


def _load() -> None:
    # Late, because the switches import the provider whose behaviour they change.
    for part in ("faults", "spoken"):
        package = importlib.import_module(f"conformance.reference.{part}")
        for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{package.__name__}.{module}")
    importlib.import_module("conformance.reference.profiles")
