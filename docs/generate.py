"""Writes the pages of docs/ that are made from data: `make docs`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

from conformance.reference.switches import Fault, Profile, SpokenContract, faults, profiles, spoken_contracts
from conformance.reference.without_fault import WITHOUT_FAULT, WithoutFault
from conformance.requirements import catalogue, listing

HERE = Path(__file__).parent

FAULTS = """\
# Proof that checks can fail

<!-- Written by `make docs`; edit faults/, profiles.py and without_fault.py of conformance/reference/ instead. -->

A check that is always green proves nothing. So the embedded reference provider breaks the rules on purpose, one *fault*
at a time, and a fault must turn the rows that are named with it. Beside them only its *companions* may turn: rows that
cannot hold either while this is broken, each with the reason. Anything else that turns is a mistake of the suite, and
`make faults`, which runs the full suite against every fault, ends with an error.

The opposite matters as much: under a *conforming profile*, another way of doing it right, no row may be red.

```
logout-conformance demo --fault {example}
logout-conformance reference --fault {example}     # serve it, and look yourself
```

{number} faults turn {rows} of the {checked} rows that bind a provider and can be observed.
`logout-conformance explain ID` says what a row demands.
Every check is also turned by an edit of recorded evidence, in `tests/suite/edits/`.
{groups}

## Rows proven by edits alone, and why

| rows | level | why there is no fault |
|---|---|---|
{without}

## Conforming profiles

| profile | how it differs |
|---|---|
{profiles}

# Contracts that the reference provider speaks

Spoken, a contract ([contracts.md](contracts.md)) has no red row; each fault turns the rows that are named with it.

```
logout-conformance demo --speak {contract} --fault {spoken_fault}
```
{spoken}
"""
HEAD = ("| fault | what the provider does | must turn | may turn along |", "|---|---|---|---|")


def faults_page() -> str:
    """Return the page of faults and profiles."""
    every = faults()
    rows = {row for fault in every for row in fault.rows}
    observable = [row for row in catalogue().requirements.values() if row.binds_provider and not row.excluded]
    return FAULTS.format(
        example=every[0].name,
        number=len(every),
        rows=len(rows),
        checked=len(observable),
        groups="\n".join(_groups(every)),
        without="\n".join(map(_without_line, WITHOUT_FAULT)),
        profiles="\n".join(map(_profile_line, profiles())),
        contract=spoken_contracts()[0].name,
        spoken_fault=faults(spoken_contracts()[0].name)[0].name,
        spoken="\n".join(map(_spoken, spoken_contracts())),
    )


def _spoken(one: SpokenContract) -> str:
    """Return the section of a contract."""
    lines = ["", f"## {one.name}", "", one.does, "", *HEAD]
    return "\n".join([*lines, *map(_fault_line, faults(one.name))])


def _groups(every: Iterable[Fault]) -> Iterator[str]:
    """Yield a section for each file of faults; its first line says what they have in common."""
    for module, group in groupby(every, key=lambda fault: fault.change.__module__):
        title = (sys.modules[module].__doc__ or "").splitlines()[0].rstrip(".")
        yield "\n".join(["", f"## {title}", "", *HEAD, *map(_fault_line, group)])


def _fault_line(fault: Fault) -> str:
    does = _cell(f"{fault.does} {' '.join(fault.doc.split())}".strip())
    return f"| `{fault.name}` | {does} | {_together(fault.rows)} | {_cell(_companions(fault.companions))} |"


def _companions(companions: Mapping[str, str]) -> str:
    """Return the rows of each reason together, the reason behind them."""
    by_reason: dict[str, list[str]] = {}
    for row, reason in companions.items():
        by_reason.setdefault(reason, []).append(row)
    return "; ".join(f"{_together(rows)}: {reason}" for reason, rows in by_reason.items()) or "–"


def _without_line(group: WithoutFault) -> str:
    levels = dict.fromkeys(catalogue().requirements[row].level for row in group.rows)
    shown = f" ({_together(f'`{name}`' for name in group.switches)})" if group.switches else ""
    return f"| {_together(group.rows)} | {_together(levels)} | {_cell(group.reason)}{shown} |"


def _profile_line(profile: Profile) -> str:
    return f"| `{profile.name}` | {_cell(profile.does)} |"


def _together(rows: Iterable[str]) -> str:
    return ", ".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


COVERAGE = """\
# What is checked, and what is not

<!-- Written by `make docs`; edit conformance/requirements/data/ instead. -->

{total}. A row that repeats another one counts as checked. *Out of scope* are the rows that bind relying parties.

| document | rows | checked | excluded | planned | out of scope |
|---|---|---|---|---|---|
{documents}

## Excluded rows

They bind the provider, and nothing that can be done from outside shows whether they hold.

| row | level | what it demands | why it is excluded |
|---|---|---|---|
{excluded}
"""


def coverage_page() -> str:
    """Return the page that counts the rows of every document and gives the reason of every excluded one."""
    source = catalogue()
    every = listing.listing()
    excluded = [row for row in every if row.status == "excluded"]
    return COVERAGE.format(
        total=listing.counts(every),
        documents="\n".join(
            _document_line(source.specifications[spec].title, list(group))
            for spec, group in groupby(every, key=lambda row: row.spec)
        ),
        excluded="\n".join(
            f"| {row.id} | {row.level} | {_cell(source.requirements[row.id].statement)} | {_cell(row.reason)} |"
            for row in excluded
        ),
    )


def _document_line(title: str, rows: list[listing.Row]) -> str:
    states = Counter(row.status for row in rows)
    numbers = (len(rows), *(states[state] for state in ("check", "excluded", "planned", "out_of_scope")))
    return f"| {title} | {' | '.join(map(str, numbers))} |"


FILES: dict[Path, Callable[[], str]] = {HERE / "faults.md": faults_page, HERE / "coverage.md": coverage_page}


def main() -> None:
    """Write every generated page."""
    for path, page in FILES.items():
        path.write_text(page(), encoding="utf-8")
        print(f"{path.parent.name}/{path.name}")


if __name__ == "__main__":
    main()
