"""Every check is turned by an edit of recorded evidence, and the edit turns nothing else."""

from __future__ import annotations

import pytest

from conformance.suite.registry import checks
from tests.suite.edits import Edit, Recording, edits
from tests.suite.recording import evidence_of, finding, judged, originals, unedited


def test_every_check_has_an_edit() -> None:
    missing = sorted(set(checks()) - {one.row for one in edits()})
    assert not missing, f"checks that nothing turns: {', '.join(missing)}"


@pytest.mark.parametrize("edit", edits(), ids=lambda edit: edit.name)
def test_edit_turns_its_row_alone(edit: Edit) -> None:
    recording = Recording(*originals())
    before = unedited()
    if edit.given:
        edit.given(recording)
        before = judged(evidence_of(recording))
    edit.change(recording)
    after = judged(evidence_of(recording))
    assert finding(before[edit.row]) == {"broken": "held", "held": "broken"}[edit.to], before[edit.row].reason
    assert finding(after[edit.row]) == edit.to, after[edit.row].reason
    turned = {row for row in after if finding(after[row]) != finding(before[row])} - {edit.row}
    assert turned <= set(edit.also), {row: after[row].reason for row in turned - set(edit.also)}


def test_the_recording_shows_a_conforming_provider() -> None:
    red = {
        row: result.reason
        for row, result in unedited().items()
        if result.verdict in ("fail", "warning", "error")
    }
    assert not red
