"""Records the scenarios of a run from within pytest, once, with a display of its progress."""

import asyncio
import fcntl
import shlex
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.config.model import ContractUse, ProviderConfig
from conformance.documented.load import plain
from conformance.documented.model import Contract
from conformance.documented.scenario import scenarios
from conformance.evidence.store import Evidence, EvidenceError
from conformance.scenarios.runner import Progress, record


def record_once(
    config: ProviderConfig, names: Iterable[str], folder: Path, pytest_config: pytest.Config, *, jobs: int | None,
    selection: Sequence[str] = (), used: Sequence[tuple[ContractUse, Contract]] = (),
) -> None:  # fmt: skip
    """Record into a folder, unless another worker of pytest-xdist has done so."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if hasattr(pytest_config, "workerinput") and _is_recorded(folder):
            return
        with _uncaptured(pytest_config):
            command = (
                pytest_config.getoption("--reproduce")
                or f"logout-conformance run {shlex.quote(str(config.path))}"
            )
            recording = record(
                config,
                names,
                folder,
                _progress(pytest_config),
                jobs=jobs,
                command=command,
                selection=selection,
                more=scenarios(used),
                contracts=[plain(contract) for _, contract in used],
            )
            asyncio.run(recording)
    (folder / ".lock").unlink(missing_ok=True)


def _is_recorded(folder: Path) -> bool:
    try:
        return bool(Evidence(folder).run.complete)
    except EvidenceError:
        return False


def _uncaptured(config: pytest.Config) -> Any:
    from contextlib import nullcontext

    capture = config.pluginmanager.get_plugin("capturemanager")
    return capture.global_and_fixture_disabled() if capture else nullcontext()


def _progress(config: pytest.Config) -> Progress:
    if hasattr(config, "workerinput"):
        return Lines(quiet=True)
    return Bar() if sys.stdout.isatty() else Lines(quiet=config.getoption("verbose") < 0)


class Lines:
    """Progress for logs: a line for each scenario that ended."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._began = time.monotonic()
        self._left = 0
        self._all = 0

    def begin(self, names: Sequence[str]) -> None:
        self._left = self._all = len(names)
        self.say(f"Recording {self._all} scenarios")

    def started(self, name: str) -> None:
        """Say nothing: a line comes when it ends."""

    def ended(self, name: str, status: str, seconds: float) -> None:
        self._left -= 1
        done = self._all - self._left
        self.say(f"  {done:>3}/{self._all} {name:<30} {status:<13} {seconds:5.1f} s")

    def say(self, text: str) -> None:
        if not self._quiet:
            print(text, flush=True)

    def end(self) -> None:
        self.say(f"Recorded in {time.monotonic() - self._began:.1f} s")


class Bar:
    """Progress for a terminal."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("Recording"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(), TextColumn("{task.description}"), transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=None)
        self._running: list[str] = []

    def begin(self, names: Sequence[str]) -> None:
        self._bar.update(self._task, total=len(names))
        self._bar.start()

    def started(self, name: str) -> None:
        self._running.append(name)
        self._show()

    def ended(self, name: str, status: str, seconds: float) -> None:
        self._running.remove(name)
        self._bar.advance(self._task)
        if status != "complete":
            self._bar.console.print(f"  {name}: {status} ({seconds:.1f} s)")
        self._show()

    def _show(self) -> None:
        self._bar.update(self._task, description=", ".join(self._running)[:40])

    def say(self, text: str) -> None:
        self._bar.console.print(text)

    def end(self) -> None:
        self._bar.stop()
