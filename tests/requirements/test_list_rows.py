"""``list``: every row with its status, as table and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from conformance.requirements import Check, UnknownRequirement, catalogue
from conformance.requirements.listing import WIDTH, Row, as_json, as_table, counts, listing
from conformance.requirements.status import STATES, status


def check(id: str, function: str = "test_it") -> Check:
    return Check(id, Path("suite/test_a.py"), function, 3, "It holds.", ())


def rows(*checks: Check) -> dict[str, Row]:
    return {row.id: row for row in listing(checks={c.id: c for c in checks})}


def test_status_without_any_check() -> None:
    assert Counter(row.status for row in rows().values()) == {
        "planned": len(catalogue().requirements) - 139 - 67,
        "out_of_scope": 139,
        "excluded": 67,
    }


def test_a_check_gives_its_row_the_status() -> None:
    row = rows(check("RPI-3-05"))["RPI-3-05"]
    assert (row.status, row.check, row.reason) == ("check", "suite/test_a.py::test_it", "")


def test_a_repetition_shares_the_check() -> None:
    row = rows(check("BCL-2.4-22"))["BCL-4.1-01"]
    assert (row.status, row.check, row.reason) == ("check", "suite/test_a.py::test_it", "Repeats BCL-2.4-22.")
    assert rows()["BCL-4.1-01"].reason == "Repeats BCL-2.4-22. Can be observed; no check yet."


def test_what_cannot_be_observed_is_excluded_with_its_reason() -> None:
    row = rows()["RPI-5-01"]
    assert (row.status, row.check, row.reason) == ("excluded", None, catalogue()["RPI-5-01"].why_not)


def test_a_check_counts_for_whatever_row_has_one() -> None:
    source = catalogue()
    assert status(source["RPI-2-01"], source, {"RPI-2-01": check("RPI-2-01")}).state == "check"


def test_one_document_by_id_or_prefix() -> None:
    assert listing("set", checks={}) == listing("SET", checks={})
    assert {row.spec for row in listing("SET", checks={})} == {"set"}
    with pytest.raises(UnknownRequirement):
        listing("SETS", checks={})


def test_the_json_has_the_keys_that_others_lean_on() -> None:
    parsed = json.loads(as_json(listing(checks={})))
    assert len(parsed) == len(catalogue().requirements)
    assert list(parsed[0]) == [
        "id",
        "spec",
        "section",
        "party",
        "level",
        "basis",
        "status",
        "check",
        "reason",
    ]
    assert {row["status"] for row in parsed} <= set(STATES)


def test_the_table_fits_80_columns() -> None:
    table = as_table(listing(checks={"RPI-3-05": check("RPI-3-05", "test_" + "x" * 50)}))
    assert max(map(len, table.splitlines())) <= WIDTH
    assert "test_" + "x" * 50 in table


def test_the_table_counts_by_document_and_in_total() -> None:
    table = as_table(listing(checks={"SET-2.2-09": check("SET-2.2-09")})).splitlines()
    place = table.index("RFC 8417 Security Event Token")
    assert table[place + 1].startswith("  15 rows: 2 check, ")
    every = len(catalogue().requirements)
    planned = every - 2 - 67 - 139
    assert table[-1] == f"Total: {every} rows: 2 check, 67 excluded, {planned} planned, 139 out_of_scope"
    assert counts([]) == "0 rows: 0 check, 0 excluded, 0 planned, 0 out_of_scope"
