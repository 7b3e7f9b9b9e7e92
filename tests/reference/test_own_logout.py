"""Logouts that no relying party asks for: the account page, and an administrator's request."""

import jwt
import pytest

from conformance.demo import ADMINISTRATOR
from conformance.reference import account

CHANNELS = {
    "backchannel_logout_uri": "https://rp.test/bc",
    "frontchannel_logout_uri": "https://rp.test/fc",
}
OUT = "https://rp.test/out"


async def _log_out_on_the_account_page(browser):
    page = await browser.get("account")
    assert "You are logged in as alice." in page.text
    return await browser.submit(page, account="logout")


async def _end(browser, sid, token=ADMINISTRATOR):
    url = f"{browser.issuer}/admin/sessions/{sid}"
    return await browser.http.delete(url, headers={"Authorization": f"Bearer {token}"})


def _sid(tokens):
    return jwt.decode(tokens["id_token"], options={"verify_signature": False})["sid"]


@pytest.mark.parametrize("switches", [[], ["profile-ui-other-origin"], ["profile-strict-cookies"]])
def test_the_account_page_ends_the_session_and_tells_everybody(stage, at, switches):
    @at(*switches)
    async def scenario(browser):
        client = await browser.register(**CHANNELS)
        tokens = await browser.log_in(client)
        page = await _log_out_on_the_account_page(browser)
        assert f"sid={_sid(tokens)}" in page.text
        assert OUT not in page.text
        assert [claims["sid"] for claims in stage.receiver.claims()] == [_sid(tokens)]
        assert not await browser.alive(client)


def test_nobody_has_no_account(at):
    @at()
    async def scenario(browser):
        assert "Nobody is logged in" in (await browser.get("account")).text


def test_an_administrator_ends_a_session_by_its_sid(stage, at):
    @at()
    async def scenario(browser):
        client = await browser.register(**CHANNELS)
        tokens = await browser.log_in(client)
        assert (await _end(browser, _sid(tokens), "a guess")).status_code == 401
        assert (await _end(browser, "no-such-sid")).status_code == 404
        assert await browser.alive(client)
        assert (await _end(browser, _sid(tokens))).status_code == 204
        assert len(stage.receiver.tokens) == 1
        assert not await browser.alive(client)


def test_the_demo_knows_the_administrator():
    assert account.ADMINISTRATOR == ADMINISTRATOR


def test_a_silent_account_page_tells_nobody(stage, at):
    @at("own-logout-silent")
    async def scenario(browser):
        client = await browser.register(**CHANNELS)
        await browser.log_in(client)
        page = await _log_out_on_the_account_page(browser)
        assert "<iframe" not in page.text
        await browser.log_out(await browser.log_in(client))
        assert len(stage.receiver.tokens) == 1


def test_an_account_page_may_redirect(at):
    @at("own-logout-redirects")
    async def scenario(browser):
        await browser.log_in(await browser.register())
        assert (await _log_out_on_the_account_page(browser)).headers["location"] == OUT
