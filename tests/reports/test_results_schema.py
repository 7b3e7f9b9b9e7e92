"""The JSON Schema of results.json and the records say the same."""

import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from conformance import results as records
from conformance.results import Results
from tests.reports.support import FOLDER, results

SCHEMA = json.loads((Path(records.__file__).parent / "results.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

STRUCTS = {
    "requirement": records.RequirementResult,
    "case": records.CaseFinding,
    "evidence": records.EvidenceRef,
    "waiver": records.WaiverNote,
    "specification": records.SpecificationResult,
}


def encoded() -> dict[str, Any]:
    return json.loads(msgspec.json.encode(results()))


def shape(name: str) -> dict[str, Any]:
    return SCHEMA["$defs"][name] if name else SCHEMA


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_an_encoded_run_is_valid():
    assert [error.message for error in VALIDATOR.iter_errors(encoded())] == []


def test_the_file_of_the_fixture_is_valid():
    VALIDATOR.validate(json.loads((FOLDER / "results.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(("name", "struct"), [("", Results), *STRUCTS.items()])
def test_every_field_stands_in_both(name: str, struct: type[msgspec.Struct]):
    assert list(shape(name)["properties"]) == list(struct.__struct_fields__)
    assert shape(name)["additionalProperties"] is False


@pytest.mark.parametrize(("name", "struct"), [("", Results), *STRUCTS.items()])
def test_what_is_always_written_is_required(name: str, struct: type[msgspec.Struct]):
    fields = msgspec.structs.fields(struct)
    optional = struct.__struct_config__.omit_defaults
    written = [field.encode_name for field in fields if field.required or not optional]
    assert shape(name)["required"] == written


def test_enumerations_are_the_same():
    own = msgspec.json.schema(Results)["$defs"]
    overall = own["Results"]["properties"]["overall"]["enum"]
    assert set(SCHEMA["$defs"]["verdict"]["enum"]) == set(get_args(records.Verdict))
    assert set(SCHEMA["properties"]["overall"]["enum"]) == set(overall)
    assert set(SCHEMA["$defs"]["specification"]["properties"]["verdict"]["enum"]) == set(
        get_args(records.SpecificationVerdict)
    )
    findings = own["CaseFinding"]["properties"]["finding"]["enum"]
    assert set(SCHEMA["$defs"]["case"]["properties"]["finding"]["enum"]) == set(findings)


def test_the_version_is_the_records():
    assert SCHEMA["properties"]["schema_version"] == {"const": records.SCHEMA_VERSION}


@pytest.mark.parametrize(
    "damage",
    [
        lambda run: run.update(grade="A"),
        lambda run: run.update(exit_code=7),
        lambda run: run["requirements"][0].update(verdict="passed"),
        lambda run: run["requirements"][0].pop("statement"),
        lambda run: run["specifications"][0]["counts"].update(passed=1),
        lambda run: run.update(started="yesterday"),
    ],
)
def test_what_is_not_a_run_is_refused(damage: Any):
    run = encoded()
    damage(run)
    assert not VALIDATOR.is_valid(run)
