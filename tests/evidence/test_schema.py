"""The schema of evidence is shipped, current, and fits what is recorded."""

from __future__ import annotations

import json

import jsonschema
import pytest

from conformance.evidence.schema import FILE, text
from tests.suite.recording import FOLDER


def test_the_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m conformance.evidence.schema"


@pytest.mark.parametrize("name", ["discovery", "logout_get", "frontchannel_fan_out", "backchannel_fan_out"])
def test_a_recording_fits(name: str) -> None:
    jsonschema.validate(json.loads((FOLDER / f"{name}.json").read_text()), json.loads(FILE.read_text()))


def test_the_index_fits() -> None:
    whole = json.loads(FILE.read_text())
    index = {"$defs": whole["$defs"], "$ref": "#/$defs/Run"}
    jsonschema.validate(json.loads((FOLDER / "index.json").read_text()), index)


def test_an_unknown_event_does_not_fit() -> None:
    recording = json.loads((FOLDER / "discovery.json").read_text())
    recording["events"][0]["event"] = "rumour"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(recording, json.loads(FILE.read_text()))
