"""The records of the catalogue: one requirement, one specification, one section, one condition."""

from __future__ import annotations

from typing import Literal

import msgspec

Party = Literal["OP", "RP", "both"]
Level = Literal[
    "MUST",
    "MUST NOT",
    "SHALL",
    "SHALL NOT",
    "REQUIRED",
    "SHOULD",
    "SHOULD NOT",
    "RECOMMENDED",
    "NOT RECOMMENDED",
    "MAY",
    "OPTIONAL",
    "documented",
    "observation",
]
Basis = Literal["keyword", "lowercase", "declarative", "consequence", "practice", "documented", "open"]
Observable = Literal["yes", "no", "rp-only", "roll-up"]
Power = Literal["must", "should", "may"]
Role = Literal["logout", "leaned_on", "documented"]
WhenFalse = Literal["not_applicable", "not_tested"]

_POWERS: dict[str, Power] = {
    "MUST": "must",
    "MUST NOT": "must",
    "SHALL": "must",
    "SHALL NOT": "must",
    "REQUIRED": "must",
    "SHOULD": "should",
    "SHOULD NOT": "should",
    "RECOMMENDED": "should",
    "NOT RECOMMENDED": "should",
    "MAY": "may",
    "OPTIONAL": "may",
    "documented": "must",
    "observation": "may",
}

# Levels whose rows fail when they are broken, and leave a run incomplete when they are not decided.
MUST_LEVELS = frozenset(level for level, power in _POWERS.items() if power == "must")


class Requirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement of one section of one document.

    ``act``, ``held`` and ``broken`` say how it is observed and what must be seen; what lies
    between ``held`` and ``broken`` is undecided. Keys are explained in ``data/README.md``.
    """

    id: str
    spec: str
    section: str
    party: Party
    level: Level
    basis: Basis
    statement: str
    observable: Observable | None = None
    applies: tuple[str, ...] = ()
    act: str | None = None
    held: str | None = None
    broken: str | None = None
    note: str | None = None
    why_not: str | None = None
    same_as: str | None = None
    derives_from: tuple[str, ...] = ()

    @property
    def power(self) -> Power:
        """The strength that turns held or broken into a verdict: must, should or may."""
        return _POWERS[self.level]

    @property
    def binds_provider(self) -> bool:
        """Whether a provider can be held to it; rows of the RP alone wait for the day RPs are tested."""
        return self.party != "RP"

    @property
    def excluded(self) -> str | None:
        """One sentence why no check can exist, or None where one can."""
        return self.why_not if self.binds_provider else None


class Specification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One document that rows cite. ``role`` is logout or documented where it decides the exit code."""

    id: str
    prefix: str
    title: str
    date: str
    url: str
    role: Role
    order: int
    introduction: str


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A section of a document: its heading and the anchor of the official page, without ``#``.

    ``address`` is the page itself where it is not that of the specification: a contract may cite several.
    """

    title: str
    anchor: str
    address: str = ""


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition that a row may name in ``applies``.

    ``means`` says when it is true, ``needs`` what a reader can do so that it becomes true,
    ``when_false`` which verdict a false one gives.
    """

    id: str
    means: str
    needs: str
    when_false: WhenFalse
