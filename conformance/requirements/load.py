"""Reading the catalogue: YAML files in ``data/`` to frozen records, once per process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import yaml

from conformance.requirements.model import Condition, Requirement, Section, Specification

DATA = Path(__file__).parent / "data"

# The base loader leaves every scalar a string, as all fields are: no surprise from 2.10, no or 2023-12-15.
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class UnknownRequirement(KeyError):
    """No row, glob or document of this name; ``near`` holds up to three names that resemble it."""

    def __init__(self, name: str, near: Iterable[str] = ()) -> None:
        super().__init__(name)
        self.name = name
        self.near = tuple(near)

    def __str__(self) -> str:
        hint = f"; did you mean {', '.join(self.near)}?" if self.near else ""
        return f"no requirement {self.name!r} in the catalogue{hint}"


class Catalogue:
    """All requirements and the documents they cite, in the order of reports.

    ``requirements`` maps id to row: by document, then section, then the order in the file.
    """

    def __init__(
        self,
        specifications: Iterable[Specification],
        sections: Mapping[str, Mapping[str, Section]],
        conditions: Iterable[Condition],
        requirements: Iterable[Requirement],
    ) -> None:
        ordered = sorted(specifications, key=lambda spec: spec.order)
        self.specifications: Mapping[str, Specification] = MappingProxyType({s.id: s for s in ordered})
        self.conditions: Mapping[str, Condition] = MappingProxyType({c.id: c for c in conditions})
        self.sections = sections
        rows = sorted(
            requirements, key=lambda row: (self.specifications[row.spec].order, section_key(row.section))
        )
        self.requirements: Mapping[str, Requirement] = MappingProxyType({row.id: row for row in rows})

    def __getitem__(self, id: str) -> Requirement:
        """The row of this id; raises UnknownRequirement with the nearest ids."""
        try:
            return self.requirements[id]
        except KeyError:
            raise self._unknown(id) from None

    def section(self, requirement: Requirement) -> Section:
        """The heading and anchor of the section that a row cites."""
        return self.sections[requirement.spec][requirement.section]

    def address(self, requirement: Requirement) -> str:
        """The official address of the section that a row cites, with its anchor."""
        section = self.section(requirement)
        url = section.address or self.specifications[requirement.spec].url
        return f"{url}#{section.anchor}" if section.anchor else url

    def for_spec(self, id: str) -> tuple[Requirement, ...]:
        """All rows of one document, named by id (``back-channel``) or prefix (``BCL``)."""
        spec = self.specification(id)
        return tuple(row for row in self.requirements.values() if row.spec == spec.id)

    def specification(self, id: str) -> Specification:
        """The document of this id or prefix; raises UnknownRequirement."""
        for spec in self.specifications.values():
            if id.lower() in (spec.id, spec.prefix.lower()):
                return spec
        names = [name for s in self.specifications.values() for name in (s.id, s.prefix)]
        raise UnknownRequirement(id, get_close_matches(id, names))

    def select(self, names: Iterable[str]) -> tuple[str, ...]:
        """Ids that any of ``names`` selects, in catalogue order, each once.

        A name is an id, a glob (``RPI-3-*``), or a document (``RPI``, ``rp-initiated``). One that selects
        nothing raises UnknownRequirement.
        """
        chosen = {row for name in names for row in self._matching(name)}
        return tuple(row for row in self.requirements if row in chosen)

    def repeats(self, id: str) -> tuple[str, ...]:
        """Ids of the rows that share this row's finding (their ``same_as`` names it)."""
        return self._repeated_by.get(id, ())

    def derived(self, id: str) -> tuple[str, ...]:
        """Ids of the rows that follow from this one (their ``derives_from`` names it)."""
        return self._derived_by.get(id, ())

    def _matching(self, name: str) -> tuple[str, ...]:
        if name in self.requirements:
            return (name,)
        prefixes = {
            key: spec.prefix for spec in self.specifications.values() for key in (spec.id, spec.prefix)
        }
        pattern = f"{prefixes[name]}-*" if name in prefixes else name
        found = tuple(row for row in self.requirements if fnmatchcase(row, pattern))
        if not found:
            raise self._unknown(name)
        return found

    def _unknown(self, name: str) -> UnknownRequirement:
        return UnknownRequirement(name, get_close_matches(name.upper(), self.requirements))

    @cached_property
    def _repeated_by(self) -> dict[str, tuple[str, ...]]:
        return _inverted((row.id, (row.same_as,)) for row in self.requirements.values() if row.same_as)

    @cached_property
    def _derived_by(self) -> dict[str, tuple[str, ...]]:
        return _inverted((row.id, row.derives_from) for row in self.requirements.values())


@cache
def catalogue() -> Catalogue:
    """The catalogue that ships with the package, read once."""
    return read(DATA)


def read(folder: Path) -> Catalogue:
    """Read a folder of catalogue files: three tables, and one file of rows per document.

    Raises msgspec.ValidationError where a file does not have the shape of the records.
    """
    specifications = msgspec.convert(parse(folder / "specifications.yaml"), list[Specification], strict=False)
    sections = msgspec.convert(parse(folder / "sections.yaml"), dict[str, dict[str, Section]])
    conditions = msgspec.convert(parse(folder / "conditions.yaml"), list[Condition])
    rows = [row for spec in specifications for row in _rows(folder / f"{spec.id}.yaml")]
    return Catalogue(specifications, sections, conditions, rows)


def parse(path: Path) -> Any:
    """The content of one catalogue file, every scalar a string."""
    return yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506 - the base loader makes nothing but strings, lists and dicts


def section_key(section: str) -> tuple[int, ...]:
    """Orders sections as a document does: 2, 2.1, 2.10, 3."""
    return tuple(int(part) for part in re.findall(r"\d+", section))


def _rows(path: Path) -> list[Requirement]:
    return msgspec.convert(parse(path), list[Requirement])


def _inverted(pairs: Iterable[tuple[str, Iterable[str]]]) -> dict[str, tuple[str, ...]]:
    inverse: dict[str, tuple[str, ...]] = {}
    for source, targets in pairs:
        for target in targets:
            inverse[target] = (*inverse.get(target, ()), source)
    return inverse
