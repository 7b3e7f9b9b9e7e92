"""What a run is called as a whole, and its exit code, by the verdicts on its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from conformance.config.model import Waiver
from conformance.outcome import assemble
from conformance.requirements import catalogue
from tests.suite.edits import Recording
from tests.suite.recording import evidence_of, originals, unedited

if TYPE_CHECKING:
    from conformance.results import Results

MUST, SHOULD, LEANED_ON = "RPI-3-05", "RPI-2-12b", "OA-5.2-07"
WAIVER = Waiver(requirement=MUST, reason="mended in the next release", expires="2099-12-31")


def outcome(*selection: str, interrupted: bool = False, **more: Any) -> Results:
    """The results of the recorded run with other verdicts: of the rows selected alone, where some are."""
    verdicts = more.pop("verdicts", {})
    rows = {name: row for name, row in unedited().items() if name in selection or not selection}
    judged = rows | {name: replace(rows[name], verdict=verdict) for name, verdict in verdicts.items()}
    evidence = evidence_of(Recording(*originals()))
    return assemble(evidence, judged, catalogue(), selection=selection, interrupted=interrupted, **more)


@pytest.mark.parametrize(
    ("verdicts", "overall", "exit_code"),
    [
        ({}, "conformant", 0),
        ({SHOULD: "warning"}, "conformant with warnings", 0),
        ({MUST: "fail", SHOULD: "warning"}, "non-conformant", 1),
        ({MUST: "inconclusive", SHOULD: "warning"}, "incomplete", 2),
        ({MUST: "inconclusive", SHOULD: "fail"}, "non-conformant", 1),
        ({SHOULD: "inconclusive"}, "conformant", 0),
        ({MUST: "error"}, "error", 3),
        ({LEANED_ON: "fail"}, "conformant", 0),
    ],
)
def test_the_worst_that_decides(verdicts: dict[str, str], overall: str, exit_code: int) -> None:
    found = outcome(verdicts=verdicts)
    assert (found.overall, found.exit_code) == (overall, exit_code)


def test_all_specifications_decide_where_the_user_says_so() -> None:
    assert outcome(verdicts={LEANED_ON: "fail"}, fail_on="all").exit_code == 1


def test_what_was_stopped_is_incomplete_unless_something_is_broken() -> None:
    assert outcome(interrupted=True).exit_code == 2
    assert outcome(interrupted=True, verdicts={MUST: "fail"}).exit_code == 1


def test_a_waived_failure_does_not_fail_and_a_waiver_of_nothing_does() -> None:
    waived = outcome(verdicts={MUST: "fail"}, waivers=[WAIVER])
    assert (waived.exit_code, next(row.verdict for row in waived.requirements if row.id == MUST)) == (
        0,
        "waived",
    )
    stale = outcome(waivers=[WAIVER])
    assert (stale.exit_code, len(stale.stale_waivers)) == (1, 1)


def test_a_leaned_on_specification_decides_where_it_was_selected_alone() -> None:
    assert outcome(LEANED_ON, verdicts={LEANED_ON: "fail"}).exit_code == 1


def test_observations_alone_say_nothing_of_conformance() -> None:
    found = outcome(*(name for name in unedited() if name.startswith("OBS-")))
    assert (found.overall, found.exit_code) == ("observed", 0)
