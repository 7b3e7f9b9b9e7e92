"""Back-channel and front-channel logout, and tokens after a logout."""

import asyncio
import time

import jwt
import pytest

from conformance.reference.backchannel import EVENT

CHANNELS = {"backchannel_logout_uri": "https://rp.test/bc?t=1"}


@pytest.fixture
def log_out(stage, at):
    """One logout of one client: claims of its ID Token, and the receiver."""

    def run(*switches):
        @at(*switches)
        async def claims(browser):
            tokens = await browser.log_in(await browser.register(**CHANNELS))
            await browser.log_out(tokens)
            return jwt.decode(tokens["id_token"], options={"verify_signature": False})

        return claims, stage.receiver

    return run


def test_logout_token(log_out):
    id_token, receiver = log_out()
    (claims,) = receiver.claims()
    assert {name: claims[name] for name in ("iss", "aud", "sub", "sid")} == {
        name: id_token[name] for name in ("iss", "aud", "sub", "sid")
    }
    assert claims["events"] == {EVENT: {}}
    assert claims["exp"] - claims["iat"] == 120
    assert abs(claims["iat"] - time.time()) < 5
    assert claims["jti"]
    header = jwt.get_unverified_header(receiver.tokens[0])
    assert header["typ"] == "logout+jwt"
    assert header["alg"] == "RS256"


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("logout-token-no-exp", lambda claims: "exp" not in claims),
        ("logout-token-no-sid", lambda claims: "sid" not in claims),
        ("logout-token-events-array", lambda claims: claims["events"] == [EVENT]),
        ("logout-token-iat-milliseconds", lambda claims: claims["iat"] > time.time() * 100),
        ("logout-token-nonce", lambda claims: claims["nonce"]),
        ("profile-no-sid", lambda claims: "sid" not in claims),
    ],
)
def test_edited_logout_token(log_out, fault, wrong):
    _, receiver = log_out(fault)
    assert wrong(receiver.claims()[0])


@pytest.mark.parametrize("fault", ["logout-token-alg-none", "logout-token-unsigned"])
def test_no_signature(log_out, fault):
    _, receiver = log_out(fault)
    assert receiver.tokens[0].endswith(".")


def test_a_silent_provider_sends_nothing(log_out):
    assert log_out("backchannel-silent")[1].tokens == []


@pytest.mark.parametrize(("switches", "status"), [([], 400), (["logout-token-as-hint"], 200)])
def test_a_logout_token_is_no_hint(stage, at, switches, status):
    @at(*switches)
    async def scenario(browser):
        client = await browser.register(**CHANNELS)
        await browser.log_out(await browser.log_in(client))
        await browser.log_in(client)
        page = await browser.get("end_session", id_token_hint=stage.receiver.tokens[0])
        assert page.status_code == status


def test_a_server_error_is_tried_once_more_with_the_same_token(stage, at):
    receiver = stage.receiver
    receiver.reset(503, 503)

    @at()
    async def scenario(browser):
        await browser.log_out(await browser.log_in(await browser.register(**CHANNELS)))
        assert len(receiver.tokens) == 1
        receiver.arrived.clear()
        await asyncio.wait_for(receiver.arrived.wait(), 5)
        assert receiver.tokens[0] == receiver.tokens[1]


def test_asynchronous_notifications_arrive_after_the_answer(stage, at):
    @at("profile-async-notifications")
    async def scenario(browser):
        await browser.log_out(await browser.log_in(await browser.register(**CHANNELS)))
        assert stage.receiver.tokens == []
        await asyncio.wait_for(stage.receiver.arrived.wait(), 5)


def test_front_channel_page_frames_every_relying_party_with_iss_and_sid(at):
    @at()
    async def scenario(browser):
        front = {"frontchannel_logout_uri": "https://rp.test/fc?t=1"}
        tokens = await browser.log_in(await browser.register(**front))
        page = await browser.log_out(tokens, post_logout_redirect_uri="https://rp.test/out")
        sid = jwt.decode(tokens["id_token"], options={"verify_signature": False})["sid"]
        assert '<iframe src="https://rp.test/fc?t=1&amp;iss=https%3A%2F%2Flocalhost' in page.text
        assert f"&amp;sid={sid}" in page.text
        assert "frame-src https://rp.test;" in page.headers["content-security-policy"]
        assert 'location.replace("https://rp.test/out")' in page.text


@pytest.mark.parametrize(
    ("switches", "scope", "survives"),
    [
        ([], "openid", False),
        ([], "openid offline_access", True),
        (["logout-keeps-refresh-tokens"], "openid", True),
        (["logout-revokes-offline-tokens"], "openid offline_access", False),
    ],
)
def test_refresh_after_logout(at, switches, scope, survives):
    @at(*switches)
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client, scope=scope, prompt="consent")
        assert (await browser.refresh(client, tokens)).status_code == 200
        await browser.log_out(tokens)
        answer = await browser.refresh(client, tokens)
        assert (answer.status_code == 200) == survives
        assert survives or answer.json()["error"] == "invalid_grant"
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await browser.http.get(f"{browser.issuer}/userinfo", headers=bearer)).status_code == 401
