"""The contract of django-oauth-toolkit, held to a django-oauth-toolkit 3.4.1 that is started for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.django_oauth_toolkit_contract import CONTRACT, CREDENTIALS, contract_run
from tests.real.proof import entries, results, suite, verdicts

HOME = Path(__file__).parent / "django_oauth_toolkit_contract"
REPOSITORY = Path(__file__).parents[2]
COMMITTED = REPOSITORY / "fixtures" / "evidence" / "contracts" / CONTRACT


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return contract_run(REPOSITORY, tmp_path_factory.mktemp(CONTRACT))


def test_every_sentence_that_is_promised_holds(run: Path) -> None:
    assert results(run)["exit_code"] == 0
    assert set(verdicts(run).values()) == {"pass", "note", "excluded"}


def test_what_it_does_otherwise_was_confirmed_by_hand(run: Path) -> None:
    found = {row["id"] for row in results(run)["requirements"] if row["does"] == "does not"}
    assert found == {entry["row"] for entry in entries(HOME)}
    assert all({"date", "sentence", "wire", "why"} <= set(entry) for entry in entries(HOME))


def test_it_says_what_the_committed_run_says(run: Path) -> None:
    assert verdicts(run) == verdicts(COMMITTED)


def test_a_replay_says_the_same(run: Path, tmp_path: Path) -> None:
    done = suite("replay", str(run), "--out", str(tmp_path / "again"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(tmp_path / "again") == verdicts(run)


def test_nothing_is_left_behind_and_nothing_secret_is_written(run: Path) -> None:
    assert results(run)["left_over"] == []
    secrets = [secret for name, secret in CREDENTIALS.items() if name.endswith("SECRET")]
    for path in (p for p in run.rglob("*") if p.suffix in (".json", ".html", ".xml")):
        assert not [secret for secret in secrets if secret in path.read_text(errors="replace")], path
