"""The LH Crew OAuth2 server on the wire: session logout with a direct re-login, backend logout."""

import base64
import hashlib

import pytest

from conformance.reference.languages import LOGIN
from conformance.reference.spoken.lh_crew import CLIENTS, SCOPE
from tests.reference.support import credentials, location

APP, BRIEFING = CLIENTS
SPEAKS = "speak-lh-crew"
VERIFIER = "a-code-verifier-of-which-nobody-knows-but-the-application"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ALICE = {"username": "alice", "password": "wonderland"}
MISSING = {
    "access_token": "Please provide the access_token parameter containing the actual access token.",
    "client_id": "Please provide the client_id parameter containing the actual client id.",
    "client_secret": "Please provide the client_secret parameter containing the actual client secret.",
}


def asking(client=APP, **changed):
    parameters = {
        "response_type": "code",
        "client_id": client["client_id"],
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "redirect_uri": client["redirect_uris"][0],
        "scope": SCOPE,
    }
    return {name: value for name, value in {**parameters, **changed}.items() if value is not None}


async def redeem(browser, client, code, secret=None):
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client["redirect_uris"][0],
        "code_verifier": VERIFIER,
    }
    auth = (client["client_id"], secret or client["client_secret"])
    return await browser.http.post(f"{browser.issuer}/token", data=form, auth=auth)


async def log_in(browser, client=APP):
    """Log in as far as needed, and return the access token."""
    answer = await browser.get("authorize", **asking(client))
    if 'name="username"' in answer.text:
        answer = await browser.submit(answer, **ALICE)
    return (await redeem(browser, client, location(answer)["code"])).json()["access_token"]


async def is_alive(browser, token):
    answer = await browser.http.get(
        f"{browser.issuer}/publicCrewApi", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code in (200, 401)
    assert "set-cookie" not in answer.headers
    return answer.status_code == 200


async def asks_for_credentials(browser, client=APP):
    return 'name="username"' in (await browser.get("authorize", **asking(client))).text


async def backend_logout(browser, token, client=APP, **changed):
    client_id, secret = credentials(client)
    form = {"client_id": client_id, "client_secret": secret, "access_token": token, **changed}
    sent = {name: value for name, value in form.items() if value is not None}
    return await browser.http.post(f"{browser.issuer}/logout_backend", data=sent)


def test_there_is_no_openid_connect(at):
    @at(SPEAKS)
    async def scenario(browser):
        for path in (".well-known/openid-configuration", "userinfo", "end_session", "account", "jwks"):
            assert (await browser.get(path)).status_code == 404
        assert (await browser.http.post(f"{browser.issuer}/register", json={})).status_code == 404
        refused = await browser.get("authorize", **asking(scope="openid"))
        assert location(refused)["error"] == "invalid_scope"


def test_a_login_takes_no_consent_and_brings_no_id_token(at):
    @at(SPEAKS)
    async def scenario(browser):
        page = await browser.get("authorize", **asking(prompt="none", nonce="n", state="s"))
        answer = await browser.submit(page, **ALICE)
        assert answer.headers["location"].startswith("myApp://callback/?code=")
        assert set(location(answer)) == {"code", "state"}
        wrong = await redeem(browser, APP, location(answer)["code"], secret="a guess")
        assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
        tokens = (await redeem(browser, APP, location(answer)["code"])).json()
        assert "id_token" not in tokens
        assert tokens["scope"] == SCOPE


def test_a_login_needs_a_challenge(at):
    @at(SPEAKS)
    async def scenario(browser):
        refused = await browser.get("authorize", **asking(code_challenge=None))
        assert refused.headers["location"].startswith("myApp://callback/?error=invalid_request")


def test_a_logout_ends_the_session_and_shows_the_login_page(at):
    @at(SPEAKS)
    async def scenario(browser):
        await log_in(browser)
        await log_in(browser, BRIEFING)
        assert not await asks_for_credentials(browser, BRIEFING)
        page = await browser.get("logout", **asking())
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert LOGIN["en"]["logged_out"] in page.text
        assert await asks_for_credentials(browser)
        assert await asks_for_credentials(browser, BRIEFING)


def test_a_login_after_the_logout_goes_back_to_the_application(at):
    @at(SPEAKS)
    async def scenario(browser):
        await log_in(browser)
        page = await browser.get("logout", **asking(state="of-old"))
        again = await browser.submit(page, username="alice", password="a guess")
        assert LOGIN["en"]["failed"] in again.text
        answer = await browser.submit(again, **ALICE)
        assert answer.headers["location"].startswith("myApp://callback/?code=")
        assert location(answer)["state"] == "of-old"
        assert (await redeem(browser, APP, location(answer)["code"])).status_code == 200


def test_a_logout_of_nobody_is_no_error(at):
    @at(SPEAKS)
    async def scenario(browser):
        assert LOGIN["en"]["logged_out"] in (await browser.get("logout", **asking())).text


def test_another_browser_stays_logged_in(at):
    @at(SPEAKS, number=2)
    async def scenario(browser, other):
        await log_in(browser)
        await log_in(other)
        await browser.get("logout", **asking())
        assert not await asks_for_credentials(other)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de", "de"),
        ("de-AT;q=0.9, en;q=0.4", "de"),
        ("en;q=0.1,de;q=0", "en"),
        ("fr", "en"),
        ("de;q=x", "en"),
    ],
)
def test_the_page_speaks_the_language_of_the_browser(at, accepted, language):
    @at(SPEAKS)
    async def scenario(browser):
        browser.http.headers["Accept-Language"] = accepted
        page = await browser.get("logout", **asking())
        assert f'<html lang="{language}">' in page.text
        assert LOGIN[language]["logged_out"] in page.text


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": None},
        {"client_id": "9" * 24},
        {"redirect_uri": "myapp://callback/"},
        {"response_type": "token"},
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"scope": "openid"},
    ],
    ids=str,
)
def test_a_request_that_no_login_could_go_on_from_changes_nothing(at, changed):
    @at(SPEAKS)
    async def scenario(browser):
        await log_in(browser)
        page = await browser.get("logout", **asking(**changed))
        assert page.status_code == 400
        assert "end_session" not in page.text
        assert not await asks_for_credentials(browser)


@pytest.mark.parametrize(("path", "method"), [("logout", "POST"), ("logout_backend", "GET")])
def test_other_methods_are_not_allowed(at, path, method):
    @at(SPEAKS)
    async def scenario(browser):
        assert (await browser.http.request(method, f"{browser.issuer}/{path}")).status_code == 405


def test_a_backend_logout_ends_one_access_token(at):
    @at(SPEAKS)
    async def scenario(browser):
        token, other = await log_in(browser), await log_in(browser)
        answer = await backend_logout(browser, token)
        assert (answer.status_code, answer.text) == (200, '{"status": "success"}')
        assert answer.headers["content-type"] == "application/json"
        assert "set-cookie" not in answer.headers
        assert not await is_alive(browser, token)
        assert await is_alive(browser, other)
        assert not await asks_for_credentials(browser)


@pytest.mark.parametrize(
    ("lacking", "asked"),
    [
        (["access_token"], "access_token"),
        (["client_id"], "client_id"),
        (["client_secret"], "client_secret"),
        (["client_id", "client_secret"], "client_id"),
        (["access_token", "client_id", "client_secret"], "access_token"),
    ],
    ids=str,
)
@pytest.mark.parametrize("value", [None, ""], ids=["left out", "empty"])
def test_what_a_backend_logout_lacks_is_asked_for(at, lacking, asked, value):
    @at(SPEAKS)
    async def scenario(browser):
        token = await log_in(browser)
        answer = await backend_logout(browser, token, **dict.fromkeys(lacking, value))
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() == {"error": "server_error ", "error_description": MISSING[asked]}
        assert await is_alive(browser, token)


def test_the_query_of_a_backend_logout_does_not_count(at):
    @at(SPEAKS)
    async def scenario(browser):
        token = await log_in(browser)
        client_id, secret = credentials(APP)
        answer = await browser.http.post(
            f"{browser.issuer}/logout_backend",
            params={"client_id": client_id, "client_secret": secret, "access_token": token},
        )
        assert answer.status_code == 400
        assert answer.json()["error_description"] == MISSING["access_token"]
        assert await is_alive(browser, token)


@pytest.mark.parametrize("how", ["json", "files"])
def test_a_body_of_another_type_does_not_count(at, how):
    @at(SPEAKS)
    async def scenario(browser):
        client_id, secret = credentials(APP)
        body = {"client_id": client_id, "client_secret": secret, "access_token": await log_in(browser)}
        sent = body if how == "json" else {name: (None, value) for name, value in body.items()}
        answer = await browser.http.post(f"{browser.issuer}/logout_backend", **{how: sent})
        assert answer.json()["error_description"] == MISSING["access_token"]
        assert await is_alive(browser, body["access_token"])


def test_a_backend_logout_takes_the_secret_and_a_token_of_the_client(at):
    @at(SPEAKS)
    async def scenario(browser):
        token, foreign = await log_in(browser), await log_in(browser, BRIEFING)
        wrong = await backend_logout(browser, token, client_secret="a guess")
        assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
        for useless in (foreign, "not-a-token"):
            refused = await backend_logout(browser, useless)
            assert (refused.status_code, refused.json()["error"]) == (400, "invalid_token")
        assert await is_alive(browser, token)
        assert await is_alive(browser, foreign)
        await backend_logout(browser, token)
        assert (await backend_logout(browser, token)).status_code == 400
