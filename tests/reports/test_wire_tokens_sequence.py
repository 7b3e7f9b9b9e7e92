"""The parts of a card, each from a few events."""

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from conformance.evidence.events import (
    Arrival,
    Body,
    Client,
    Clock,
    Encryption,
    Exchange,
    Login,
    Logout,
    Page,
    Probe,
    Remark,
    Token,
    Watch,
)
from conformance.reports import heard, sequence, tokens, wire
from conformance.reports.excerpt import MOST_EVENTS, excerpts
from conformance.reports.words import visible
from conformance.results import CaseFinding, EvidenceRef
from tests.reports.support import Memory, evidence, excerpt_of, results, row, scenario_of

HOSTILE = "</text></svg><script>alert(1)</script>"


def exchange(id: int, at: float, url: str = "https://op.test/end?state=a%20b", **more: Any) -> Exchange:
    defaults: dict[str, Any] = {
        "sender": "browser",
        "agent": "browser 1",
        "method": "GET",
        "purpose": "logout",
    }
    return Exchange(id=id, at=at, url=url, **{"status": 200, **defaults, **more})


def arrival(id: int, at: float, rp: str, endpoint: Any = "backchannel", **more: Any) -> Arrival:
    return Arrival(id=id, at=at, rp=rp, endpoint=endpoint, method="POST", url=f"https://{rp}.test/x", **more)


def client(id: int, rp: str, **metadata: str) -> Client:
    return Client(id=id, at=0, rp=rp, client_id=rp, metadata=metadata, uses=[f"https://{rp}.test/x"])


def logout(id: int, at: float) -> Logout:
    return Logout(id=id, at=at, agent="browser 1", rp="rp1", method="GET", endpoint="https://op.test/end")


def logout_token(id: int, at: float, **claims: Any) -> Token:
    return Token(id=id, at=at, kind="logout_token", rp="rp1", claims=claims)


def test_times_count_from_the_logout_request():
    seen = wire.lines(
        excerpt_of(Remark(id=1, at=4.5, text="before"), logout(2, 5.0), arrival(3, 6.204, "rp1"))
    )
    assert [line.time for line in seen] == ["−500 ms", "+0 ms", "+1\u2009204 ms"]


def test_the_telling_line_is_marked():
    seen = wire.lines(excerpt_of(logout(1, 0), exchange(2, 0.1), named=(2,)))
    assert [line.told for line in seen] == [False, True]


def test_parameters_are_decoded_and_irrelevant_headers_left_out():
    headers = [("Content-Type", "text/html"), ("X-Powered-By", "coffee")]
    (line,) = wire.lines(excerpt_of(exchange(1, 0, response_headers=headers)))
    request, answer = line.messages
    assert request.parameters == (("state", "a b"),)
    assert answer.headers == (("Content-Type", "text/html"),)


def test_a_long_body_is_cut_and_says_so():
    body = Body(text="x" * 5000, size=90_000, truncated=True, file="big.txt", problem="not UTF-8")
    (line,) = wire.lines(excerpt_of(exchange(1, 0, "https://op.test/", response_body=body)))
    assert len(line.messages[0].body) == wire.BODY
    assert line.messages[0].body_note == "not UTF-8; the beginning of 90000 bytes; whole in evidence/big.txt"


def test_an_address_that_is_none_is_shown_as_it_is():
    (line,) = wire.lines(excerpt_of(exchange(1, 0, "https://[bad?x=1", status=None, error="refused")))
    assert (line.url, line.status, line.text) == ("https://[bad?x=1", "no answer", "refused")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\u202eb", r"a\u{202e}b"),
        ("\x1b[31m", r"\u{1b}[31m"),
        ("é\n", "é\n"),
        ("\ud800", r"\u{d800}"),
    ],
)
def test_what_would_act_is_shown(text: str, shown: str):
    assert visible(text) == shown


def test_a_claim_that_the_sentence_names_is_crossed():
    token = logout_token(2, 0.1, iss="https://op.test", sid="s1")
    held = Token(
        id=1, at=0, kind="id_token", rp="rp1", claims={"iss": "https://op.test", "sid": "s2", "exp": 1}
    )
    (pair,) = tokens.pairs(row("BCL-2.4-04"), excerpt_of(held, token, named=(2,)))
    claims = {claim.name: claim for claim in pair.claims}
    assert (claims["exp"].mark, claims["exp"].got) == ("broken", None)
    assert (claims["sid"].agree, claims["iss"].agree) == ("differs", "same")
    assert not claims["iss"].mark


def test_of_several_claims_the_finding_tells_which():
    statement = "The token has sub, sid or both."
    one = row("BCL-2.4-11", verdict="fail", statement=statement, reason="There is no sid.", observed="")
    (pair,) = tokens.pairs(one, excerpt_of(logout_token(1, 0, sub="u"), named=(1,)))
    assert {claim.name: claim.mark for claim in pair.claims} == {"sub": "", "sid": "broken"}


def test_a_token_says_how_it_was_encrypted():
    jwe = Encryption(header={"alg": "RSA-OAEP-256", "enc": "A256GCM"}, opened=True, kid="rp1")
    token = msgspec.structs.replace(logout_token(1, 0, sub="u"), encryption=jwe)
    (pair,) = tokens.pairs(row("BCL-2.4-04"), excerpt_of(token, named=(1,)))
    assert pair.signature.startswith("encrypted by RSA-OAEP-256 with A256GCM, opened with rp1, signature ")
    closed = msgspec.structs.replace(jwe, opened=False, kid="", problem="no key of the client fits")
    (pair,) = tokens.pairs(
        row("BCL-2.4-04"), excerpt_of(msgspec.structs.replace(token, encryption=closed), named=(1,))
    )
    assert "not opened: no key of the client fits" in pair.signature


def test_the_id_token_of_the_same_session_is_put_beside():
    old, new = (
        Token(id=n, at=n, kind="id_token", rp="rp1", claims={"sid": sid, "jti": sid})
        for n, sid in ((1, "a"), (2, "b"))
    )
    (pair,) = tokens.pairs(row(), excerpt_of(old, new, logout_token(3, 3, sid="a"), named=(3,)))
    assert next(claim.held for claim in pair.claims if claim.name == "jti") == '"a"'


def test_tokens_stay_out_of_findings_about_other_things():
    one = row("RPI-3-05")
    assert tokens.pairs(one, excerpt_of(logout(1, 0), logout_token(2, 0.1, sub="u"), named=(1,))) == []


def test_times_are_shown_beside_the_arrival_on_the_providers_clock():
    began = datetime(2026, 3, 9, 14, 2, tzinfo=UTC)
    clock = Clock(id=1, at=0, offset=10.0, uncertainty=0.1)
    token = logout_token(2, 5.0, exp=int(began.timestamp()) + 15 + 120)
    (pair,) = tokens.pairs(row(), excerpt_of(clock, token, named=(2,)))
    assert pair.claims[0].got_time == "2026-03-09 14:04:15 UTC, 2 min after it arrived"


@pytest.mark.parametrize("value", [True, "1700000000", -1, 1e18, float("nan"), None, [1]])
def test_what_is_no_time_is_not_shown_as_one(value: Any):
    assert not tokens.human(value)


def drawn(*events: Any, **more: Any) -> tuple[ET.Element, tuple[str, ...]]:
    diagram = sequence.draw(excerpt_of(*events, **more), "d1")
    return ET.fromstring(diagram.svg), diagram.text  # noqa: S314 - our own


def test_lanes_stand_in_the_order_of_the_story():
    svg, _ = drawn(
        client(1, "rp2"), client(2, "rp1"), exchange(3, 1), arrival(4, 2, "rp2"), arrival(5, 3, "rp1")
    )
    names = [text.text for text in svg.iter("text") if text.get("class") == "name"]
    assert names == ["Browser 1", "Provider", "RP1", "RP2"]


def test_a_notification_before_the_redirect_is_drawn_before_it():
    _, text = drawn(
        client(1, "rp1"),
        exchange(2, 1, status=303, response_headers=[("Location", "https://rp1.test/out")], seconds=0.25),
        arrival(3, 1.1, "rp1"),
    )
    kinds = ["redirect" if "303" in line else "request" if "GET" in line else "notification" for line in text]
    assert kinds == ["request", "notification", "redirect"]


def test_a_redirect_is_drawn_back_and_its_arrival_once():
    url = "https://rp1.test/x"
    _, text = drawn(
        client(1, "rp1"),
        exchange(2, 1, status=303, response_headers=[("Location", url)], seconds=0.25),
        exchange(3, 1.3, url, method="POST"),
        arrival(4, 1.4, "rp1", "post_logout"),
    )
    assert text == (
        "+0 ms: Browser 1 to Provider: GET /end?…",
        "+250 ms: Provider to Browser 1: 303 → rp1.test/x",
        "+400 ms: Browser to RP1: POST /x",
    )


def test_silence_is_drawn_where_it_was_watched_for():
    watch = Watch(id=3, at=15.0, what="back-channel of rp2", seconds=14.2)
    _, text = drawn(client(1, "rp2"), exchange(2, 1), watch)
    assert text[-1] == "+14 000 ms: RP2: nothing in 14.2 s"


def test_preparations_are_drawn_only_where_the_finding_names_them():
    prepared = exchange(1, 0, purpose="registration"), exchange(2, 1)
    assert len(drawn(*prepared)[1]) == 1
    assert len(drawn(*prepared, named=(1,))[1]) == 2


def test_a_diagram_without_messages_is_none():
    page = Page(id=1, at=0, agent="browser 1", url="https://op.test/", kind="error")
    probe = Probe(id=2, at=1, agent="browser 1", witness="rp2", when="after", outcome="ended")
    assert sequence.draw(excerpt_of(page, probe), "d1") == sequence.Diagram("", ())


def test_what_is_drawn_is_escaped():
    hostile = exchange(
        2, 1, f"https://op.test/{HOSTILE}", response_headers=[("Location", HOSTILE)], status=302
    )
    svg, _ = drawn(client(1, "rp1"), hostile)
    assert not list(svg.iter("script"))


def test_a_diagram_names_and_describes_itself():
    svg, _ = drawn(exchange(1, 1))
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "d1-t d1-d"
    assert [child.tag for child in svg[:2]] == ["title", "desc"]


def login(id: int, rp: str) -> Login:
    return Login(id=id, at=1, agent="browser 1", rp=rp, user="user1", login="a", outcome="code")


def test_who_heard_what():
    clients = (
        client(1, "rp1", backchannel_logout_uri="https://rp1.test/x"),
        client(2, "rp2", backchannel_logout_uri="https://rp2.test/x"),
    )
    watch = Watch(id=7, at=9, what="back-channel of rp2", seconds=6.0)
    events = (*clients, login(3, "rp1"), logout(4, 2.0), arrival(5, 2.3, "rp1"), watch)
    (table,) = heard.tables([scenario_of(*events)])
    first, second = table.rows
    assert (first.started, first.logged_in, first.cells[1].times) == (True, True, ("+300 ms",))
    assert (second.logged_in, second.cells[1]) == (False, heard.Cell((), registered=True))
    assert table.watched == "6.0 s"


def test_a_notification_belongs_to_the_logout_before_it():
    clients = client(1, "rp1"), client(2, "rp2")
    events = (*clients, logout(3, 1.0), arrival(4, 1.5, "rp2"), logout(5, 10.0), arrival(6, 10.1, "rp1"))
    first, second = heard.tables([scenario_of(*events)])
    assert [row.cells[1].times for row in first.rows] == [(), ("+500 ms",)]
    assert [row.cells[1].times for row in second.rows] == [("+100 ms",), ()]


def test_who_was_told_after_whom_is_drawn():
    told = arrival(4, 1.2, "rp2"), arrival(5, 1.5, "rp1", "frontchannel")
    (table,) = heard.tables([scenario_of(client(1, "rp1"), client(2, "rp2"), logout(3, 1.0), *told)])
    assert table.diagram.startswith("<svg")
    assert [step.split(":")[0] for step in table.steps] == ["+0 ms", "+200 ms", "+500 ms"]
    assert ["RP2" in step for step in table.steps] == [False, True, False]


def test_one_notification_needs_no_drawing():
    (table,) = heard.tables(
        [scenario_of(client(1, "rp1"), client(2, "rp2"), logout(3, 1.0), arrival(4, 1.2, "rp2"))]
    )
    assert (table.diagram, table.steps) == ("", ())


def test_an_excerpt_has_the_events_of_the_broken_case():
    one = next(row for row in results().requirements if row.id == "RPI-3-05")
    found = excerpts(one, evidence())
    assert [(each.case, each.finding) for each in found] == [
        ("query added", "broken"),
        ("port added", "broken"),
    ]
    assert {event.case for event in found[0].events} == {"query added"}


def test_an_excerpt_is_bounded_around_what_is_named():
    events = [exchange(n, n) for n in range(1, 500)]
    reader = Memory(evidence().run, {"made_up": scenario_of(*events)}, {})
    one = row(
        cases=[
            CaseFinding(case="", finding="broken", evidence=[EvidenceRef(scenario="made_up", events=[250])])
        ]
    )
    (found,) = excerpts(one, reader)
    assert 250 in {event.id for event in found.events}
    assert len(found.events) <= MOST_EVENTS


def test_preparations_are_folded_except_what_the_finding_names():
    purposes = ("registration", "authorization", "token", "logout")
    events = [exchange(n, n, purpose=purpose) for n, purpose in enumerate(purposes, 1)]
    assert [len(group) for group in wire.folded(wire.lines(excerpt_of(*events)))] == [3, 1]
    assert [len(group) for group in wire.folded(wire.lines(excerpt_of(*events, named=(2,))))] == [1, 1, 1, 1]


def test_what_brought_a_token_is_told_with_it():
    brought = Token(id=2, at=0.2, kind="logout_token", rp="rp1", source=1)
    reader = Memory(evidence().run, {"made_up": scenario_of(arrival(1, 0.1, "rp1"), brought)}, {})
    (found,) = excerpts(row(cases=[], evidence=[EvidenceRef(scenario="made_up", events=[2])]), reader)
    assert found.named == {1, 2}


def test_a_label_that_is_no_case_of_the_scenario_does_no_harm():
    events = [
        msgspec.structs.replace(exchange(n, n), case="plain" if n < 3 else "other") for n in range(1, 5)
    ]
    reader = Memory(evidence().run, {"made_up": scenario_of(*events)}, {})
    refs = [EvidenceRef(scenario="made_up", case="in all", events=[1])]
    (found,) = excerpts(row(cases=[], evidence=refs), reader)
    assert [event.id for event in found.events] == [1, 2]
