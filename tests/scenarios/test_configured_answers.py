"""`receiver.answers`: given where no scenario scripts its own, and no reason to find anything broken."""

import asyncio
import re
from pathlib import Path

import pytest

from conformance.config.load import load
from conformance.demo import write_config
from conformance.evidence.events import Arrival
from conformance.evidence.store import Evidence
from conformance.recording import Lines
from conformance.results import RequirementResult
from conformance.scenarios.runner import record
from tests.proofs.harness import judged, stage

SCENARIOS = frozenset({"discovery", "backchannel_query", "backchannel_unavailable"})
ANSWERS = "receiver: {answers: [{channel: back_channel, status: 503, body: busy}], "
ROW = "BCL-2.2-04"  # the query of a backchannel_logout_uri is kept; judged from backchannel_query

Seen = tuple[Evidence, dict[str, RequirementResult]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """A conforming and a faulty provider, recorded with answers of the config."""
    folder = tmp_path_factory.mktemp("answers")
    with stage() as running:
        paths = {
            name: write_config(running.folder, running.provider, running.receiver, switches)
            for name, switches in {"good": (), "bad": ("backchannel-loses-query",)}.items()
        }
        return {name: _run(path, folder / name) for name, path in paths.items()}


def _run(path: Path, folder: Path) -> Seen:
    path.write_text(path.read_text(encoding="utf-8").replace("receiver: {", ANSWERS), encoding="utf-8")
    asyncio.run(record(load(path, {}), SCENARIOS, folder, Lines(quiet=True)))
    evidence = Evidence(folder)
    return evidence, judged(evidence)


def arrivals(evidence: Evidence, scenario: str) -> list[Arrival]:
    found = evidence.scenario(scenario)
    assert found is not None
    return [one for one in found.events if isinstance(one, Arrival) and one.endpoint == "backchannel"]


def test_they_are_given_and_stand_in_the_evidence(runs: dict[str, Seen]) -> None:
    given = arrivals(runs["good"][0], "backchannel_query")
    assert given
    assert {(one.answer, one.script) for one in given} == {(503, "receiver.answers: 503")}


def test_a_scenario_that_scripts_its_own_is_left_alone(runs: dict[str, Seen]) -> None:
    evidence, _ = runs["good"]
    scripts = {one.script for one in arrivals(evidence, "backchannel_unavailable")}
    assert "503" in scripts
    assert scripts <= {"503", ""}


def test_what_is_held_counts(runs: dict[str, Seen]) -> None:
    assert runs["good"][1][ROW].verdict == "pass"


def test_what_is_broken_is_inconclusive_and_says_why(runs: dict[str, Seen]) -> None:
    found = runs["bad"][1][ROW]
    assert found.verdict == "inconclusive"
    assert re.search(r"gave the answer of receiver\.answers: 503 there, which may be why", found.reason)
