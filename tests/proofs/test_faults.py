"""Faults end to end: each turns its rows, and beside its companions nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.reference.switches import faults
from conformance.suite.registry import checks
from tests.proofs.harness import Job, Outcome, every_scenario, needed_by, selected, stage, surprises
from tests.proofs.important import BY_EDITS_ALONE, IMPORTANT

if TYPE_CHECKING:
    from collections.abc import Iterable

FAULTS = {fault.name: fault for fault in faults()}
AT_ONCE = 6  # most of the time a tenant waits for what should not come


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> dict[str, Outcome]:
    """What the selected faults did, and under "" the conforming tenant; recorded all together."""
    return asyncio.run(_walk(selected(request)))


async def _walk(names: Iterable[str]) -> dict[str, Outcome]:
    jobs = [Job((name,), needed_by(FAULTS[name].rows)) for name in names]
    everything = frozenset[str]().union(*(job.scenarios for job in jobs))
    with stage() as running:
        walk = running.walk([Job((), everything), *jobs], AT_ONCE)
        return {"+".join(outcome.job.switches): outcome async for outcome in walk}


@pytest.mark.parametrize("name", IMPORTANT)
def test_a_fault_turns_its_rows_and_no_others(name: str, outcomes: dict[str, Outcome]) -> None:
    found = surprises(FAULTS[name], outcomes[name], outcomes[""])
    assert not found.missing, "rows that the fault must turn"
    assert not found.unexpected, "rows that turned though they are neither the fault's nor companions"


def test_every_scenario_is_proven_by_an_important_fault() -> None:
    proven = needed_by(row for name in IMPORTANT for row in FAULTS[name].rows)
    judged = frozenset(name for check in checks().values() for name in check.scenarios)
    assert sorted((judged & every_scenario()) - proven - BY_EDITS_ALONE.keys()) == []
