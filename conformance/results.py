"""results.json: the product of a run. Reports are views of it.

The JSON Schema stands beside this file (results.schema.json); `schema_version` changes with it.
"""

from typing import Any, Literal

import msgspec

SCHEMA_VERSION = 1

Verdict = Literal[
    "pass",
    "fail",
    "warning",
    "note",
    "inconclusive",
    "not_tested",
    "not_applicable",
    "excluded",
    "planned",
    "error",
    "waived",
]
SpecificationVerdict = Literal[
    "conformant",
    "conformant with warnings",
    "non-conformant",
    "incomplete",
    "not offered",
    "not run",
    "observed",
]
Overall = Literal[
    "conformant",
    "conformant with warnings",
    "non-conformant",
    "incomplete",
    "error",
    "not offered",
    "observed",
]


class EvidenceRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which events of which scenario a finding rests on, the telling ones first."""

    scenario: str
    case: str = ""
    events: list[int] = []


class CaseFinding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was found in one case of a scenario (a check may look at many)."""

    case: str
    finding: Literal["held", "broken", "undecided"]
    expected: str = ""
    observed: str = ""
    evidence: list[EvidenceRef] = []


class WaiverNote(msgspec.Struct, frozen=True, kw_only=True):
    """The waiver that turned a failure into `waived`."""

    reason: str
    expires: str
    verdict: Verdict  # what it would have been


class RequirementResult(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one requirement, and why."""

    id: str
    spec: str
    section: str
    level: str
    basis: str
    statement: str
    verdict: Verdict
    heading: str = ""  # of the section
    address: str = ""  # of the section, where the document is published
    act: str = ""  # what is sent: rows of the provider's own documents, which no catalogue explains
    note: str = ""  # likewise: what is good to know
    reason: str = ""  # one paragraph: why this verdict, for a reader
    expected: str = ""
    observed: str = ""
    enable: str = ""  # not tested: config lines that would enable it
    check: str = ""  # sentence of the check
    does: str = ""  # notes only: "does" or "does not"
    same_as: str = ""
    scenarios: list[str] = []
    cases: list[CaseFinding] = []
    evidence: list[EvidenceRef] = []
    waiver: WaiverNote | None = None


class SpecificationResult(msgspec.Struct, frozen=True, kw_only=True):
    """One specification's verdict and how its rows came out."""

    id: str
    title: str
    role: str  # logout, documented: decides the exit code; leaned_on: reported
    verdict: SpecificationVerdict
    counts: dict[str, int] = {}
    address: str = ""  # where the document is published

    @property
    def decides(self) -> bool:
        """Whether it decides the exit code."""
        return self.role != "leaned_on"


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of results.json."""

    schema_version: int
    suite_version: str
    catalogue: str  # digest of the catalogue's rows
    provider: str
    issuer: str
    started: str
    finished: str
    complete: bool  # false: interrupted, or not every selected scenario was recorded
    overall: Overall
    exit_code: int
    specifications: list[SpecificationResult]
    requirements: list[RequirementResult]
    stale_waivers: list[str] = []
    left_over: list[str] = []
    unattributed: int = 0
    environment: dict[str, Any] = {}
    selection: list[str] = []
    command: str = ""  # what runs this provider again: "logout-conformance run op.yaml"
