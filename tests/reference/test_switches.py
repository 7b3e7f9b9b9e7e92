"""What is known about faults and profiles, and that each makes a working tenant."""

import subprocess
import sys

import pytest

from conformance.reference import ReferenceProvider
from conformance.reference.switches import SPEAKS, faults, profiles, spoken_contracts

SWITCHES = [fault.name for fault in faults()] + [profile.name for profile in profiles()]
SPOKEN = [fault for contract in spoken_contracts() for fault in faults(contract.name)]


def test_names_are_unique():
    names = [
        *SWITCHES,
        *(fault.name for fault in SPOKEN),
        *(SPEAKS + contract.name for contract in spoken_contracts()),
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("fault", [*faults(), *SPOKEN], ids=lambda fault: fault.name)
def test_fault_says_what_it_does_and_turns(fault):
    assert fault.rows
    assert fault.does.endswith(".")
    assert all(reason for reason in fault.companions.values())


def test_profiles_are_named_as_such():
    assert all(profile.name.startswith("profile-") and profile.does for profile in profiles())


@pytest.mark.parametrize("name", SWITCHES)
def test_every_tenant_answers_discovery(at, name):
    @at(name)
    async def scenario(browser):
        answer = await browser.http.get(f"{browser.issuer}/.well-known/openid-configuration")
        assert answer.status_code == 200
        assert answer.json()["authorization_endpoint"] == f"{browser.issuer}/authorize"


@pytest.mark.parametrize("contract", spoken_contracts(), ids=lambda contract: contract.name)
def test_a_spoken_contract_says_how_it_is_configured(contract):
    assert contract.does.endswith(".")
    assert "{issuer}" not in contract.config_for("https://op.test/t/x")
    assert f"file: {contract.name}" in contract.config


def test_their_order_does_not_depend_on_who_imported_a_file_first():
    order = "from conformance.reference.switches import *; print([one.name for one in spoken_contracts()])"
    orders = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for code in (order, f"import conformance.reference.spoken.vinid_oneid; {order}")
    }
    assert len(orders) == 1


@pytest.mark.parametrize("name", ["nothing", "ok+nothing", "profile-es256+", "ok+ok"])
def test_unknown_tenants_are_not_found(at, name):
    @at()
    async def scenario(browser):
        answer = await browser.http.get(browser.issuer.replace("/t/ok", f"/t/{name}/jwks"))
        assert answer.status_code == 404
        assert answer.json()["error"] == "not_found"


def test_issuer_refuses_unknown_switches():
    with pytest.raises(LookupError):
        ReferenceProvider().issuer("no-such-fault")
