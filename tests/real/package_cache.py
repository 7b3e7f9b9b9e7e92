"""Packages of the real providers, installed once into the user's cache folder.

The folder is named after the hash of the lock file: a new lock file is a new folder, and a finished folder is
never written to again. None of them ever becomes a package of the project's own environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

INSTALL_SECONDS = 300


class InstallError(RuntimeError):
    """The packages cannot be had; the message says what to do."""


def installed(name: str, lock: Path, install: Callable[[Path], None], *, beside: str = "") -> Path:
    """The folder that `install` filled for this lock file, at the first call.

    name: the kind of packages, also the folder in the cache; beside: what else the packages depend on.
    """
    cache = user_cache_path("logout-conformance") / name
    digest = hashlib.sha256(lock.read_bytes() + beside.encode()).hexdigest()[:16]
    home = cache / f"{lock.parent.name}-{digest}"
    if not home.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(home.with_suffix(".lock")):
            if not home.is_dir():
                _install(home, install)
    return home


def run_installer(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    name: str,
    *,
    seconds: float = INSTALL_SECONDS,
) -> None:
    """Runs npm, pip or the like. Raises `InstallError` with its last words."""
    try:
        done = subprocess.run(
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"`{name}` did not end within {seconds} s: can this machine reach its registry?"
        raise InstallError(message) from error
    if done.returncode:
        said = _last_lines(done.stderr or done.stdout)
        message = f"`{name}` failed with exit code {done.returncode}: {said}"
        raise InstallError(message)


def _install(home: Path, install: Callable[[Path], None]) -> None:
    """Installs beside `home` and renames, so that a killed install leaves nothing that looks finished."""
    with tempfile.TemporaryDirectory(prefix=f"{home.name}.", dir=home.parent) as scratch:
        install(Path(scratch))
        try:
            Path(scratch).rename(home)
        except OSError:
            if not home.is_dir():
                raise
        else:
            Path(scratch).mkdir()  # for TemporaryDirectory to remove


def _last_lines(text: str, count: int = 6) -> str:
    return " / ".join(line.strip() for line in text.strip().splitlines()[-count:])


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One install at a time; the lock goes with the process that holds it."""
    with path.open("w") as file:
        _lock(file)
        yield


def _lock(file: TextIO) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: two installs at once waste time, and the rename settles which one stays
        return
    fcntl.flock(file, fcntl.LOCK_EX)
