"""From findings to verdicts: the row's level decides, never the author of the check."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from conformance.config.model import Waiver
from conformance.evidence.events import CONFIGURED, Arrival, Event, Gap
from conformance.evidence.store import Evidence
from conformance.requirements import Catalogue, Requirement
from conformance.results import CaseFinding, EvidenceRef, RequirementResult, Verdict, WaiverNote
from conformance.suite.conditions import CONDITIONS, facts_of
from conformance.suite.finding import Broken, CaseOutcome, Notes, NotTested, Undecided, noting
from conformance.suite.registry import Check

HELD: dict[str, Verdict] = {"must": "pass", "should": "pass", "may": "note"}
BROKEN: dict[str, Verdict] = {"must": "fail", "should": "warning", "may": "note"}


def judge(
    requirement: Requirement, check: Check, evidence: Evidence, catalogue: Catalogue
) -> RequirementResult:
    """Return the verdict on one row; never raises for what a provider or a check does."""
    refused = _not_applicable(requirement, evidence, catalogue)
    if refused is not None:
        return _result(requirement, check, refused[0], reason=refused[1], enable=refused[2])
    with noting() as notes:
        try:
            check.body(*_arguments(check, evidence))
        except (Broken, Undecided, NotTested) as problem:
            notes.outcomes[0].problem = problem
        except Exception as fault:  # noqa: BLE001 - a fault of a check must not hide the other verdicts
            reason = (
                f"The check itself failed, which is a fault of the suite: {type(fault).__name__}: {fault}"
            )
            return _result(requirement, check, "error", reason=reason)
    for outcome in notes.outcomes:
        outcome.scenario = outcome.scenario or _home(outcome, evidence)
        outcome.problem = _answered_by_config(outcome, check, evidence) or outcome.problem
    return _verdict(requirement, check, notes)


def _home(outcome: CaseOutcome, evidence: Evidence) -> str:
    """Return the scenario that a finding without a case rests on: that of its first event."""
    events = [event for one in outcome.held for event in one.events]
    events = [*getattr(outcome.problem, "events", ()), *events]
    return next((home for home in map(evidence.home, events) if home), "")


def _answered_by_config(outcome: CaseOutcome, check: Check, evidence: Evidence) -> Undecided | None:
    """Return why a broken row decides nothing: what the provider did may be due to the config's own answers."""
    if not isinstance(outcome.problem, Broken):
        return None
    for name in [outcome.scenario] if outcome.scenario else check.scenarios:
        recorded = evidence.scenario(name)
        for one in recorded.events if recorded else []:
            if isinstance(one, Arrival) and one.script.startswith(CONFIGURED):
                return Undecided(
                    f"{outcome.problem.observed}; but {one.rp} gave the answer of {one.script} there, which may be "
                    "why. Run without receiver.answers to judge this",
                    (one,),
                )
    return None


def _arguments(check: Check, evidence: Evidence) -> list[Any]:
    """Compute the views that a check takes; what several checks share is computed once."""
    kept = evidence.views
    for view in check.takes:
        if view.name not in kept:
            try:
                kept[view.name] = view.build(evidence)
            except (Undecided, NotTested) as problem:
                kept[view.name] = problem
    found = [kept[view.name] for view in check.takes]
    for one in found:
        if isinstance(one, Undecided | NotTested):
            raise one
    return found


def _not_applicable(
    requirement: Requirement, evidence: Evidence, catalogue: Catalogue
) -> tuple[Verdict, str, str] | None:
    facts = facts_of(evidence)
    reads = "discovery" in requirement.applies and (facts.answered or requirement.id in READS_THE_ANSWER)
    if not reads and (not facts.answered or undriven(evidence)):
        return "inconclusive", _down(evidence), ""
    if not facts.answered and facts_dead(evidence):
        return "inconclusive", _down(evidence), ""
    waived = _https_waived(requirement, facts)
    if waived:
        return "not_applicable", waived, ""
    for name in requirement.applies:
        applies = CONDITIONS[name](facts)
        condition = catalogue.conditions[name]
        if applies.true is False and condition.when_false == "not_applicable":
            return "not_applicable", f"{condition.means} This is not so here: {applies.why}.", ""
        if applies.true is False:
            return "not_tested", f"Needs {condition.needs}: {applies.why}.", ENABLE.get(name, "")
    return None


OWN_PAGE = 'own_logout:\n  page: https://…\n  steps: [{match: "text=Log out", click: true}]'
ENABLE = {
    "registration": "registration: dynamic",
    "two_clients": "registration: dynamic   # or a second entry under clients:",
    "two_users": "users:\n  - {username: …, password: ${FIRST}}\n  - {username: …, password: ${SECOND}}",
    "native_client": "clients:\n  - application_type: native\n    …",
    "confidential_client": "clients:\n  - client_secret: ${SECRET}\n    …",
    "client_secret_basic": "clients:\n  - auth_method: client_secret_basic\n    …",
    "refresh_tokens": "scopes: [openid, offline_access]",
    "offline_access": "scopes: [openid, offline_access]",
    "own_logout": OWN_PAGE,
    "own_logout_page": OWN_PAGE,
}
# Rows that judge the answer to the request for metadata even where it could not be read.
READS_THE_ANSWER = frozenset({"DISC-4.2-01"})

# Rows that only ask for https; a stated `loopback: http-allowed` waives them for loopback hosts.
HTTPS_ROWS = frozenset({"DISC-3-01", "RPI-2.1-03", "SM-3.3-03", "REV-2-06", "REV-2-10"})


def _https_waived(requirement: Requirement, facts: Any) -> str:
    if (
        requirement.id in HTTPS_ROWS
        and facts.config.get("loopback_http_allowed")
        and facts.config.get("issuer", "").startswith("http://")
    ):
        return "The config waives https for this loopback provider (loopback: http-allowed)."
    return ""


def facts_dead(evidence: Evidence) -> bool:
    """Tell whether not even an answer came to the request for metadata."""
    recorded = evidence.scenario("discovery")
    return recorded is None or not any(getattr(event, "status", None) for event in recorded.events)


def undriven(evidence: Evidence) -> str:
    """Return why the provider could not be driven at all; an empty string if it could."""
    recorded = evidence.scenario("discovery")
    gaps = [event.reason for event in (recorded.events if recorded else []) if isinstance(event, Gap)]
    return gaps[0] if gaps else ""


def _down(evidence: Evidence) -> str:
    return undriven(evidence) or "The provider could not be driven: its metadata were not recorded."


def _verdict(requirement: Requirement, check: Check, notes: Notes) -> RequirementResult:
    outcomes = [o for o in notes.outcomes if o.held or o.problem]
    findings = [_case(outcome) for outcome in outcomes]
    worst = _worst(outcomes)
    if worst is None:
        return _result(
            requirement, check, "inconclusive", reason="Nothing was there to be judged.", cases=findings
        )
    problem = worst.problem
    if isinstance(problem, Broken):
        return _broken(requirement, check, worst, problem, findings)
    if isinstance(problem, Undecided):
        return _result(
            requirement, check, "inconclusive", reason=_where(worst) + _sentence(problem.reason), cases=findings,
            evidence=[_ref(worst, problem.events)],
        )  # fmt: skip
    if isinstance(problem, NotTested):
        return _result(
            requirement, check, "not_tested", reason=_sentence(problem.reason),
            enable=problem.enable, cases=findings,
        )  # fmt: skip
    return _held(requirement, check, outcomes, findings)


def _worst(outcomes: Iterable[CaseOutcome]) -> CaseOutcome | None:
    order = (Broken, Undecided, type(None), NotTested)
    ranked = sorted(outcomes, key=lambda o: order.index(type(o.problem)))
    return next(iter(ranked), None)


def _broken(
    requirement: Requirement, check: Check, worst: CaseOutcome, problem: Broken, findings: list[CaseFinding]
) -> RequirementResult:
    verdict = BROKEN[requirement.power]
    others = [f for f in findings if f.finding == "broken"]
    more = f" So it was in {len(others)} cases." if len(others) > 1 else ""
    return _result(
        requirement, check, verdict, reason=_where(worst) + _sentence(problem.observed) + more,
        expected=problem.expected, observed=problem.observed, cases=findings, evidence=[_ref(worst, problem.events)],
        does="does not" if verdict == "note" else "",
    )  # fmt: skip


def _held(
    requirement: Requirement, check: Check, outcomes: Sequence[CaseOutcome], findings: list[CaseFinding]
) -> RequirementResult:
    verdict = HELD[requirement.power]
    held = [(outcome, one) for outcome in outcomes for one in outcome.held]
    last = held[-1][1]
    skipped = [o for o in outcomes if isinstance(o.problem, NotTested)]
    looked = len([o for o in outcomes if o.held])
    reason = f"{looked} cases were looked at." if looked > 1 else _sentence(last.observed)
    if skipped:
        reason += f" Not tried: {', '.join(o.label for o in skipped)}."
    return _result(
        requirement, check, verdict, reason=reason, expected=last.expected, observed=last.observed, cases=findings,
        evidence=[_ref(o, tuple(e for one in o.held for e in one.events)) for o in outcomes if o.held][:5],
        does="does" if verdict == "note" and requirement.basis != "open" else "",
    )  # fmt: skip


def _case(outcome: CaseOutcome) -> CaseFinding:
    problem = outcome.problem
    label = outcome.label or "in all"
    if isinstance(problem, Broken):
        return CaseFinding(
            case=label, finding="broken", expected=problem.expected, observed=problem.observed,
            evidence=[_ref(outcome, problem.events)],
        )  # fmt: skip
    if isinstance(problem, Undecided | NotTested):
        return CaseFinding(
            case=label, finding="undecided", observed=problem.reason, evidence=[_ref(outcome, ())]
        )
    last = outcome.held[-1]
    events = tuple(event for one in outcome.held for event in one.events)
    return CaseFinding(
        case=label,
        finding="held",
        expected=last.expected,
        observed=last.observed,
        evidence=[_ref(outcome, events)],
    )


def _ref(outcome: CaseOutcome, events: tuple[Event, ...]) -> EvidenceRef:
    """Point to events; those without a case block carry the case of the event itself."""
    case = outcome.label or next((event.case for event in events if event.case), "")
    ids = list(dict.fromkeys(event.id for event in events))
    return EvidenceRef(scenario=outcome.scenario, case=case, events=ids[:20])


def _where(outcome: CaseOutcome) -> str:
    return f"In the case “{outcome.label}”: " if outcome.label else ""


def _sentence(text: str) -> str:
    """Make a sentence of a clause; a name that it begins with, such as error_description, stays as it is."""
    if re.match(r"[a-z]+([ .,:;]|$)", text):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "…", "?", "!")) else f"{text}."


def _result(
    requirement: Requirement, check: Check | None, verdict: Verdict, **more: Any
) -> RequirementResult:
    scenarios = list(check.scenarios) if check else []
    evidence = [r for r in more.pop("evidence", []) if r.scenario or r.events]
    fallback = scenarios[0] if scenarios else ""
    refs = [
        r if r.scenario else EvidenceRef(scenario=fallback, case=r.case, events=r.events) for r in evidence
    ]
    return RequirementResult(
        id=requirement.id, spec=requirement.spec, section=requirement.section, level=requirement.level,
        basis=requirement.basis, statement=requirement.statement, verdict=verdict,
        check=check.sentence if check else "", scenarios=scenarios, evidence=refs, **more,
    )  # fmt: skip


def without_check(requirement: Requirement) -> RequirementResult:
    """Return the result of a row that no check judges: excluded, or planned."""
    if requirement.excluded:
        return _result(requirement, None, "excluded", reason=requirement.excluded)
    return _result(requirement, None, "planned", reason="Not yet checked: a check is planned.")


def repeated(requirement: Requirement, original: RequirementResult) -> RequirementResult:
    """Return the result of a row that repeats another: it shares its finding."""
    import msgspec

    return msgspec.structs.replace(
        original, id=requirement.id, spec=requirement.spec, section=requirement.section, level=requirement.level,
        basis=requirement.basis, statement=requirement.statement, same_as=original.id,
        reason=f"As {original.id}: {original.reason}",
    )  # fmt: skip


def waive(result: RequirementResult, waivers: Sequence[Waiver], today: date) -> RequirementResult:
    """Apply a waiver that is in force to a failure or a warning."""
    import msgspec

    if result.verdict not in ("fail", "warning"):
        return result
    for waiver in waivers:
        if waiver.requirement == result.id and date.fromisoformat(str(waiver.expires)) >= today:
            note = WaiverNote(reason=waiver.reason, expires=str(waiver.expires), verdict=result.verdict)
            return msgspec.structs.replace(result, verdict="waived", waiver=note)
    return result


def stale(waivers: Sequence[Waiver], results: Sequence[RequirementResult], today: date) -> list[str]:
    """Say which waivers no longer match a failure; rows that were not selected do not make one stale."""
    by_id = {result.id: result for result in results}
    found = []
    for waiver in waivers:
        result = by_id.get(waiver.requirement)
        if result is None or result.verdict in ("waived", "inconclusive", "not_tested"):
            continue
        if date.fromisoformat(str(waiver.expires)) < today:
            found.append(
                f"{waiver.requirement}: the waiver expired on {waiver.expires}; the row came out {result.verdict}"
            )
        else:
            found.append(f"{waiver.requirement}: waived, but it came out {result.verdict}")
    return found
