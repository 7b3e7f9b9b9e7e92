"""The schema accepts the data and refuses rows that break its rules."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from conformance.requirements.load import DATA
from conformance.requirements.model import Level

Row = dict[str, Any]
SCHEMA: dict[str, Any] = json.loads((DATA.parent / "catalogue.schema.json").read_text())
TABLES = ("specifications", "sections", "conditions")

OBSERVED: Row = {
    "id": "RPI-3-99",
    "spec": "rp-initiated",
    "section": "3",
    "party": "OP",
    "level": "MUST",
    "basis": "keyword",
    "statement": "A statement.",
    "observable": "yes",
    "applies": ["end_session"],
    "act": "Do it.",
    "held": "It is so.",
    "broken": "It is not so.",
}
EXCLUDED: Row = {
    **{key: OBSERVED[key] for key in ("id", "spec", "section", "party", "level", "basis", "statement")},
    "observable": "no",
    "why_not": "It cannot be seen.",
}
REPEATED: Row = {
    **{key: OBSERVED[key] for key in ("id", "spec", "section", "party", "level", "basis", "statement")},
    "same_as": "RPI-3-01",
}


def _validator(definition: str | None = None) -> Draft202012Validator:
    return Draft202012Validator(
        {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{definition}"} if definition else SCHEMA
    )


def _errors(row: Row) -> list[str]:
    return [error.message for error in _validator("requirement").iter_errors(row)]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_satisfies_it(path: Any) -> None:
    validator = _validator(path.stem if path.stem in TABLES else None)
    assert [error.message for error in validator.iter_errors(yaml.safe_load(path.read_bytes()))] == []


def test_its_levels_are_those_of_the_model() -> None:
    # Only a contract, which is no part of the catalogue, has documented sentences.
    assert SCHEMA["$defs"]["level"]["enum"] == [level for level in get_args(Level) if level != "documented"]


@pytest.mark.parametrize("row", [OBSERVED, EXCLUDED, REPEATED])
def test_good_rows_pass(row: Row) -> None:
    assert _errors(row) == []


def _with(**changes: Any) -> Callable[[Row], None]:
    return lambda row: row.update(changes)


def _without(key: str) -> Callable[[Row], None]:
    return lambda row: row.pop(key)


MUTATIONS: list[tuple[str, Row, Callable[[Row], None]]] = [
    *((f"without {key}", OBSERVED, _without(key)) for key in OBSERVED),
    ("without why_not", EXCLUDED, _without("why_not")),
    ("without same_as", REPEATED, _without("same_as")),
    ("unknown key", OBSERVED, _with(severity="high")),
    ("id without number", OBSERVED, _with(id="RPI-3")),
    ("id in lower case", OBSERVED, _with(id="rpi-3-01")),
    ("section as a number", OBSERVED, _with(section=3)),
    ("unknown party", OBSERVED, _with(party="AS")),
    ("unknown level", OBSERVED, _with(level="must")),
    ("unknown basis", OBSERVED, _with(basis="guess")),
    ("observable as a truth value", OBSERVED, _with(observable=True)),
    ("unknown condition", OBSERVED, _with(applies=["weekday"])),
    ("no condition", OBSERVED, _with(applies=[])),
    ("the same condition twice", OBSERVED, _with(applies=["always", "always"])),
    ("empty statement", OBSERVED, _with(statement="")),
    ("a reason though it can be observed", OBSERVED, _with(why_not="It cannot be seen.")),
    ("an act though it cannot be observed", EXCLUDED, _with(act="Do it.")),
    ("advice with the power of a MUST", OBSERVED, _with(basis="practice", level="MUST NOT")),
    ("a consequence of nothing", OBSERVED, _with(basis="consequence")),
    ("a sentence of its own that derives", OBSERVED, _with(derives_from=["RPI-3-01"])),
    ("an RP row that is observed at a provider", OBSERVED, _with(party="RP")),
    ("a repetition with a finding of its own", REPEATED, _with(held="It is so.")),
    ("a repetition that is observable", REPEATED, _with(observable="no", why_not="It repeats.")),
    ("derives from an id that is none", OBSERVED, _with(basis="consequence", derives_from=["RPI"])),
]


@pytest.mark.parametrize(("row", "mutate"), [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS])
def test_bad_rows_do_not(row: Row, mutate: Callable[[Row], None]) -> None:
    changed = copy.deepcopy(row)
    mutate(changed)
    assert _errors(changed)


@pytest.mark.parametrize(
    ("table", "content"),
    [
        ("specifications", [{"id": "core"}]),
        ("sections", {"core": {"2": {"title": "ID Token", "anchor": "#IDToken"}}}),
        ("sections", {"core": {"two": {"title": "ID Token", "anchor": "IDToken"}}}),
        ("conditions", [{"id": "always", "means": "It holds.", "needs": "nothing", "when_false": "fail"}]),
    ],
)
def test_bad_tables_do_not(table: str, content: Any) -> None:
    assert list(_validator(table).iter_errors(content))


def test_an_empty_file_does_not() -> None:
    assert list(_validator().iter_errors([]))
