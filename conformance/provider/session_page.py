"""A relying party's page that frames the provider's check_session_iframe and asks it (Session Management 3)."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Literal

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page as BrowserPage

from conformance.evidence.events import Framed, Heard, Poll
from conformance.evidence.recorder import Recorder
from conformance.provider.agent import AgentError
from conformance.provider.agent_browser import BrowserAgent
from conformance.provider.referrer import origin

Window = Literal["rp", "parent"]
WORDS = ("changed", "unchanged", "error")
LOADING = 10.0  # seconds that a frame may take to load
# The page has two frames of its own origin: the one that asks, as the specification's relying party does, and a
# sibling that must not hear the answer. Frames of the provider are made by `load`.
TOP = """<!doctype html><title>Relying party: session</title><script>
const heard = [], checks = new Set();
const framed = (source) => [...document.querySelectorAll('iframe.provider')].find((f) => f.contentWindow === source);
function hear(where, event) {
  const frame = framed(event.source);
  if (!frame) return;
  heard.push({frame: frame.id, window: where, data: event.data, origin: event.origin, at: performance.now()});
  for (const check of [...checks]) check();
};
addEventListener("message", (event) => hear("parent", event));
function post(id, data, target) { document.getElementById(id).contentWindow.postMessage(data, target); }
const load = (id, url, seconds) => new Promise((done) => {
  const frame = Object.assign(document.createElement('iframe'), {id, className: 'provider', src: url});
  frame.style.visibility = 'hidden';
  frame.addEventListener('load', () => done(true));
  setTimeout(done, seconds * 1000, false);
  document.body.append(frame);
});
const ask = (from, id, data, target, words, seconds) => new Promise((done) => {
  const begun = performance.now(), first = heard.length;
  const mine = () => heard.slice(first).filter((one) => one.frame === id);
  const isAnswer = ({data}) => typeof data === 'string'
    && (!words.length || words.includes(data.replace(/^["'\\u2018\\u201c]|["'\\u2019\\u201d]$/g, '')));
  let grace = 0;
  const finish = () => {
    checks.delete(check);
    done({waited: (performance.now() - begun) / 1000,
      answers: mine().map((one) => ({...one, seconds: (one.at - begun) / 1000}))});
  };
  const check = () => {
    const answers = mine().filter(isAnswer);
    if (answers.some((one) => one.window === from)) finish();
    else if (answers.length && !grace) grace = setTimeout(finish, 300);
  };
  checks.add(check);
  setTimeout(finish, seconds * 1000);
  (from === 'parent' ? post : document.getElementById(from).contentWindow.post)(id, data, target);
});
</script><body><iframe id="rp" src="FRAME"></iframe><iframe id="sibling" src="FRAME"></iframe>"""
FRAME = """<!doctype html><title>Relying party: frame</title><script>
addEventListener('message', (event) => parent.hear(window.frameElement.id, event));
function post(id, data, target) { parent.document.getElementById(id).contentWindow.postMessage(data, target); }
</script>"""
# What a page of another site can read in a frame, of what it stored as first party: the control of storage.
STORE = """<!doctype html><title>Storage: store</title><script>
document.cookie = 'kept=1; SameSite=None; Secure; Path=/'; localStorage.setItem('kept', '1');
</script>"""
READ = """<!doctype html><title>Storage: read</title><script>
const found = (look) => { try { return look() ? 'readable' : 'missing'; } catch { return 'forbidden'; } };
addEventListener('message', ({source, origin}) => source.postMessage(
  `cookie ${found(() => document.cookie.includes('kept=1'))}, `
  + `storage ${found(() => localStorage.getItem('kept') === '1')}`, origin));
</script>"""
# Makes the source of messages note to which origin the provider's page posts.
NOTE_TARGETS = """if (window !== top && location.origin === ORIGIN) {
  const own = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'source'), targets = [];
  Object.defineProperty(window, '__targets', {value: targets});
  Object.defineProperty(MessageEvent.prototype, 'source', {configurable: true, enumerable: true, get() {
    const source = own.get.call(this);
    const post = (data, target, ...rest) => {
      targets.push(String(target?.targetOrigin ?? target ?? '/'));
      return source.postMessage(data, target, ...rest);
    };
    return source && new Proxy({}, {get: (_, name) => name === 'postMessage' ? post : source[name]});
  }});
}"""


@dataclass(frozen=True)
class Message:
    """What is posted: data, in words, and whose client_id it names."""

    what: str
    data: Any
    rp: str = ""


class SessionPage:
    """The page in a tab of its own; `url` is that of `TOP` on the relying party's origin."""

    def __init__(self, page: BrowserPage, agent: str, url: str, recorder: Recorder, target: str) -> None:
        self._page, self._agent, self._recorder = page, agent, recorder
        self._origin, self._target = origin(url), target
        self._frames = 0

    @classmethod
    async def open(
        cls, agent: BrowserAgent, url: str, recorder: Recorder, provider_page: str, *, notes_targets: bool = False
    ) -> "SessionPage":  # fmt: skip
        """Load the page. With notes_targets it is recorded to which origins the provider's page posts."""
        target = origin(provider_page)
        script = NOTE_TARGETS.replace("ORIGIN", json.dumps(target)) if notes_targets else ""
        return cls(await agent.tab(url, "rp page", script), agent.label, url, recorder, target)

    async def frame(self, url: str, name: str = "") -> str:
        """Frame a page and wait until it has loaded; returns the id of the frame."""
        self._frames += 1
        name = name or f"frame {self._frames}"
        at = self._recorder.clock()
        settled = await self._run("([id, url, seconds]) => load(id, url, seconds)", [name, url, LOADING])
        element = await self._page.query_selector(f'[id="{name}"]')
        inner = await element.content_frame() if element else None
        self._recorder.add(
            Framed, at=at, agent=self._agent, page=self._origin, frame=name, url=url,
            loaded=self._recorder.text(inner.url) if inner else "", settled=bool(settled),
        )  # fmt: skip
        return name

    async def ask(
        self, frame: str, message: Message, *, seconds: float = 5.0, window: Window = "rp", target: str = "",
        words: tuple[str, ...] = WORDS,
    ) -> Poll:  # fmt: skip
        """Post a message and wait for a word in answer; other messages are kept and waited past."""
        at, target = self._recorder.clock(), target or self._target
        found = await self._run(
            "(all) => ask(...all)", [window, frame, message.data, target, list(words), seconds]
        )
        return self._recorder.add(
            Poll, at=at, agent=self._agent, page=self._origin, frame=frame, window=window, what=message.what,
            rp=message.rp, data=message.data, target=target, waited=round(found["waited"], 3),
            answers=[self._heard(one) for one in found["answers"]], targets=await self._targets(frame),
        )  # fmt: skip

    async def pause(self, seconds: float) -> None:
        """Let the page's own time pass, as a relying party does between two questions."""
        if seconds <= 0:
            return
        await self._run("(ms) => new Promise((done) => setTimeout(done, ms))", seconds * 1000)

    async def close(self) -> None:
        """Close the tab."""
        try:
            await self._page.close()
        except PlaywrightError:
            return

    def _heard(self, one: dict[str, Any]) -> Heard:
        data = one["data"]
        shown = self._recorder.text(data[:500]) if isinstance(data, str) else _plain(data)
        return Heard(window=one["window"], data=shown, origin=one["origin"], seconds=round(one["seconds"], 3))

    async def _targets(self, frame: str) -> list[str]:
        element = await self._page.query_selector(f'[id="{frame}"]')
        inner = await element.content_frame() if element else None
        if inner is None:
            return []
        try:
            found = await inner.evaluate("window.__targets ?? []")
        except PlaywrightError:  # a page that was shut out
            return []
        return [str(one) for one in found]

    async def _run(self, script: str, argument: Any) -> Any:
        try:
            async with asyncio.timeout(60):
                return await self._page.evaluate(script, argument)
        except (PlaywrightError, TimeoutError) as problem:
            first = str(problem).partition("\n")[0]
            raise AgentError(f"the page of the relying party stopped working: {first}") from problem


def _plain(data: Any) -> Any:
    """Return what evidence can hold of data that is no string."""
    try:
        text = json.dumps(data)
    except (TypeError, ValueError):
        return f"({type(data).__name__})"
    return data if len(text) < 500 else f"({type(data).__name__}, {len(text)} characters)"
