"""Loading: order, selection, unknown names, and what it needs."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from conformance.requirements import Requirement, UnknownRequirement, catalogue
from conformance.requirements.load import DATA, read, section_key
from conformance.requirements.model import Level


def test_it_is_read_once() -> None:
    assert catalogue() is catalogue()


def test_importing_it_brings_no_heavy_part() -> None:
    """``list`` and ``explain`` answer at once only if nothing of the suite comes along."""
    code = (
        "import sys, conformance.requirements.explain, conformance.requirements.listing; print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pytest", "playwright", "httpx", "starlette", "jsonschema", "conformance.suite"} & set(loaded)


def test_rows_stand_in_the_order_of_the_documents() -> None:
    source = catalogue()
    keys = [
        (source.specifications[row.spec].order, section_key(row.section))
        for row in source.requirements.values()
    ]
    assert all(first <= second for first, second in pairwise(keys))
    assert next(iter(source.requirements)) == "RPI-1.1-01"


def test_sections_are_ordered_as_numbers() -> None:
    assert sorted(["10.1", "2", "10", "2.10", "2.2"], key=section_key) == ["2", "2.2", "2.10", "10", "10.1"]


def test_rows_cannot_be_changed() -> None:
    row = catalogue()["RPI-3-05"]
    with pytest.raises(AttributeError):
        row.level = "MAY"  # type: ignore[misc]
    with pytest.raises(TypeError):
        catalogue().requirements["RPI-3-05"] = row  # type: ignore[index]


@pytest.mark.parametrize(
    ("names", "selected"),
    [
        (["RPI-3-05"], ["RPI-3-05"]),
        (["SM-6-*"], ["SM-6-01", "SM-6-02"]),
        (["PKCE-4.4*"], ["PKCE-4.4-01", "PKCE-4.4.1-01"]),
        (["SM-6-02", "RPI-3-05", "SM-6-*"], ["RPI-3-05", "SM-6-01", "SM-6-02"]),
        ([], []),
    ],
)
def test_names_select_rows_in_order(names: list[str], selected: list[str]) -> None:
    assert list(catalogue().select(names)) == selected


def test_a_document_selects_its_rows() -> None:
    source = catalogue()
    assert (
        source.select(["SM"])
        == source.select(["session-management"])
        == tuple(r.id for r in source.for_spec("SM"))
    )
    assert len(source.for_spec("rp-initiated")) == 84
    assert source.specification("bcl").id == "back-channel"


@pytest.mark.parametrize("name", ["RPI-3-5", "rpi-3-05", "RPI-3-O5"])
def test_an_unknown_id_names_its_neighbours(name: str) -> None:
    with pytest.raises(UnknownRequirement) as caught:
        catalogue().select([name])
    assert caught.value.name == name
    assert "RPI-3-05" in caught.value.near
    assert "did you mean" in str(caught.value)
    assert isinstance(caught.value, KeyError)


def test_an_id_like_nothing_gets_no_advice() -> None:
    with pytest.raises(UnknownRequirement, match=r"no requirement 'zzz' in the catalogue$") as caught:
        catalogue()["zzz"]
    assert caught.value.near == ()


def test_a_glob_that_matches_nothing_is_an_error() -> None:
    with pytest.raises(UnknownRequirement):
        catalogue().select(["RPI-77-*"])


def test_an_unknown_document_is_an_error() -> None:
    with pytest.raises(UnknownRequirement, match="front-channel"):
        catalogue().for_spec("front-chanel")


def test_relations_are_known_from_both_ends() -> None:
    source = catalogue()
    assert source.repeats("SM-3.2-03") == ("SM-3.2-04", "SM-6-01")
    assert source.derived("RPI-3-05") == ("RPI-3-06", "OA-3.1-01b")
    assert source.repeats("RPI-1.1-01") == ()


@pytest.mark.parametrize("level", get_args(Level))
def test_every_level_has_a_power(level: Level) -> None:
    row = msgspec.structs.replace(catalogue()["RPI-3-05"], level=level)
    expected = (
        "must" if level in {"MUST", "MUST NOT", "SHALL", "SHALL NOT", "REQUIRED", "documented"} else None
    )
    expected = expected or ("may" if level in {"MAY", "OPTIONAL", "observation"} else "should")
    assert row.power == expected


def test_a_row_of_the_relying_party_is_not_excluded() -> None:
    assert catalogue()["RPI-2-01"].excluded is None
    assert catalogue()["RPI-5-01"].excluded


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    for path in DATA.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "set.yaml").write_text("- id: SET-1-01\n  colour: red\n")
    with pytest.raises(msgspec.ValidationError):
        read(tmp_path)


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="severity"):
        msgspec.convert({**msgspec.to_builtins(catalogue()["RPI-3-05"]), "severity": "high"}, Requirement)
