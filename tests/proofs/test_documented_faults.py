"""Faults of providers that speak a contract: each breaks its sentences, and beside its companions no others."""

from __future__ import annotations

import asyncio

import pytest

from conformance.reference.switches import faults
from tests.proofs.contracts import Results, Spoken, every_spoken, stage
from tests.proofs.harness import RED, found, selected

SPOKEN = {one.name: one for one in every_spoken()}
WITHOUT_FAULT = [name for name, one in SPOKEN.items() if not one.fault]
WITH_FAULT = [name for name, one in SPOKEN.items() if one.fault]
AT_ONCE = 6  # some wait most of the time for what should not come


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest) -> dict[str, Results]:
    """What the selected tenants did, recorded all together."""
    return asyncio.run(_walk([SPOKEN[name] for name in selected(request)]))


async def _walk(jobs: list[Spoken]) -> dict[str, Results]:
    with stage() as running:
        return await running.walk(jobs, AT_ONCE)


@pytest.mark.parametrize("name", WITHOUT_FAULT)
def test_who_keeps_to_the_document_passes(name: str, results: dict[str, Results]) -> None:
    rows = results[name]
    assert {row: found(one) for row, one in rows.items() if one.verdict not in ("pass", "note")} == {}
    assert any(one.verdict == "pass" for one in rows.values())


@pytest.mark.parametrize("name", WITH_FAULT)
def test_a_fault_breaks_its_sentences_and_no_others(name: str, results: dict[str, Results]) -> None:
    (fault,) = (one for one in faults(SPOKEN[name].contract.name) if one.name == SPOKEN[name].fault)
    red = {row: found(one) for row, one in results[name].items() if one.verdict in RED}
    assert {row: found(results[name][row]) for row in fault.rows if row not in red} == {}
    assert {row: told for row, told in red.items() if row not in (*fault.rows, *fault.companions)} == {}
    assert set(fault.companions) <= red.keys(), "a companion that stays as it is needs no reason"
