"""Every kind of expectation can be broken, and undecided where nothing shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from conformance.documented.model import SHOWN_BY, Expect, Login, Notified, Redirect
from conformance.documented.suite import checks
from tests.documented.proof import Trial, contract, judged, written
from tests.documented.turns import TURNS, Turn
from tests.suite.recording import finding

REQUIRED: dict[type[msgspec.Struct], dict[str, Any]] = {
    Redirect: {"to": ""},
    Login: {"ends_at": ""},
    Notified: {"channel": ""},
}
CHECKED = sorted(checks([contract()]))


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.name)
def test_an_edit_turns_its_sentence(turn: Turn) -> None:
    trial = Trial(turn.sentence)
    assert finding(trial.judged()) == "held"
    turn.change(trial)
    after = trial.judged()
    assert finding(after) == turn.to, after.reason
    assert turn.says.casefold() in after.reason.casefold()


def test_the_recording_shows_every_sentence_held() -> None:
    others = {row: judged(row) for row in CHECKED if judged(row).verdict not in ("pass", "note")}
    assert {row: result.reason for row, result in others.items()} == {}


def test_every_sentence_can_be_broken() -> None:
    broken = {turn.sentence for turn in TURNS if turn.to == "broken"}
    assert broken == {one.id for one in contract().sentences if not one.excluded}


def test_every_expectation_of_the_language_has_a_sentence() -> None:
    used = {(type(part), name) for part in _parts(_expectations()) for name in _given(part)}
    wanted = {(kind, name) for kind in (Expect, Redirect, Login, Notified) for name in kind.__struct_fields__}
    assert wanted - used == set()


def test_every_subject_is_looked_at() -> None:
    looked_at = {one.what for expect in _expectations() for one in expect.after}
    assert looked_at == SHOWN_BY.keys()


def test_another_reading_is_a_note() -> None:
    trial = Trial("readings")
    assert judged("DOC-proof-readings.2").does == "does not"
    trial.answer["status"] = 200
    assert judged("DOC-proof-readings.2", trial.recording).does == "does"


def test_what_is_left_open_is_told_and_cannot_fail() -> None:
    result = judged("DOC-proof-user.method")
    assert result.verdict == "note"
    assert [case.case for case in result.cases] == ["by POST", "by PUT", "by DELETE"]
    assert result.cases[2].observed.startswith("405")


def test_a_value_that_evidence_hides_decides_no_schema() -> None:
    trial = Trial("json-schema")
    schema: dict[str, Any] = {"type": "object", "properties": {"code": {"pattern": "^E[0-9]+$"}}}
    sentence = next(one for one in contract().sentences if one.id == "json-schema")
    assert sentence.expect
    expect = msgspec.structs.replace(sentence.expect, json_schema=schema)
    trial.body('{"sub": "1", "code": "[code:0123456789ab]"}')
    result = judged(trial.row, trial.recording, {"json-schema": expect})
    assert (result.verdict, "vidence hides" in result.reason) == ("inconclusive", True)


def test_the_contract_of_the_recording_is_the_one_beside_this_test() -> None:
    assert msgspec.structs.replace(contract(), servers=written().servers) == written()


def _expectations() -> list[Expect]:
    of_sentences = [one.expect for one in contract().sentences]
    of_readings = [reading.expect for one in contract().sentences for reading in one.readings]
    return [one for one in (*of_sentences, *of_readings) if one]


def _parts(expectations: list[Expect]) -> Iterator[msgspec.Struct]:
    for one in expectations:
        yield one
        yield from (part for part in (one.redirect, one.login, one.notified) if part)


def _given(part: msgspec.Struct) -> list[str]:
    """Return the members that are not what they are by default."""
    usual = msgspec.structs.asdict(type(part)(**REQUIRED.get(type(part), {})))
    return [name for name, value in msgspec.structs.asdict(part).items() if value != usual[name]]
