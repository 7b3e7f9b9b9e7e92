"""Whatever stands in a file, `load` gives a contract or a ConfigError; and what it gives can be tried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from conformance.documented.load import SCHEMA, kept, load, plain, shipped
from conformance.documented.names import KNOWN
from conformance.documented.rows import requirements
from conformance.documented.trials import trials
from tests.fuzzing import STRUCTURED, SUFFIXES, TEXT, holder, loaded, nested, places, quick, values, words


def _enums(shape: Any) -> set[str]:
    """Return the words of which a schema allows a choice."""
    if isinstance(shape, list):
        return set().union(*map(_enums, shape))
    if not isinstance(shape, dict):
        return set()
    own = {word for word in shape.get("enum", ()) if isinstance(word, str)}
    return own.union(*map(_enums, shape.values()))


NAMES = st.sampled_from(
    sorted({*words(SCHEMA.schema), *_enums(SCHEMA.schema), "all", "state", "op"})
) | st.text(max_size=5)
SCALARS = (
    NAMES
    | st.sampled_from([f"${{{name}}}" for name in KNOWN])
    | st.sampled_from(["${", "${}", "$${", "${op}/", "4xx", "http://[", "https://op.test", "\0", "\ud800"])
)
VALUES = values(NAMES, SCALARS)
CONTRACTS = st.dictionaries(NAMES, VALUES, max_size=8)
REVOKE = {
    "name": "revoke", "heading": "Revoke", "url": "${op}/revoke", "method": "POST", "by": "server",
    "parameters": [{"name": "status", "in": "form", "value": "${access_token}", "wrong": ["x"], "required": True}],
}  # fmt: skip
EXPECT = {
    "status": [200, "4xx"], "content_type": "text/html", "headers": {"page": "x"}, "json_schema": {"type": "object"},
    "page": "login", "shows": ["out"], "redirect": {"to": "${redirect_uri}", "parameters": {"status": "${state}"}},
    "notified": {"channel": "back", "parameters": {"page": {"is": "jwt"}}, "only": True},
    "after": [{"what": "session", "is": "ended", "by": "prompt=none"}],
}  # fmt: skip
SOUND: dict[str, Any] = {
    "contract": "sound",
    "title": "Sound",
    "documents": [{"id": "guide", "title": "Guide", "read": "2026-01-31"}],
    "servers": {"op": "https://op.test"},
    "endpoints": [
        {
            "name": "logout", "heading": "Logout", "url": "${op}/logout", "method": "GET", "by": "browser",
            "parameters": [
                {"name": "page", "in": "query", "value": "${state}"},
                {"name": "a", "in": "header", "value": ""},
            ],
        },
        REVOKE,
    ],
    "sentences": [
        {
            "id": "S1", "heading": "H", "says": "s", "endpoint": "logout",
            "when": {"set": {"page": "x"}}, "expect": EXPECT,
        },
        {
            "id": "S2", "heading": "H", "says": "s", "endpoint": "revoke", "contradiction": "c",
            "readings": [
                {"says": "a", "held": True, "when": {"misplaced": "all"}, "expect": {"json": {"status": None}}},
                {"says": "b", "when": {"without": "status", "content_type": "text/plain"}, "expect": {"text": ""}},
            ],
        },
        {"id": "S3", "heading": "H", "says": "s", "excluded": "because"},
    ],
}  # fmt: skip


def _load(folder: Path, suffix: str, content: bytes) -> None:
    contract = loaded(load, folder / f"contract{suffix}", content)
    if contract is not None:
        assert list(requirements(contract))
        assert all(trials(contract, endpoint) is not None for endpoint in contract.endpoints)
        assert kept(json.loads(json.dumps([plain(contract)])))[0][1] == contract


@quick(60)
@given(SUFFIXES, st.binary(max_size=60))
def test_bytes(tmp_path: Path, suffix: str, content: bytes) -> None:
    _load(tmp_path, suffix, content)


@quick(60)
@given(SUFFIXES, TEXT)
@nested
@example(".yaml", "contract: " + "9" * 5000)
def test_text(tmp_path: Path, suffix: str, content: str) -> None:
    _load(tmp_path, suffix, content.encode())


@quick(60)
@given(STRUCTURED, CONTRACTS)
def test_structures(tmp_path: Path, suffix: str, contract: dict[str, Any]) -> None:
    _load(tmp_path, suffix, json.dumps(contract).encode())


@quick(150)
@given(st.data())
def test_one_value_of_a_sound_contract_replaced(tmp_path: Path, data: st.DataObject) -> None:
    contract = json.loads(json.dumps(SOUND))
    path = data.draw(st.sampled_from(places(SOUND)))
    holder(contract, path)[path[-1]] = data.draw(VALUES)
    _load(tmp_path, data.draw(STRUCTURED), json.dumps(contract).encode())


@quick(60)
@given(st.data())
def test_a_key_of_a_sound_contract_gone(tmp_path: Path, data: st.DataObject) -> None:
    contract = json.loads(json.dumps(SOUND))
    path = data.draw(st.sampled_from(places(SOUND)))
    del holder(contract, path)[path[-1]]
    _load(tmp_path, ".json", json.dumps(contract).encode())


def test_the_sound_contract_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(json.dumps(SOUND))
    assert [one.id for one in load(path).sentences] == ["S1", "S2", "S3"]


@pytest.mark.parametrize("path", shipped().values(), ids=list(shipped()))
def test_contracts_that_come_with_the_suite_are_sound_in_every_format(path: Path, tmp_path: Path) -> None:
    contract = load(path)
    copy = tmp_path / "contract.json"
    data = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    copy.write_text(json.dumps(data, default=str))
    assert load(copy) == contract
