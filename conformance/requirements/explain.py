"""One row for a reader who has never opened the document: ``logout-conformance explain ID``."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import msgspec

from conformance.requirements.checks import Check, find_checks
from conformance.requirements.load import Catalogue, catalogue
from conformance.requirements.model import Basis, Condition, Power, Requirement, Section, Specification
from conformance.requirements.status import Status, status

WIDTH = 80
INDENT = "  "

_VERDICTS: dict[Power, str] = {
    "must": "An absolute demand: held is a pass, broken is a fail.",
    "should": "A strong recommendation with room for good reasons: held is a pass, broken is a warning.",
    "may": "A choice of the provider: either way it is a note, never a failure.",
}
_BASES: dict[Basis, str] = {
    "keyword": "The document says so with an upper-case key word of RFC 2119.",
    "lowercase": "The document uses the word in lower case; it is read with the same strength.",
    "declarative": "The document states it as a fact, without a key word; it is read with this strength.",
    "consequence": "No sentence of its own: it follows strictly from other rows and has their strength.",
    "documented": "The provider's own documentation says so, in the words of its contract.",
    "open": "The documentation leaves it open: what the provider does is tried and told.",
    "practice": "Advice or a precondition that the document does not demand; never as strong as a MUST.",
}
_PARTIES = {
    "OP": "The provider (OpenID Provider, authorization server)",
    "RP": "The application (relying party, client)",
    "both": "The provider and the application",
}


class Fault(msgspec.Struct, frozen=True):
    """A fault of the reference provider under which the row turns to broken."""

    name: str
    does: str
    where: str  # file:line of what changes the provider's behaviour


class Recording(msgspec.Struct, frozen=True):
    """A scenario that records what a check reads."""

    name: str
    where: str  # file:line


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is to say about one row; ``render`` turns it into text."""

    requirement: Requirement
    specification: Specification
    section: Section
    address: str
    conditions: tuple[Condition, ...]
    status: Status
    faults: tuple[Fault, ...] = ()
    without_fault: str = ""
    recordings: tuple[Recording, ...] = ()
    repeated_by: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    original: Requirement | None = None
    speaks: str = ""  # the contract that the reference provider has to speak for it


def explain(
    id: str,
    faults: Mapping[str, Sequence[Fault]] | None = None,
    without_fault: Mapping[str, str] | None = None,
    recordings: Mapping[str, Sequence[Recording]] | None = None,
    *,
    source: Catalogue | None = None,
    checks: Mapping[str, Check] | None = None,
    speaks: str = "",
) -> Explanation:
    """Explain the row of this id; ``faults`` maps a row to those that prove it.

    ``without_fault`` maps the others to the reason why there is none, ``recordings`` a row to the scenarios that
    record for it.

    A row that repeats another takes act, conditions, scenarios and faults from it. Raises UnknownRequirement.
    """
    source = source or catalogue()
    row = source[id]
    original = source[row.same_as] if row.same_as else None
    judged = original or row
    return Explanation(
        requirement=row,
        specification=source.specifications[row.spec],
        section=source.section(row),
        address=source.address(row),
        conditions=tuple(source.conditions[name] for name in judged.applies),
        status=status(row, source, find_checks() if checks is None else checks),
        faults=tuple((faults or {}).get(judged.id, ())),
        without_fault=(without_fault or {}).get(judged.id, ""),
        recordings=tuple((recordings or {}).get(judged.id, ())),
        repeated_by=source.repeats(row.id),
        derived=source.derived(row.id),
        original=original,
        speaks=speaks,
    )


def render(explanation: Explanation) -> str:
    """The explanation as plain text of 80 columns, without colour or markup."""
    row = explanation.requirement
    judged = explanation.original or row
    parts = [
        f"{row.id}  {row.level}",
        _wrap(row.statement),
        _document(explanation),
        _titled("Weight", _weight(row, judged)),
        _titled("Basis", _BASES[row.basis]),
        _titled("Binds", f"{_PARTIES[row.party]}."),
        _titled("Applies when", _conditions(explanation)),
        _titled("How it is observed", judged.act),
        _titled("Held", judged.held),
        _titled("Broken", judged.broken),
        _titled("Note", _notes(row, explanation.original)),
        _titled("Row", _file(explanation)),
        _titled("Status", _status(explanation)),
        _titled("Evidence", _evidence(explanation)),
        _titled("Proof that it can fail", _proof(explanation)),
        _titled("Related rows", _related(explanation)),
        _titled("Run only this row", _commands(explanation), verbatim=True),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _document(explanation: Explanation) -> str:
    """What the document is, and where in it the row stands; the address stays on one line to be clicked."""
    spec, section = explanation.specification, explanation.section
    date = f" ({spec.date})" if spec.date else ""
    place = f"{spec.title}{date}, section {explanation.requirement.section}, {section.title}"
    address = [f"{INDENT}{explanation.address}"] if explanation.address else []
    return "\n".join(["Document", _wrap(place), *address, _wrap(spec.introduction)])


def _weight(row: Requirement, judged: Requirement) -> str:
    """The verdict follows the row that is judged, which for a repetition is the original."""
    level = row.level if row is judged else f"{row.level}, judged as {judged.id} ({judged.level})"
    return f"{level}. {_VERDICTS[judged.power]}"


def _conditions(explanation: Explanation) -> str | None:
    if not explanation.conditions:
        return None
    return "\n".join(f"- {_condition(condition)}" for condition in explanation.conditions)


def _condition(condition: Condition) -> str:
    if condition.id == "always":
        return condition.means
    verdict = condition.when_false.replace("_", " ")
    return f"{condition.means} Otherwise {verdict} (needs {condition.needs})."


def _notes(row: Requirement, original: Requirement | None) -> str | None:
    notes = [row.note, original.note if original else None]
    return "\n".join(note for note in notes if note) or None


def _file(explanation: Explanation) -> str | None:
    """The file of the catalogue; a row of a contract has its file and line where its check stands."""
    spec = explanation.specification
    return None if spec.role == "documented" else f"Written in conformance/requirements/data/{spec.id}.yaml."


def _status(explanation: Explanation) -> str:
    found = explanation.status
    if found.check is None:
        return f"{found.state.replace('_', ' ').capitalize()}. {found.reason}"
    sentence = f"{found.reason} Checked by {found.check.function}, {found.check.where}:".lstrip()
    return f"{sentence}\n{found.check.sentence}"


def _evidence(explanation: Explanation) -> str | None:
    """Who records what the check reads, and the file within the folder of a run."""
    files = [f"{one.name}, {one.where}, into evidence/{one.name}.json" for one in explanation.recordings]
    if len(files) == 1:
        return f"Recorded by scenario {files[0]}."
    return "\n".join(["Recorded by scenarios", *(f"- {file}" for file in files)]) if files else None


def _proof(explanation: Explanation) -> str | None:
    if not explanation.faults:
        why = explanation.without_fault
        return f"By edits of recorded evidence alone. {why}" if why else None
    lead = "The reference provider breaks it on purpose with"
    return "\n".join([lead, *(f"- {one.name}, {one.where}: {one.does}" for one in explanation.faults)])


def _related(explanation: Explanation) -> str | None:
    row = explanation.requirement
    groups = {
        "repeats": (row.same_as,) if row.same_as else (),
        "follows from": row.derives_from,
        "repeated by": explanation.repeated_by,
        "leads to": explanation.derived,
    }
    return "\n".join(f"{name} {', '.join(ids)}" for name, ids in groups.items() if ids) or None


def _commands(explanation: Explanation) -> str | None:
    """The commands exist only for a row that has a check; a repetition runs the original's."""
    if explanation.status.check is None:
        return None
    only = f"--only {explanation.status.check.id}"
    demo = f"logout-conformance demo{f' --speak {explanation.speaks}' if explanation.speaks else ''}"
    demos = [f"{demo} --fault {fault.name} {only}" for fault in explanation.faults]
    return "\n".join([f"logout-conformance run CONFIG {only}", *demos])


def _titled(title: str, text: str | None, *, verbatim: bool = False) -> str:
    if not text:
        return ""
    body = textwrap.indent(text, INDENT) if verbatim else _wrap(text)
    return f"{title}\n{body}"


def _wrap(text: str) -> str:
    """Wrap each line; a line that begins with a dash hangs under its own text. Names are never broken."""
    return "\n".join(_wrap_line(line) for line in text.splitlines())


def _wrap_line(line: str) -> str:
    hang = INDENT + INDENT if line.startswith("- ") else INDENT
    return textwrap.fill(
        line,
        WIDTH,
        initial_indent=INDENT,
        subsequent_indent=hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
