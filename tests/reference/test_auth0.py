"""Auth0's /v2/logout on the wire."""

import pytest

from conformance.reference.spoken.auth0 import matches

AUTH0 = "speak-auth0"
OUT = "https://rp.test/out"
WITH_QUERY = "https://rp.test/out?x=1"


async def _log_out(browser, **parameters):
    return await browser.http.get(f"{browser.issuer}/v2/logout", params=parameters)


def test_the_session_ends_and_the_browser_goes_to_return_to(at):
    @at(AUTH0)
    async def scenario(browser):
        client, other = await browser.register(), await browser.register()
        await browser.log_in(client)
        await browser.log_in(other)
        answer = await _log_out(browser, client_id=client["client_id"], returnTo=WITH_QUERY)
        assert (answer.status_code, answer.headers["location"]) == (302, WITH_QUERY)
        assert not await browser.alive(client)
        assert not await browser.alive(other)


def test_without_return_to_the_first_url_is_taken(at):
    @at(AUTH0)
    async def scenario(browser):
        client = await browser.register()
        await browser.log_in(client)
        assert (await _log_out(browser, client_id=client["client_id"])).headers["location"] == OUT
        assert not await browser.alive(client)


def test_without_anything_the_user_stays(at):
    @at(AUTH0)
    async def scenario(browser):
        client = await browser.register()
        await browser.log_in(client)
        answer = await _log_out(browser)
        assert (answer.status_code, "Logged out" in answer.text) == (200, True)
        assert not await browser.alive(client)


def test_a_federated_logout_ends_the_session_too(at):
    @at(AUTH0)
    async def scenario(browser):
        client = await browser.register()
        await browser.log_in(client)
        answer = await _log_out(browser, client_id=client["client_id"], returnTo=OUT, federated="")
        assert answer.headers["location"] == OUT
        assert not await browser.alive(client)


def test_what_is_not_listed_is_refused_and_changes_nothing(at):
    @at(AUTH0)
    async def scenario(browser):
        client = await browser.register()
        other = await browser.register(post_logout_redirect_uris=["https://rp.test/elsewhere"])
        await browser.log_in(client)
        refused = [
            {"client_id": client["client_id"], "returnTo": "https://stranger.test/out"},
            {"client_id": client["client_id"], "returnTo": "https://rp.test/OUT"},
            {"client_id": client["client_id"], "returnTo": "https://["},
            {"client_id": other["client_id"], "returnTo": OUT},
            {"client_id": "nobody", "returnTo": OUT},
            {"returnTo": OUT},
        ]
        for parameters in refused:
            answer = await _log_out(browser, **parameters)
            assert (answer.status_code, "location" in answer.headers) == (400, False), parameters
        assert await browser.alive(client)


def test_get_is_the_only_method(at):
    @at(AUTH0)
    async def scenario(browser):
        client = await browser.register()
        await browser.log_in(client)
        answer = await browser.http.post(
            f"{browser.issuer}/v2/logout", data={"client_id": client["client_id"]}
        )
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
        assert await browser.alive(client)


def test_relying_parties_are_told_by_the_back_channel(stage, at):
    @at(AUTH0)
    async def scenario(browser):
        client = await browser.register(backchannel_logout_uri="https://rp.test/bc")
        await browser.log_in(client)
        await _log_out(browser, client_id=client["client_id"])
        assert len(stage.receiver.tokens) == 1


def test_the_standard_logout_stands_beside_it(at):
    @at(AUTH0)
    async def scenario(browser):
        client = await browser.register()
        answer = await browser.log_out(await browser.log_in(client), post_logout_redirect_uri=OUT)
        assert answer.headers["location"] == OUT


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("https://a.test/x", "https://a.test/x"),
        ("HTTPS://A.Test/x", "https://a.test/x"),
        ("https://a.test/x?q#f", "https://a.test/x"),
        ("https://sub.a.test/x", "https://*.a.test/x"),
        ("https://pre-1-post.a.test/x", "https://pre-*-post.a.test/x"),
        ("app:/out", "app:/out"),
    ],
)
def test_urls_that_match(asked, listed):
    assert matches(asked, listed)


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("https://a.test/X", "https://a.test/x"),
        ("https://a.test/x/y", "https://a.test/x"),
        ("http://a.test/x", "https://a.test/x"),
        ("https://a.test:8443/x", "https://a.test/x"),
        ("https://you@a.test/x", "https://a.test/x"),
        ("https://one.two.a.test/x", "https://*.a.test/x"),
        ("https://a.test/x", "https://*.a.test/x"),
        ("https://stranger.test\\.a.test/x", "https://*.a.test/x"),
        ("https://one.test/x", "https://*.test/x"),
        ("https://sub.one.a.test/x", "https://sub.*.a.test/x"),
        ("https://one.two.a.test/x", "https://*.*.a.test/x"),
        ("app://sub.a.test/x", "app://*.a.test/x"),
    ],
)
def test_urls_that_do_not_match(asked, listed):
    assert not matches(asked, listed)
