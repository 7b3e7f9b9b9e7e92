"""The recorded run that edits start from: the conforming reference provider, in fixtures/evidence/."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.evidence.events import Run, ScenarioEvidence
from conformance.evidence.store import Evidence
from conformance.judge import judge
from conformance.requirements import catalogue
from conformance.suite.registry import checks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.results import RequirementResult
    from tests.suite.edits import Recording

FOLDER = Path(__file__).parents[2] / "fixtures" / "evidence" / "reference"


@cache
def originals() -> tuple[dict[str, Any], Mapping[str, dict[str, Any]]]:
    """The index and the scenarios, as plain JSON."""
    run = json.loads((FOLDER / "index.json").read_text())
    return run, {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in run["scenarios"]}


@cache
def _decoded() -> Mapping[str, ScenarioEvidence]:
    return {name: msgspec.convert(one, ScenarioEvidence) for name, one in originals()[1].items()}


def evidence_of(recording: Recording) -> Evidence:
    """Evidence with the edited scenarios in place of the recorded ones."""
    edited = {name: msgspec.convert(one, ScenarioEvidence) for name, one in recording.scenarios.items()}
    return Evidence.of(msgspec.convert(recording.run, Run), {**_decoded(), **edited})


def judged(evidence: Evidence) -> dict[str, RequirementResult]:
    """Every row that has a check, judged."""
    rows = catalogue()
    return {name: judge(rows.requirements[name], check, evidence, rows) for name, check in checks().items()}


@cache
def unedited() -> dict[str, RequirementResult]:
    """The verdicts on the recording as it is."""
    from tests.suite.edits import Recording

    return judged(evidence_of(Recording(*originals())))


def finding(result: RequirementResult) -> str:
    """held, broken, or the verdict where it is neither."""
    if result.verdict == "note":
        return "held" if result.does == "does" else "broken"
    return {"pass": "held", "fail": "broken", "warning": "broken"}.get(result.verdict, result.verdict)
