"""The tenant that speaks VinID OneID's documentation: on the wire it does what a real Hydra was seen to do."""

import asyncio
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.reference.support import action, location

SPEAKS = "speak-vinid-oneid"
PATH = "oauth2/sessions/logout"
OUT = "https://rp.test/out"
FIXED = f"{OUT}?state=example"
BACK = {"backchannel_logout_uri": "https://rp.test/backchannel_logout"}
FRONT = {"frontchannel_logout_uri": "https://rp.test/frontchannel_logout?z=1&a=2"}


async def asked(browser, **parameters):
    """The first answer, and the page of the question that it leads to."""
    first = await browser.http.get(f"{browser.issuer}/{PATH}", params=parameters)
    return first, await browser._follow(first)


async def logged_out(browser, tokens, **parameters):
    _, page = await asked(browser, id_token_hint=tokens["id_token"], **parameters)
    return await browser.submit(page, logout="yes")


def problem(answer):
    """The error of a redirect to the error page."""
    where = urlsplit(answer.headers["location"])
    assert answer.status_code == 302
    assert where.path.endswith("/problem")
    assert set(parse_qs(where.query)) == {"error", "error_description"}
    return parse_qs(where.query)["error"][0]


def test_a_valid_hint_is_asked_about_elsewhere_and_redirected_with_the_state(at):
    @at(SPEAKS)
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        hint = tokens["id_token"]
        first, page = await asked(browser, id_token_hint=hint, post_logout_redirect_uri=OUT, state="a b")
        assert first.status_code == 302
        assert "/logout?logout_challenge=" in first.headers["location"]
        hidden = dict(re.findall(r'name="(csrf)" value="([^"]*)"', page.text))
        answer = await browser.http.post(action(page), data={**hidden, "logout": "yes"})
        assert answer.status_code == 303
        assert f"/{PATH}?logout_verifier=" in answer.headers["location"]
        done = await browser.http.get(answer.headers["location"])
        assert (done.status_code, done.headers["location"]) == (302, f"{OUT}?state=a+b")
        assert location(await browser.authorize(client, prompt="none"))["error"] == "login_required"


def test_no_keeps_the_session(at):
    @at(SPEAKS)
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        _, page = await asked(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=OUT)
        assert (await browser.submit(page, logout="no")).status_code == 200
        assert await browser.alive(client)


def test_get_and_post_alike_and_nothing_else(at):
    @at(SPEAKS)
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        page = await browser.post(PATH, id_token_hint=tokens["id_token"], post_logout_redirect_uri=OUT)
        assert (await browser.submit(page, logout="yes")).headers["location"] == OUT
        for method in ("PUT", "DELETE", "PATCH", "HEAD"):
            answer = await browser.http.request(method, f"{browser.issuer}/{PATH}")
            assert answer.status_code == 405, method


@pytest.mark.parametrize(
    ("uri", "state", "arrives"),
    [
        (OUT, "mine", f"{OUT}?state=mine"),
        (FIXED, None, FIXED),
        (FIXED, "mine", f"{OUT}?state=mine"),
        (f"{OUT}?foo=bar", "mine", f"{OUT}?foo=bar&state=mine"),
    ],
)
def test_a_state_that_is_sent_replaces_one_in_the_registered_uri(at, uri, state, arrives):
    @at(SPEAKS)
    async def scenario(browser):
        client = await browser.register(post_logout_redirect_uris=[OUT, FIXED, f"{OUT}?foo=bar"])
        tokens = await browser.log_in(client)
        sent = {"post_logout_redirect_uri": uri, **({"state": state} if state else {})}
        assert (await logged_out(browser, tokens, **sent)).headers["location"] == arrives


@pytest.mark.parametrize(
    "uri", [f"{OUT}/", f"{OUT}?state=example", f"{OUT}?x=1&y=2", "https://rp.test/OUT", "https://evil.test/"]
)
def test_uris_are_compared_exactly_and_an_error_ends_nothing(at, uri):
    @at(SPEAKS)
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        first, _ = await asked(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri)
        assert problem(first) == "invalid_request"
        assert await browser.alive(client)


@pytest.mark.parametrize(
    "sent",
    [
        {"post_logout_redirect_uri": OUT},
        {"state": "s"},
        {"id_token_hint": "not-a-token", "post_logout_redirect_uri": OUT},
    ],
    ids=["uri without hint", "state without hint", "no token"],
)
def test_what_it_refuses_goes_to_its_error_page(at, sent):
    @at(SPEAKS)
    async def scenario(browser):
        client = await browser.register()
        await browser.log_in(client)
        for more in ({}, {"client_id": client["client_id"]}):
            first, _ = await asked(browser, **sent, **more)
            assert problem(first) == "invalid_request"
        assert await browser.alive(client)


def test_client_id_is_ignored(at):
    @at(SPEAKS)
    async def scenario(browser):
        client, other = await browser.register(), await browser.register()
        tokens = await browser.log_in(client)
        sent = {"client_id": other["client_id"], "post_logout_redirect_uri": OUT}
        assert (await logged_out(browser, tokens, **sent)).headers["location"] == OUT


def test_the_hint_of_an_ended_session_redirects_at_once(at):
    @at(SPEAKS)
    async def scenario(browser):
        tokens = await browser.log_in(await browser.register())
        await logged_out(browser, tokens)
        sent = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": OUT, "state": "s"}
        first, _ = await asked(browser, **sent)
        assert (first.status_code, first.headers["location"]) == (302, f"{OUT}?state=s")


def test_without_a_uri_it_ends_on_its_own_page(at):
    @at(SPEAKS)
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        done = await logged_out(browser, tokens, state="s")
        assert "You are logged out" in done.text
        assert "state" not in str(done.url)
        await browser.log_in(client)
        _, page = await asked(browser)
        assert 'name="logout"' in page.text
        await browser.submit(page, logout="yes")
        assert not await browser.alive(client)


def test_a_hint_in_a_clean_browser_asks_and_ends_the_session_of_the_other(at):
    @at(SPEAKS, number=2)
    async def scenario(browser, clean):
        client = await browser.register()
        tokens = await browser.log_in(client)
        _, page = await asked(clean, id_token_hint=tokens["id_token"], post_logout_redirect_uri=OUT)
        assert await browser.alive(client)
        assert (await clean.submit(page, logout="yes")).headers["location"] == OUT
        assert not await browser.alive(client)


def test_a_logout_token_has_a_list_for_aud_and_neither_sub_nor_exp(at, stage):
    @at(SPEAKS)
    async def scenario(browser):
        client = await browser.register(**BACK)
        tokens = await browser.log_in(client)
        await logged_out(browser, tokens, post_logout_redirect_uri=OUT)
        await stage.receiver.arrived.wait()
        (claims,) = stage.receiver.claims()
        assert set(claims) == {"iss", "aud", "iat", "jti", "events", "sid"}
        assert (claims["iss"], claims["aud"]) == (browser.issuer, [client["client_id"]])


def test_tokens_are_sent_before_the_redirect_and_their_answers_not_waited_for(at, stage):
    @at(SPEAKS)
    async def scenario(browser):
        stage.receiver.held = asyncio.Event()
        tokens = await browser.log_in(await browser.register(**BACK))
        done = await logged_out(browser, tokens, post_logout_redirect_uri=OUT)
        assert done.headers["location"] == OUT
        await stage.receiver.arrived.wait()
        stage.receiver.held.set()


def test_a_server_error_is_answered_by_the_same_token_again(at, stage):
    @at(SPEAKS)
    async def scenario(browser):
        stage.receiver.reset(500)
        tokens = await browser.log_in(await browser.register(**BACK))
        await logged_out(browser, tokens)
        await stage.receiver.arrived.wait()
        stage.receiver.arrived = asyncio.Event()
        await stage.receiver.arrived.wait()
        first, second = stage.receiver.tokens
        assert first == second


def test_the_front_channel_sorts_the_query_and_adds_iss_and_sid(at):
    @at(SPEAKS)
    async def scenario(browser):
        client = await browser.register(**FRONT)
        tokens = await browser.log_in(client)
        page = await logged_out(browser, tokens, post_logout_redirect_uri=OUT)
        (framed,) = [part.split('"')[0] for part in page.text.split('<iframe src="')[1:]]
        query = urlsplit(framed.replace("&amp;", "&")).query
        assert [pair.partition("=")[0] for pair in query.split("&")] == ["a", "iss", "sid", "z"]
        assert parse_qs(query)["iss"] == [browser.issuer]


def test_discovery_names_the_endpoint_and_no_session_iframe(at):
    @at(SPEAKS)
    async def scenario(browser):
        document = (await browser.http.get(f"{browser.issuer}/.well-known/openid-configuration")).json()
        assert document["end_session_endpoint"] == f"{browser.issuer}/{PATH}"
        assert "check_session_iframe" not in document
        assert document["frontchannel_logout_session_supported"] is True


def test_other_tenants_do_not_have_its_endpoints(at):
    @at()
    async def scenario(browser):
        assert (await browser.http.get(f"{browser.issuer}/{PATH}")).status_code == 404
