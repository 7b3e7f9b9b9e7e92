"""Faults of the logout request: each does what it says, seen from the browser."""

import jwt
import pytest

from tests.reference.support import location

OUT = "https://rp.test/out"


@pytest.mark.parametrize(
    ("fault", "asked", "arrives"),
    [
        ("state-dropped", {"state": "s"}, OUT),
        ("state-mangled", {"state": "a b"}, f"{OUT}?state=a%2520b"),
        ("state-truncated", {"state": "s" * 70}, f"{OUT}?state={'s' * 64}"),
        ("state-plus-for-space", {"state": "a b"}, f"{OUT}?state=a%2Bb"),
        ("state-invented", {}, f"{OUT}?state=none"),
        ("extra-redirect-parameter", {}, f"{OUT}?logout=done"),
        ("redirect-loses-query", {"post_logout_redirect_uri": f"{OUT}?x=1"}, OUT),
        ("redirect-prefix-match", {"post_logout_redirect_uri": f"{OUT}side"}, f"{OUT}side"),
        (
            "redirect-case-insensitive",
            {"post_logout_redirect_uri": "https://rp.test/OUT"},
            "https://rp.test/OUT",
        ),
        ("redirect-ignores-query", {"post_logout_redirect_uri": f"{OUT}?y=2"}, f"{OUT}?y=2"),
        ("redirect-trailing-slash", {"post_logout_redirect_uri": f"{OUT}/"}, f"{OUT}/"),
        ("redirect-any-host", {"post_logout_redirect_uri": "https://evil.test/out"}, "https://evil.test/out"),
        ("redirect-without-uri", {"post_logout_redirect_uri": ""}, OUT),
        ("error-redirects-to-rp", {"client_id": "unknown"}, f"{OUT}?error=invalid_request"),
    ],
)
def test_redirect_faults(at, fault, asked, arrives):
    @at(fault)
    async def scenario(browser):
        tokens = await browser.log_in(await browser.register())
        done = await browser.log_out(tokens, **{"post_logout_redirect_uri": OUT, **asked})
        assert done.headers["location"] == arrives


def test_redirect_to_the_uri_of_another_client(at):
    @at("redirect-other-clients-uri")
    async def scenario(browser):
        await browser.register(post_logout_redirect_uris=["https://other.test/out"])
        tokens = await browser.log_in(await browser.register())
        done = await browser.log_out(tokens, post_logout_redirect_uri="https://other.test/out")
        assert done.headers["location"] == "https://other.test/out"


def test_redirect_without_hint(at):
    @at("redirect-without-hint")
    async def scenario(browser):
        await browser.log_in(await browser.register())
        page = await browser.get("end_session", post_logout_redirect_uri="https://evil.test/")
        done = await browser.submit(page, logout="yes")
        assert done.headers["location"] == "https://evil.test/"


def test_of_two_uris_the_last_is_followed(at):
    @at("repeated-uri-takes-last-unchecked")
    async def scenario(browser):
        tokens = await browser.log_in(await browser.register())
        query = {
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": [OUT, "https://evil.test/"],
        }
        page = await browser.http.get(f"{browser.issuer}/end_session", params=query)
        done = await browser.submit(page, logout="yes")
        assert done.headers["location"] == "https://evil.test/"


@pytest.mark.parametrize(
    ("fault", "parameters", "status"),
    [
        ("get-not-supported", {}, 405),
        ("second-logout-is-error", {}, 400),
        ("ui-locales-error", {"ui_locales": "xx"}, 400),
        ("logout-hint-500", {"logout_hint": "x"}, 500),
        ("unknown-parameter-error", {"x": "y"}, 400),
    ],
)
def test_error_faults(at, fault, parameters, status):
    @at(fault)
    async def scenario(browser):
        assert (await browser.get("end_session", **parameters)).status_code == status


def test_post_not_supported(at):
    @at("post-not-supported")
    async def scenario(browser):
        assert (await browser.post("end_session", state="s")).status_code == 405


@pytest.mark.parametrize(
    ("fault", "answer", "alive"),
    [
        ("yes-keeps-session", "yes", True),
        ("no-ends-session", "no", False),
        ("unasked-redirect-keeps-session", "", True),
    ],
)
def test_session_faults(at, fault, answer, alive):
    @at(fault)
    async def scenario(browser):
        client = await browser.register()
        done = await browser.log_out(await browser.log_in(client), answer, post_logout_redirect_uri=OUT)
        assert done.headers["location"] == OUT
        assert await browser.alive(client) == alive


def test_no_question_without_hint(at):
    @at("no-question-without-hint")
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        assert 'name="logout"' in (await browser.get("end_session", id_token_hint=tokens["id_token"])).text
        await browser.get("end_session")
        assert not await browser.alive(client)


@pytest.mark.parametrize(
    ("fault", "user"), [("no-question-foreign-hint", "bob"), ("no-question-foreign-session", "alice")]
)
def test_no_question_for_hints_of_others(at, fault, user):
    @at(fault, number=2)
    async def scenario(browser, other):
        client = await browser.register()
        own = await browser.log_in(client)
        foreign = await other.log_in(client, user)
        asked = await browser.get("end_session", id_token_hint=own["id_token"])
        assert 'name="logout"' in asked.text
        await browser.get("end_session", id_token_hint=foreign["id_token"])
        assert not await browser.alive(client)
        assert await other.alive(client)


def test_a_hint_ends_the_session_of_another_browser(at):
    @at("hint-ends-other-browser", number=2)
    async def scenario(browser, other):
        client = await browser.register()
        tokens = await browser.log_in(client)
        await other.get("end_session", id_token_hint=tokens["id_token"])
        assert not await browser.alive(client)


def test_a_link_from_another_site_logs_out(at):
    @at("forged-logout-cross-site")
    async def scenario(browser):
        client = await browser.register()
        await browser.log_in(client)
        assert 'name="logout"' in (await browser.get("end_session")).text
        headers = {"Sec-Fetch-Site": "cross-site"}
        await browser.http.get(f"{browser.issuer}/end_session", headers=headers)
        assert not await browser.alive(client)


@pytest.mark.parametrize("fault", ["hint-signature-unchecked", "hint-alg-none-accepted"])
def test_forged_hints(at, fault):
    def forged(tokens):
        claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
        if fault == "hint-alg-none-accepted":
            return jwt.encode(claims, "", "none")
        return jwt.encode(claims, "x" * 32, "HS256")

    async def status(browser):
        tokens = await browser.log_in(await browser.register())
        return (await browser.get("end_session", id_token_hint=forged(tokens))).status_code

    assert at()(status) == 400
    assert at(fault)(status) == 200


def test_client_id_unchecked(at):
    @at("client-id-unchecked")
    async def scenario(browser):
        other = await browser.register()
        tokens = await browser.log_in(await browser.register())
        done = await browser.log_out(tokens, client_id=other["client_id"], post_logout_redirect_uri=OUT)
        assert done.headers["location"] == OUT


def test_confirmation_without_csrf(at):
    @at("confirmation-without-csrf")
    async def scenario(browser):
        client = await browser.register()
        tokens = await browser.log_in(client)
        page = await browser.get("end_session", id_token_hint=tokens["id_token"])
        assert 'name="csrf"' not in page.text
        await browser.submit(page, logout="yes")
        assert not await browser.alive(client)


def test_confirmation_framable(at):
    @at("confirmation-framable")
    async def scenario(browser):
        await browser.log_in(await browser.register())
        page = await browser.get("end_session")
        assert "x-frame-options" not in page.headers
        assert "frame-ancestors" not in page.headers["content-security-policy"]


def test_a_session_is_revived_only_where_nobody_forbade_questions(at):
    @at("session-revived-silently")
    async def scenario(browser):
        client = await browser.register()
        await browser.log_out(await browser.log_in(client))
        assert not await browser.alive(client)
        page = await browser.authorize(client)
        assert 'name="username"' not in page.text
        assert 'name="consent"' in page.text


def test_prompt_none_shows_login(at):
    @at("prompt-none-shows-login")
    async def scenario(browser):
        page = await browser.authorize(await browser.register(), prompt="none")
        assert 'name="username"' in page.text


def test_session_state_faults(at):
    async def states(browser):
        client = await browser.register()
        refused = location(await browser.authorize(client, prompt="none"))
        await browser.log_in(client)
        return "session_state" in refused, "session_state" in location(await browser.authorize(client))

    assert at()(states) == (True, True)
    assert at("session-state-missing")(states) == (True, False)
    assert at("session-state-not-on-errors")(states) == (False, True)
