"""From the verdicts on rows to those on specifications, to the run's, and to the exit code."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Literal

import msgspec

from conformance.config.model import Waiver
from conformance.evidence.events import RATE_LIMITED, Environment, Exchange
from conformance.evidence.store import Evidence
from conformance.judge import repeated, stale, waive, without_check
from conformance.requirements import Catalogue, Requirement
from conformance.requirements.model import MUST_LEVELS
from conformance.results import (
    SCHEMA_VERSION,
    Overall,
    RequirementResult,
    Results,
    SpecificationResult,
    SpecificationVerdict,
)

FailOn = Literal["logout", "all"]
EXIT_CODES: dict[Overall, int] = {
    "conformant": 0,
    "conformant with warnings": 0,
    "not offered": 0,
    "observed": 0,
    "non-conformant": 1,
    "incomplete": 2,
    "error": 3,
}
JUDGED = {"pass", "fail", "warning", "note", "inconclusive", "waived", "error"}


def assemble(
    evidence: Evidence, judged: Mapping[str, RequirementResult], catalogue: Catalogue, *,
    waivers: Sequence[Waiver] = (), fail_on: FailOn = "logout", selection: Sequence[str] = (), command: str = "",
    interrupted: bool = False,
) -> Results:  # fmt: skip
    """Return the whole of results.json."""
    today = _day(evidence)
    found = _rows(judged, catalogue, whole=not selection)
    rows = [_cited(waive(row, waivers, today), catalogue) for row in found]
    old = stale(waivers, rows, today)
    run = evidence.run
    complete = run.complete and not interrupted
    specifications = _specifications(rows, catalogue)
    overall = _overall(rows, specifications, complete=complete, stale_waivers=bool(old), fail_on=fail_on)
    return Results(
        schema_version=SCHEMA_VERSION, suite_version=run.suite_version, catalogue=_digest(catalogue),
        provider=run.provider, issuer=run.issuer, started=run.started, finished=run.finished or run.started,
        complete=complete, overall=overall, exit_code=EXIT_CODES[overall], specifications=specifications,
        requirements=rows, stale_waivers=old, left_over=run.left_over, unattributed=len(run.unattributed),
        environment=_environment(evidence), selection=list(selection), command=command,
    )  # fmt: skip


def _rows(
    judged: Mapping[str, RequirementResult], catalogue: Catalogue, *, whole: bool
) -> Iterable[RequirementResult]:
    """Yield the rows of the report in the order of the catalogue; a selection shows what was selected."""
    documents = _whole_documents(judged, catalogue)
    for requirement in catalogue.requirements.values():
        if not requirement.binds_provider:
            continue
        original = judged.get(requirement.same_as or "")
        if requirement.id in judged:
            yield judged[requirement.id]
        elif original is not None:
            yield repeated(requirement, original)
        elif whole or requirement.spec in documents:
            yield without_check(_original(requirement, catalogue))


def _whole_documents(judged: Mapping[str, RequirementResult], catalogue: Catalogue) -> set[str]:
    """Return the provider's own documents of which all was judged: what no test can show of them is shown, too."""
    own = {
        one for one, specification in catalogue.specifications.items() if specification.role == "documented"
    }
    rows = [row for row in catalogue.requirements.values() if row.spec in own and not row.excluded]
    return own - {row.spec for row in rows if row.id not in judged}


def _cited(row: RequirementResult, catalogue: Catalogue) -> RequirementResult:
    """Say where a row's sentence stands, and of a provider's own document also how it is looked at."""
    requirement = catalogue.requirements[row.id]
    own = catalogue.specifications[row.spec].role == "documented"
    return msgspec.structs.replace(
        row, heading=catalogue.section(requirement).title, address=catalogue.address(requirement),
        act=requirement.act or "" if own else "", note=requirement.note or "" if own else "",
    )  # fmt: skip


def _original(requirement: Requirement, catalogue: Catalogue) -> Requirement:
    """A row that repeats an unchecked one has its fate."""
    if requirement.same_as is None:
        return requirement
    other = catalogue.requirements[requirement.same_as]
    return msgspec.structs.replace(requirement, observable=other.observable, why_not=other.why_not)


def _specifications(rows: Sequence[RequirementResult], catalogue: Catalogue) -> list[SpecificationResult]:
    found = []
    for identifier, specification in catalogue.specifications.items():
        own = [row for row in rows if row.spec == identifier]
        if own:
            counts: dict[str, int] = dict(Counter(str(row.verdict) for row in own))
            role = specification.role
            absent = role == "logout" and _absent(own, catalogue)
            verdict: SpecificationVerdict = "not offered" if absent else _verdict(own)
            found.append(
                SpecificationResult(
                    id=identifier,
                    title=specification.title,
                    role=role,
                    verdict=verdict,
                    counts=counts,
                    address=specification.url,
                )
            )
    return found


def _verdict(rows: Sequence[RequirementResult]) -> SpecificationVerdict:
    verdicts = {row.verdict for row in rows}
    if all(row.level == "observation" for row in rows):
        return "observed"
    if "fail" in verdicts:
        return "non-conformant"
    if _open(rows):
        return "incomplete"
    if "warning" in verdicts:
        return "conformant with warnings"
    if verdicts & {"pass", "note", "waived"}:
        return "conformant"
    return "not offered" if "not_applicable" in verdicts else "not run"


def _absent(rows: Sequence[RequirementResult], catalogue: Catalogue) -> bool:
    """Tell whether nothing of a mechanism could be judged beyond what the metadata say of it."""
    judged = [row for row in rows if row.verdict in {"pass", "note", "waived"}]
    beyond = [row for row in judged if set(catalogue.requirements[row.id].applies) - {"discovery"}]
    verdicts = {row.verdict for row in rows}
    return (
        "not_applicable" in verdicts and not beyond and not verdicts & {"fail", "warning"} and not _open(rows)
    )


def _open(rows: Iterable[RequirementResult]) -> bool:
    """A MUST, or a sentence of a contract, that a run should have shown and did not makes it incomplete."""
    return any(row.verdict in ("inconclusive", "error") and row.level in MUST_LEVELS for row in rows)


def _overall(
    rows: Sequence[RequirementResult], specifications: Sequence[SpecificationResult], *, complete: bool,
    stale_waivers: bool, fail_on: FailOn,
) -> Overall:  # fmt: skip
    deciding = [s for s in specifications if fail_on == "all" or s.role != "leaned_on"] or list(
        specifications
    )
    verdicts = {s.verdict for s in deciding}
    if "non-conformant" in verdicts or stale_waivers:
        return "non-conformant"
    if any(row.verdict == "error" for row in rows):
        return "error"
    if not complete or "incomplete" in verdicts:
        return "incomplete"
    if "conformant with warnings" in verdicts:
        return "conformant with warnings"
    if "conformant" in verdicts:
        return "conformant"
    return "observed" if "observed" in verdicts else "not offered"


def _digest(catalogue: Catalogue) -> str:
    rows = msgspec.json.encode(list(catalogue.requirements.values()))
    return sha256(rows).hexdigest()[:16]


def _day(evidence: Evidence) -> date:
    """Return the day of the run: a replay judges waivers as the run did."""
    return datetime.fromisoformat(evidence.run.started).astimezone(UTC).date()


def _environment(evidence: Evidence) -> dict[str, object]:
    """Say what the run ran on, and whether the provider slowed it down."""
    held_back = sum(
        isinstance(event, Exchange) and event.purpose == RATE_LIMITED
        for recorded in evidence.recorded()
        for event in recorded.events
    )
    return _browser(evidence) | (
        {"rate limited": f"{held_back} requests were answered 429"} if held_back else {}
    )


def _browser(evidence: Evidence) -> dict[str, object]:
    """Say which browser it was, from the first scenario that recorded it."""
    for name in evidence.run.scenarios:
        recorded = evidence.scenario(name)
        for event in recorded.events if recorded else []:
            if isinstance(event, Environment):
                return {
                    "browser": event.browser,
                    "switches": event.switches,
                    "cookies": event.third_party_cookies,
                }
    return {"browser": "not started: plain HTTP showed all that was asked"}
