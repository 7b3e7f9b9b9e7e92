"""Amazon Cognito's /logout on the wire."""

from urllib.parse import parse_qs, urlsplit

from tests.reference.support import location

COGNITO = "speak-cognito"
OUT = "https://rp.test/out"


async def _log_out(browser, client, **parameters):
    asked = {"client_id": client["client_id"], **parameters}
    return await browser.http.get(f"{browser.issuer}/logout", params=asked)


def _again(client, **parameters):
    return {"response_type": "code", "redirect_uri": client["redirect_uris"][0], **parameters}


def test_the_session_ends_and_the_browser_goes_to_logout_uri(at):
    @at(COGNITO)
    async def scenario(browser):
        client, other = await browser.register(), await browser.register()
        tokens = await browser.log_in(client)
        await browser.log_in(other)
        answer = await _log_out(browser, client, logout_uri=OUT, state="ignored", **_again(client))
        assert (answer.status_code, answer.headers["location"]) == (302, OUT)
        assert not await browser.alive(client)
        assert not await browser.alive(other)
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await browser.http.get(f"{browser.issuer}/userinfo", headers=bearer)).status_code == 200


def test_a_login_follows_and_leads_back_with_a_code(at):
    @at(COGNITO)
    async def scenario(browser):
        client = await browser.register()
        await browser.log_in(client)
        page = await browser.get(
            "logout", client_id=client["client_id"], **_again(client, state="s", scope="openid")
        )
        assert page.url.path.endswith("/login")
        assert not await browser.alive(client)
        answer = await browser.submit(page, username="bob", password="builder")
        answer = await browser.submit(answer, consent="yes")
        assert location(answer)["state"] == "s"
        assert "id_token" in await browser.tokens(client, location(answer)["code"])


def test_the_login_page_gets_the_parameters_and_every_scope(at):
    @at(COGNITO)
    async def scenario(browser):
        client = await browser.register()
        answer = await _log_out(browser, client, nonce="n", other="unknown", **_again(client))
        url = urlsplit(answer.headers["location"])
        assert f"{url.scheme}://{url.netloc}{url.path}" == f"{browser.issuer}/login"
        assert parse_qs(url.query) == {
            "response_type": ["code"],
            "client_id": [client["client_id"]],
            "redirect_uri": client["redirect_uris"],
            "nonce": ["n"],
            "scope": ["openid profile email offline_access"],
        }


def test_what_is_missing_or_not_listed_is_refused_and_changes_nothing(at):
    @at(COGNITO)
    async def scenario(browser):
        client = await browser.register()
        await browser.log_in(client)
        refused = [
            {},
            {"logout_uri": "https://rp.test/out/more"},
            {"logout_uri": OUT, "client_id": "nobody"},
            {"redirect_uri": client["redirect_uris"][0]},
            _again(client, redirect_uri="https://stranger.test/cb"),
        ]
        for parameters in refused:
            answer = await _log_out(browser, client, **parameters)
            assert (answer.status_code, "location" in answer.headers) == (400, False), parameters
        assert (await browser.get("logout", logout_uri=OUT)).status_code == 400
        assert await browser.alive(client)


def test_get_is_the_only_method(at):
    @at(COGNITO)
    async def scenario(browser):
        client = await browser.register()
        await browser.log_in(client)
        form = {"client_id": client["client_id"], "logout_uri": OUT}
        answer = await browser.http.post(f"{browser.issuer}/logout", data=form)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
        assert await browser.alive(client)


def test_no_other_logout_is_announced_or_there(at):
    @at(COGNITO)
    async def scenario(browser):
        metadata = (await browser.http.get(f"{browser.issuer}/.well-known/openid-configuration")).json()
        assert not [member for member in metadata if "logout" in member or "session" in member]
        assert "revocation_endpoint" in metadata
        for path in ("end_session", "check_session"):
            assert (await browser.http.get(f"{browser.issuer}/{path}")).status_code == 404
