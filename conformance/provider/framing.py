"""A page of the provider in a frame of somebody else's page, and a click in it."""

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame
from playwright.async_api import Page as BrowserPage

from conformance.evidence.events import Answer, Framed
from conformance.evidence.recorder import Recorder
from conformance.provider.agent_browser import BrowserAgent
from conformance.provider.pages import ParsedPage
from conformance.provider.referrer import origin

SECONDS = 10_000  # milliseconds that a frame may take to load, or to go on after the click


async def press_yes_in_frame(agent: BrowserAgent, page: BrowserPage, url: str, recorder: Recorder) -> None:
    """Press the control that confirms, if the frame shows a question, and wait for what comes of it."""
    frame = page.frames[-1]
    source = await _source(frame)
    parsed = ParsedPage(frame.url, None, source)
    kind = parsed.classify("logout")[0] if source else ""
    recorder.add(
        Framed, agent=agent.label, page=origin(page.url), frame="question", url=recorder.text(url),
        loaded=recorder.text(frame.url), settled=bool(source), shows=kind,
    )  # fmt: skip
    button = parsed.yes() if kind == "confirmation" else None
    if button is not None and await _click(page, frame, button.path):
        recorder.add(
            Answer, agent=agent.label, choice="yes", control=f"{button.label or button.name}, in a frame"
        )


async def _source(frame: Frame) -> str:
    try:
        await frame.wait_for_load_state(timeout=SECONDS)
        return await frame.content()
    except PlaywrightError:
        return ""


async def _click(page: BrowserPage, frame: Frame, path: str) -> bool:
    try:
        async with page.expect_event("framenavigated", lambda moved: moved == frame, timeout=SECONDS):
            await frame.locator(f"xpath={path}").click(timeout=SECONDS)
    except PlaywrightError:
        return False
    await _source(frame)
    return True
