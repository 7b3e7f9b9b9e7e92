"""Typed steps of the config on a page: find, fill in, click, wait; and the user's own login function."""

import fnmatch
import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page

from conformance.config.functions import imported
from conformance.config.model import Pages, Step, User
from conformance.provider.pages import Context
from conformance.provider.scripts import OwnFunction, Script

BANNER = 1.0  # seconds in which an optional step that nothing follows has to match


class StepError(Exception):
    """A step did not match, or its action failed; says which and why."""


@dataclass
class _Run:
    """The steps of one page; those that were passed over may be needed once something stands in the way."""

    page: Page
    user: User | None
    timeout: float
    passed_over: list[Step] = field(default_factory=list)


async def carry_out(
    page: Page,
    script: Script,
    user: User | None,
    timeout: float,
    about_to_click: Callable[[], Awaitable[None]],
) -> None:
    """Carry out steps in their order. StepError: one does not match within `timeout` seconds, or fails.

    `about_to_click` is awaited before each step that has to click, so that the caller can wait for what comes of it.
    """
    if isinstance(script, OwnFunction):
        await _call(page, script, user)
        return
    run = _Run(page, user, timeout)
    for number, step in enumerate(script, 1):
        try:
            if step.click and not step.optional:
                await about_to_click()
            await _one(run, step, script[number:])
        except PlaywrightError as error:
            raise StepError(f"Step {number} ({in_words(step)}) failed: {complaint(error)}") from error


async def named(page: Page, pages: Pages, context: Context) -> str:
    """Return the kind of page that the config's steps say it is; "" where none of them match."""
    if context == "own":
        return ""
    kinds = {"login": pages.login, "consent": pages.consent}
    if context == "logout":
        kinds = {"confirmation": pages.confirm_yes, "login": pages.login}
    for kind, script in kinds.items():
        if isinstance(script, list) and await _begins(page, script):
            return kind
    return ""


def locate(page: Page, match: str) -> Locator:
    """Find by CSS selector, or by text=…, label=…, role=…[name=…]."""
    if match.startswith("label="):
        return page.get_by_label(match.removeprefix("label=")).first
    return page.locator(match).first


def in_words(step: Step) -> str:
    """Return a step as it stands in a config; a text that is filled in is not shown unless it is a variable."""
    action = "click: true" if step.click else f'wait: "{step.wait}"'
    if step.fill is not None:
        action = f'fill: "{step.fill if step.fill.startswith("${") else "…"}"'
    return f'match: "{step.match}", {action}' if step.match else action


def complaint(error: PlaywrightError) -> str:
    """Return what Playwright complains of in a line; where something covers a control, by what."""
    lines = str(error).splitlines() or [""]
    covered = next((line.strip(" -") for line in lines if "intercepts pointer events" in line), "")
    return f"{lines[0]} {covered}".strip()


async def _begins(page: Page, script: Sequence[Step]) -> bool:
    """Tell whether the first step that has to match, or an optional one before it, is on the page now."""
    try:
        for step in script:
            if step.match and await locate(page, step.match).is_visible():
                return True
            if step.match and not step.optional:
                return False
    except PlaywrightError:  # the page is being replaced
        return False
    return False


async def _one(run: _Run, step: Step, following: Sequence[Step]) -> None:
    if step.wait:
        await _wait(run, step)
    elif step.optional:
        await _optional(run, step, following)
    else:
        await locate(run.page, step.match).wait_for(state="visible", timeout=run.timeout * 1000)
        await _act_through(run, step)


async def _optional(run: _Run, step: Step, following: Sequence[Step]) -> None:
    """Act where it matches: known as soon as the next step that has to match is there."""
    own = locate(run.page, step.match)
    required = next((s for s in following if s.match and not s.optional), None)
    either = own.or_(locate(run.page, required.match)).first if required else own
    try:
        await either.wait_for(state="visible", timeout=(run.timeout if required else BANNER) * 1000)
    except PlaywrightError:
        return  # the step that has to match says what is missing
    if await own.is_visible():
        await _act(run, step, run.timeout)
    else:
        run.passed_over.append(step)


async def _act_through(run: _Run, step: Step) -> None:
    """Act; if a banner came up late and stands in the way, handle that first."""
    if not run.passed_over:
        return await _act(run, step, run.timeout)
    try:
        return await _act(run, step, BANNER)
    except PlaywrightError:
        for late in run.passed_over:
            if await locate(run.page, late.match).is_visible():
                await _act(run, late, run.timeout)
        return await _act(run, step, run.timeout)


async def _act(run: _Run, step: Step, seconds: float) -> None:
    found = locate(run.page, step.match)
    if step.fill is not None:
        await found.fill(_filled(step.fill, run.user), timeout=seconds * 1000)
    else:
        await found.click(timeout=seconds * 1000, no_wait_after=True)


async def _wait(run: _Run, step: Step) -> None:
    """Wait for a selector, or for an address that matches a glob; optional: at most a second."""
    milliseconds = (BANNER if step.optional else run.timeout) * 1000
    try:
        if "://" in step.wait or step.wait.startswith("**"):
            pattern = re.compile(fnmatch.translate(step.wait))
            await run.page.wait_for_url(pattern, timeout=milliseconds, wait_until="commit")
        else:
            await locate(run.page, step.wait).wait_for(state="visible", timeout=milliseconds)
    except PlaywrightError:
        if not step.optional:
            raise


def _filled(text: str, user: User | None) -> str:
    if user is None:
        return text
    return text.replace("${username}", user.username.reveal()).replace("${password}", user.password.reveal())


async def _call(page: Page, own: OwnFunction, user: User | None) -> None:
    try:
        function = imported(own.reference, own.folder)
        result = function(
            page, user.username.reveal() if user else "", user.password.reveal() if user else ""
        )
        if inspect.isawaitable(result):
            await result
    except Exception as problem:
        raise StepError(f"{own.reference} raised {type(problem).__name__}: {problem}") from problem
