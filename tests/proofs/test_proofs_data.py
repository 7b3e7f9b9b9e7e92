"""What is known about faults fits the catalogue, and the published table is that of the data."""

from __future__ import annotations

import pytest

from conformance.reference.switches import faults, profiles
from conformance.requirements import catalogue
from docs.generate import FILES
from tests.proofs.expected import CONFORMING, UNDECIDED, WARNED
from tests.proofs.important import IMPORTANT


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.name)
def test_rows_and_companions_are_of_providers(fault) -> None:
    rows = catalogue().requirements
    named = [*fault.rows, *fault.companions]
    assert [row for row in named if row not in rows] == []
    assert [row for row in named if not rows[row].binds_provider] == []
    assert fault.rows
    assert all(fault.companions.values())


def test_important_faults_are_faults() -> None:
    assert set(IMPORTANT) <= {fault.name for fault in faults()}


@pytest.mark.parametrize(("expected", "power"), [(UNDECIDED, "must"), (WARNED, "should")])
def test_what_profiles_may_do_is_told_of_rows_of_that_weight(expected, power) -> None:
    assert set(expected) <= {CONFORMING, *(profile.name for profile in profiles())}
    rows = catalogue().requirements
    assert {rows[row].power for named in expected.values() for row in named} == {power}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_generated_page_is_current(path) -> None:
    assert path.read_text(encoding="utf-8") == FILES[path](), "run `make docs`"
