"""One reference provider for a whole walk: tenants are recorded side by side, and rows judged from what they did."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.config.load import load
from conformance.demo import (
    ReceiverCertificate,
    RunningProvider,
    receiver_certificate,
    reference_provider,
    static_pool,
    write_config,
)
from conformance.evidence.store import Evidence
from conformance.judge import judge
from conformance.recording import Lines
from conformance.requirements import catalogue
from conformance.scenarios.registry import scenarios
from conformance.scenarios.runner import record
from conformance.suite.registry import checks
from tests.proofs.expected import CONFORMING, UNDECIDED, WARNED

if TYPE_CHECKING:
    from conformance.reference.switches import Fault
    from conformance.results import RequirementResult

RED = ("fail", "warning", "error")


@dataclass(frozen=True)
class Job:
    """What is recorded of one tenant: the conforming one has no switches."""

    switches: tuple[str, ...]
    scenarios: frozenset[str]
    static: bool = False  # the clients that the provider has from the start, and no registration
    chromium: bool = False  # every page in Chromium, also where plain HTTP would see the same


@dataclass(frozen=True)
class Outcome:
    """The verdicts on a tenant: on every row whose scenarios were recorded."""

    job: Job
    results: Mapping[str, RequirementResult]
    seconds: float


@dataclass(frozen=True)
class Surprises:
    """What a fault did not turn though it must, and what it turned though it must not; with the reasons."""

    missing: dict[str, str]
    unexpected: dict[str, str]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected)


@dataclass(frozen=True)
class Stage:
    """The running provider and where recordings go."""

    folder: Path
    provider: RunningProvider
    receiver: ReceiverCertificate

    async def walk(self, jobs: Sequence[Job], at_once: int) -> AsyncIterator[Outcome]:
        """Record and judge tenants side by side, so many at once; yields each as it is done."""
        slots = asyncio.Semaphore(at_once)

        async def one(job: Job) -> Outcome:
            async with slots:
                return await self._outcome(job)

        for done in asyncio.as_completed([one(job) for job in jobs]):
            yield await done

    async def _outcome(self, job: Job) -> Outcome:
        began = time.monotonic()
        pool = self.provider.pool if job.static else None
        more = "browser: {always: true}\n" if job.chromium else ""
        path = write_config(self.folder, self.provider, self.receiver, job.switches, more, pool)
        folder = self.folder / f"{path.stem}{'-chromium' if job.chromium else ''}"
        await record(load(path, {}), job.scenarios, folder, Lines(quiet=True))
        results = await asyncio.to_thread(judged, Evidence(folder))  # others are being timed meanwhile
        shutil.rmtree(folder)
        return Outcome(job, results, time.monotonic() - began)


@contextmanager
def stage() -> Iterator[Stage]:
    """Start the provider for as long as the block lasts; what was recorded vanishes with it."""
    with tempfile.TemporaryDirectory(prefix="logout-conformance-proofs-") as name:
        folder = Path(name)
        receiver = receiver_certificate(folder)
        with reference_provider(folder, trust=receiver.ca, pool=static_pool()) as provider:
            yield Stage(folder, provider, receiver)


def selected(request: pytest.FixtureRequest) -> list[str]:
    """The values of ``name`` that tests of the asking module are going to be run with."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    specs = [getattr(item, "callspec", None) for item in items if item.module is request.module]
    return list(dict.fromkeys(spec.params["name"] for spec in specs if spec is not None))


def every_scenario() -> frozenset[str]:
    return frozenset(scenarios())


def needed_by(rows: Iterable[str]) -> frozenset[str]:
    """The scenarios that checks of these rows judge; rows without a check need none."""
    return frozenset(name for row in rows if row in checks() for name in checks()[row].scenarios)


def judged(evidence: Evidence) -> dict[str, RequirementResult]:
    """Every row whose scenarios were all recorded."""
    recorded, rows = set(evidence.run.scenarios), catalogue()
    return {
        row: judge(rows.requirements[row], check, evidence, rows)
        for row, check in checks().items()
        if set(check.scenarios) <= recorded
    }


def is_broken(result: RequirementResult) -> bool:
    """Whether the row was found broken; a MAY that is not made use of is."""
    return result.verdict in RED or result.does == "does not"


def surprises(fault: Fault, outcome: Outcome, conforming: Outcome) -> Surprises:
    """Compare what a fault turned with its definition."""
    broken = {
        row: result
        for row, result in outcome.results.items()
        if is_broken(result) and not is_broken(conforming.results[row])
    }
    due = [row for row in fault.rows if row in checks() and row not in broken]
    return Surprises(
        {row: found(outcome.results[row]) for row in due},
        {row: found(result) for row, result in broken.items() if row not in (*fault.rows, *fault.companions)},
    )


def red(name: str, outcome: Outcome) -> dict[str, str]:
    """Rows that are red at a conforming profile, but for those that it has decided against."""
    against = WARNED.get(name, {})
    return {
        row: found(result)
        for row, result in outcome.results.items()
        if result.verdict in RED and not (row in against and result.verdict == "warning")
    }


def undecided(name: str, outcome: Outcome) -> dict[str, str]:
    """MUST rows that stay undecided at a conforming profile without a reason that is known."""
    rows = catalogue().requirements
    return {
        row: found(result)
        for row, result in outcome.results.items()
        if result.verdict == "inconclusive"
        and rows[row].power == "must"
        and row not in UNDECIDED.get(name, {})
    }


def profile_job(name: str, some: frozenset[str] = frozenset()) -> Job:
    """What to record of a profile, or of the conforming tenant: all scenarios, unless some are named."""
    switches = () if name == CONFORMING else (name,)
    return Job(switches, some or every_scenario(), static=name == "profile-no-registration")


def found(result: RequirementResult) -> str:
    """What a message shows of a verdict."""
    return f"{result.verdict}: {result.reason}"
