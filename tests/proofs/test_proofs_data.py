"""What is known about faults fits the catalogue, and the published table is that of the data."""

from __future__ import annotations

import pytest

from conformance.reference import faults, profiles
from conformance.requirements import catalogue
from docs.generate import FILES
from tests.proofs.important import IMPORTANT
from tests.proofs.undecided import CONFORMING, UNDECIDED


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.name)
def test_rows_and_companions_are_of_providers(fault) -> None:
    rows = catalogue().requirements
    named = [*fault.rows, *fault.companions]
    assert [row for row in named if row not in rows] == []
    assert [row for row in named if not rows[row].binds_provider] == []
    assert fault.rows
    assert all(fault.companions.values())


def test_names_are_those_of_switches() -> None:
    assert set(IMPORTANT) <= {fault.name for fault in faults()}
    assert set(UNDECIDED) <= {CONFORMING, *(profile.name for profile in profiles())}
    assert {row for rows in UNDECIDED.values() for row in rows} <= set(catalogue().requirements)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_generated_page_is_current(path) -> None:
    assert path.read_text(encoding="utf-8") == FILES[path](), "run `make docs`"
