"""A run's evidence on disk: an index, one JSON file per scenario, screenshots beside them."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from conformance.evidence.events import SCHEMA_VERSION, Event, Run, ScenarioEvidence

INDEX = "index.json"


class EvidenceError(Exception):
    """A folder of evidence that cannot be read; the message is for people."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)


def encode(record: Any) -> bytes:
    """Return a record as JSON that a person can read and a diff can compare."""
    try:
        text = msgspec.json.encode(record)
    except UnicodeEncodeError:  # half a surrogate pair: JSON from outside can escape what UTF-8 cannot hold
        text = msgspec.json.encode(_utf8(msgspec.to_builtins(record)))
    return msgspec.json.format(text, indent=1) + b"\n"


def _utf8(value: Any) -> Any:
    """Return a value with what UTF-8 cannot hold written out."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_utf8(name): _utf8(member) for name, member in value.items()}
    return [_utf8(member) for member in value] if isinstance(value, list) else value


def write_scenario(folder: Path, evidence: ScenarioEvidence, files: Mapping[str, bytes]) -> None:
    """Write what a scenario saw; the JSON last, so that it never names a file that is not there."""
    for name, data in files.items():
        write_atomically(folder / name, data)
    write_atomically(folder / f"{evidence.scenario}.json", encode(evidence))


def write_index(folder: Path, run: Run) -> None:
    write_atomically(folder / INDEX, encode(run))


class Evidence:
    """A folder of evidence, read lazily. Raises EvidenceError in words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = _read(folder / INDEX, Run)
        self._homes: dict[int, str] = {}
        self.views: dict[str, Any] = {}  # kept by whoever computes them
        self._scenarios: dict[str, ScenarioEvidence | None] = {}

    @classmethod
    def of(cls, run: Run, scenarios: Mapping[str, ScenarioEvidence]) -> "Evidence":
        """Return evidence that is in memory: what an edit made of a recorded run."""
        evidence = cls.__new__(cls)
        evidence.folder, evidence.run, evidence.views, evidence._homes = Path(), run, {}, {}  # noqa: SLF001
        evidence._scenarios = dict(scenarios)  # noqa: SLF001 - our own
        return evidence

    def scenario(self, name: str) -> ScenarioEvidence | None:
        """Return what a scenario saw, or None when it was not recorded."""
        if name not in self._scenarios:
            path = self.folder / f"{name}.json"
            there = self.folder != Path() and path.exists()
            self._scenarios[name] = _read(path, ScenarioEvidence) if there else None
        return self._scenarios[name]

    def recorded(self) -> list[ScenarioEvidence]:
        """Return every scenario of the run that was recorded, in the order in which they were chosen."""
        read = (self.scenario(name) for name in self.run.scenarios)
        return [one for one in read if one is not None]

    def home(self, event: Event) -> str:
        """Return the scenario that an event belongs to; "" for one that was not read here."""
        if not self._homes:
            self._homes = {id(event): one.scenario for one in self.recorded() for event in one.events}
        return self._homes.get(id(event), "")

    def names(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.json") if path.name != INDEX)

    def file(self, name: str) -> bytes:
        """Return a screenshot or large body by the name that an event gives."""
        path = (self.folder / name).resolve()
        if self.folder.resolve() not in path.parents or not path.is_file():
            raise EvidenceError(f"{name}: no such file in {self.folder}")
        return path.read_bytes()


@cache
def _decoder(kind: type) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _read(path: Path, kind: type) -> Any:
    try:
        record = _decoder(kind).decode(path.read_bytes())
    except FileNotFoundError:
        raise EvidenceError(
            f"{path}: no such file. A folder of evidence holds {INDEX} and one file per scenario; "
            "give the folder of a run, or its evidence/ folder."
        ) from None
    except (msgspec.DecodeError, msgspec.ValidationError, OSError) as error:
        raise EvidenceError(f"{path}: cannot be read as evidence: {error}.") from None
    if record.schema_version != SCHEMA_VERSION:
        raise EvidenceError(
            f"{path}: evidence of schema version {record.schema_version}; this version of the suite reads "
            f"version {SCHEMA_VERSION}."
        )
    return record
