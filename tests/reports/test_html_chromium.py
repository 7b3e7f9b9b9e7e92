"""The report in a browser: light and dark, wide and narrow, with and without its script."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, sync_playwright

from conformance.evidence.own_cookies import SCENARIO
from conformance.evidence.store import Evidence
from conformance.provider.chromium import find, launch_options
from conformance.reports.html import write_html
from tests.reports.support import Memory, evidence, opened, results, row, with_rows
from tests.reports.test_html import hostile_page

REFERENCE = Path(__file__).parents[2] / "fixtures" / "evidence" / "reference"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_html(results(), evidence(), tmp_path_factory.mktemp("run") / "report.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, playwright.chromium.launch(**launch_options(find())) as started:
        yield started


@pytest.fixture(scope="module")
def cookies_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with the table of cookies, which the made-up run has not."""
    recorded = Evidence(REFERENCE).scenario(SCENARIO)
    assert recorded is not None
    reader = Memory(evidence().run, {SCENARIO: recorded}, {})
    run = with_rows(row(scenarios=[SCENARIO]))
    return write_html(run, reader, tmp_path_factory.mktemp("cookies") / "report.html")


@pytest.mark.parametrize(
    ("scheme", "size"),
    [("light", PHONE), ("dark", WIDE), ("dark", PHONE)],
    ids=["phone", "dark", "dark phone"],
)
def test_the_table_of_cookies_fits(browser: Browser, cookies_report: Path, scheme: str, size: dict[str, int]):
    with opened(browser, cookies_report, color_scheme=scheme, viewport=size) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
        assert (
            page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('#cookies .scroll'))")
            == 0
        )
        found = Axe().run(page, "#cookies").response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", PHONE)], ids=["light", "dark"])
def test_it_is_accessible(browser: Browser, report: Path, scheme: str, size: dict[str, int]):
    with opened(browser, report, color_scheme=scheme, viewport=size) as page:
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_page_does_not_scroll_sideways(browser: Browser, report: Path, size: dict[str, int]):
    with opened(browser, report, viewport=size) as page:
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


def test_nothing_is_refused_by_the_policy_and_nothing_fetched(browser: Browser, report: Path):
    with opened(browser, report) as page:
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_it_can_be_read_without_its_script(browser: Browser, report: Path):
    with opened(browser, report, java_script_enabled=False) as page:
        assert page.get_by_role("heading", name="Acme ID 8.2").is_visible()
        assert page.locator("#card-RPI-3-05 .finding").first.is_visible()
        assert page.locator("details.row").first.is_visible()
        assert not page.locator("#filter").is_visible()
        assert not page.locator(".copy").first.is_visible()


def visible_rows(page: Any) -> list[str]:
    return page.eval_on_selector_all(
        "details.row", "rows => rows.filter(r => r.checkVisibility()).map(r => r.id)"
    )


def test_the_filter_finds_by_id_text_and_verdict(browser: Browser, report: Path):
    with opened(browser, report) as page:
        page.get_by_role("searchbox", name="Find").fill("near miss")
        assert visible_rows(page) == []
        page.get_by_role("searchbox", name="Find").fill("rpi-3-05")
        assert visible_rows(page) == ["RPI-3-05"]
        page.get_by_role("searchbox", name="Find").fill("")
        page.get_by_role("combobox", name="Verdict").select_option("fail")
        assert visible_rows(page) == ["RPI-2-37a", "RPI-3-05", "BCL-2.3-01", "BCL-2.4-04", "BCP-4.11.2-01"]
        assert page.locator("#found").text_content() == "5 of 350"


def test_a_link_to_a_requirement_opens_it(browser: Browser, report: Path):
    with opened(browser, report) as page:
        page.goto(f"{report.as_uri()}#CORE-2-02")
        page.locator("[id='CORE-2-02'] .inside").wait_for()


def test_a_command_can_be_copied(browser: Browser, report: Path):
    with opened(browser, report, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.locator("[id='card-BCL-2.4-04'] .copy").click()
        page.get_by_role("button", name="Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "logout-conformance run acme.yaml --only BCL-2.4-04"


def test_in_print_every_card_is_open(browser: Browser, report: Path):
    with opened(browser, report) as page:
        page.emulate_media(media="print")
        assert page.locator("#card-FCL-3-02 .finding").first.is_visible()
        assert not page.locator("nav").is_visible()


def test_a_hostile_provider_runs_nothing(browser: Browser, tmp_path: Path):
    target = tmp_path / "report.html"
    target.write_text(hostile_page(), encoding="utf-8")
    with opened(browser, target) as page:
        assert page.evaluate("window.hacked === undefined")
        assert page.locator("img").count() == 0
        assert page.locator("details.row").count() == 350
