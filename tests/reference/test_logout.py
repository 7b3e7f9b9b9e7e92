"""RP-initiated logout at the conforming tenant and its profiles."""

import asyncio
from urllib.parse import urlsplit

import pytest

from conformance.reference import ReferenceProvider
from tests.reference.support import browsers, location

OUT = "https://rp.test/out"
CONFORMING = [
    *([], ["profile-ui-other-origin"], ["profile-no-kid"], ["profile-no-sid"], ["profile-pairwise"]),
    *(["profile-es256"], ["profile-single-button"], ["profile-strict-cookies"], ["profile-lax-cookies"]),
    *(["profile-redirect-303"], ["profile-async-notifications"], ["profile-no-confirmation"]),
]


@pytest.mark.parametrize("switches", CONFORMING, ids="+".join)
def test_login_and_logout(at, switches):
    @at(*switches)
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client, state="s", nonce="n")
        assert await browser.alive(client)
        done = await browser.log_out(tokens, post_logout_redirect_uri=f"{OUT}?x=1", state="a b&c%")
        assert done.headers["location"] == f"{OUT}?x=1&state=a+b%26c%25"
        assert location(await browser.authorize(client, prompt="none"))["error"] == "login_required"


def test_logout_by_post(at):
    @at()
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        page = await browser.post(
            "end_session", id_token_hint=tokens["id_token"], post_logout_redirect_uri=OUT
        )
        done = await browser.submit(page, logout="yes")
        assert done.headers["location"] == OUT


def test_no_keeps_the_session(at):
    @at()
    async def scenario(browser):
        client = await browser.register()
        done = await browser.log_out(await browser.log_in(client), "no", post_logout_redirect_uri=OUT)
        assert done.status_code == 200
        assert await browser.alive(client)


def test_an_answer_without_the_browsers_own_value_changes_nothing(at):
    @at(number=2)
    async def scenario(browser, other):
        client = await browser.register()
        tokens = await browser.log_in(client)
        page = await browser.get("end_session", id_token_hint=tokens["id_token"])
        others = await other.log_in(client, "bob")
        foreign = await other.get("end_session", id_token_hint=others["id_token"])
        value = foreign.text.split('name="csrf" value="')[1].split('"')[0]
        for csrf in ("", value):
            assert (await browser.submit(page, csrf=csrf, logout="yes")).status_code == 403
        assert await browser.alive(client)


@pytest.mark.parametrize(
    "uri",
    [
        f"{OUT}/",
        f"{OUT}?x=2",
        "https://rp.test/OUT",
        "https://evil.test/out",
        "http://rp.test/out",
        f"{OUT}#f",
    ],
)
def test_a_near_miss_is_an_error_that_changes_nothing(at, uri):
    @at()
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        page = await browser.get(
            "end_session", id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri
        )
        assert page.status_code == 400
        assert uri not in page.text
        assert await browser.alive(client)


def test_without_hint_it_asks_and_does_not_redirect(at):
    @at()
    async def scenario(browser):
        client = await browser.register()
        await browser.log_in(client)
        page = await browser.get(
            "end_session", client_id=client["client_id"], post_logout_redirect_uri=OUT, state="s"
        )
        done = await browser.submit(page, logout="yes")
        assert done.status_code == 200
        assert not await browser.alive(client)


def test_client_id_of_another_client_is_an_error(at):
    @at()
    async def scenario(browser):
        client, other = await browser.register(), await browser.register()
        tokens = await browser.log_in(client)
        page = await browser.get(
            "end_session", id_token_hint=tokens["id_token"], client_id=other["client_id"]
        )
        assert page.status_code == 400
        assert await browser.alive(client)


def test_a_hint_from_another_browser_touches_no_session(at):
    @at(number=3)
    async def scenario(alice, bob, nobody):
        client = await alice.register()
        tokens = await alice.log_in(client)
        await bob.log_in(client, "bob")
        asked = await bob.get("end_session", id_token_hint=tokens["id_token"], post_logout_redirect_uri=OUT)
        assert 'name="logout"' in asked.text
        sent = await nobody.get("end_session", id_token_hint=tokens["id_token"], post_logout_redirect_uri=OUT)
        assert sent.headers["location"] == OUT
        assert await alice.alive(client)
        assert await bob.alive(client)


def test_a_second_logout_is_no_error(at):
    @at()
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        for _ in range(2):
            done = await browser.log_out(tokens, post_logout_redirect_uri=OUT)
            assert done.headers["location"] == OUT
        assert "Nobody is logged in" in (await browser.get("end_session")).text


def test_repeated_parameters_are_an_error(at):
    @at()
    async def scenario(browser):
        page = await browser.http.get(f"{browser.issuer}/end_session?state=a&state=b")
        assert page.status_code == 400


def test_errors_elsewhere_stay_with_the_provider(at):
    @at("profile-error-page-elsewhere")
    async def scenario(browser):
        answer = await browser.http.get(f"{browser.issuer}/end_session?client_id=unknown")
        assert answer.status_code == 302
        assert urlsplit(answer.headers["location"]).path.endswith("/problem")


def test_tenants_share_no_sessions_and_no_clients(stage):
    async def run():
        async with (
            browsers(stage.provider) as (here,),
            browsers(stage.provider, "state-dropped") as (there,),
        ):
            there.http.cookies = here.http.cookies
            client = await here.register()
            tokens = await here.log_in(client)
            assert (await there.authorize(client)).status_code == 400
            refused = await there.get("end_session", id_token_hint=tokens["id_token"])
            assert refused.status_code == 400
            assert await here.alive(client)

    stage.runner.run(run())


def test_static_clients_are_in_every_tenant():
    static = {
        "client_id": "static",
        "client_secret": "s3cret",
        "redirect_uris": ["https://rp.test/cb"],
        "post_logout_redirect_uris": [OUT],
    }

    async def run():
        async with (
            ReferenceProvider(clients=[static]) as provider,
            browsers(provider, "profile-no-registration") as (browser,),
        ):
            answer = await browser.http.post(f"{browser.issuer}/register", json={})
            assert answer.status_code == 404
            tokens = await browser.log_in(static)
            done = await browser.log_out(tokens, post_logout_redirect_uri=OUT)
            assert done.headers["location"] == OUT

    asyncio.run(run())
