"""The report as a document: order, honesty, and what a hostile provider can do to it."""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conformance.evidence.events import Page, Run, ScenarioEvidence
from conformance.reports.cards import PICTURE
from conformance.reports.html import TEMPLATES, render, write_html
from conformance.results import Results
from tests.reports.support import FOLDER, Memory, evidence, parsed, results, row, with_rows

PNG = b"\x89PNG\r\n\x1a\n"
HOSTILE = (
    '"\'--></title></style></script><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    "\u202e{{7*7}}"
)
OURS = re.compile(r"#|evidence/|https://openid\.net/specs/|https://www\.rfc-editor\.org/rfc/")


@pytest.fixture(scope="module")
def page() -> str:
    return render(results(), evidence())


@pytest.fixture(scope="module")
def document(page: str) -> Any:
    return parsed(page)


def words(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def test_the_verdict_comes_first_and_in_words(document: Any):
    title = document.findtext(".//title")
    assert title == "✗ non-conformant · Acme ID 8.2 · logout conformance"
    first = document.find(".//header/p[@class='overall bad']")
    assert "Non-conformant 82 of 87 MUSTs held, 4 broken" in words(first)
    assert "%" not in words(document.find(".//header"))


def test_the_first_card_is_the_first_failing_must(document: Any):
    cards = document.findall(".//details[@class='card']")
    assert cards[0].get("id") == "card-RPI-2-37a"
    assert [card.get("open") is not None for card in cards] == [True] * 5 + [False] * 5


def test_the_fix_list_has_the_order_of_the_cards(document: Any):
    listed = [link.get("href") for link in document.xpath("//ul[@class='fixes']/li/div/p[1]/a")]
    assert listed == [f"#{card.get('id')}" for card in document.findall(".//details[@class='card']")]


def test_every_requirement_has_an_anchor_in_the_order_of_the_documents(document: Any):
    rows = [row.get("id") for row in document.findall(".//details[@class='row']")]
    assert rows == [row.id for row in results().requirements]
    assert not document.xpath("//details[@class='row' and @open]")


def test_every_link_in_the_page_leads_somewhere(document: Any):
    ids = set(document.xpath("//@id"))
    assert len(ids) == len(document.xpath("//@id"))
    assert {href[1:] for href in document.xpath("//a/@href") if href.startswith("#")} <= ids


def test_a_verdict_is_a_sign_and_a_word(document: Any):
    for badge in document.xpath("//span[contains(@class, 'badge')]"):
        assert re.search("[a-z]{3}", words(badge))
        assert badge.find("span").get("aria-hidden") == "true"


def test_a_card_has_all_that_an_argument_needs(document: Any):
    text = words(document.get_element_by_id("card-BCL-2.4-04"))
    for part in (
        "The Logout Token has no exp claim.",
        "Expected exp is a JSON number",
        "Observed exp is absent",
        "section 2.4, Logout Token",
        "exp 1773065236 2026-03-09 14:07:16 UTC absent ✗ broken",
        "POST https://rp1.test/backchannel",
        "signature verified, RS256",
        "logout-conformance run acme.yaml --only BCL-2.4-04",
        "REQUIRED since errata set 1",
    ):
        assert part in text


def test_cases_show_the_broken_ones_first_and_their_command(document: Any):
    card = document.get_element_by_id("card-RPI-3-05")
    assert "6 cases, 2 broken Case Finding Expected Observed query added ✗ broken" in words(card)
    assert "--only RPI-3-05 --case 'query added'" in words(card)


def test_what_the_finding_rests_on_is_marked(document: Any):
    told = document.get_element_by_id("card-BCL-2.3-01").xpath(".//li[@class='told']")
    assert ["nothing came in 14.2 s" in words(line) for line in told] == [False, True]


def test_a_picture_is_in_the_page_once(document: Any):
    images = document.findall(".//img")
    assert len(images) == 1
    assert images[0].get("src").startswith("data:image/png;base64,")
    assert images[0].get("alt") == "Confirmation page: Sign out?"
    assert "shown above" in words(document.get_element_by_id("card-BCL-2.4-04"))


@pytest.mark.parametrize("content", [PNG + bytes(PICTURE), b"GIF89a", b""])
def test_a_picture_that_is_too_large_or_none_is_a_link(content: bytes):
    made_up = evidence()
    scenarios = {name: scenario for name in made_up.names() if (scenario := made_up.scenario(name))}
    document = parsed(
        render(results(), Memory(made_up.run, scenarios, {"logout_at_two_rps-12.png": content}))
    )
    assert not document.findall(".//img")
    assert document.xpath("//figcaption/a[@href='evidence/logout_at_two_rps-12.png']")


def test_the_appendix_tells_what_is_missing(document: Any):
    enabling = words(document.get_element_by_id("not-tested"))
    assert "Needs a second user. RPI-2-34" in enabling
    assert "password: {env: SECOND_PASSWORD}" in enabling
    assert "RPI-1.2-01" in words(document.get_element_by_id("coverage"))
    environment = words(document.get_element_by_id("environment"))
    assert "client rp3-7f3a: DELETE was answered 403" in environment
    assert "GET https://rp1.test/favicon.ico" in environment
    assert "logout-conformance replay FOLDER" in environment


def test_who_heard_what(document: Any):
    heard = words(document.get_element_by_id("heard"))
    assert "rp1 (began the logout) not registered +388 ms +450 ms" in heard
    assert "rp2 not registered nothing in 14.2 s no" in heard
    assert "rp3 (no login) nothing in 9.0 s" in heard


def test_the_policy_lets_in_only_what_is_written_here(page: str, document: Any):
    (policy,) = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert not document.xpath("//@style")


def test_nothing_is_loaded_from_elsewhere(document: Any):
    assert not document.xpath("//link | //iframe | //object | //embed | //base | //script[@src]")
    assert all(source.startswith("data:image/") for source in document.xpath("//@src"))
    assert "url(" not in (TEMPLATES / "style.css").read_text(encoding="utf-8")


def test_the_script_is_small():
    assert len((TEMPLATES / "script.js").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_file_is_written_whole(tmp_path: Path):
    target = tmp_path / "new" / "report.html"
    assert write_html(results(), evidence(), target) == target
    assert target.read_text(encoding="utf-8") == render(results(), evidence())
    assert list(target.parent.iterdir()) == [target]
    assert b"\r" not in target.read_bytes()


def test_the_page_names_no_folder_of_the_machine(page: str):
    assert str(FOLDER.parent) not in page


def test_without_evidence_there_are_still_verdicts_and_reasons():
    document = parsed(render(results(), None))
    text = words(document.get_element_by_id("card-BCL-2.4-04"))
    assert "The Logout Token has no exp claim." in text
    assert "does not lie beside the results" in text


def test_a_run_without_findings_says_so():
    text = words(
        parsed(render(with_rows(row("BCL-2.4-01", verdict="pass"), overall="conformant", left_over=[]), None))
    )
    assert "Nothing. Every requirement that was tested held." in text
    assert "Nothing: every client that was registered was deleted again" in text


def test_what_was_not_whole_is_said_first():
    run = with_rows(row(), complete=False, selection=["BCL-*"], stale_waivers=["RPI-2-21"])
    head = words(parsed(render(run, None)).find(".//header"))
    assert "This run is not whole" in head
    assert "Only a part of the suite was asked for: BCL-*" in head
    assert "Waivers that match no failure any more" in head


def test_a_row_of_a_document_without_address_has_no_link():
    own = msgspec.structs.replace(
        row(), id="ACME-1", spec="acme", level="documented", basis="documented", address="", heading=""
    )
    document = parsed(render(with_rows(own), evidence()))
    assert not document.xpath(
        "//details[@id='card-ACME-1']//p[@class='source'][1]/a[starts-with(@href, 'http')]"
    )


def spoiled(value: Any, keep: Callable[[str, str], bool], key: str = "") -> Any:
    """A document with the hostile string at the end of every text that a provider may have sent."""
    if isinstance(value, dict):
        return {name: spoiled(inner, keep, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [spoiled(inner, keep, key) for inner in value]
    return value + HOSTILE if isinstance(value, str) and not keep(key, value) else value


# What the harness itself writes, from closed lists or as names of its files.
CLOSED = {
    "event", "sender", "destination", "endpoint", "kind", "outcome", "answer", "choice", "finding", "verdict", "status",
    "overall", "role", "does", "id", "spec", "section", "level", "basis", "same_as", "scenario", "scenarios", "started",
    "finished", "screenshot", "rp", "agent", "case",
}  # fmt: skip


def hostile(path: Path, kind: type) -> Any:
    content = json.loads(path.read_text(encoding="utf-8"))
    return msgspec.convert(spoiled(content, lambda key, _: key in CLOSED), kind)


def hostile_page() -> str:
    folder = FOLDER / "evidence"
    names = evidence().names()
    scenarios = {name: hostile(folder / f"{name}.json", ScenarioEvidence) for name in names}
    return render(
        hostile(FOLDER / "results.json", Results), Memory(hostile(folder / "index.json", Run), scenarios, {})
    )


def test_hostile_strings_are_text():
    page = hostile_page()
    document = parsed(page)
    assert page.count("<script>") == 1
    assert "<img" not in page
    assert not document.xpath("//@*[starts-with(name(), 'on')]")
    assert all(OURS.match(href) for href in document.xpath("//a/@href"))
    assert "\u202e" not in page
    assert r"\u{202e}" in page
    assert "{{7*7}}" in page
    assert document.findtext(".//h1").startswith("Acme ID 8.2\"'--></title>")


def test_hostile_strings_come_from_everywhere():
    document = parsed(hostile_page())
    for place in (
        "//h1",
        "//dd",
        "//td",
        "//pre",
        "//div[@class='request']",
        "//li/a | //p/a",
        "//desc/.. | //title",
    ):
        assert any("onerror=" in element.text_content() for element in document.xpath(place)), place


def test_a_picture_with_a_hostile_name_stays_in_the_folder():
    made_up = evidence()
    scenario = made_up.scenario("logout_at_two_rps")
    assert scenario
    events = [
        msgspec.structs.replace(event, screenshot="../../x.png?<b>") if isinstance(event, Page) else event
        for event in scenario.events
    ]
    reader = Memory(made_up.run, {"logout_at_two_rps": msgspec.structs.replace(scenario, events=events)}, {})
    document = parsed(render(results(), reader))
    assert not document.xpath("//figcaption/a")
    assert document.xpath("//figcaption[starts-with(., 'Confirmation page')]")
