"""Which cookies of its own a relying party got in front-channel logout, as the report shows it."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from conformance.evidence.events import AnyEvent, Arrival, Environment, Exchange, Logout, ScenarioEvidence
from conformance.evidence.own_cookies import (
    ATTRIBUTES,
    CONTROLS,
    FIRST_PARTY,
    NONE,
    OTHER_SITE,
    POLICIES,
    SCENARIO,
)
from conformance.reports import cookies
from conformance.reports.html import render
from tests.reports.support import Memory, evidence, parsed, results, row, scenario_of, with_rows

URL = "https://rp1.test/frontchannel-logout?sid=x"
ALL = tuple(ATTRIBUTES)


def request(id: int, case: str, names: Sequence[str], script: str = "", **fetch: str) -> Arrival:
    headers = [("Sec-Fetch-" + name.capitalize(), value) for name, value in fetch.items()]
    headers += [("Cookie", "; ".join(f"{name}=[cookie:0]" for name in names))] if names else []
    return Arrival(
        id=id, at=id, case=case, rp="rp1", endpoint="frontchannel", method="GET", url=URL, headers=headers,
        script=script,
    )  # fmt: skip


def round_of(
    policy: Any, heard: Sequence[str] | None, *, first: int, frame: Sequence[str] = (), **fetch: str
) -> list[AnyEvent]:
    """The events of one policy; ``heard``: cookies of the front-channel request, None where none came."""
    control = CONTROLS[policy]
    events: list[AnyEvent] = [
        Environment(id=first, at=first, case=control, browser="156.0", third_party_cookies=policy),
        request(first + 1, control, ALL, FIRST_PARTY, dest="document", site="none"),
        request(first + 2, control, frame, OTHER_SITE, dest="iframe", site="cross-site"),
        Logout(id=first + 3, at=first + 3, case=policy, agent="browser", method="GET", endpoint="https://op.test/end"),
    ]  # fmt: skip
    if heard is None:
        return events
    sent = Exchange(id=first + 4, at=first + 4, case=policy, sender="browser", method="GET", url=URL)
    return [
        *events,
        sent,
        request(first + 5, policy, heard, **{"dest": "iframe", "site": "cross-site"} | fetch),
    ]


def recording(allowed: Sequence[str] | None, blocked: Sequence[str] | None, **fetch: str) -> ScenarioEvidence:
    events = [
        *round_of("allowed", allowed, first=1, frame=[NONE], **fetch),
        *round_of("blocked", blocked, first=11, **fetch),
    ]
    return msgspec.structs.replace(scenario_of(*events), scenario=SCENARIO)


def table(*arguments: Sequence[str] | None, **fetch: str) -> cookies.Table:
    found = cookies.table([scenario_of(), recording(*arguments, **fetch)])
    assert found is not None
    return found


def follows(found: cookies.Table) -> set[str]:
    """What the report concludes."""
    return {name for name in ("unreached", "none_alone", "kept_out", "one_site") if getattr(found, name)}


def page_of(one: ScenarioEvidence) -> Any:
    run = with_rows(row(scenarios=[SCENARIO]))
    return parsed(render(run, Memory(evidence().run, {SCENARIO: one}, {})))


def words(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def test_cookies_by_policy():
    found = table([NONE], [])
    assert found.rows == [
        ("SameSite=None; Secure", ("arrived", "not sent", "arrived")),
        ("SameSite=Lax", ("arrived", "not sent", "not sent")),
        ("no SameSite", ("arrived", "not sent", "not sent")),
    ]
    assert (found.browser, found.first_party.asked, found.blocked.asked) == (
        "156.0",
        "document, none",
        "iframe, cross-site",
    )
    assert follows(found) == {"unreached", "none_alone"}


def test_a_page_that_keeps_the_cookie_out():
    assert follows(table([], [])) == {"unreached", "kept_out"}
    assert follows(table(None, [])) == {"unreached"}


def test_a_request_at_top_level_brings_the_lax_cookies_too():
    found = table(ALL, ALL, dest="document")
    assert found.allowed.asked == "document, cross-site"
    assert follows(found) == set()


def test_on_one_site_no_cookie_is_a_third_partys():
    assert follows(table(ALL, ALL, site="same-site")) == {"one_site"}


def test_where_nothing_came_nothing_follows():
    found = table(None, None)
    assert [cells[1:] for _, cells in found.rows] == [("no request", "no request")] * 3
    assert follows(found) == set()


def test_requests_of_other_browsers_are_not_counted():
    one = recording([], [])
    stranger = msgspec.structs.replace(request(30, "blocked", ALL), url=URL + "y")
    found = cookies.table([msgspec.structs.replace(one, events=[*one.events, stranger])])
    assert found is not None
    assert found.unreached


@pytest.mark.parametrize("one", [None, msgspec.structs.replace(scenario_of(), scenario=SCENARIO)])
def test_without_evidence_there_is_no_table(one: ScenarioEvidence | None):
    assert cookies.table([one] if one else []) is None
    document = page_of(one) if one else parsed(render(results(), evidence()))
    assert not document.xpath("//*[@id='cookies'] | //a[@href='#cookies']")


def test_the_report_says_what_follows():
    document = page_of(recording([NONE], []))
    section = document.get_element_by_id("cookies")
    text = words(section)
    assert "SameSite=None; Secure ✓ arrived – not sent ✓ arrived" in text
    assert "front-channel logout does not reach a login that the relying party keeps in a cookie" in text
    assert "one with SameSite=Lax stays out" in text
    assert "credentialless" not in text
    assert section.xpath(".//a/@href") == [
        "https://openid.net/specs/openid-connect-frontchannel-1_0.html#ThirdPartyContent"
    ]
    assert document.xpath("//nav/a[@href='#cookies']")


def test_the_report_names_a_page_that_keeps_cookies_out():
    assert "as <iframe credentialless> does" in words(page_of(recording([], [])).get_element_by_id("cookies"))


def test_what_the_browser_says_is_text():
    section = page_of(recording([], [], site="</td><script>alert(1)</script>")).get_element_by_id("cookies")
    assert not section.xpath(".//script")
    assert "<script>alert(1)</script>" in words(section)


def test_a_run_that_ended_early_shows_what_it_has():
    one = recording([NONE], [])
    early = [event for event in one.events if event.case in (POLICIES[0], CONTROLS[POLICIES[0]])]
    found = cookies.table([msgspec.structs.replace(one, events=early)])
    assert found is not None
    assert found.rows[0][1] == ("arrived", "not recorded", "arrived")
