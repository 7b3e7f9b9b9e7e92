"""What is known about faults fits the catalogue, and the published table is that of the data."""

from __future__ import annotations

import pytest

from conformance.documented.load import load, shipped
from conformance.documented.rows import requirements
from conformance.reference.switches import faults, profiles, spoken_contracts
from conformance.reference.without_fault import WITHOUT_FAULT
from conformance.requirements import catalogue
from conformance.suite.registry import checks
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


def test_every_check_has_a_fault_or_a_reason_why_not() -> None:
    turned = {row for fault in faults() for row in fault.rows}
    excused = [row for group in WITHOUT_FAULT for row in group.rows]
    assert sorted(checks().keys() - turned - set(excused)) == [], "write a fault, or say why there is none"
    assert sorted(turned & set(excused)) == [], "there is a fault: the reason is out of date"
    assert sorted(set(excused) - checks().keys()) == [], "nothing checks these rows"
    assert len(excused) == len(set(excused))


def test_switches_that_show_the_other_side_exist() -> None:
    known = {fault.name for fault in faults()} | {profile.name for profile in profiles()}
    assert {name for group in WITHOUT_FAULT for name in group.switches} <= known


def test_rows_that_demand_something_have_a_fault_but_for_a_few() -> None:
    """A MUST or SHOULD that no provider here can break needs a reason of its own, not one for a group."""
    rows = catalogue().requirements
    for group in WITHOUT_FAULT:
        binding = [row for row in group.rows if rows[row].power != "may"]
        assert len(group.rows) == 1 or not binding


@pytest.mark.parametrize("contract", spoken_contracts(), ids=lambda contract: contract.name)
def test_every_documented_sentence_that_can_be_shown_has_a_fault(contract) -> None:
    rows = requirements(load(shipped()[contract.name]))
    due = {row.id for row in rows if row.level == "documented" and row.observable == "yes"}
    broken = {row for fault in faults(contract.name) for row in fault.rows}
    companions = {row for fault in faults(contract.name) for row in fault.companions}
    assert sorted(due - broken) == [], "write a fault"
    assert sorted((broken | companions) - due) == [], "no such sentence, or nothing that a provider must do"


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
