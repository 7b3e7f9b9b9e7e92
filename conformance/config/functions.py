"""``python:module:function``: a page handled by the user's own code."""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PREFIX = "python:"


def exists(reference: str, folder: Path) -> bool:
    """Whether the module of ``python:module:function`` can be found, beside the config or installed."""
    with _importable(folder):
        try:
            return importlib.util.find_spec(_parts(reference)[0]) is not None
        except Exception:  # noqa: BLE001 - finding a submodule imports its package: the user's code may raise anything
            return False


def imported(reference: str, folder: Path) -> Callable[..., Any]:
    """The function of ``python:module:function``; raises what its import raises, or AttributeError."""
    module, function = _parts(reference)
    with _importable(folder):
        found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _parts(reference: str) -> tuple[str, str]:
    module, _, function = reference.removeprefix(PREFIX).partition(":")
    return module, function


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    # Last, so that a file beside the config never shadows an installed module.
    entry = str(folder.resolve())
    sys.path.append(entry)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(entry)
