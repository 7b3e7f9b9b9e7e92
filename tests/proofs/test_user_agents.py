"""Plain HTTP sees what a browser sees: every scenario that goes without one gives the same verdicts in Chromium."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.scenarios.registry import scenarios
from conformance.suite.registry import checks
from tests.proofs.harness import Job, Outcome, stage

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN = frozenset(name for name, scenario in scenarios().items() if not scenario.browser)
COOKIES = ("profile-lax-cookies", "profile-strict-cookies")
AT_ONCE = 2
TIMES = ("OBS-4-01",)  # a time, which a busy browser adds to

Pair = tuple[Outcome, Outcome]  # over plain HTTP, and in Chromium


@pytest.fixture(scope="module")
def pairs() -> Mapping[str, Pair]:
    """What was seen of the provider with either kind of cookies."""
    return asyncio.run(_both_ways())


async def _both_ways() -> dict[str, Pair]:
    jobs = [Job((name,), PLAIN, chromium=chromium) for name in COOKIES for chromium in (False, True)]
    with stage() as running:
        seen = {outcome.job: outcome async for outcome in running.walk(jobs, AT_ONCE)}
    return {name: (seen[jobs[2 * at]], seen[jobs[2 * at + 1]]) for at, name in enumerate(COOKIES)}


@pytest.mark.parametrize("cookies", COOKIES)
@pytest.mark.parametrize("name", sorted(PLAIN))
def test_scenario_gives_the_same_verdicts(cookies: str, name: str, pairs: Mapping[str, Pair]) -> None:
    over_http, in_chromium = (_verdicts(outcome, name) for outcome in pairs[cookies])
    assert over_http
    assert in_chromium == over_http


def _verdicts(outcome: Outcome, scenario: str) -> dict[str, tuple[str, str]]:
    return {
        row: (result.verdict, result.does)
        for row, result in outcome.results.items()
        if scenario in checks()[row].scenarios and row not in TIMES
    }
