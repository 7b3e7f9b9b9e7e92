"""Typed steps on small pages in real Chromium: a login in two pages behind a cookie banner."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Route, async_playwright

from conformance.config.model import Pages, Secret, Step, User
from conformance.evidence.events import Exchange, Page
from conformance.evidence.recorder import Recorder, RunClock
from conformance.evidence.redaction import Redactor
from conformance.provider import chromium, steps
from conformance.provider.agent import AgentError, Landing, RateLimitedError
from conformance.provider.agent_browser import BrowserAgent
from conformance.provider.pages import ParsedPage
from conformance.provider.scripts import OwnFunction, Script, advice
from conformance.provider.wire import Pace

ALICE = User(key="user1", username=Secret("alice"), password=Secret("wonder land"))
ISSUER = "https://op.test"
BANNER = """<div id="banner" style="position:fixed;inset:0;background:#eee">
  <button type="button" onclick="document.getElementById('banner').remove()">Accept all cookies</button></div>"""
FIRST = """<!doctype html><title>Who are you?</title><form action="/second">
  <label>Your name <input id="who" name="who"></label><button>Next</button></form>"""
SECOND = """<!doctype html><title>Prove it</title><form action="/check">
  <input id="secret" type="password" name="secret"><button type="submit">Enter</button></form>"""
DONE = "<!doctype html><title>Done</title><script>location = 'https://rp.test/callback?code=1'</script>"
LATE = f"<script>setTimeout(() => document.body.insertAdjacentHTML('beforeend', `{BANNER}`), 30)</script>"
IN_PLACE = """<!doctype html><title>One page</title><main><button onclick="document.querySelector('main').innerHTML =
  '<p>You are logged out</p>'">Leave</button></main>"""

LOGIN = [
    Step(match="text=Accept all cookies", click=True, optional=True),
    Step(match="label=Your name", fill="${username}"),
    Step(match="role=button[name='Next']", click=True),
    Step(wait="#secret"),
    Step(match="#secret", fill="${password}"),
    Step(match="button[type=submit]", click=True),
]


def in_loop(test: Callable[..., Any]) -> Callable[[], None]:
    def run() -> None:
        async def in_time() -> None:
            async with asyncio.timeout(30):
                await test()

        asyncio.run(in_time())

    run.__name__ = test.__name__
    return run


@asynccontextmanager
async def browser_agent(
    pages: dict[str, str], config: Pages, timeout: float = 5.0
) -> AsyncIterator[BrowserAgent]:
    """A user agent for which these pages are the provider."""

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ISSUER).partition("?")[0]
        await route.fulfill(body=pages.get(path, "<title>Relying party</title>"), content_type="text/html")

    recorder = Recorder("steps", RunClock(), Redactor())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**chromium.launch_options(chromium.find()))
        context = await browser.new_context()
        await context.route("**/*", answer)
        page = await context.new_page()
        agent = BrowserAgent(
            "browser 1",
            context,
            page,
            recorder,
            lambda url: "rp.test" in url,
            frozenset(),
            timeout,
            Pace(None),
            config,
            None,
        )
        try:
            yield agent
        finally:
            await agent.close()
            await browser.close()


async def log_in(agent: BrowserAgent, script: Script) -> Landing:
    landing = await agent.get(f"{ISSUER}/login", "authorization", "authorization")
    assert landing.shown is not None
    assert landing.shown.kind == "login"
    return await agent.follow(landing, script, "authorization", "login", ALICE)


def urls(agent: BrowserAgent) -> list[str]:
    return [e.url for e in agent._recorder.events if isinstance(e, Exchange)]


@pytest.mark.parametrize("banner", ["", BANNER, LATE], ids=["none", "at once", "late"])
def test_two_pages_behind_a_banner(banner):
    @in_loop
    async def run():
        pages = {"/login": FIRST + banner, "/second": SECOND, "/check": DONE}
        async with browser_agent(pages, Pages(login=LOGIN)) as agent:
            landing = await log_in(agent, LOGIN)
            assert (landing.kind, landing.url) == ("rp", "https://rp.test/callback?code=1")
            assert f"{ISSUER}/second?who=alice" in urls(agent)
            assert f"{ISSUER}/check?secret=wonder+land" in urls(agent)

    run()


@in_loop
async def test_a_rate_limit_is_told_with_the_method_and_the_address():
    async with browser_agent({"/login": FIRST}, Pages()) as agent:
        await agent._context.route(f"{ISSUER}/logout", lambda route: route.fulfill(status=429))
        with pytest.raises(RateLimitedError, match=r" 429 .* to POST https://op.test/logout, "):
            await agent.post(f"{ISSUER}/logout", [], "logout", "logout", f"{ISSUER}/login")


@in_loop
async def test_a_step_that_does_not_match_says_what_is_there():
    script = [Step(match="#nowhere", fill="${username}"), Step(match="text=Next", click=True)]
    config = Pages(login=[Step(match="text=Next", click=True, optional=True), *script])
    async with browser_agent({"/login": FIRST}, config, timeout=0.3) as agent:
        with pytest.raises(AgentError) as problem:
            await log_in(agent, script)
        said = str(problem.value)
        assert said.startswith('Step 1 (match: "#nowhere", fill: "${username}") failed: ')
        assert "'Who are you?'" in said
        assert "button 'Next'" in said
        assert '- {match: "#who", fill: "${username}"}' in said
        assert isinstance(agent._recorder.events[-1], Page)
        assert await agent.screenshot()


@in_loop
async def test_a_page_that_changes_without_a_navigation():
    script = [Step(match="text=Leave", click=True)]
    async with browser_agent({"/logout": IN_PLACE}, Pages(confirm_yes=script)) as agent:
        landing = await agent.get(f"{ISSUER}/logout", "logout", "logout")
        assert landing.shown is not None
        assert landing.shown.kind == "confirmation"
        landing = await agent.follow(landing, script, "logout", "confirm_yes")
        assert landing.shown is not None
        assert landing.shown.text == "You are logged out"


def test_own_function(tmp_path: Path):
    (tmp_path / "my_steps_login.py").write_text(
        "async def login(page, username, password):\n"
        "    await page.fill('#who', username)\n"
        "    await page.click('text=Next')\n"
        "    await page.fill('#secret', password)\n"
        "    await page.click('button')\n"
        "async def stumble(page, username, password):\n"
        "    raise LookupError('no such tenant')\n"
    )

    @in_loop
    async def run():
        own = OwnFunction("python:my_steps_login:login", tmp_path)
        pages = {"/login": FIRST, "/second": SECOND, "/check": DONE}
        async with browser_agent(pages, Pages(login=[LOGIN[1]])) as agent:
            assert (await log_in(agent, own)).kind == "rp"
            with pytest.raises(AgentError, match="stumble raised LookupError: no such tenant"):
                await log_in(agent, OwnFunction("python:my_steps_login:stumble", tmp_path))

    run()


def test_advice_names_fields_without_a_form():
    page = ParsedPage(
        f"{ISSUER}/login?x=1",
        200,
        '<title>Hi</title><input name="u"><input type="password"><a href="/">Go</a>',
    )
    said = advice(page, "login")
    assert "The page https://op.test/login has the title 'Hi'" in said
    assert '- {match: "[name=u]", fill: "${username}"}' in said
    assert '- {match: "input[type=password]", fill: "${password}"}' in said
    assert '- {match: "text=Go", click: true}' in said


def test_a_typed_text_is_not_repeated():
    assert "hunter2" not in steps.in_words(Step(match="#x", fill="hunter2"))
