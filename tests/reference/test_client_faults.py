"""Faults that clients meet: error answers, revocation, registration, addresses of authorization requests."""

import pytest

from tests.reference.support import credentials, location


async def refused_refresh(browser):
    """The answer to a refresh with what never was a token."""
    return await browser.refresh(await browser.register(), {"refresh_token": "never-a-token"})


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("token-error-403", 403, {"error": "invalid_grant"}),
        ("token-error-number", 400, {"error": 1001}),
        ("token-error-nested", 400, {"status": {"code": "invalid_grant"}}),
        ("token-error-quoted", 400, {"error": '"invalid_grant"'}),
        ("error-description-quotes", 400, {"error_description": '"token" was not accepted'}),
        ("error-uri-with-space", 400, {"error_uri": "https://op.example/errors/not accepted"}),
        ("refresh-error-invalid-token", 400, {"error": "invalid_token"}),
    ],
)
def test_error_answers(at, fault, status, body):
    answer = at(fault)(refused_refresh)
    assert answer.status_code == status
    assert body.items() <= answer.json().items()


def test_error_as_text(at):
    assert at("token-error-text")(refused_refresh).headers["content-type"].startswith("text/plain")


async def wrong_secret(browser):
    """The answer to a revocation with a wrong secret in the Authorization header."""
    client = await browser.register()
    return await revoke(browser, {**client, "client_secret": "wrong"}, token="x")


async def revoke(browser, client, **form):
    return await browser.http.post(f"{browser.issuer}/revoke", data=form, auth=credentials(client))


def test_wrong_credentials(at):
    assert at("basic-without-challenge")(wrong_secret).status_code == 401
    assert "www-authenticate" not in at("basic-without-challenge")(wrong_secret).headers
    assert at("invalid-client-400")(wrong_secret).status_code == 400


@pytest.mark.parametrize(
    ("fault", "kind", "hint", "status", "lives"),
    [
        ("revocation-trusts-hint", "refresh_token", "access_token", 200, True),
        ("revocation-trusts-hint", "refresh_token", "refresh_token", 200, False),
        ("revocation-refuses-unknown-hint", "refresh_token", "foobar", 400, True),
        ("revocation-refuses-unknown-hint", "refresh_token", "access_token", 200, False),
        ("revocation-refresh-tokens-only", "access_token", "access_token", 400, True),
        ("revocation-access-token-other-code", "access_token", "access_token", 400, True),
        ("revocation-keeps-access-tokens", "refresh_token", "refresh_token", 200, False),
        ("revocation-late", "refresh_token", "refresh_token", 200, True),
        ("revocation-token-in-query", "refresh_token", "refresh_token", 400, True),
        ("revocation-refuses-basic", "refresh_token", "refresh_token", 401, True),
        ("revocation-no-post", "refresh_token", "refresh_token", 405, True),
    ],
)
def test_revocation(at, fault, kind, hint, status, lives):
    @at(fault)
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        answer = await revoke(browser, client, token=tokens[kind], token_type_hint=hint)
        assert answer.status_code == status
        assert ((await browser.refresh(client, tokens)).status_code == 200) == lives


def test_access_token_outlives_the_refresh_token(at):
    @at("revocation-keeps-access-tokens")
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        await revoke(browser, client, token=tokens["refresh_token"])
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await browser.http.get(f"{browser.issuer}/userinfo", headers=bearer)).status_code == 200


@pytest.mark.parametrize("fault", ["redirect-uri-prefix-match", ""])
def test_redirect_uri(at, fault):
    @at(*filter(None, [fault]))
    async def scenario(browser):
        client = await browser.register()
        longer = f"{client['redirect_uris'][0]}/longer"
        answer = await browser.authorize(client, redirect_uri=longer, prompt="none")
        assert answer.headers.get("location", "").startswith(longer) == bool(fault)


def test_prompt_none_needs_a_hint(at):
    @at("prompt-none-needs-hint")
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        assert location(await browser.authorize(client, prompt="none"))["error"] == "invalid_request"
        hinted = await browser.authorize(client, prompt="none", id_token_hint=tokens["id_token"])
        assert "code" in location(hinted)


@pytest.mark.parametrize(
    ("fault", "members"),
    [
        ("registration-needs-session-flags", {"backchannel_logout_uri": "https://rp.test/bc"}),
        ("registration-refuses-queries", {"post_logout_redirect_uris": ["https://rp.test/out?x=1"]}),
        ("registration-https-only", {"backchannel_logout_uri": "http://rp.test/bc"}),
    ],
)
def test_registrations_that_are_refused(at, fault, members):
    async def status(browser):
        asked = {"redirect_uris": ["https://rp.test/callback"], **members}
        return (await browser.http.post(f"{browser.issuer}/register", json=asked)).status_code

    assert at()(status) == 201
    assert at(fault)(status) == 400
