"""The recorded run that edits start from: the reference provider held to proof.yaml, in fixtures/evidence/."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.documented.load import load, records
from conformance.documented.rows import held_reading, sentence_id, with_contracts
from conformance.documented.scenario import scenario_name
from conformance.documented.suite import checks
from conformance.documented.trials import claim
from conformance.evidence.events import Run, ScenarioEvidence
from conformance.evidence.store import Evidence
from conformance.judge import judge
from conformance.requirements import Catalogue, catalogue
from tests.suite.edits import Recording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.documented.model import Contract, Expect
    from conformance.results import RequirementResult
    from tests.suite.edits import Event

FOLDER = Path(__file__).parents[2] / "fixtures" / "evidence" / "documented"
CONTRACT = Path(__file__).with_name("proof.yaml")


@cache
def originals() -> tuple[dict[str, Any], Mapping[str, dict[str, Any]]]:
    """The index and the scenarios, as plain JSON."""
    run = json.loads((FOLDER / "index.json").read_text())
    return run, {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in run["scenarios"]}


@cache
def contract() -> Contract:
    """The contract as the run kept it; its addresses are those of the reference provider."""
    return records(originals()[0]["contracts"][0])


@cache
def written() -> Contract:
    """The contract as it stands in the file."""
    return load(CONTRACT)


@cache
def rows() -> Catalogue:
    return with_contracts(catalogue(), [contract()])


@cache
def _decoded() -> Mapping[str, ScenarioEvidence]:
    return {name: msgspec.convert(one, ScenarioEvidence) for name, one in originals()[1].items()}


def judged(
    row: str, recording: Recording | None = None, expected: Mapping[str, Expect] | None = None
) -> RequirementResult:
    """The verdict on a row, of the recording as it is or of an edited one; sentences may expect something else."""
    held_to = contract()
    if expected:
        sentences = [
            msgspec.structs.replace(one, expect=expected.get(one.id, one.expect)) for one in held_to.sentences
        ]
        held_to = msgspec.structs.replace(held_to, sentences=sentences)
    recording = recording or Recording(*originals())
    edited = {name: msgspec.convert(one, ScenarioEvidence) for name, one in recording.scenarios.items()}
    evidence = Evidence.of(msgspec.convert(recording.run, Run), {**_decoded(), **edited})
    return judge(rows()[row], checks([held_to])[row], evidence, rows())


class Trial:
    """The case that shows a sentence, as plain JSON that may be edited in place."""

    def __init__(self, sentence: str) -> None:
        one = next(one for one in contract().sentences if one.id == sentence)
        shown = claim(contract(), one, held_reading(one))
        assert shown
        self.row = sentence_id(contract(), one)
        self.recording = Recording(*originals())
        self._scenario, self._label = scenario_name(contract(), shown.endpoint), shown.label

    def all(self, kind: str = "", **members: Any) -> list[Event]:
        """Events of the case, by kind and members."""
        return self.recording.events(self._scenario, kind, self._label, **members)

    def last(self, kind: str, **members: Any) -> Event:
        return self.all(kind, **members)[-1]

    @property
    def request(self) -> Event:
        """What the contract made of the request."""
        return self.last("documented")

    @property
    def answer(self) -> Event:
        """The exchange of the request itself."""
        sent = [one for one in self.all("exchange") if one["id"] > self.request["id"]]
        return next(one for one in sent if one.get("purpose") in ("documented", "logout"))

    @property
    def arrivals(self) -> list[Event]:
        """What relying parties were told."""
        return [one for one in self.all("arrival") if one["endpoint"] in ("frontchannel", "backchannel")]

    def header(self, name: str, value: str | None) -> None:
        """Let the answer have had another header, or lack it."""
        others = [pair for pair in self.answer["response_headers"] if pair[0].lower() != name.lower()]
        self.answer["response_headers"] = [*others, *([[name, value]] if value is not None else [])]

    def body(self, text: str, **members: Any) -> None:
        """Let the answer have had another body."""
        self.answer["response_body"] = {"text": text, **members}

    def remove(self, event: Event) -> None:
        self.recording.remove(self._scenario, event)

    def gap(self, kind: str, reason: str) -> None:
        """Let the case not have been carried out."""
        event = {"event": "gap", "id": 9_000, "at": self.request["at"], "case": self._label}
        self.recording.scenarios[self._scenario]["events"].append({**event, "kind": kind, "reason": reason})

    def judged(self) -> RequirementResult:
        return judged(self.row, self.recording)
