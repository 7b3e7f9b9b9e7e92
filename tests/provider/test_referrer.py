"""What plain HTTP tells of the page that a request comes from, as a browser does."""

from __future__ import annotations

import httpx
import pytest

from conformance.evidence.recorder import Recorder, RunClock
from conformance.evidence.redaction import Redactor
from conformance.provider.agent_http import HttpAgent
from conformance.provider.referrer import DEFAULT, Source, origin, policy_of
from conformance.provider.wire import Pace

PAGE = "https://user@op.test:8443/login?next=/a#top"
SAME = "https://op.test:8443/login"
OTHER = "https://rp.test/callback"
PLAIN = "http://rp.test/callback"
WHOLE, SHORT = "https://op.test:8443/login?next=/a", "https://op.test:8443/"


@pytest.mark.parametrize(
    ("policy", "same", "other", "plain"),
    [
        (DEFAULT, WHOLE, SHORT, None),
        ("no-referrer", None, None, None),
        ("no-referrer-when-downgrade", WHOLE, WHOLE, None),
        ("same-origin", WHOLE, None, None),
        ("origin", SHORT, SHORT, SHORT),
        ("strict-origin", SHORT, SHORT, None),
        ("origin-when-cross-origin", WHOLE, SHORT, SHORT),
        ("unsafe-url", WHOLE, WHOLE, WHOLE),
    ],
)
def test_referer_follows_the_policy(policy, same, other, plain) -> None:
    source = Source(PAGE, policy)
    told = [source.headers("GET", url).get("Referer") for url in (SAME, OTHER, PLAIN)]
    assert told == [same, other, plain]


@pytest.mark.parametrize(
    ("policy", "same", "other", "plain"),
    [
        (DEFAULT, SHORT[:-1], SHORT[:-1], "null"),
        ("same-origin", SHORT[:-1], "null", "null"),
        ("no-referrer", "null", "null", "null"),
        ("unsafe-url", SHORT[:-1], SHORT[:-1], SHORT[:-1]),
    ],
)
def test_origin_goes_with_a_post(policy, same, other, plain) -> None:
    source = Source(PAGE, policy)
    assert [source.headers("POST", url)["Origin"] for url in (SAME, OTHER, PLAIN)] == [same, other, plain]
    assert "Origin" not in source.headers("GET", SAME)


def test_a_redirect_by_another_origin_hides_the_origin() -> None:
    source = Source(PAGE)
    assert source.redirected(SAME, OTHER).headers("POST", OTHER)["Origin"] == SHORT[:-1]
    assert source.redirected(OTHER, SAME).headers("POST", SAME)["Origin"] == "null"


def test_a_long_referer_is_cut_to_the_origin() -> None:
    assert Source(f"{SAME}?hint={'x' * 5000}").headers("GET", SAME) == {"Referer": SHORT}


@pytest.mark.parametrize(
    ("header", "meta", "policy"),
    [
        ("", "", DEFAULT),
        ("no-referrer, same-origin", "", "same-origin"),
        ("same-origin, unheard-of", "", "same-origin"),
        ("same-origin", "Origin", "origin"),
    ],
)
def test_the_last_known_policy_is_in_force(header, meta, policy) -> None:
    assert policy_of(header, meta) == policy


def test_origins_are_written_as_browsers_do() -> None:
    assert origin("HTTPS://OP.test:443/x") == "https://op.test"
    assert origin("http://[::1]:8080/") == "http://[::1]:8080"


async def _log_in(seen: list[httpx.Request]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        form = "<form method=post><input name=username><input type=password name=password></form>"
        return httpx.Response(200, html=form, headers={"Referrer-Policy": "same-origin"})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    recorder = Recorder("test", RunClock(), Redactor())
    agent = HttpAgent("browser 1", http, recorder, Pace(None), lambda _: False, frozenset())
    landing = await agent.get(SAME, "authorization", "authorization")
    assert landing.page is not None
    await agent.submit(landing, landing.page.forms[0], {"username": "alice"}, "authorization")
    await agent.close()


def test_a_form_is_sent_as_from_its_page() -> None:
    import asyncio

    seen: list[httpx.Request] = []
    asyncio.run(_log_in(seen))
    typed, sent = seen
    assert "referer" not in typed.headers
    assert sent.headers["referer"] == SAME
    assert sent.headers["origin"] == SHORT[:-1]
