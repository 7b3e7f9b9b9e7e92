"""The end of a run in a terminal: what came out, what to act on, where the report lies."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from conformance.reports import outline
from conformance.reports.words import OVERALL, VERDICTS, Tone, counted, one_line, shorten, visible
from conformance.results import Results

if TYPE_CHECKING:
    from rich.text import Text

WIDTH = 80
LABEL = 10  # columns of "expected", "observed", "do"
MOST = 25  # rows of a kind that are written out; the report has all
NAMED = 4  # ids that are named where many rows share a cause

RATE_LIMITED = (
    "The provider limits the rate: {}, and sent again when it allowed. requests_per_second avoids that."
)
NOT_WHOLE = "The run is not whole: it was interrupted, or a scenario was not recorded."

_STYLES: dict[Tone, str] = {
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "open": "magenta",
    "quiet": "dim",
}

# A line is a list of pieces with the tone they have in a terminal; plain text forgets the tones.
_Piece = tuple[str, Tone | None]
_Line = list[_Piece]


def summary(results: Results, width: int = WIDTH, report: str = "") -> str:
    """The summary as plain text, no line longer than ``width`` except where one word is."""
    return (
        "\n".join("".join(text for text, _ in line).rstrip() for line in _lines(results, width, report))
        + "\n"
    )


def rich_summary(results: Results, width: int = WIDTH, report: str = "") -> "Text":
    """The same with colours, for `rich.console.Console.print`; the console heeds NO_COLOR."""
    from rich.text import Text

    text = Text(no_wrap=True, overflow="ignore")
    for line in _lines(results, width, report):
        for piece, tone in line:
            text.append(piece, style=_STYLES[tone] if tone else "")
        text.append("\n")
    return text


def _lines(results: Results, width: int, report: str) -> Iterator[_Line]:
    yield from _head(results, width)
    yield []
    yield from _specifications(results, width)
    fixes = outline.fixes(results)
    for kind, title in (
        ("fail", "Failures"),
        ("inconclusive", "Inconclusive MUSTs"),
        ("error", "Errors of the harness"),
    ):
        own = [fix for fix in fixes if fix.kind == kind]
        yield from _findings(title, own, width)
    yield from _findings("Sentences not tested", outline.untested_sentences(results), width)
    for kind, title in (("warning", "Warnings"), ("waived", "Waived")):
        yield from _ids(title, [fix for fix in fixes if fix.kind == kind], width)
    yield from _notices(results, width)
    yield []
    yield from _counts(results, width)
    if report:
        yield [("Report: ", None), (one_line(report), None)]


def _head(results: Results, width: int) -> Iterator[_Line]:
    sign, tone, _ = OVERALL[results.overall]
    yield [(shorten(f"{one_line(results.provider)}  {one_line(results.issuer)}", width), None)]
    yield [(f"{sign} {outline.overall(results)}", tone)]
    yield from _wrapped(outline.headline(results), width, "  ")


def _specifications(results: Results, width: int) -> Iterator[_Line]:
    """Those that decide, one line each; those leaned on only where something is to be said."""
    lines = outline.spec_lines(results)
    for line in lines:
        if line.spec.decides:
            yield _specification(line, width)
    troubled = [line for line in lines if not line.spec.decides and (line.failed or line.errors)]
    if troubled:
        yield []
        yield [("Leaned on, without a say in the verdict", "quiet")]
    for line in troubled:
        yield _specification(line, width)


def _specification(line: outline.SpecLine, width: int) -> _Line:
    sign, tone, _ = OVERALL[line.spec.verdict]
    verdict = f"{sign} {line.verdict}"
    held = f"{line.held} of {line.tried} {line.demands}" if line.tried else ""
    title = _short_title(line.spec.title)
    room = width - 36 - 15 - 2
    return [(f"  {shorten(title, room - 1):<{room}}", None), (f"{verdict:<36}", tone), (f"{held:>15}", None)]


def _short_title(title: str) -> str:
    """Without what all titles share: a line has few columns."""
    return one_line(title).removeprefix("OpenID Connect ").split(", errata")[0]


def _findings(title: str, fixes: Sequence[outline.Fix], width: int) -> Iterator[_Line]:
    if not fixes:
        return
    yield []
    yield [(f"{title} ({len(fixes)})", None)]
    groups = _by_reason(fixes)
    for group in groups[:MOST]:
        yield from _finding(group[0], width) if len(group) == 1 else _shared(group, width)
    left = sum(len(group) for group in groups[MOST:])
    if left:
        yield [(f"  and {left} more; the report has them all", "quiet")]


def _by_reason(fixes: Sequence[outline.Fix]) -> list[list[outline.Fix]]:
    """One cause is told once, however many rows it leaves open."""
    groups: dict[str, list[outline.Fix]] = {}
    for fix in fixes:
        open_row = fix.row.verdict in ("inconclusive", "not_tested")
        groups.setdefault(fix.row.reason if open_row else fix.row.id, []).append(fix)
    return list(groups.values())


def _shared(group: Sequence[outline.Fix], width: int) -> Iterator[_Line]:
    word = VERDICTS[group[0].row.verdict]
    ids = [fix.row.id for fix in group]
    named = ", ".join(ids[:NAMED]) + (f" and {len(ids) - NAMED} more" if len(ids) > NAMED else "")
    yield [(f"  {word.sign} ", word.tone), (named, None)]
    yield from _wrapped(group[0].row.reason.strip(), width, "    ")
    if group[0].row.enable:
        yield from _labelled("do", group[0].row.enable, width)


def _finding(fix: outline.Fix, width: int) -> Iterator[_Line]:
    row = fix.row
    word = VERDICTS[row.verdict]
    start = f"{word.sign} {row.id}  "
    first, *rest = list(
        _wrapped(row.reason.strip() or row.statement.strip() or "–", width, "    ", first=f"  {start}")
    )
    text = first[0][0].removeprefix(f"  {start}")
    yield [(f"  {start}", word.tone), (text, None)]
    yield from rest
    # What was asked and what came; where nothing came, what to do about it.
    for label, said in (("expected", row.expected), ("observed", row.observed), ("do", row.enable)):
        if said:
            yield from _labelled(label, said, width)


def _labelled(label: str, text: str, width: int) -> Iterator[_Line]:
    indent = " " * (4 + LABEL)
    lines = [line for part in text.splitlines() for line in _wrapped(part, width, indent, keep=True)]
    for number, line in enumerate(lines):
        shown = line[0][0].removeprefix(indent)
        yield [(f"    {label:<{LABEL}}" if number == 0 else indent, "quiet"), (shown, None)]


def _ids(title: str, fixes: Sequence[outline.Fix], width: int) -> Iterator[_Line]:
    if fixes:
        yield []
        yield [(f"{title} ({len(fixes)})", None)]
        yield from _wrapped(", ".join(fix.row.id for fix in fixes), width, "  ")


def _notices(results: Results, width: int) -> Iterator[_Line]:
    notices = [
        *([] if results.complete else [NOT_WHOLE]),
        *(f"Stale waiver, matches no failure any more: {name}" for name in results.stale_waivers),
        *(f"Left behind: {item}" for item in results.left_over),
        *(
            [RATE_LIMITED.format(results.environment["rate limited"])]
            if "rate limited" in results.environment
            else []
        ),
    ]
    if notices:
        yield []
    for notice in notices:
        for line in _wrapped(notice, width, "  ", first="! "):
            yield [(text, "warn") for text, _ in line]


def _counts(results: Results, width: int) -> Iterator[_Line]:
    """How many rows came out how, in the order of the legend."""
    numbers = {name: sum(row.verdict == name for row in results.requirements) for name in VERDICTS}
    parts = [f"{number} {VERDICTS[name].word}" for name, number in numbers.items() if number]
    yield from _wrapped(f"{counted(len(results.requirements), 'requirement')}: {', '.join(parts)}", width, "")


def _wrapped(
    text: str, width: int, indent: str, *, first: str | None = None, keep: bool = False
) -> Iterable[_Line]:
    """The text in lines; ``keep`` leaves its spaces, which mean something in lines of a config."""
    lines = textwrap.wrap(
        visible(text) if keep else one_line(text),
        width,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
    return [[(line, None)] for line in lines]
