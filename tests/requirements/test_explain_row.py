"""``explain``: one row for a reader who has never opened the document."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.requirements import Check, UnknownRequirement, catalogue
from conformance.requirements.explain import WIDTH, Fault, Recording, explain, render

CHECK = Check(
    "RPI-3-05",
    Path("suite/test_redirects.py"),
    "test_near_miss",
    12,
    "A near miss is never followed.",
    ("x",),
)
RECORDINGS = {
    "RPI-3-05": [Recording("near_misses", "topics/near_misses.py:7")],
    "BCL-2.4-22": [
        Recording("backchannel_fan_out", "topics/backchannel.py:9"),
        Recording("two_users", "topics/browsers.py:3"),
    ],
}
FAULTS = {
    "RPI-3-05": [
        Fault("prefix-match", "compares by prefix only", "faults/redirects.py:5"),
        Fault("no-match", "compares nothing", "faults/redirects.py:8"),
    ]
}


def text(id: str, *checks: Check) -> str:
    return render(explain(id, FAULTS, None, RECORDINGS, checks={check.id: check for check in checks}))


def words(id: str, *checks: Check) -> str:
    """The text as one line, since where a line breaks is of no matter."""
    return " ".join(text(id, *checks).split())


def test_it_begins_with_the_statement_and_the_document() -> None:
    lines = text("RPI-3-05").splitlines()
    assert lines[0] == "RPI-3-05  MUST NOT"
    assert lines[2].startswith("  No redirect when post_logout_redirect_uri does not exactly equal")
    assert "section 3, Redirection to RP After Logout" in words("RPI-3-05")
    assert "  https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RedirectionAfterLogout" in lines
    assert catalogue().specifications["rp-initiated"].introduction in words("RPI-3-05")


@pytest.mark.parametrize("spec", catalogue().specifications)
def test_it_names_the_file_in_which_the_row_is_written(spec: str) -> None:
    row = catalogue().for_spec(spec)[0].id
    (told,) = (line.split()[-1].rstrip(".") for line in text(row).splitlines() if "Written in" in line)
    assert f"id: {row}\n" in (Path(__file__).parents[2] / told).read_text(encoding="utf-8")


def test_it_says_what_the_level_means() -> None:
    assert "MUST NOT. An absolute demand: held is a pass, broken is a fail." in words("RPI-3-05")
    assert "RECOMMENDED. A strong recommendation" in words("BCL-2.4-22")
    assert "MAY. A choice of the provider" in words("BCL-2.4-09")


def test_it_tells_conditions_in_words() -> None:
    assert "An end_session_endpoint is known" in words("RPI-3-05")
    assert "Otherwise not tested (needs a second client)." in words("RPI-2-07")
    always = next(row.id for row in catalogue().requirements.values() if row.applies == ("always",))
    assert "- The row holds for every provider. How" in words(always)


def test_it_tells_how_the_row_is_judged() -> None:
    row = catalogue()["RPI-3-05"]
    for part in (row.act, row.held, row.broken, row.note):
        assert part
        assert part in words("RPI-3-05")


def test_it_names_the_check_and_the_faults() -> None:
    told = words("RPI-3-05", CHECK)
    assert "Checked by test_near_miss, suite/test_redirects.py:12: A near miss is never followed." in told
    assert (
        "- prefix-match, faults/redirects.py:5: compares by prefix only - no-match, faults/redirects.py:8:"
        in told
    )
    assert explain("RPI-3-05", FAULTS, checks={}).faults[0] == Fault(
        "prefix-match", "compares by prefix only", "faults/redirects.py:5"
    )


def test_it_names_the_scenarios_and_their_files() -> None:
    told = words("RPI-3-05", CHECK)
    assert (
        "Recorded by scenario near_misses, topics/near_misses.py:7, into evidence/near_misses.json. " in told
    )
    told = words("BCL-2.4-22")
    assert "Recorded by scenarios - backchannel_fan_out, topics/backchannel.py:9, into evidence/" in told
    assert "- two_users, topics/browsers.py:3, into evidence/two_users.json " in told
    # A repetition is recorded by what its original is.
    assert words("BCL-4.1-01").count("into evidence/") == 2


def test_it_gives_commands_that_run_only_this_row() -> None:
    lines = text("RPI-3-05", CHECK).splitlines()
    assert "  logout-conformance run CONFIG --only RPI-3-05" in lines
    assert "  logout-conformance demo --fault prefix-match --only RPI-3-05" in lines


def test_a_row_without_a_check_has_no_command() -> None:
    assert "Planned. Can be observed; no check yet." in words("RPI-3-05")
    assert "--only" not in text("RPI-3-05")


def test_an_excluded_row_says_why() -> None:
    row = catalogue()["RPI-5-01"]
    assert f"Excluded. {row.why_not}" in words("RPI-5-01")


def test_a_row_of_the_relying_party_is_out_of_scope() -> None:
    assert "Out of scope. Binds the relying party" in words("RPI-2-01")


def test_a_repetition_is_explained_by_the_row_it_repeats() -> None:
    check = Check("BCL-2.4-22", Path("t.py"), "test_typ", 3, "typ is logout+jwt.", ())
    told = words("BCL-4.1-01", check)
    assert "judged as BCL-2.4-22 (RECOMMENDED)" in told
    assert "Repeats BCL-2.4-22. Checked by test_typ, t.py:3" in told
    assert "run CONFIG --only BCL-2.4-22" in told
    held = catalogue()["BCL-2.4-22"].held
    assert held
    assert held in told


def test_relations_are_shown_from_both_ends() -> None:
    assert "leads to RPI-3-06, OA-3.1-01b" in words("RPI-3-05")
    assert "follows from RPI-3-05" in words("RPI-3-06")
    assert "repeated by SM-3.2-04, SM-6-01" in words("SM-3.2-03")


@pytest.mark.parametrize("id", catalogue().requirements)
def test_every_row_fits_80_columns(id: str) -> None:
    """Addresses and names in code are never broken, so only lines of one word may be longer."""
    for line in text(id).splitlines():
        assert len(line) <= WIDTH or " " not in line.strip(), line
        assert line == line.rstrip()


def test_an_unknown_row_is_an_error() -> None:
    with pytest.raises(UnknownRequirement):
        explain("RPI-9-99", checks={})
