"""Conforming profiles: whoever does it right in another way meets no red row."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.reference.switches import profiles
from conformance.requirements import catalogue
from tests.proofs.expected import CONFORMING, UNDECIDED, WARNED
from tests.proofs.harness import RED, Job, Outcome, every_scenario, found, selected, stage

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES = [CONFORMING, *(profile.name for profile in profiles())]
STATIC = "profile-no-registration"  # has clients from the start
AT_ONCE = 4  # the provider and the browsers have the other core


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> dict[str, Outcome]:
    """What the selected profiles did under the full suite, recorded all together."""
    return asyncio.run(_walk(selected(request)))


async def _walk(names: Iterable[str]) -> dict[str, Outcome]:
    switches = {name: () if name == CONFORMING else (name,) for name in names}
    jobs = {Job(of, every_scenario(), name == STATIC): name for name, of in switches.items()}
    with stage() as running:
        return {jobs[outcome.job]: outcome async for outcome in running.walk(list(jobs), AT_ONCE)}


@pytest.mark.parametrize("name", NAMES)
def test_no_row_is_red(name: str, outcomes: dict[str, Outcome]) -> None:
    red = {row: result for row, result in outcomes[name].results.items() if result.verdict in RED}
    allowed = {row for row in WARNED.get(name, {}) if row in red and red[row].verdict == "warning"}
    assert not {row: found(result) for row, result in red.items() if row not in allowed}


@pytest.mark.parametrize("name", NAMES)
def test_no_must_is_left_open_without_a_reason(name: str, outcomes: dict[str, Outcome]) -> None:
    rows = catalogue().requirements
    unexplained = {
        row: found(result)
        for row, result in outcomes[name].results.items()
        if result.verdict == "inconclusive"
        and rows[row].power == "must"
        and row not in UNDECIDED.get(name, {})
    }
    assert not unexplained
