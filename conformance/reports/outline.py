"""What a reader needs first: rows in order of urgency, and one line per specification."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from conformance.reports.words import counted, is_must
from conformance.requirements.load import section_key
from conformance.results import CaseFinding, RequirementResult, Results, SpecificationResult

Kind = Literal["fail", "inconclusive", "error", "warning", "undecided", "waived"]

KINDS: Mapping[Kind, str] = {
    "fail": "Failures",
    "inconclusive": "MUSTs that could not be decided",
    "error": "Errors of the harness",
    "warning": "Warnings",
    "undecided": "Recommendations that could not be decided",
    "waived": "Waived",
}


class Fix(msgspec.Struct, frozen=True):
    """A row to act on, with the rows that repeat it."""

    kind: Kind
    row: RequirementResult
    leaned_on: bool
    repeated_by: tuple[RequirementResult, ...] = ()


class SpecLine(msgspec.Struct, frozen=True):
    """A specification in numbers. ``tried`` counts the MUSTs that the run set out to decide."""

    spec: SpecificationResult
    held: int
    tried: int
    failed: int
    undecided: int  # MUSTs that are inconclusive
    warnings: int
    inconclusive: int
    errors: int
    waived: int
    not_tested: int
    not_applicable: int
    checked: int
    excluded: int
    planned: int

    @property
    def demands(self) -> str:
        """What is counted as held: a provider's own documents have no key words."""
        return "sentences" if self.spec.role == "documented" else "MUSTs"

    @property
    def verdict(self) -> str:
        """The verdict in words; with rows that nothing checks yet it is one so far."""
        return so_far(self.spec.verdict, self.planned)


class Place(msgspec.Struct, frozen=True):
    """Where a row's sentence stands: heading and official address, empty where they are not known."""

    heading: str
    address: str


def so_far(verdict: str, planned: int) -> str:
    """Nothing is conformant for good while rows of it are not yet checked."""
    return f"{verdict}, so far" if planned and verdict.startswith("conformant") else verdict


def overall(results: Results) -> str:
    """The overall verdict in words."""
    lines = spec_lines(results)
    return so_far(results.overall, sum(line.planned for line in lines if line.spec.decides))


def kind_of(row: RequirementResult) -> Kind | None:
    """How urgent a row is, or None where there is nothing to do."""
    match row.verdict:
        case "fail" | "error" | "warning" | "waived":
            return row.verdict
        case "inconclusive":
            return "inconclusive" if is_must(row) else "undecided"
        case _:
            return None


def in_order(results: Results) -> list[RequirementResult]:
    """All rows as the documents have them: by specification, section, then as they came."""
    rank = {spec.id: number for number, spec in enumerate(results.specifications)}
    return sorted(
        results.requirements, key=lambda row: (rank.get(row.spec, len(rank)), section_key(row.section))
    )


def fixes(results: Results) -> list[Fix]:
    """What to act on: failures, undecided MUSTs, errors, warnings; what decides the exit code before the rest."""
    leaned_on = {spec.id for spec in results.specifications if not spec.decides}
    rows = in_order(results)
    repeats = _repeats(rows)
    found = [
        Fix(kind, row, row.spec in leaned_on, tuple(repeats.get(row.id, ())))
        for row in rows
        if (kind := kind_of(row)) and not _shown_elsewhere(row, repeats)
    ]
    order = list(KINDS)
    return sorted(found, key=lambda fix: (order.index(fix.kind), fix.leaned_on))


def untested_sentences(results: Results) -> list[Fix]:
    """Sentences of contracts that the config cannot show: whoever named the contract wants to know why."""
    rows = in_order(results)
    return [
        Fix("undecided", row, leaned_on=False)
        for row in rows
        if row.verdict == "not_tested" and row.level == "documented"
    ]


def spec_lines(results: Results) -> list[SpecLine]:
    """One line per specification, in the order of the results."""
    return [
        _line(spec, [r for r in results.requirements if r.spec == spec.id]) for spec in results.specifications
    ]


def place(row: RequirementResult) -> Place:
    """The section that a row cites."""
    return Place(row.heading, row.address)


def broken_cases(row: RequirementResult) -> list[CaseFinding]:
    """The cases that made the verdict, the broken ones before the undecided ones."""
    return [case for finding in ("broken", "undecided") for case in row.cases if case.finding == finding]


def reproduce(results: Results, row: RequirementResult) -> str:
    """The command that runs this row again, and only the case that gave the verdict where there is one."""
    words = ["--only", row.same_as or row.id]
    told = [ref.case for case in broken_cases(row) for ref in case.evidence if ref.case]
    words += ["--case", told[0]] if told else []
    return f"{results.command or 'logout-conformance run CONFIG'} {shlex.join(words)}"


def headline(results: Results) -> str:
    """The verdict as one sentence with its numbers, of the specifications that decide."""
    lines = [line for line in spec_lines(results) if line.spec.decides]
    held, tried, failed, undecided, warnings = (
        sum(getattr(line, name) for line in lines)
        for name in ("held", "tried", "failed", "undecided", "warnings")
    )
    if not tried:
        return "No MUST was tried."
    units = " and ".join(dict.fromkeys(line.demands for line in lines if line.tried))
    parts = [f"{held} of {tried} {units} held", f"{failed} broken" if failed else "none broken"]
    parts += [f"{undecided} inconclusive"] if undecided else []
    parts += [counted(warnings, "warning")] if warnings else []
    planned = sum(line.planned for line in lines)
    not_covered = f" No verdict covers the {counted(planned, 'row')} not yet checked." if planned else ""
    return ", ".join(parts) + "." + not_covered


def _line(spec: SpecificationResult, rows: list[RequirementResult]) -> SpecLine:
    musts = [row for row in rows if is_must(row)]

    def count(*verdicts: str, among: Iterable[RequirementResult] = rows) -> int:
        return sum(row.verdict in verdicts for row in among)

    held = count("pass", among=musts)
    return SpecLine(
        spec=spec,
        held=held,
        tried=held + count("fail", "inconclusive", "error", "waived", among=musts),
        failed=count("fail"),
        undecided=count("inconclusive", among=musts),
        warnings=count("warning"),
        inconclusive=count("inconclusive"),
        errors=count("error"),
        waived=count("waived"),
        not_tested=count("not_tested"),
        not_applicable=count("not_applicable"),
        checked=len(rows) - count("excluded", "planned"),
        excluded=count("excluded"),
        planned=count("planned"),
    )


def _repeats(rows: list[RequirementResult]) -> dict[str, list[RequirementResult]]:
    """Rows that repeat another one with the same verdict, by the id of that one."""
    verdicts = {row.id: row.verdict for row in rows}
    found: dict[str, list[RequirementResult]] = {}
    for row in rows:
        if row.same_as and verdicts.get(row.same_as) == row.verdict:
            found.setdefault(row.same_as, []).append(row)
    return found


def _shown_elsewhere(row: RequirementResult, repeats: dict[str, list[RequirementResult]]) -> bool:
    return row in repeats.get(row.same_as, ())
