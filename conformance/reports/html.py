"""The report for people: one HTML file, readable without JavaScript and without a network.

Everything in it that a provider sent is hostile input: Jinja2 escapes it, `visible` shows what would otherwise act,
and the policy in the head runs no script and loads nothing beyond what this module wrote.
"""

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.reports import appendix, cards, cookies, heard, matrix, outline
from conformance.reports.excerpt import EvidenceReader
from conformance.reports.words import OVERALL, VERDICTS, counted, is_must, one_line, verdict_word, visible
from conformance.results import Results

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def write_html(results: Results, evidence: EvidenceReader | None, target: Path) -> Path:
    """Write the report and return its path. Without evidence it has verdicts and reasons, but no wire."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.write_text(render(results, evidence), encoding="utf-8", newline="\n")
    part.replace(target)
    return target


def render(results: Results, evidence: EvidenceReader | None) -> str:
    """The report as a string."""
    style, script = _asset("style.css"), _asset("script.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            style=style,
            script=script,
            policy=_policy(style, script),
            **_content(results, evidence),
        )
    )


def _content(results: Results, evidence: EvidenceReader | None) -> dict[str, Any]:
    fixes = outline.fixes(results)
    lines = outline.spec_lines(results)
    reader = cards.Quiet(evidence)
    recorded = reader.scenarios(results)
    return {
        "results": results,
        "overall": OVERALL[results.overall],
        "overall_text": outline.overall(results),
        "headline": outline.headline(results),
        "deciding": [line for line in lines if line.spec.decides],
        "leaned_on": [line for line in lines if not line.spec.decides],
        "groups": [
            (kind, title, [fix for fix in fixes if fix.kind == kind])
            for kind, title in outline.KINDS.items()
            if any(fix.kind == kind for fix in fixes)
        ],
        "cards": cards.build(results, fixes, reader),
        "matrix": matrix.build(results, fixes, reader),
        "heard": heard.tables(recorded),
        "channels": [title for _, title in heard.CHANNELS],
        "cookies": cookies.table(recorded),
        "appendix": appendix.build(results, lines, evidence),
        "verdicts": VERDICTS,
    }


@cache
def _environment() -> "Environment":
    # Imported here: `list` and `explain` must not pay for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        overall_words=OVERALL, words=VERDICTS, verdict_word=verdict_word, is_must=is_must, counted=counted
    )
    environment.filters.update(one_line=one_line)
    return environment


def _finalize(value: Any) -> Any:
    """Make every text visible before it is escaped; markup of our own passes."""
    return visible(value) if type(value) is str else value


@cache
def _asset(name: str) -> Any:
    from markupsafe import Markup

    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _policy(style: str, script: str) -> str:
    """The content security policy: this style, this script, images from data URIs, nothing else."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
