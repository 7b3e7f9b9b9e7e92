"""One reference provider for all that speaks a contract: tenants are recorded side by side, and their rows judged."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from conformance.config.load import load
from conformance.demo import (
    ReceiverCertificate,
    RunningProvider,
    StaticClients,
    receiver_certificate,
    reference_provider,
    spoken_clients,
    write_config,
)
from conformance.documented.load import kept, plain, used
from conformance.documented.rows import with_contracts
from conformance.documented.scenario import scenarios
from conformance.documented.suite import checks
from conformance.evidence.store import Evidence
from conformance.judge import judge
from conformance.recording import Lines
from conformance.reference.switches import SPEAKS, faults, spoken_contracts
from conformance.requirements import catalogue
from conformance.scenarios.runner import record

if TYPE_CHECKING:
    from conformance.documented.model import Contract
    from conformance.reference.switches import SpokenContract
    from conformance.results import RequirementResult

Results = Mapping[str, "RequirementResult"]


@dataclass(frozen=True)
class Spoken:
    """A tenant that speaks a contract, with one fault or with none."""

    contract: SpokenContract
    fault: str = ""

    @property
    def switches(self) -> tuple[str, ...]:
        return tuple(filter(None, (f"{SPEAKS}{self.contract.name}", self.fault)))

    @property
    def name(self) -> str:
        return "+".join(self.switches)


def every_spoken() -> list[Spoken]:
    """The contracts that the reference speaks, each without fault and with each of its faults.

    One of each contract in turn: the tenants of some mostly wait, and go beside those of others.
    """
    spoken = [
        [Spoken(contract, fault) for fault in ("", *(one.name for one in faults(contract.name)))]
        for contract in spoken_contracts()
    ]
    return [one for row in zip_longest(*spoken) for one in row if one]


@dataclass(frozen=True)
class Stage:
    """The running provider and where recordings go."""

    folder: Path
    provider: RunningProvider
    receiver: ReceiverCertificate

    async def walk(self, jobs: Sequence[Spoken], at_once: int) -> dict[str, Results]:
        """Record and judge tenants side by side, so many at once; by their names."""
        slots = asyncio.Semaphore(at_once)

        async def one(job: Spoken) -> Results:
            async with slots:
                return await self._results(job)

        found = await asyncio.gather(*map(one, jobs))
        return {job.name: results for job, results in zip(jobs, found, strict=True)}

    async def _results(self, job: Spoken) -> Results:
        folder = self.folder / job.name
        pool = spoken_clients(job.switches)
        config = load(write_config(self.folder, self.provider, self.receiver, job.switches, pool=pool), {})
        contracts = [(use, _sentences(one) if job.fault else one) for use, one in used(config)]
        await record(
            config, scenarios(contracts), folder, Lines(quiet=True), more=scenarios(contracts),
            contracts=[plain(contract) for _, contract in contracts],
        )  # fmt: skip
        results = await asyncio.to_thread(judged, Evidence(folder))  # others are under way meanwhile
        shutil.rmtree(folder)
        return results


def _sentences(contract: Contract) -> Contract:
    """A contract without what its document leaves open, which can turn no row red."""
    endpoints = [replace(endpoint, open=False) for endpoint in contract.endpoints]
    return replace(contract, endpoints=endpoints)


@contextmanager
def stage() -> Iterator[Stage]:
    """Start the provider for as long as the block lasts; what was recorded vanishes with it."""
    clients = [client for contract in spoken_contracts() for client in contract.clients]
    with tempfile.TemporaryDirectory(prefix="logout-conformance-contracts-") as name:
        folder = Path(name)
        receiver = receiver_certificate(folder)
        with reference_provider(folder, trust=receiver.ca, pool=StaticClients(0, clients)) as provider:
            yield Stage(folder, provider, receiver)


def judged(evidence: Evidence) -> Results:
    """Every row of the contracts that were recorded."""
    contracts = [contract for _, contract in kept(evidence.run.contracts)]
    rows = with_contracts(catalogue(), contracts)
    return {
        row: judge(rows.requirements[row], check, evidence, rows) for row, check in checks(contracts).items()
    }
