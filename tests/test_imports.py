"""Nothing imports against the arrow: config → scenarios → evidence → checks → results → reports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "conformance"

# What each part may import of the others. A part is a folder or a file of the package.
ALLOWED: dict[str, set[str]] = {
    "evidence": set(),
    "requirements": set(),
    "results": set(),
    "reference": set(),  # shares nothing with checks or driver, or shared mistakes would cancel out
    "config": {"requirements"},
    "receiver": {"evidence"},
    "provider": {"config", "evidence"},
    "scenarios": {"config", "evidence", "provider", "receiver"},
    "suite": {"evidence", "requirements"},  # checks judge what was recorded; they can do nothing else
    "judge": {"config", "suite", "evidence", "requirements", "results"},  # of the config: the waivers
    "outcome": {"config", "evidence", "judge", "requirements", "results"},
    "folders": {"evidence"},
    "proofs": {"reference", "requirements"},
    "reports": {"results", "evidence", "requirements"},
    "documented": {"config", "requirements", "evidence", "provider", "receiver", "scenarios", "suite"},
}

# A constant that every part may name.
FOR_ALL = {"version"}

# The ways in, and what runs the parts one after the other: they may import all, and nothing imports them.
TIES_ALL = {"__main__", "cli", "demo", "plugin", "recording", "session"}

# `list` and `--version` answer at once because they load none of these.
HEAVY = {
    "allure",
    "cryptography",
    "httpx",
    "jinja2",
    "lxml",
    "playwright",
    "pytest",
    "rich",
    "starlette",
    "uvicorn",
}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Line and full name of all that a module imports, also within functions and by `import_module`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from ((node.lineno, alias.name) for alias in node.names)
            case ast.ImportFrom():
                yield from ((node.lineno, f"{_base(node, package)}.{alias.name}") for alias in node.names)
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if "import" in ast.unparse(node.func):
                yield node.lineno, name


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    above = package.split(".")
    return ".".join([*above[: len(above) - node.level + 1], *filter(None, [node.module])])


def against_the_arrow(path: Path) -> Iterator[str]:
    part = part_of(path)
    package = ".".join(path.parent.relative_to(PACKAGE.parent).parts)
    for line, name in imported(path.read_text(encoding="utf-8"), package):
        top, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if top == "conformance" and other in (ALLOWED.keys() | TIES_ALL) - ALLOWED.get(part, set()) - {part}:
            yield f"{path.relative_to(PACKAGE.parent)}:{line} imports {name}, and {part} may not import {other}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_imports_against_the_arrow(path: Path) -> None:
    if part_of(path) in TIES_ALL:
        return
    assert part_of(path) in ALLOWED.keys() | FOR_ALL, (
        f"say in {Path(__file__).name} what {part_of(path)} may import"
    )
    assert not list(against_the_arrow(path))


def test_the_table_has_no_cycle() -> None:
    rest = {part: set(others) for part, others in ALLOWED.items()}
    while free := {part for part, others in rest.items() if not others & rest.keys()}:
        for part in free:
            del rest[part]
    assert not rest


def test_the_root_imports_nothing_of_ours() -> None:
    names = [
        name for _, name in imported((PACKAGE / "__init__.py").read_text(encoding="utf-8"), "conformance")
    ]
    assert not [name for name in names if name.startswith("conformance")]


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("import conformance.provider.tokens", "conformance.provider.tokens"),
        ("from conformance import provider", "conformance.provider"),
        ("from conformance.provider import tokens as t", "conformance.provider.tokens"),
        ("from ..provider import tokens", "conformance.provider.tokens"),
        ("from .. import provider", "conformance.provider"),
        ("from . import views", "conformance.suite.views"),
        ("def f():\n    import conformance.provider", "conformance.provider"),
        ("if TYPE_CHECKING:\n    from conformance.provider import x", "conformance.provider.x"),
        ("importlib.import_module('conformance.provider')", "conformance.provider"),
    ],
)
def test_every_form_of_import_is_seen(statement: str, name: str) -> None:
    assert [found for _, found in imported(statement, "conformance.suite")] == [name]


def loaded_by(statement: str) -> set[str]:
    """The top-level names of the modules that a fresh Python has loaded after the statement."""
    report = "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr))"
    command = [sys.executable, "-c", f"{report}\n{statement}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    return {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize(
    "arguments", [None, ["list"], ["list", "--format", "json"], ["--version"], ["--help"]]
)
def test_the_light_commands_load_nothing_heavy(arguments: list[str] | None) -> None:
    call = "" if arguments is None else f"\nsys.argv[1:] = {arguments}\nsys.exit(conformance.cli.main())"
    assert not loaded_by(f"import conformance.cli{call}") & HEAVY


def test_the_checks_and_the_scenarios_that_they_need_load_nothing_heavy() -> None:
    statement = "from conformance.suite.registry import checks\nassert checks()['RPI-3-05'].scenarios"
    assert not loaded_by(statement) & HEAVY
