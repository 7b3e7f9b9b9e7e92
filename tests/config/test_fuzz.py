"""Whatever stands in a file, `load` gives a config or a ConfigError."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.config.load import load
from conformance.config.redact import redacted
from conformance.config.schema import CONFIG
from tests.fuzzing import STRUCTURED, SUFFIXES, TEXT, holder, loaded, nested, places, quick, values, words

NAMES = st.sampled_from(sorted(words(CONFIG.schema))) | st.text(max_size=5)
VALUES = values(
    NAMES,
    st.sampled_from(
        [
            "${A}",
            "${",
            "$${",
            "${A:-}",
            "dynamic",
            "auto",
            "python:a:b",
            "python:.:b",
            "http://[",
            "https://op.test",
            "\0",
            "\ud800",
        ]
    ),
)
CONFIGS = st.dictionaries(NAMES, VALUES, max_size=8)
SOUND = {
    "issuer": "https://op.test",
    "i_may_test": True,
    "registration": {"initial_access_token": "iat", "metadata": {"a": 1}},
    "clients": [
        {"client_id": "a", "client_secret": "s", "redirect_uris": ["https://a.test/"], "metadata": {}}
    ],
    "users": [{"username": "u", "password": "p"}],
    "pages": {"login": [{"match": "#a", "fill": "${username}"}], "consent": "auto"},
    "receiver": {"listen": "127.0.0.1:0", "public_url": "https://localhost"},
    "browser": {"arguments": ["--a"]},
    "tls": {"verify": True},
    "select": {"only": ["RPI-*"], "skip": []},
    "waivers": [{"requirement": "BCL-2.4-04", "reason": "r", "expires": "2027-01-31"}],
    "applications": [{"name": "shop", "page": "https://shop.test/account"}],
    "own_logout": {
        "page": "https://op.test/account",
        "steps": [{"match": "#out", "click": True}],
        "request": {"url": "https://op.test/admin/a", "headers": {"Authorization": "Bearer b"}},
    },
    "metadata": {"issuer": "x"},
    "scopes": ["openid"],
}


def _load(folder: Path, suffix: str, content: bytes) -> None:
    config = loaded(lambda path: load(path, {"A": "a"}), folder / f"config{suffix}", content)
    assert config is None or json.dumps(redacted(config))


@quick(150)
@given(SUFFIXES, st.binary(max_size=60))
def test_bytes(tmp_path: Path, suffix: str, content: bytes) -> None:
    _load(tmp_path, suffix, content)


@quick(150)
@given(SUFFIXES, TEXT)
@nested
@example(".json", '{"jobs": ' + "9" * 5000 + "}")
@example(".toml", "jobs = " + "9" * 5000)
@example(".yaml", "jobs: " + "9" * 5000)
def test_text(tmp_path: Path, suffix: str, content: str) -> None:
    _load(tmp_path, suffix, content.encode())


@quick(150)
@given(STRUCTURED, CONFIGS)
def test_structures(tmp_path: Path, suffix: str, config: dict[str, Any]) -> None:
    _load(tmp_path, suffix, json.dumps(config).encode())


@quick(400)
@given(st.data())
def test_one_value_of_a_sound_config_replaced(tmp_path: Path, data: st.DataObject) -> None:
    config = json.loads(json.dumps(SOUND))
    path = data.draw(st.sampled_from(places(SOUND)))
    holder(config, path)[path[-1]] = data.draw(VALUES)
    _load(tmp_path, data.draw(STRUCTURED), json.dumps(config).encode())


def test_the_sound_config_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(SOUND))
    assert load(path, {}).clients[0].client_id == "a"


@pytest.fixture(autouse=True)
def _no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.config.secrets._is_tracked", lambda _: False)
