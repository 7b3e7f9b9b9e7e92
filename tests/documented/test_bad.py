"""Bad contracts and the exact words that their authors read: bad/NAME.yaml and bad/NAME.yaml.txt.

``UPDATE_GOLDEN=1 pytest tests/documented`` writes the texts anew; read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.config.errors import ConfigError
from conformance.documented.load import load

FOLDER = Path(__file__).parent / "bad"
BAD = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".yaml", ".json", ".toml"))


@pytest.fixture(autouse=True)
def _from_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


@pytest.fixture(params=BAD)
def told(request: pytest.FixtureRequest) -> ConfigError:
    """What is said of a bad contract."""
    with pytest.raises(ConfigError) as raised:
        load(Path(request.param))
    return raised.value


def test_messages_are_as_agreed(told: ConfigError) -> None:
    expected = FOLDER / f"{told.problems[0].file}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(f"{told}\n", encoding="utf-8")
    assert f"{told}\n" == expected.read_text(encoding="utf-8")


def test_each_problem_is_one_line_in_the_order_of_the_file(told: ConfigError) -> None:
    assert str(told).splitlines() == [str(problem) for problem in told.problems]
    lines = [problem.line for problem in told.problems]
    text = (FOLDER / told.problems[0].file).read_text(encoding="utf-8")
    assert lines == sorted(lines)
    assert all(line <= text.count("\n") for line in lines)
    assert all(line for line in lines) or not text


def test_nothing_that_stands_before_a_host_is_shown(told: ConfigError) -> None:
    assert "hunter2" not in str(told)


def test_there_are_no_texts_without_a_contract() -> None:
    texts = {path.name.removesuffix(".txt") for path in FOLDER.glob("*.txt")}
    assert texts == set(BAD)
