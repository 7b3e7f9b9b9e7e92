"""What comes first, and what counts."""

import msgspec

from conformance.reports import outline
from conformance.reports.words import is_must
from conformance.results import CaseFinding, EvidenceRef
from tests.reports.support import results, row, with_rows


def test_failures_come_first_then_undecided_musts_then_warnings():
    kinds = [fix.kind for fix in outline.fixes(results())]
    assert kinds == sorted(kinds, key=list(outline.KINDS).index)
    assert kinds[0] == "fail"
    assert kinds.index("inconclusive") < kinds.index("warning") < kinds.index("undecided")


def test_what_has_no_say_comes_after_what_decides():
    failures = [fix.leaned_on for fix in outline.fixes(results()) if fix.kind == "fail"]
    assert failures == sorted(failures)
    assert any(failures)


def test_a_row_that_repeats_another_stands_with_it():
    repeated = row("SET-2.2-01", verdict="fail", same_as="BCL-2.4-01")
    fixes = outline.fixes(with_rows(row("BCL-2.4-01", verdict="fail"), repeated))
    assert [fix.row.id for fix in fixes] == ["BCL-2.4-01"]
    assert fixes[0].repeated_by == (repeated,)


def test_a_row_that_repeats_one_that_is_not_there_stands_alone():
    fixes = outline.fixes(with_rows(row("SET-2.2-01", verdict="fail", same_as="BCL-2.4-01")))
    assert [fix.row.id for fix in fixes] == ["SET-2.2-01"]


def test_practice_is_never_a_must():
    assert not is_must(row(level="MUST", basis="practice"))
    assert is_must(row(level="documented", basis="documented"))


def test_musts_that_were_not_tried_do_not_count():
    rows = [row("BCL-2.4-01", verdict="pass"), row("BCL-2.4-02", verdict="not_tested"), row(verdict="fail")]
    line = next(line for line in outline.spec_lines(with_rows(*rows)) if line.spec.id == "back-channel")
    assert (line.held, line.tried, line.failed, line.not_tested) == (1, 2, 1, 1)


def test_the_headline_adds_up():
    assert outline.headline(results()) == (
        "82 of 87 MUSTs held, 4 broken, 1 inconclusive, 2 warnings. No verdict covers the 20 rows not yet checked."
    )
    assert outline.headline(with_rows()) == "No MUST was tried."


def test_the_command_names_the_config_and_the_case_quoted():
    case = "it's; rm -rf"
    seen = EvidenceRef(scenario="near_misses", case=case)
    broken = CaseFinding(case=case, finding="broken", evidence=[seen])
    one = row(cases=[CaseFinding(case="fine", finding="held"), broken])
    told = msgspec.structs.replace(results(), command="logout-conformance run 'my conf.yaml'")
    command = outline.reproduce(told, one)
    assert command.startswith("logout-conformance run 'my conf.yaml' --only BCL-2.4-04 --case ")
    assert command.endswith("""'it'"'"'s; rm -rf'""")


def test_the_command_of_a_repetition_runs_the_original():
    repeated = row("SET-2.2-01", same_as="BCL-2.4-01", cases=[])
    command = outline.reproduce(results(), repeated)
    assert command == "logout-conformance run acme.yaml --only BCL-2.4-01"


def test_a_row_says_where_its_sentence_stands():
    assert outline.place(row(id="BCL-2.4-04")).address.startswith("https://openid.net/specs/")
    assert outline.place(msgspec.structs.replace(row(), heading="", address="")) == outline.Place("", "")
