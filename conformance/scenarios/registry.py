"""Scenarios by name. A scenario does one thing at the provider and records it; it asserts nothing."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.scenarios.lab import Lab

Body = Callable[["Lab"], Awaitable[None]]
_FOUND: dict[str, "Scenario"] = {}


@dataclass(frozen=True)
class Scenario:
    """A named scenario: what it does, in a sentence, and what it has to have."""

    name: str
    body: Body
    does: str
    browser: bool = False  # needs Chromium whatever the provider's pages are like
    watches: bool = False  # an absence is judged from it: started early, watched to the end
    slow: bool = False  # mostly waits: started first, and beside as many others as if it were not there
    scripts: bool = False  # says itself what relying parties answer: receiver.answers is not for it
    probes_sharing: bool = False  # shows whether two sessions of one user are separate
    alone: bool = False  # may end sessions of other scenarios: done before them


def scenario(
    *, browser: bool = False, watches: bool = False, slow: bool = False, scripts: bool = False,
    probes_sharing: bool = False, alone: bool = False,
) -> Callable[[Body], Body]:  # fmt: skip
    """Register a coroutine function as the scenario of its name."""

    def register(body: Body) -> Body:
        name = body.__name__
        if name in _FOUND:
            raise ValueError(f"two scenarios are called {name}")
        does = (body.__doc__ or "").strip().splitlines()[0]
        _FOUND[name] = Scenario(name, body, does, browser, watches, slow, scripts, probes_sharing, alone)
        return body

    return register


def scenarios() -> Mapping[str, Scenario]:
    """Return all scenarios; their modules are imported on the first call."""
    package = importlib.import_module("conformance.scenarios.topics")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return _FOUND
