"""Bad configs and the exact words that their authors read: golden/NAME.yaml and golden/NAME.yaml.txt.

``UPDATE_GOLDEN=1 pytest tests/config`` writes the texts anew; read the diff.
"""

import os
from pathlib import Path

import pytest

from conformance.config.load import ConfigError, load

GOLDEN = Path(__file__).parent / "golden"
BAD = sorted(path.name for path in GOLDEN.iterdir() if path.suffix in (".yaml", ".json", ".toml"))
ENVIRON = {"ALICE": "correct horse", "RP1": "rp1-secret", "EMPTY": ""}


@pytest.fixture(autouse=True)
def _from_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    monkeypatch.setattr("conformance.config.secrets._is_tracked", lambda _: False)


@pytest.mark.parametrize("name", BAD)
def test_messages_are_as_agreed(name: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(Path(name), ENVIRON)
    expected = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(f"{raised.value}\n", encoding="utf-8")
    assert f"{raised.value}\n" == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", BAD)
def test_messages_show_no_secret(name: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(Path(name), ENVIRON)
    assert not [
        secret for secret in ("hunter2", *filter(None, ENVIRON.values())) if secret in str(raised.value)
    ]


@pytest.mark.parametrize("name", BAD)
def test_each_problem_is_one_line_in_the_order_of_the_file(name: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(Path(name), ENVIRON)
    assert str(raised.value).splitlines() == [str(problem) for problem in raised.value.problems]
    lines = [problem.line for problem in raised.value.problems]
    assert lines == sorted(lines)
    assert all(line <= (GOLDEN / name).read_text(encoding="utf-8").count("\n") for line in lines)
