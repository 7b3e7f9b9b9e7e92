"""Keycloak's distribution: fetched by Maven, unpacked and built once, into the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from pathlib import Path

from tests.real.package_cache import InstallError, installed, run_installer

LOCK = Path(__file__).with_name("artifact.lock")
BUILD = ("--db=dev-mem",)
INSTALL_SECONDS = 900  # 177 MB, and a build that takes a minute on an idle machine
NEEDED = {"java": "a Java runtime, 17 or later (java)", "mvn": "Maven (mvn)"}


def missing() -> str:
    """One sentence about the programs that are not on the PATH; empty where all are."""
    absent = [name for program, name in NEEDED.items() if shutil.which(program) is None]
    if not absent:
        return ""
    return f"Keycloak needs {' and '.join(absent)} on the PATH: install it with your system's packages."


def keycloak_home() -> Path:
    """The folder of a Keycloak that is ready to start; the first call fetches and builds it.

    Raises `InstallError`, which says what to do.
    """
    return installed("interop", LOCK, _install) / "keycloak"


def artifact() -> tuple[str, str]:
    """Maven coordinates and SHA-256 of the distribution."""
    lines = [line for line in LOCK.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return lines[0], lines[1]


def _install(folder: Path) -> None:
    archive = _fetched(folder)
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    archive.unlink()
    home = next(path for path in folder.iterdir() if path.is_dir())
    home = home.rename(folder / "keycloak")
    program = home / "bin" / "kc.sh"
    program.chmod(0o755)
    run_installer([str(program), "build", *BUILD], home, os.environ, "kc.sh build", seconds=INSTALL_SECONDS)


def _fetched(folder: Path) -> Path:
    coordinates, digest = artifact()
    fetch = ["mvn", "-B", "dependency:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}"]
    run_installer(fetch, folder, os.environ, "mvn dependency:copy", seconds=INSTALL_SECONDS)
    archive = next(folder.glob("*.zip"))
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        raise InstallError(f"{archive.name} has the SHA-256 {found}; {LOCK.name} expects {digest}.")
    return archive
