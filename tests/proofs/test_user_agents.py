"""Plain HTTP sees what a browser sees: every scenario that goes without one gives the same verdicts in Chromium."""

from __future__ import annotations

import asyncio

import pytest

from conformance.scenarios.registry import scenarios
from conformance.suite.registry import checks
from tests.proofs.harness import Job, Outcome, stage

PLAIN = frozenset(name for name, scenario in scenarios().items() if not scenario.browser)
COOKIES = [
    pytest.param("profile-strict-cookies", id="strict"),
    pytest.param("profile-lax-cookies", id="lax", marks=pytest.mark.long),
]
AT_ONCE = 2
TIMES = ("OBS-4-01",)  # a time, which a busy browser adds to

Pair = tuple[Outcome, Outcome]  # over plain HTTP, and in Chromium


@pytest.fixture(scope="module", params=COOKIES)
def pair(request: pytest.FixtureRequest) -> Pair:
    """What was seen of the provider with either kind of cookies."""
    return asyncio.run(_both_ways(request.param))


async def _both_ways(profile: str) -> Pair:
    jobs = [Job((profile,), PLAIN, chromium=chromium) for chromium in (False, True)]
    with stage() as running:
        seen = {outcome.job: outcome async for outcome in running.walk(jobs, AT_ONCE)}
    return seen[jobs[0]], seen[jobs[1]]


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_scenario_gives_the_same_verdicts(name: str, pair: Pair) -> None:
    over_http, in_chromium = (_verdicts(outcome, name) for outcome in pair)
    assert over_http
    assert in_chromium == over_http


def _verdicts(outcome: Outcome, scenario: str) -> dict[str, tuple[str, str]]:
    return {
        row: (result.verdict, result.does)
        for row, result in outcome.results.items()
        if scenario in checks()[row].scenarios and row not in TIMES
    }
