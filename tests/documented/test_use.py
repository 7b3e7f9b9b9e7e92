"""Contracts in a provider config: which file, which servers, which rows may be waived and selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.config.errors import ConfigError
from conformance.config.load import load as load_config
from conformance.documented.load import load, used
from conformance.documented.skeleton import skeleton

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
issuer: https://localhost:8443
registration: dynamic
users: [{username: alice, password: "${PASSWORD}"}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a contract in it."""
    (tmp_path / "shop.yaml").write_text(skeleton("shop"))
    return tmp_path


def told(folder: Path, more: str) -> str:
    with pytest.raises(ConfigError) as raised:
        uses(folder, more)
    return str(raised.value).replace(f"{folder}/", "")


def uses(folder: Path, more: str) -> list[tuple[str, dict[str, str]]]:
    path = folder / "op.yaml"
    path.write_text(CONFIG + more)
    config = load_config(path, {"PASSWORD": "correct horse"})
    return [(contract.contract, contract.servers) for _, contract in used(config)]


HERE = "servers: {op: 'https://localhost:8443'}"
SHOP = f"contracts: [{{file: shop.yaml, {HERE}}}]"
WAIVED = "waivers: [{requirement: DOC-shop-S3, reason: fixed soon, expires: 2030-01-31}]"


def test_a_path_starts_at_the_config(folder: Path) -> None:
    found = uses(folder, f"{SHOP}\n")
    assert found == [("shop", {"op": "https://localhost:8443"})]


def test_a_contract_of_the_suite_needs_its_name_alone(folder: Path) -> None:
    found = uses(folder, "i_may_test: true\ncontracts: [lh-crew]\n")
    assert [name for name, _ in found] == ["lh-crew"]


def test_its_rows_can_be_waived_and_selected(folder: Path) -> None:
    rows = "waivers: [{requirement: DOC-shop-S03, reason: fixed soon, expires: 2030-01-31}]\n"
    rows += "select: {only: [DOC-shop, RPI-3-05], skip: ['DOC-shop-logout.*']}\n"
    assert uses(folder, f"{SHOP}\n{rows}")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("contracts: [lh-crw]", "no file 'lh-crw' beside this config, and no contract of that name"),
        ("contracts: [lh-crw]", "Did you mean 'lh-crew'?"),
        ("contracts: [{file: shop.yaml, servers: {opp: 'https://a.test'}}]", "has no server 'opp'. Did you mean 'op'?"),
        ("contracts: [shop.yaml]", "op.example.com is not this machine. Write where it is here, `servers: {op: …}`"),
        ("i_may_test: yes\ncontracts: [{file: shop.yaml, servers: {op: 'http://op.test'}}]", "never sent without TLS"),
        (f"contracts:\n  - {{file: shop.yaml, {HERE}}}\n  - {{file: shop.yaml, {HERE}}}", "contract on line 5, too"),
        (f"{SHOP}\n{WAIVED}", "no requirement 'DOC-shop-S3'. Did you mean 'DOC-shop-S03'?"),
        (f"{SHOP}\nselect: {{only: [DOC-shp]}}", "there is no requirement 'DOC-shp'. Did you mean 'doc-shop'?"),
    ],
)  # fmt: skip
def test_wrong_use_is_told_with_the_line_of_the_config(folder: Path, more: str, message: str) -> None:
    problem = told(folder, f"{more}\n")
    assert problem.startswith("op.yaml")
    assert message in problem


def test_without_contracts_there_are_no_such_rows(folder: Path) -> None:
    waiver = "waivers: [{requirement: DOC-shop-S03, reason: fixed soon, expires: 2030-01-31}]\n"
    assert "there is no requirement 'DOC-shop-S03'" in told(folder, waiver)


def test_what_is_wrong_with_the_contract_has_its_own_lines(folder: Path) -> None:
    (folder / "shop.yaml").write_text(skeleton("shop").replace("is: ended", "is: over"))
    assert told(folder, f"{SHOP}\n").startswith("shop.yaml:40: key 'sentences[0].")


def test_the_skeleton_is_sound(folder: Path) -> None:
    assert load(folder / "shop.yaml").contract == "shop"
