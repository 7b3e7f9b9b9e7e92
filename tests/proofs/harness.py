"""One reference provider for a whole walk: tenants are recorded side by side, and rows judged from what they did."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from conformance.results import RequirementResult

RED = ("fail", "warning", "error")
CONFORMING = ()


@dataclass(frozen=True)
class Job:
    """What is recorded of one tenant: the conforming one has no switches."""

    switches: tuple[str, ...]
    scenarios: frozenset[str]
    static: bool = False  # clients that the provider has from the start, instead of registration


@dataclass(frozen=True)
class Stage:
    """The running provider and where recordings go."""

    folder: Path
    provider: RunningProvider
    receiver: ReceiverCertificate

    async def record(self, job: Job) -> Evidence:
        """Record the scenarios of a tenant."""
        pool = self.provider.pool if job.static else None
        path = write_config(self.folder, self.provider, self.receiver, job.switches, pool=pool)
        folder = self.folder / path.stem
        await record(load(path, {}), job.scenarios, folder, Lines(quiet=True))
        return Evidence(folder)

    async def record_all(self, jobs: Sequence[Job], at_once: int) -> dict[Job, Evidence]:
        """Record tenants side by side, so many at once."""
        slots = asyncio.Semaphore(at_once)

        async def one(job: Job) -> Evidence:
            async with slots:
                return await self.record(job)

        return dict(zip(jobs, await asyncio.gather(*map(one, jobs)), strict=True))


@contextmanager
def stage() -> Iterator[Stage]:
    """Start the provider for as long as the block lasts; recordings vanish with it."""
    with tempfile.TemporaryDirectory(prefix="logout-conformance-proofs-") as name:
        folder = Path(name)
        receiver = receiver_certificate(folder)
        with reference_provider(folder, trust=receiver.ca, pool=static_pool()) as provider:
            yield Stage(folder, provider, receiver)


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


def turned(results: Mapping[str, RequirementResult], baseline: Mapping[str, RequirementResult]) -> dict[str, str]:
    """Rows that are broken here and are not at the conforming provider, each with what was found."""
    return {
        row: f"{result.verdict}: {result.reason}"
        for row, result in results.items()
        if is_broken(result) and not is_broken(baseline[row])
    }
