"""The words and signs for verdicts: one table for every view, so that no two views differ."""

import unicodedata
from collections.abc import Mapping
from typing import Literal

import msgspec

from conformance.results import RequirementResult, Verdict

Tone = Literal["good", "bad", "warn", "open", "quiet"]

MUST_LEVELS = frozenset({"MUST", "MUST NOT", "SHALL", "SHALL NOT", "REQUIRED", "documented"})


class Word(msgspec.Struct, frozen=True):
    """How a verdict is shown: a sign, a word, its tone, and one sentence that defines it."""

    sign: str
    word: str
    tone: Tone
    meaning: str


VERDICTS: Mapping[Verdict, Word] = {
    "fail": Word(
        "✗", "fail", "bad", "A MUST, or a sentence of the provider's own documents, was seen to be broken."
    ),
    "error": Word(
        "‼", "error", "bad", "The harness itself failed here; this says nothing about the provider."
    ),
    "inconclusive": Word(
        "?",
        "inconclusive",
        "open",
        "The run should have shown it and did not. Never counted as a pass; a MUST left so makes the run incomplete.",
    ),
    "warning": Word("!", "warning", "warn", "A SHOULD or a recommendation was seen not to be followed."),
    "waived": Word(
        "~",
        "waived",
        "warn",
        "Found broken, and accepted for a time by the configuration, for the reason it gives.",
    ),
    "pass": Word("✓", "pass", "good", "What was observed is what the sentence asks for."),
    "note": Word("i", "note", "quiet", "A choice that the document leaves open: recorded, never judged."),
    "not_tested": Word(
        "○",
        "not tested",
        "open",
        "The configuration cannot show it; the report names the lines that would enable it.",
    ),
    "not_applicable": Word(
        "–",
        "not applicable",
        "quiet",
        "A condition of the sentence is false for this provider, with evidence.",
    ),
    "excluded": Word("×", "excluded", "quiet", "Cannot be observed from outside; the reason is given."),
    "planned": Word(
        "…", "not yet checked", "quiet", "Can be observed; this version of the suite has no check for it."
    ),
}

OVERALL: Mapping[str, tuple[str, Tone, str]] = {
    "conformant": ("✓", "good", "Every MUST that was tested held."),
    "conformant with warnings": (
        "!",
        "warn",
        "Every MUST that was tested held; some recommendations are not followed.",
    ),
    "non-conformant": (
        "✗",
        "bad",
        "At least one MUST, or a sentence of the provider's own documents, is broken.",
    ),
    "incomplete": ("?", "open", "Nothing was found broken, but a MUST that should have been shown was not."),
    "error": ("‼", "bad", "The harness itself failed; this says nothing about the provider."),
    "not offered": ("–", "quiet", "The provider does not offer this mechanism."),
    "observed": ("·", "quiet", "No sentence demands it: notes of what was seen."),
    "not run": ("○", "quiet", "Nothing of it was run."),
}

# Characters that a terminal or a browser would act on instead of showing them.
_KEPT = frozenset("\n\t")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def is_must(row: RequirementResult) -> bool:
    """Whether a broken row is a failure. Practice is advice and never one."""
    return row.level in MUST_LEVELS and row.basis != "practice"


def verdict_word(row: RequirementResult) -> str:
    """The word for a row's verdict; a note says which way it went."""
    word = VERDICTS[row.verdict].word
    return f"{word}: {row.does}" if row.verdict == "note" and row.does else word


def visible(text: str) -> str:
    r"""Show what would otherwise act: controls, text direction, lone surrogates become \u{202e}."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_show(char) for char in text)


def one_line(text: str) -> str:
    """The text without line breaks, for views that give a finding one line."""
    return visible(" ".join(text.split()))


def shorten(text: str, length: int) -> str:
    """The text in at most ``length`` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 warning, 2 warnings."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _show(char: str) -> str:
    if char in _KEPT or unicodedata.category(char) not in _HIDDEN:
        return char
    return f"\\u{{{ord(char):x}}}"
