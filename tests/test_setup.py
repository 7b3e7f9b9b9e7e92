"""From a bare clone: what `make` says and does, and that the lock holds what pyproject.toml asks for."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>\S+)(?P<rest>(?:.*\\\n)+.*)$", re.M | re.I)

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def pins() -> dict[str, str]:
    return {canonicalize_name(pin["name"]): pin["version"] for pin in PIN.finditer(lock())}


def asked_for() -> list[Requirement]:
    groups = pyproject()["dependency-groups"]
    lines = [*pyproject()["project"]["dependencies"], *groups["dev"], *groups["build"]]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("wanted", asked_for(), ids=lambda wanted: wanted.name)
def test_the_lock_pins_what_is_asked_for(wanted: Requirement) -> None:
    pinned = pins().get(canonicalize_name(wanted.name))
    assert pinned is not None, "run `make lock`"
    assert wanted.specifier.contains(pinned), "run `make lock`"


def test_every_pin_has_hashes() -> None:
    starts = [line for line in lock().splitlines() if line and not line.startswith((" ", "#"))]
    assert len(pins()) == len(starts)
    assert all("--hash=sha256:" in pin["rest"] for pin in PIN.finditer(lock()))


def test_the_lock_names_no_host() -> None:
    assert not re.search(r"://|--(index-url|extra-index-url|find-links|trusted-host)", lock())


def test_the_plugin_is_registered_by_the_name_that_conftest_uses() -> None:
    entry_points = pyproject()["project"]["entry-points"]["pytest11"]
    assert entry_points == {"conformance.plugin": "conformance.plugin"}
    assert '"conformance.plugin"' in (ROOT / "conftest.py").read_text(encoding="utf-8")


def make(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Make, as a person calls it: without what a make around these tests hands down."""
    handed_down = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "VENV", "PYTHON", "PYTEST_ARGS")
    environment = {name: value for name, value in os.environ.items() if name not in handed_down}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment | variables,
    )


@needs_make
def test_make_alone_shows_what_there_is() -> None:
    shown = make()
    assert shown.returncode == 0
    for target in ("demo", "test", "lint", "bench", "faults", "soak", "interop", "docs", "clean"):
        assert re.search(rf"^  make {target}\s+\w", shown.stdout, re.M)


def only_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a failing make said, less make's own closing line."""
    assert done.returncode
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make")]
    assert len(lines) == 1, lines
    return lines[0]


@needs_make
@pytest.mark.parametrize("answer", ["exit 127", "exit 1"], ids=["a shim", "too old"])
def test_no_python_gives_one_line(answer: str, tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text(f"#!/bin/sh\n{answer}\n")
    python.chmod(0o755)
    line = only_line(make("test", f"VENV={tmp_path}/env", f"PYTHON={python}"))
    assert line.startswith("No Python 3.11 or later was found: ")


@needs_make
def test_a_python_without_pip_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ImportError('left out, as Debian does')\n")
    line = only_line(
        make("test", f"VENV={tmp_path}/env", f"PYTHON={sys.executable}", PYTHONPATH=str(tmp_path))
    )
    major, minor = sys.version_info[:2]
    assert f"run 'sudo apt-get install python{major}.{minor}-venv'" in line
    assert not (tmp_path / "env").exists()


def test_ci_is_strict() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("reports/README.md", False),
        ("reports/sample/results.json", False),
        ("reports/demo/2026-01-01T00-00-00Z/results.json", True),
        ("fixtures/README.md", False),
        (".venv/bin/python", True),
        ("allure-results/x.json", True),
        ("conformance/reports/templates/report.html", False),
    ],
)
def test_what_git_ignores(path: str, ignored: bool, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    done = subprocess.run(["git", "-C", tmp_path, "check-ignore", "--quiet", path], check=False)
    assert (done.returncode == 0) is ignored
