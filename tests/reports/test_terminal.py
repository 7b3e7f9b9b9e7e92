"""The summary at the end of a run."""

import io

import msgspec
import pytest
from rich.console import Console

from conformance.reports.terminal import rich_summary, summary
from tests.reports.support import results, row, with_rows

REPORT = "reports/acme-id-8.2/2026-03-09T14-02-11Z/report.html"


@pytest.mark.parametrize("width", [80, 100])
def test_no_line_is_wider_than_the_terminal(width: int):
    assert max(map(len, summary(results(), width, REPORT).splitlines())) <= width


def test_the_order_is_the_order_of_urgency():
    text = summary(results(), report=REPORT)
    parts = [
        "non-conformant",
        "RP-Initiated",
        "Failures (5)",
        "Inconclusive MUSTs (1)",
        "Warnings (2)",
        "Report: ",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_a_failure_says_what_was_expected_and_observed():
    text = summary(with_rows(row()))
    assert text.count("BCL-2.4-04") == 1
    assert "    expected  exp is a JSON number later than the arrival of the token.\n" in text
    assert "    observed  exp is absent from the Logout Token that reached RP1.\n" in text


def test_advice_keeps_the_lines_of_the_config():
    one = row("SM-3.2-09", enable="browser:\n  third_party_cookies: allowed")
    assert "    do        browser:\n                third_party_cookies: allowed\n" in summary(with_rows(one))


def test_many_failures_are_cut_with_a_word():
    text = summary(with_rows(*(msgspec.structs.replace(row(), id=f"X-{n}") for n in range(40))))
    assert "and 15 more; the report has them all" in text


def test_a_hostile_provider_cannot_write_on_the_terminal():
    run = with_rows(row(observed="\x1b]0;owned\x07 \x1b[2J\u202e"), provider="\x1b[31mred")
    assert "\x1b" not in summary(run)
    assert "\u202e" not in summary(run)


def test_stale_waivers_and_what_was_left_are_said():
    text = summary(with_rows(row(), stale_waivers=["RPI-2-21"], left_over=["client x"], complete=False))
    assert "! Stale waiver, matches no failure any more: RPI-2-21" in text
    assert "! Left behind: client x" in text
    assert "The run is not whole" in text


def test_a_limited_rate_is_said():
    text = summary(with_rows(row(), environment={"rate limited": "3 requests were answered 429"}))
    assert "! The provider limits the rate: 3 requests were answered 429" in text


def test_the_coloured_variant_says_the_same():
    rich = rich_summary(results(), report=REPORT).plain
    assert [line.rstrip() for line in rich.splitlines()] == summary(results(), report=REPORT).splitlines()


def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    target = io.StringIO()
    Console(file=target, force_terminal=True, width=80).print(rich_summary(results()))
    assert "\x1b[3" not in target.getvalue()


def test_markup_of_rich_in_a_name_is_text():
    target = io.StringIO()
    Console(file=target, width=80).print(rich_summary(with_rows(row(), provider="[bold]Acme[/bold]")))
    assert "[bold]Acme[/bold]" in target.getvalue()
