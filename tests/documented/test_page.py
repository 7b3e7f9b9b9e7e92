"""docs/contracts.md: every word of the language stands there, and its examples are sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from conformance.config.errors import ConfigError
from conformance.config.load import load as load_config
from conformance.documented import names
from conformance.documented.load import SCHEMA, load, shipped
from conformance.documented.model import SHOWN_BY, Contract, Form, Kind, Means
from conformance.documented.opened import opened
from conformance.documented.rows import requirements
from conformance.documented.skeleton import summary
from conformance.documented.trials import VARIATIONS

PAGE = Path(__file__).parents[2] / "docs" / "contracts.md"
TEXT = PAGE.read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)))
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
REQUEST, SENTENCES, USE, READINGS, PLAIN_OAUTH = EXAMPLES


def _keys(shape: Any) -> Iterator[str]:
    if isinstance(shape, dict):
        yield from shape.get("properties", ())
        for member in shape.values():
            yield from _keys(member)
    elif isinstance(shape, list):
        for member in shape:
            yield from _keys(member)


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """The contract of the page."""
    path = tmp_path / "acme.yaml"
    path.write_text(f"{REQUEST}\n{SENTENCES}", encoding="utf-8")
    return path


def test_the_page_explains_every_key() -> None:
    assert sorted(set(_keys(SCHEMA.schema)) - WORDS - {"$schema"}) == []


def test_the_page_explains_every_word_that_a_key_takes() -> None:
    words = {
        *get_args(Kind),
        *get_args(Means),
        *SHOWN_BY,
        "query",
        "form",
        "header",
        "browser",
        "server",
        "all",
    }
    words |= {"alive", "ended", "front", "back", "documented", "note"}
    assert sorted(words - WORDS) == []
    assert [word for word in get_args(Form) if word not in TEXT] == []


def test_the_page_explains_every_name() -> None:
    assert [name for name in names.KNOWN if f"${{{name}}}" not in TEXT] == []
    assert [form for form in names.FORMS if f":{form}" not in TEXT] == []


def test_the_page_tells_of_every_row_about_what_is_left_open() -> None:
    assert [kind for kind in VARIATIONS if f".{kind}`" not in TEXT] == []


def test_the_page_names_the_probes_of_each_subject() -> None:
    table = TEXT.partition("| what | by |")[2].partition("\n\n")[0].splitlines()
    for subject, means in SHOWN_BY.items():
        (line,) = (line for line in table if f"`{subject}`" in line)
        assert "likewise" in line or all(f"`{one}`" in line for one in means), subject


def test_the_contract_of_the_page_is_sound(acme: Path) -> None:
    told = summary(opened(str(acme))).replace(str(acme), "acme.yaml")
    assert told in TEXT


def test_the_rows_of_the_page_come_of_it(acme: Path) -> None:
    rows = {row.id for row in requirements(load(acme))}
    named = set(re.findall(r"`(?:--only |explain )?(DOC-acme-S0[1-4]|DOC-acme-logout\.\w+)", TEXT))
    assert named
    assert named <= rows


def test_the_mistake_of_the_page_is_told_in_these_words(acme: Path) -> None:
    acme.write_text(acme.read_text().replace("prompt=none", "prompt-none"))
    with pytest.raises(ConfigError) as raised:
        load(acme)
    (shown,) = (line for line in TEXT.splitlines() if line.startswith("Error: acme.yaml:"))
    before, after = shown.removeprefix("Error: ").split("…, ")
    told = str(raised.value).replace(str(acme), "acme.yaml")
    assert told.startswith(before)
    assert told.endswith(after)


def test_the_readings_of_the_page_are_sound(acme: Path) -> None:
    backend = "{name: backend, heading: Backend, url: '${op}/b', method: POST, by: server, parameters: []}"
    acme.write_text(f"{REQUEST}  - {backend}\nsentences:\n{READINGS}", encoding="utf-8")
    assert [reading.held for reading in load(acme).sentences[0].readings] == [True, False]


def test_the_configs_of_the_page_are_sound(acme: Path) -> None:
    clients = "registration: dynamic\ni_may_test: true\nusers: [{username: a, password: '${P}'}]\n"
    config = acme.with_name("op.yaml")
    config.write_text(f"{clients}{PLAIN_OAUTH}", encoding="utf-8")
    loaded = load_config(config, {"P": "correct horse"})
    assert (loaded.discovery, loaded.scopes) == (False, ["profile"])
    assert loaded.contracts[0].resource
    config.write_text(f"{clients}issuer: https://id.acme.example\n{USE}", encoding="utf-8")
    assert load_config(config, {"P": "correct horse"}).contracts[0].servers


def test_contracts_that_the_page_names_come_with_the_suite() -> None:
    named = set(re.findall(r"contracts: \[(\w[\w-]*)\]|--speak ([\w-]+)", TEXT))
    assert named
    assert {one for pair in named for one in pair if one} <= shipped().keys()


def test_schema_and_records_name_the_same_keys() -> None:
    fields = {"is_": "is", "place": "in"}
    assert {fields.get(name, name) for name in _fields(Contract)} == set(_keys(SCHEMA.schema)) - {"$schema"}


def _fields(record: Any) -> Iterator[str]:
    """Yield the names of members, those of records within records too."""
    for name, hint in get_type_hints(record).items():
        yield name
        for part in (hint, *_arguments(hint)):
            if hasattr(part, "__struct_fields__"):
                yield from _fields(part)


def _arguments(hint: Any) -> Iterator[Any]:
    for one in get_args(hint):
        yield one
        yield from _arguments(one)
