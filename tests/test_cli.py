"""The command line as its users meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.demo import demo_config
from conformance.requirements import catalogue

ROOT = Path(__file__).parents[1]


def cli(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conformance", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=cwd)


def test_list_counts() -> None:
    done = cli("list", "--format", "json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0
    assert {row["status"] for row in rows} >= {"check", "excluded", "out_of_scope"}
    assert len(rows) == len(catalogue().requirements)


def test_list_of_one_specification() -> None:
    done = cli("list", "--spec", "BCL")
    assert "BCL-2.4-04" in done.stdout
    assert "RPI-3-05" not in done.stdout


def test_an_unknown_specification_is_a_usage_error() -> None:
    done = cli("list", "--spec", "XYZ")
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_explain_tells_the_fault() -> None:
    done = cli("explain", "RPI-3-05")
    assert done.returncode == 0
    assert "redirect-trailing-slash" in done.stdout
    assert "openid-connect-rpinitiated" in done.stdout


def test_explain_tells_where_the_evidence_is() -> None:
    done = cli("explain", "RPI-3-05")
    assert "evidence/near_misses.json" in done.stdout


def test_explain_names_the_nearest() -> None:
    done = cli("explain", "RPI-3-5")
    assert done.returncode == 4
    assert "RPI-3-05" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "nowhere.yaml"), "nowhere.yaml"),
        (("run",), "CONFIG"),
        (("demo", "--fault", "redirect-trailing-slush"), "redirect-trailing-slash"),
        (("replay", "nowhere"), "index.json"),
        (("frobnicate",), "frobnicate"),
    ],
)
def test_wrong_use_is_told_in_words(arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    done = cli(*arguments, cwd=tmp_path)
    assert done.returncode == 4
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_wrong_config_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "op.yaml").write_text("issuer: https://op.example.com\ni_may_test: true\nclints: []\n")
    done = cli("run", "op.yaml", cwd=tmp_path)
    assert done.returncode == 4
    assert "op.yaml:3" in done.stderr
    assert "'clients'" in done.stderr
    assert not (tmp_path / "reports").exists()


@pytest.fixture(scope="module")
def config() -> object:
    with demo_config() as path:
        yield path


def test_one_requirement_runs_its_scenarios_alone(config: Path, tmp_path: Path) -> None:
    done = cli("run", str(config), "--only", "RPI-3-05", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    latest = tmp_path / "reports" / "reference" / "latest"
    assert sorted(p.stem for p in (latest / "evidence").glob("*.json")) == [
        "discovery",
        "index",
        "near_misses",
    ]
    for name in ("results.json", "report.html", "junit.xml", "allure-results"):
        assert (latest / name).exists(), name


def test_pytest_is_the_same_by_another_door(config: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--provider", str(config), "-k", "RPI-3-05", "--out", "run"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert [(row["id"], row["verdict"]) for row in results["requirements"]] == [("RPI-3-05", "pass")]
    assert "PytestUnknownMarkWarning" not in done.stdout  # every item is collected, also those not selected


def test_markers_are_listed_without_a_provider() -> None:
    command = [sys.executable, "-m", "pytest", "--markers"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "@pytest.mark.must: rows of level MUST" in listed
    assert "@pytest.mark.rpi: rows of OpenID Connect RP-Initiated Logout 1.0" in listed
    assert "@pytest.mark.obs: " in listed


def test_nothing_selected_is_a_usage_error(config: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--provider", str(config), "-k", "NO-SUCH-ROW", "--out", "run"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    assert done.returncode == 4


def test_workers_of_xdist_record_once(config: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--provider", str(config), "-n", "2", "--out", "run"]
    done = subprocess.run(
        [*command, "-k", "RPI-3-05 or RPI-2-17"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert {row["id"] for row in results["requirements"]} >= {"RPI-3-05", "RPI-2-17"}


def test_a_broken_row_is_an_exit_code_and_the_first_card(tmp_path: Path) -> None:
    done = cli(
        "demo", "--fault", "redirect-trailing-slash", "--only", "RPI-3-*", "--out", "run", cwd=tmp_path
    )
    assert done.returncode == 1, done.stdout + done.stderr
    html = (tmp_path / "run" / "report.html").read_text()
    assert "logout-conformance demo --fault redirect-trailing-slash --only RPI-3-05" in html
    junit = (tmp_path / "run" / "junit.xml").read_text()
    assert 'failures="1"' in junit
    assert 'errors="0"' in junit
