"""Whatever stands in a file, `load` gives a config or a ConfigError."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conformance.config.load import ConfigError, Problem, load
from conformance.config.redact import redacted
from conformance.config.schema import CONFIG

SUFFIXES = st.sampled_from([".yaml", ".json", ".toml"])
quick = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _names(shape: Any) -> set[str]:
    if isinstance(shape, list):
        return set().union(*map(_names, shape))
    if not isinstance(shape, dict):
        return set()
    return set(shape.get("properties", ())) | set().union(*map(_names, shape.values()))


NAMES = st.sampled_from(sorted(_names(CONFIG.schema))) | st.text(max_size=5)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
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
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
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


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for step, member in steps for found in _paths(member, (*path, step)))]


def _load(folder: Path, suffix: str, content: bytes) -> None:
    path = folder / f"config{suffix}"
    path.write_bytes(content)
    problems: list[Problem] = []
    try:
        json.dumps(redacted(load(path, {"A": "a"})))
    except ConfigError as error:
        problems = error.problems or [Problem("", 0, "", "\0")]
    assert all(str(problem).isprintable() for problem in problems)


@quick
@given(SUFFIXES, st.binary(max_size=60))
def test_bytes(tmp_path: Path, suffix: str, content: bytes) -> None:
    _load(tmp_path, suffix, content)


@quick
@given(SUFFIXES, st.text(alphabet=st.sampled_from("ab:-[]{}#&*!|>'\"%@`<~?, \n\t=.01\\$"), max_size=60))
@example(".yaml", "[" * 1000)
@example(".json", "[" * 5000)
@example(".toml", "a = " + "[" * 5000)
@example(".json", '{"jobs": ' + "9" * 5000 + "}")
@example(".toml", "jobs = " + "9" * 5000)
@example(".yaml", "jobs: " + "9" * 5000)
def test_text(tmp_path: Path, suffix: str, content: str) -> None:
    _load(tmp_path, suffix, content.encode())


@quick
@given(st.sampled_from([".yaml", ".json"]), CONFIGS)
def test_structures(tmp_path: Path, suffix: str, config: dict[str, Any]) -> None:
    _load(tmp_path, suffix, json.dumps(config).encode())


@settings(quick, max_examples=400)
@given(st.data())
def test_one_value_of_a_sound_config_replaced(tmp_path: Path, data: st.DataObject) -> None:
    config = json.loads(json.dumps(SOUND))
    path = data.draw(st.sampled_from(_paths(SOUND)[1:]))
    target = config
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = data.draw(VALUES)
    _load(tmp_path, data.draw(st.sampled_from([".yaml", ".json"])), json.dumps(config).encode())


def test_the_sound_config_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(SOUND))
    assert load(path, {}).clients[0].client_id == "a"


@pytest.fixture(autouse=True)
def _no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.config.secrets._is_tracked", lambda _: False)
