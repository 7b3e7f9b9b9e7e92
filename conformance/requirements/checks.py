"""Which rows have a check: read off the suite's source, so that ``list`` need not import pytest.

A check is a function in ``suite/**/test_*.py`` under the decorator ``@requirement("ID")``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

SUITE = Path(__file__).parent.parent / "suite"

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Check(msgspec.Struct, frozen=True):
    """A check as its source shows it: ``sentence`` is its docstring's first line, ``views`` its arguments."""

    id: str
    path: Path
    function: str
    line: int
    sentence: str
    views: tuple[str, ...]

    @property
    def file(self) -> str:
        """The file relative to the folder that holds the package, with forward slashes."""
        return _shown(self.path)

    @property
    def where(self) -> str:
        """``file:line`` of the function."""
        return f"{self.file}:{self.line}"

    @property
    def node(self) -> str:
        """``file::function``, as pytest names it."""
        return f"{self.file}::{self.function}"


def place(function: Callable[..., Any]) -> str:
    """Return ``file:line`` of a function, its file as `Check.file` has it."""
    return f"{_shown(Path(function.__code__.co_filename))}:{function.__code__.co_firstlineno}"


def _shown(path: Path) -> str:
    root = SUITE.parent.parent
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


class CheckError(Exception):
    """Checks that break the rules of the suite; ``problems`` has one line with file:line for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def find_checks(suite: Path = SUITE) -> Mapping[str, Check]:
    """All checks of a folder by the id of their row, in the order of the files.

    Raises CheckError where a row has two checks, or a decorator does not name one row in plain text.
    """
    checks: dict[str, Check] = {}
    problems: list[str] = []
    for path in sorted(suite.rglob("test_*.py")):
        found, bad = scan(path)
        problems += bad
        for check in found:
            first = checks.setdefault(check.id, check)
            if first is not check:
                problems.append(f"{check.where}: {check.id} has a check already, at {first.where}")
    if problems:
        raise CheckError(tuple(problems))
    return MappingProxyType(checks)


def scan(path: Path) -> tuple[list[Check], list[str]]:
    """The checks of one file, and what is wrong with its decorators."""
    source = path.read_text(encoding="utf-8")
    # Most of the time goes into parsing; a file without the word has no check.
    if "requirement(" not in source:
        return [], []
    try:
        tree = ast.parse(source, filename=str(path))
    except SyntaxError as error:
        return [], [f"{path}:{error.lineno}: {error.msg}"]
    return _scan_tree(path, tree)


def _scan_tree(path: Path, tree: ast.Module) -> tuple[list[Check], list[str]]:
    checks: list[Check] = []
    problems: list[str] = []
    for function, decorators in _decorated(tree):
        ids = [_only_id(call) for call in decorators]
        if len(ids) == 1 and ids[0] is not None:
            checks.append(_check(path, function, ids[0]))
        else:
            problems.append(
                f"{path}:{function.lineno}: {function.name} must name one requirement, in plain text"
            )
    return checks, problems


def _decorated(tree: ast.Module) -> Iterator[tuple[_Function, list[ast.Call]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            calls = [
                d for d in node.decorator_list if isinstance(d, ast.Call) and _name(d.func) == "requirement"
            ]
            if calls:
                yield node, calls


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _only_id(call: ast.Call) -> str | None:
    match call:
        case ast.Call(args=[ast.Constant(value=str(id))], keywords=[]):
            return id
    return None


def _check(path: Path, function: _Function, id: str) -> Check:
    arguments = function.args
    names = [
        a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs) if a.arg != "self"
    ]
    sentence = (ast.get_docstring(function) or "").partition("\n")[0]
    return Check(id, path, function.name, function.lineno, sentence, tuple(names))
