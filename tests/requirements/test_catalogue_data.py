"""The data of the catalogue: what one row cannot say about itself."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from conformance.requirements import Catalogue, Requirement, catalogue
from conformance.requirements.load import DATA, parse

ROWS = list(catalogue().requirements.values())


@pytest.fixture
def rows() -> Catalogue:
    return catalogue()


def test_it_holds_every_statement(rows: Catalogue) -> None:
    """All that was read out of the documents; our own observations may become more."""
    read = [row for row in rows.requirements.values() if row.spec != "observations"]
    assert len(read) == 489
    assert sum(row.observable == "yes" for row in read) == 264


def test_ids_are_unique() -> None:
    written = [row["id"] for path in _files() for row in parse(path)]
    assert sorted(written) == sorted(set(written))


def test_every_file_holds_one_document(rows: Catalogue) -> None:
    assert {path.stem for path in _files()} == set(rows.specifications)
    for path in _files():
        assert {row["spec"] for row in parse(path)} == {path.stem}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_is_sound(row: Requirement, rows: Catalogue) -> None:
    prefix, section, _ = row.id.split("-")
    assert prefix == rows.specifications[row.spec].prefix
    assert section == row.section
    assert set(row.applies) <= set(rows.conditions)
    assert {row.same_as or row.id, *row.derives_from} <= set(rows.requirements)
    assert row.id not in {row.same_as, *row.derives_from}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_resolves_to_an_address(row: Requirement, rows: Catalogue) -> None:
    address = urlsplit(rows.address(row))
    assert address.scheme == "https"
    assert address.netloc in {"openid.net", "www.rfc-editor.org"}
    assert address.path.endswith(".html")
    number = re.search(r"(?:rfc\.section\.|section-)([\d.]+)$", address.fragment)
    assert address.fragment
    assert number is None or number[1] == row.section


def test_a_repetition_names_a_row_that_repeats_nothing(rows: Catalogue) -> None:
    assert not [row.id for row in ROWS if row.same_as and rows[row.same_as].same_as]


def test_derivation_has_no_circle(rows: Catalogue) -> None:
    def visit(id: str, path: tuple[str, ...]) -> None:
        assert id not in path, f"{' > '.join(path)} > {id}"
        for source in rows[id].derives_from:
            visit(source, (*path, id))

    for row in ROWS:
        visit(row.id, ())


def test_ids_that_prose_mentions_exist(rows: Catalogue) -> None:
    prefixes = "|".join(spec.prefix for spec in rows.specifications.values())
    mention = re.compile(rf"\b(?:{prefixes})-[\d.]+-\d\d[a-z]?\b")
    for row in ROWS:
        prose = " ".join(
            text for text in (row.statement, row.act, row.held, row.broken, row.note, row.why_not) if text
        )
        assert set(mention.findall(prose)) <= set(rows.requirements), row.id


def test_no_note_says_a_thing_twice() -> None:
    for row in ROWS:
        sentences = re.split(r"(?<=[.;])\s+", row.note or "")
        assert len(sentences) == len(set(sentences)), row.id
        assert (row.note or "").count("Undecided:") <= 1, row.id


def test_reasons_are_sentences() -> None:
    reasons = {row.id: row.why_not for row in ROWS if row.why_not}
    assert not [row for row, why in reasons.items() if not (why[0].isupper() and why.endswith("."))]


def test_sections_are_those_that_rows_cite(rows: Catalogue) -> None:
    cited = {(row.spec, row.section) for row in ROWS}
    assert cited == {(spec, section) for spec, table in rows.sections.items() for section in table}


def test_conditions_say_what_they_need(rows: Catalogue) -> None:
    for condition in rows.conditions.values():
        assert condition.means.endswith(".")
        assert not condition.needs.endswith("."), "stands after 'not tested: needs'"


def test_conditions_of_the_schema_are_those_of_the_list(rows: Catalogue) -> None:
    schema: Any = json.loads((DATA.parent / "catalogue.schema.json").read_text())
    assert schema["$defs"]["requirement"]["properties"]["applies"]["items"]["enum"] == list(rows.conditions)


def test_documents_are_introduced(rows: Catalogue) -> None:
    specifications = list(rows.specifications.values())
    assert [spec.order for spec in specifications] == list(range(1, 16))
    assert len({spec.prefix for spec in specifications}) == 15
    assert [spec.id for spec in specifications if spec.role == "logout"] == [
        "rp-initiated",
        "front-channel",
        "back-channel",
        "session-management",
        "revocation",
    ]


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_other_readers_see_the_same(path: Any) -> None:
    """A reader that guesses types finds strings too, so no value needs quotes that it lacks."""
    assert _strings(yaml.safe_load(path.read_bytes())) == parse(path)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_key_stands_twice(path: Any) -> None:
    """A reader takes the last one without a word."""

    def visit(node: yaml.Node | None) -> None:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), node.start_mark
        for child in node.value if isinstance(node, yaml.CollectionNode) else ():
            for part in child if isinstance(child, tuple) else (child,):
                visit(part)

    visit(yaml.compose(path.read_bytes(), Loader=yaml.CSafeLoader))


def _strings(value: Any) -> Any:
    """The one number of the data, ``order``, is a string to the loader."""
    if isinstance(value, dict):
        return {key: str(item) if key == "order" else _strings(item) for key, item in value.items()}
    return [_strings(item) for item in value] if isinstance(value, list) else value


def _files() -> list[Any]:
    tables = {"specifications", "sections", "conditions"}
    return [path for path in sorted(DATA.glob("*.yaml")) if path.stem not in tables]
