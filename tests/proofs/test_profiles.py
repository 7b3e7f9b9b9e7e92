"""Conforming profiles: whoever does it right in another way meets no red row."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.reference.switches import profiles
from conformance.scenarios.registry import scenarios
from tests.proofs.expected import CONFORMING
from tests.proofs.harness import Outcome, profile_job, red, selected, stage, undecided

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES = (CONFORMING, *(profile.name for profile in profiles()))
AT_ONCE = 3  # the provider and the browsers have the other core

# `make faults` records all scenarios of every profile. Here two kinds of them are left out, for the time they take:
# what only a browser sees, where the profile is about something else, ...
PLAIN = frozenset(name for name, scenario in scenarios().items() if not scenario.browser)
# ... and most of what has a redirect, where every redirect needs the browser.
REDIRECTS = frozenset({"discovery", "declined", "logout_get", "logout_states", "logout_targets"})
SHORTENED = {
    **dict.fromkeys(("profile-es256", "profile-no-kid", "profile-pairwise", "profile-single-button"), PLAIN),
    **dict.fromkeys(("profile-error-page-elsewhere", "profile-async-notifications"), PLAIN),
    "profile-question-closed-by-login": PLAIN,
    **dict.fromkeys(("profile-redirect-script", "profile-redirect-meta-refresh"), REDIRECTS),
    "profile-rate-limited": REDIRECTS | {"logout_post"},
}


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> dict[str, Outcome]:
    """What the selected profiles did, recorded all together."""
    return asyncio.run(_walk(selected(request)))


async def _walk(names: Iterable[str]) -> dict[str, Outcome]:
    jobs = {profile_job(name, SHORTENED.get(name, frozenset())): name for name in names}
    with stage() as running:
        return {jobs[outcome.job]: outcome async for outcome in running.walk(list(jobs), AT_ONCE)}


@pytest.mark.parametrize("name", NAMES)
def test_no_row_is_red(name: str, outcomes: dict[str, Outcome]) -> None:
    assert not red(name, outcomes[name])


@pytest.mark.parametrize("name", NAMES)
def test_no_must_is_left_open_without_a_reason(name: str, outcomes: dict[str, Outcome]) -> None:
    assert not undecided(name, outcomes[name])
