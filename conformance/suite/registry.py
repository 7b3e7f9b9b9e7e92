"""Checks and the named views that they take as arguments."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.evidence.store import Evidence

CheckBody = Callable[..., None]
ViewBody = Callable[[Evidence], Any]


@dataclass(frozen=True)
class View:
    """A named view: which scenarios it needs, and how it is computed from evidence."""

    name: str
    scenarios: tuple[str, ...]
    build: ViewBody


@dataclass(frozen=True)
class Check:
    """A check: the row it judges, its body, the views that it takes."""

    id: str
    body: CheckBody
    sentence: str
    module: str
    views: tuple[str | View, ...]

    @property
    def takes(self) -> tuple[View, ...]:
        """The views that its body takes, in this order."""
        return tuple(views()[one] if isinstance(one, str) else one for one in self.views)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios that have to be recorded for it, each once."""
        return tuple(dict.fromkeys(name for view in self.takes for name in view.scenarios))


_CHECKS: dict[str, Check] = {}
_VIEWS: dict[str, View] = {}


def requirement(identifier: str) -> Callable[[CheckBody], CheckBody]:
    """Make a function the check of a requirement; its arguments name views."""

    def register(body: CheckBody) -> CheckBody:
        if identifier in _CHECKS and _CHECKS[identifier].body.__qualname__ != body.__qualname__:
            raise ValueError(f"{identifier} has two checks")
        sentence = (inspect.getdoc(body) or "").splitlines()[0]
        _CHECKS[identifier] = Check(
            identifier, body, sentence, body.__module__, tuple(inspect.signature(body).parameters)
        )
        return body

    return register


def view(*scenarios: str) -> Callable[[ViewBody], ViewBody]:
    """Make a function a view of its own name, computed from these scenarios."""

    def register(build: ViewBody) -> ViewBody:
        _VIEWS[build.__name__] = View(build.__name__, scenarios, build)
        return build

    return register


@cache
def _loaded() -> bool:
    package = importlib.import_module("conformance.suite")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith(("test_", "views")):
            importlib.import_module(f"conformance.suite.{module.name}")
    return True


def checks() -> Mapping[str, Check]:
    """Return every check by the id of its row."""
    _loaded()
    return _CHECKS


def views() -> Mapping[str, View]:
    """Return every view by name."""
    _loaded()
    return _VIEWS


def files() -> Iterator[Path]:
    """Yield the files of checks, in the order of their names."""
    yield from sorted(Path(__file__).parent.glob("test_*.py"))
