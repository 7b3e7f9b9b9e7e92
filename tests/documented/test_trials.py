"""Which requests come of a contract, what they are called, and what is sent."""

from __future__ import annotations

import json
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from conformance.documented.difference import difference
from conformance.documented.model import Contract, Endpoint, When
from conformance.documented.requests import Outgoing, outgoing
from conformance.documented.rows import requirements
from conformance.documented.trials import how, left_open, trials

A = {"name": "a", "in": "query", "value": "1", "wrong": ["2", "${sid}"]}
B = {"name": "b", "in": "query", "value": "${state}"}
LANG = {"name": "lang", "in": "query", "value": "de", "sent": False, "wrong": ["xx"]}
HEADER = {"name": "X-Key", "in": "header", "value": "k", "wrong": ["l"]}
STATUS = {"status": [200]}
SESSION = {"what": "session", "is": "ended", "by": "prompt=none"}


def endpoint(
    method: str = "GET", by: str = "browser", parameters: Any = (A, B), **more: Any
) -> dict[str, Any]:
    url = "${op}/out"
    return {
        "name": "out", "heading": "Out", "url": url, "method": method, "by": by, "parameters": parameters, **more
    }  # fmt: skip


def form(*parameters: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**one, "in": "form"} if one["in"] == "query" else one for one in parameters]


def sentence(id: str = "S1", **members: Any) -> dict[str, Any]:
    return {"id": id, "heading": "H", "says": "It is so.", "endpoint": "out", **members}


def contract(one: dict[str, Any], *sentences: dict[str, Any]) -> Contract:
    data = {
        "contract": "c", "title": "C", "documents": [{"id": "d", "title": "D"}], "servers": {"op": "https://op.test"},
        "endpoints": [one], "sentences": list(sentences),
    }  # fmt: skip
    return msgspec.convert(data, Contract)


def labels(one: dict[str, Any], *sentences: dict[str, Any]) -> list[str]:
    held_to = contract(one, *sentences)
    return [trial.label for trial in trials(held_to, held_to.endpoints[0])]


def sent(one: dict[str, Any], when: dict[str, Any] | None = None, **values: str) -> Outgoing:
    values = {"op": "https://op.test", "state": "two words", **values}
    return outgoing(msgspec.convert(one, Endpoint), msgspec.convert(when or {}, When), values)


# Which there are


def test_a_get_by_a_browser() -> None:
    assert labels(endpoint()) == [
        "without a", "without b", "a empty", "b empty", "a twice", "b twice", "a=2", "a=the sid", "by POST",
    ]  # fmt: skip


def test_a_form_by_a_server() -> None:
    assert labels(endpoint("POST", "server", form(A))) == [
        "without a", "a empty", "a twice", "a=2", "a=the sid", "a in the query", "all in the query",
        "by GET", "by PUT", "by DELETE", "as application/json", "as multipart/form-data",
    ]  # fmt: skip


def test_a_post_by_a_browser_chooses_no_content_type() -> None:
    assert labels(endpoint("POST", "browser", form(B))) == [
        "without b", "b empty", "b twice", "b in the query", "all in the query", "by GET",
    ]  # fmt: skip


def test_a_query_of_a_post_has_another_place() -> None:
    found = labels(endpoint("POST", "server", [B]))
    assert "b in the form" in found
    assert not [one for one in found if one.startswith("as ")]


def test_places_of_both_kinds_are_exchanged() -> None:
    assert "all in the other place" in labels(endpoint("POST", "server", [*form(A), B]))


def test_a_delete_has_no_body_where_something_could_be_misplaced() -> None:
    assert [one for one in labels(endpoint("DELETE", "server")) if " in the " in one] == []


def test_a_header_is_left_out_but_never_sent_twice_or_elsewhere() -> None:
    found = [one for one in labels(endpoint("POST", "server", [HEADER, *form(B)])) if "X-Key" in one]
    assert found == ["without X-Key", "X-Key empty", "X-Key=l"]


def test_what_is_no_part_of_the_request_has_wrong_values_alone() -> None:
    assert [one for one in labels(endpoint(parameters=[LANG])) if "lang" in one] == ["lang=xx"]


def test_nothing_is_left_open_where_the_contract_says_so() -> None:
    assert labels(endpoint(open=False), sentence(expect=STATUS)) == ["documented request"]


def test_a_request_without_parameters() -> None:
    assert labels(endpoint("POST", "server", [])) == ["by GET", "by PUT", "by DELETE"]


def test_sentences_come_first_and_nothing_is_tried_twice() -> None:
    found = labels(
        endpoint(), sentence(expect=STATUS), sentence("S2", when={"without": ["b"]}, expect=STATUS),
        sentence("S3", expect={"stays": True}),
    )  # fmt: skip
    assert found[:2] == ["documented request", "without b"]
    assert len(found) == len(set(found)) == 10


def test_what_a_sentence_speaks_of_is_not_left_open() -> None:
    held_to = contract(endpoint(), sentence(when={"without": ["a"]}, expect=STATUS))
    found = left_open(held_to, held_to.endpoints[0])
    assert [one.label for one in found["missing"]] == ["without b"]
    assert list(found) == ["missing", "empty", "repeated", "wrong", "method"]


def test_a_kind_of_which_everything_is_documented_has_no_row() -> None:
    said = [sentence(f"S{n}", when={"without": [name]}, expect=STATUS) for n, name in enumerate("ab")]
    rows = [row.id for row in requirements(contract(endpoint(), *said))]
    assert rows == [
        "DOC-c-S0", "DOC-c-S1", "DOC-c-out.empty", "DOC-c-out.repeated", "DOC-c-out.wrong", "DOC-c-out.method"
    ]  # fmt: skip


def test_readings_are_rows_and_each_is_tried() -> None:
    readings = [
        {"says": "x", "expect": STATUS, "when": {"without": ["a"]}},
        {"says": "y", "expect": STATUS, "held": True},
        {"says": "z", "expect": STATUS, "when": {"without": ["b"]}},
    ]
    one = sentence(readings=readings, contradiction="c")
    rows = {row.id: (row.level, row.statement) for row in requirements(contract(endpoint(open=False), one))}
    assert rows == {
        "DOC-c-S1": ("documented", "It is so."),
        "DOC-c-S1.2": ("observation", "Another reading: x"),
        "DOC-c-S1.3": ("observation", "Another reading: z"),
    }
    assert sorted(labels(endpoint(open=False), one)) == ["documented request", "without a", "without b"]


@pytest.mark.parametrize(
    ("expect", "label"),
    [
        ({"login": {"ends_at": "x"}}, "documented request, then a login on its page"),
        ({"notified": {"channel": "front"}}, "documented request, with a front-channel logout URI"),
        ({"notified": {"channel": "back"}}, "documented request, with a back-channel logout URI"),
        (
            {"after": [{**SESSION, "what": "second application"}]},
            "documented request, with a second application",
        ),
        ({"after": [{**SESSION, "what": "other browser"}]}, "documented request, with another browser"),
        ({"after": [SESSION]}, "documented request"),
    ],
)
def test_what_has_to_be_there_makes_a_trial_of_its_own(expect: dict[str, Any], label: str) -> None:
    assert labels(endpoint(open=False), sentence(expect=expect)) == [label]


def test_probes_of_all_sentences_about_one_request_are_made_in_it() -> None:
    token = {"what": "access token", "is": "ended", "by": "userinfo"}
    held_to = contract(
        endpoint(), sentence(expect={"after": [SESSION]}), sentence("S2", expect={"after": [token, SESSION]})
    )
    documented, *others = trials(held_to, held_to.endpoints[0])
    probes = (("session", "prompt=none"), ("access token", "userinfo"))
    assert documented.probes == probes
    assert {one.probes for one in others} == {probes}, "what is left open is probed for the same"


# What they are called


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({}, "documented request"),
        ({"without": ["a"], "empty": ["b"]}, "without a, b empty"),
        (
            {"set": {"a": None, "b": "${post_logout_redirect_uri}/"}},
            "without a, b=the post logout redirect uri/",
        ),
        (
            {"method": "PUT", "content_type": "text/plain", "nobody": True},
            "by PUT, as text/plain, nobody logged in",
        ),
        ({"misplaced": ["a"]}, "a in the form"),
    ],
)
def test_labels(when: dict[str, Any], words: str) -> None:
    assert how(msgspec.convert(endpoint("POST"), Endpoint), msgspec.convert(when, When)) == words


# What is sent


def test_the_documented_request() -> None:
    request = sent(endpoint(parameters=[A, B, LANG, HEADER]))
    assert request.address == "https://op.test/out?a=1&b=two+words"
    assert request.pairs("header") == [("X-Key", "k")]
    assert request.body() == (None, {})


@pytest.mark.parametrize(
    ("when", "query"),
    [
        ({"without": ["a"]}, "b=two+words"),
        ({"empty": ["a"]}, "a=&b=two+words"),
        ({"repeated": ["b"]}, "a=1&b=two+words&b=two+words"),
        ({"set": {"a": "ä&=", "b": None}}, "a=%C3%A4%26%3D"),
        ({"set": {"lang": "de", "b": None}, "repeated": ["lang"]}, "a=1&lang=de&lang=de"),
        ({"without": ["a", "b"]}, ""),
    ],
)
def test_how_the_query_differs(when: dict[str, Any], query: str) -> None:
    assert urlsplit(sent(endpoint(parameters=[A, B, LANG]), when).address).query == query


def test_a_name_without_value_stays_as_it_is_written() -> None:
    assert sent(endpoint(), {"set": {"a": "${sid}", "b": "${unknown}"}}).pairs("query") == [
        ("a", "${sid}"),
        ("b", "${unknown}"),
    ]


def test_an_address_with_a_query_of_its_own() -> None:
    assert sent(endpoint(url="${op}/out?x=1")).address == "https://op.test/out?x=1&a=1&b=two+words"


@pytest.mark.parametrize(
    ("method", "parameters", "when", "places"),
    [
        ("POST", form(A, B), {}, "form form"),
        ("POST", form(A, B), {"misplaced": ["a"]}, "query form"),
        ("POST", form(A, B), {"misplaced": ["all"]}, "query query"),
        ("POST", [A, *form(B)], {"misplaced": ["all"]}, "form query"),
        ("POST", [HEADER, B], {"misplaced": ["all"]}, "header form"),
        ("POST", form(A, B), {"method": "GET"}, "query query"),
        ("POST", form(A, B), {"method": "DELETE"}, "query query"),
        ("POST", form(A, B), {"method": "PUT"}, "form form"),
        ("POST", [A, *form(B)], {"method": "PUT"}, "query form"),
        ("GET", [A, B], {"method": "POST"}, "form form"),
        ("GET", [A, B], {"method": "POST", "misplaced": ["a"]}, "query form"),
        ("GET", [HEADER, B], {"method": "POST"}, "header form"),
        ("DELETE", [A, B], {"method": "POST"}, "form form"),
        ("PUT", [A, B], {"method": "POST"}, "query query"),
    ],
)
def test_places(method: str, parameters: list[dict[str, Any]], when: dict[str, Any], places: str) -> None:
    request = sent(endpoint(method, "server", parameters), when)
    assert [one.place for one in request.placed] == places.split()
    assert request.method == when.get("method", method)


def test_a_form() -> None:
    content, headers = sent(endpoint("POST", "server", form(A, B))).body()
    assert content == b"a=1&b=two+words"
    assert headers == {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_form_as_json() -> None:
    content, headers = sent(
        endpoint("POST", "server", form(A, B)), {"content_type": "application/json"}
    ).body()
    assert content is not None
    assert json.loads(content) == {"a": "1", "b": "two words"}
    assert headers == {"Content-Type": "application/json"}


def test_a_form_as_multipart() -> None:
    request = sent(
        endpoint("POST", "server", form(A, B)), {"content_type": "multipart/form-data", "repeated": ["b"]}
    )
    content, headers = request.body()
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(
        f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + (content or b"")
    )
    found = [
        (part.get_param("name", header="content-disposition"), part.get_content())
        for part in message.iter_parts()
    ]
    assert found == [("a", "1"), ("b", "two words"), ("b", "two words")]


def test_a_type_of_its_own_names_the_form_so() -> None:
    content, headers = sent(endpoint("POST", "server", form(A)), {"content_type": "text/plain"}).body()
    assert (content, headers) == (b"a=1", {"Content-Type": "text/plain"})


def test_a_form_tried_by_get_has_no_body() -> None:
    request = sent(endpoint("POST", "server", form(A, B)), {"method": "GET"})
    assert request.body() == (None, {})
    assert parse_qsl(urlsplit(request.address).query) == [("a", "1"), ("b", "two words")]


# How bodies that differ are told


@pytest.mark.parametrize(
    ("wanted", "found", "told"),
    [
        ({"e": "x "}, {"e": "x"}, 'e is "x", not "x " (they differ in blanks at the beginning or end)'),
        ({"e": "x"}, {"e": "x\n"}, 'e is "x\\n", not "x" (they differ in blanks at the beginning or end)'),
        ({"e": "an id."}, {"e": "an ID."}, "e is \"an ID.\", not \"an id.\" ('ID' where 'id' is documented)"),
        ({"e": {"f": 1}}, {"e": {"f": "1"}}, 'e.f is "1", not 1'),
        ({"e": None}, {}, "e is missing"),
        ({}, {"e": 1}, "e is not documented"),
        ({"e": [1, 2]}, {"e": [2, 1]}, "e is [2, 1], not [1, 2]"),
        ("OK", "ok", "it is \"ok\", not \"OK\" ('ok' where 'OK' is documented)"),
        ({"e": 1}, {"e": True}, "e is true, not 1"),
    ],
)  # fmt: skip
def test_differences(wanted: Any, found: Any, told: str) -> None:
    assert difference(wanted, found) == [told]


def test_the_order_of_members_is_no_difference() -> None:
    assert difference({"a": 1, "b": 2}, {"b": 2, "a": 1}) == []
