"""Session Management: the provider's iframe as a relying party's page polls it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from conformance.config.model import User
from conformance.evidence.events import Cookie, Login, Poll
from conformance.provider.agent_browser import BrowserAgent
from conformance.provider.flows import SignIn
from conformance.provider.relying_party import RelyingParty
from conformance.provider.session_page import FRAME, READ, STORE, TOP, Message, SessionPage
from conformance.receiver import RelyingPartySite
from conformance.receiver.urls import LOOPBACK, address
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.session_state import search, two_people
from conformance.scenarios.topics.sessions import parties

ATTEMPTS, INTERVAL = 5, 2.0  # a relying party asks every 2 s for up to 10 s (SM-2-06)
LONG = 10.0  # seconds that an answer is waited for where silence counts
# Nothing of these names a client or has two parts; all but the first are for the record (SM-3.2-07).
MALFORMED = {"no space": "malformed", "empty": "", "a space": " ", "a number": 7, "an object": {"state": "x"}}
# What can be seen where the iframe does not know its state, too.
WITHOUT_STATE = ("malformed", "windows", "cookies", "alive")
STORAGE = "storage control"
SILENT = 2.0  # seconds that an answer is waited for where none has ever come
NO_MATCH = (
    "no fresh session_state was answered unchanged, and without that no other answer says anything: "
    "SM-2-06 and SM-3.3-05 say what was met"
)
SAME_ORIGIN = "registration: dynamic   # two clients whose redirect URIs are on one origin"


@scenario(browser=True, watches=True, slow=True)
async def session_watch(lab: Lab) -> None:
    """Poll the iframe of two fresh sessions for as long as an absence is watched, without any event."""
    rp, user = await lab.relying_party(), await lab.user()
    _need_iframe(lab)
    with lab.case("watch"):
        await asyncio.gather(*(_watched(lab, rp, user, f"browser {number}") for number in (1, 2)))


@scenario(browser=True, slow=True)
async def session_iframe_blocked(lab: Lab) -> None:
    """Ask the iframe of a fresh session where the browser blocks third-party cookies."""
    rp, user, iframe = await lab.relying_party(), await lab.user(), _need_iframe(lab)
    with lab.case("blocked"):
        agent = await lab.chromium("browser 1", "blocked", pages_always=True)
        login = await lab.sign_in(agent, rp, user)
        page = await _page(lab, agent, rp)
        await _storage(lab, agent, page)
        found = await page.ask(await page.frame(iframe), _correct(rp, login.event))
        malformed = Message("no space", MALFORMED["no space"])
        await page.ask(await page.frame(iframe), malformed, seconds=_silence(found))
        answers = ", ".join(repr(one.data) for one in found.answers) or "nothing"
        lab.remark(
            f"With third-party cookies blocked the iframe answered {answers} to a fresh session_state. Session "
            "Management 1.0, section 5.1 warns of such browsers; the rows are decided with these cookies allowed."
        )


@scenario(browser=True, slow=True)
async def session_iframe(lab: Lab) -> None:
    """Frame check_session_iframe on a relying party's page and ask it, with third-party cookies allowed."""
    polling = await _Polling.begin(lab)
    with lab.case("fresh"):
        await polling.fresh()
    for label, step in polling.steps.items():
        with lab.case(label):
            if polling.matches or label in WITHOUT_STATE:
                await step()
            else:
                lab.gap(InconclusiveError(NO_MATCH))


@dataclass
class _Polling:
    """One browser with a session, and a relying party's page that asks about it."""

    lab: Lab
    agent: BrowserAgent
    rp: RelyingParty
    witness: RelyingParty
    people: tuple[User, User]
    iframe: str
    login: SignIn | None = None
    state: Login | None = None  # the newest successful response of rp1
    early: Login | None = None  # an error response of before the login
    matches: bool = False  # whether a fresh value was answered unchanged

    @classmethod
    async def begin(cls, lab: Lab) -> "_Polling":
        iframe = _need_iframe(lab)
        rp, witness = await parties(lab)
        people = await two_people(lab)
        agent = await lab.chromium("browser 1", "allowed", pages_always=True)
        return cls(lab, agent, rp, witness, people, iframe)

    @property
    def patience(self) -> float:
        """How long an answer is waited for: not long where none has come so far."""
        return 5.0 if self.matches else SILENT

    @property
    def steps(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What is done after the first questions, by the names of the cases."""
        return {
            "altered": self.altered, "malformed": self.malformed, "windows": self.windows, "foreign": self.foreign,
            "two clients": self.two_clients, "several values": self.several_values, "cookies": self.cookies,
            "alive": self.alive, "logout": self.logout, "logged in again": self.logged_in_again,
        }  # fmt: skip

    @property
    def correct(self) -> Message:
        assert self.state is not None  # noqa: S101 - the first case logs in
        return _correct(self.rp, self.state)

    async def fresh(self) -> None:
        """Log in, and ask with the value that the login brought, until it is answered unchanged."""
        await self.lab.flows.silent(self.agent, self.rp)
        self.early = _last(self.lab)
        if self.witness is not self.rp:
            await self.lab.sign_in(self.agent, self.witness, self.people[0])
        self.login = await self.lab.sign_in(self.agent, self.rp, self.people[0])
        self.state = self.login.event
        self.page = await _page(self.lab, self.agent, self.rp)
        await _storage(self.lab, self.agent, self.page)
        await _note_cookies(self.lab, self.agent)
        self.loaded = await self.page.frame(self.iframe)
        self.matches = await self._until(self.loaded, self.correct, "unchanged")
        if self.matches and self.early.session_state:
            await self._in_new_frame(Message("of an error", _correct(self.rp, self.early).data, self.rp.role))
        for origin in self.rp.metadata.get("web_origins", []):
            page = await self._elsewhere("declared", origin)
            await page.ask(await page.frame(self.iframe), self.correct)

    async def altered(self) -> None:
        """Change the first letter or digit; the control before and after."""
        message = Message("altered", _altered(self.correct.data, self.rp.client_id), self.rp.role)
        await self.page.ask(self.loaded, self.correct)
        found = await self.page.ask(self.loaded, message, seconds=LONG)
        await self.page.ask(self.loaded, self.correct)
        if _word(found) == "error":
            other = await self.lab.agent("browser 2")
            login = await self.lab.sign_in(other, self.rp, self.people[1])
            value = Message("of another browser", _correct(self.rp, login.event).data, self.rp.role)
            await self._in_new_frame(value, seconds=LONG)
            await self.page.ask(self.loaded, self.correct)

    async def malformed(self) -> None:
        """Post what is no message, each to a frame of its own that has answered the correct one."""

        async def one(what: str, data: object) -> None:
            frame = await self.page.frame(self.iframe, what)
            control = await self.page.ask(frame, self.correct, seconds=self.patience)
            await self.page.ask(frame, Message(what, data), seconds=_silence(control))

        await asyncio.gather(*(one(what, data) for what, data in MALFORMED.items()))

    async def windows(self) -> None:
        """Ask from the relying party's frame and from the page around it; note whom the answer is posted to."""
        await self.page.ask(self.loaded, self.correct, seconds=self.patience)
        await self.page.ask(self.loaded, self.correct, window="parent", seconds=self.patience)
        page = await _page(self.lab, self.agent, self.rp, notes_targets=True)
        await page.ask(await page.frame(self.iframe, "noting"), self.correct, seconds=self.patience)
        await page.close()

    async def foreign(self) -> None:
        """Ask from origins that are registered nowhere: another port where it can be had, another site."""
        host = address(self.lab.receiver.origin(self.rp.key))
        origins = [f"https://foreign-{self.rp.key}.test"]
        if host is not None and host.host not in LOOPBACK:
            origins.append(f"https://{host.host}:8444")
        pages = [await self._elsewhere(f"foreign-{number}", one) for number, one in enumerate(origins)]
        await self.page.ask(self.loaded, self.correct)
        await asyncio.gather(*(self._ask_in(page) for page in pages))
        await self.page.ask(self.loaded, self.correct)
        await asyncio.gather(*(page.close() for page in pages))

    async def two_clients(self) -> None:
        """Post the value of one client with the client_id of another on the same origin."""
        if not self.rp.dynamic:
            self.lab.gap(NotTestedError("needs two clients with redirect URIs on one origin", SAME_ORIGIN))
            return
        second = f"{self.lab.receiver.origin(self.rp.key)}/second/callback"
        rp = await self.lab.relying_party("rp2", Want(extra={"redirect_uris": [second]}))
        other = _correct(rp, (await self.lab.sign_in(self.agent, rp, self.people[0])).event)
        value = self.correct.data.rpartition(" ")[2]
        crossed = Message("crossed", f"{rp.client_id} {value}", rp.role)
        for message in (self.correct, other, crossed, self.correct, other):
            await self._in_new_frame(message)

    async def several_values(self) -> None:
        """Take two values one after the other without a change in between, and post both."""
        older = await self._silently()
        self.state = newer = await self._silently()
        for what, state in (("newer", newer), ("older", older), ("newer", newer)):
            await self._in_new_frame(Message(what, _correct(self.rp, state).data, self.rp.role))

    async def cookies(self) -> None:
        """Look for the user in the cookies that the iframe's script can read; find the one with the state."""
        assert self.login is not None  # noqa: S101 - the first case logs in
        readable = [c for c in await self.agent.cookies(self.iframe) if not c["httpOnly"]]
        found = [
            search(
                self.lab,
                self.agent,
                f"cookie {c['name']}",
                c["value"],
                self.people[0],
                self.login,
                shortest=4,
            )
            for c in readable
        ]
        if any(one.found for one in found):
            for cookie in readable[:8]:
                await self._without(cookie["name"])

    async def alive(self) -> None:
        """Ask the provider whether the session lives still."""
        await self.lab.probe(self.agent, self.witness, "alive")

    async def logout(self) -> None:
        """Log out in another tab, and post the earlier value to a loaded and to a new frame."""
        assert self.login is not None  # noqa: S101 - the first case logs in
        self.state = await self._silently()  # what was asked of the provider since may have renewed the state
        await self.page.ask(self.loaded, self.correct)
        landing = await self.lab.logout(self.agent, self.rp, hint=self.login.id_token)
        await self.lab.finish(self.agent, landing)
        for attempt in range(ATTEMPTS):
            found = [await self._asked("loaded", self.loaded), await self._asked("new")]
            if "changed" in map(_word, found) or attempt == ATTEMPTS - 1:
                break
            await self.page.pause(INTERVAL)
        await self.lab.probe(self.agent, self.witness, "after")

    async def logged_in_again(self) -> None:
        """Log in as the other user where there is one; post the new value to the frame of before, and the old one."""
        old = self.correct
        login = await self.lab.sign_in(self.agent, self.rp, self.people[1])
        self.state = login.event
        control = await self._asked("new")
        found = await self._asked("loaded", self.loaded)
        if _word(control) == "unchanged" != _word(found):
            await self.page.pause(5.0)
            await self._asked("new")
            await self._asked("loaded", self.loaded)
        await self._in_new_frame(Message("of before", old.data, self.rp.role))
        await self._asked("new")

    # Steps

    async def _asked(self, what: str, frame: str = "") -> Poll:
        message = Message(what, self.correct.data, self.rp.role)
        return await (self.page.ask(frame, message) if frame else self._in_new_frame(message))

    async def _in_new_frame(self, message: Message, seconds: float = 5.0) -> Poll:
        return await self.page.ask(await self.page.frame(self.iframe), message, seconds=seconds)

    async def _until(self, frame: str, message: Message, word: str) -> bool:
        for attempt in range(ATTEMPTS):
            found = await self.page.ask(frame, message, seconds=INTERVAL)
            if _word(found) == word:
                return True
            if attempt < ATTEMPTS - 1:
                await self.page.pause(INTERVAL - found.waited)
        return False

    async def _silently(self) -> Login:
        await self.lab.flows.silent(self.agent, self.rp)
        return _last(self.lab)

    async def _ask_in(self, page: SessionPage) -> None:
        await page.ask(await page.frame(self.iframe, "foreign"), self.correct, seconds=LONG)

    async def _elsewhere(self, name: str, origin: str) -> SessionPage:
        key = f"{name}-{self.rp.key}"
        self.lab.receiver.open(RelyingPartySite(key=key, hosts=[origin]))
        return await _open(self.lab, self.agent, key)

    async def _without(self, name: str) -> None:
        copy = await self.lab.chromium(f"browser 1 without {name}", "allowed")
        await copy.take_over(self.agent)
        await copy.forget(name)
        page = await _page(self.lab, copy, self.rp)
        await page.ask(
            await page.frame(self.iframe), Message(f"without {name}", self.correct.data, self.rp.role)
        )


def _need_iframe(lab: Lab) -> str:
    iframe = lab.provider.endpoint("check_session_iframe")
    if iframe is None or address(iframe) is None:
        raise NotTestedError("needs a check_session_iframe", "metadata:\n  check_session_iframe: https://…")
    return iframe


async def _page(
    lab: Lab, agent: BrowserAgent, rp: RelyingParty, *, notes_targets: bool = False
) -> SessionPage:
    return await _open(lab, agent, rp.key, notes_targets=notes_targets)


async def _open(lab: Lab, agent: BrowserAgent, site: str, *, notes_targets: bool = False) -> SessionPage:
    """Serve the page of a relying party on the first origin of a site, and load it in a tab."""
    frame = lab.receiver.page(site, "/session-frame", FRAME)
    url = lab.receiver.page(site, "/session", TOP.replace("FRAME", frame))
    return await SessionPage.open(agent, url, lab.recorder, _need_iframe(lab), notes_targets=notes_targets)


async def _storage(lab: Lab, agent: BrowserAgent, page: SessionPage) -> None:
    """The control of storage: what a page of another site can read in a frame of what it had stored."""
    key = lab.site("storage")
    store = await agent.tab(lab.receiver.page(key, "/store", STORE), "rp page")
    await store.close()
    frame = await page.frame(lab.receiver.page(key, "/read", READ), "storage")
    question = Message(STORAGE, "what can you read?")
    await page.ask(frame, question, target=lab.receiver.origin(key), words=())


async def _note_cookies(lab: Lab, agent: BrowserAgent) -> None:
    for cookie in await agent.cookies(_need_iframe(lab)):
        lab.add(
            Cookie, agent=agent.label, name=cookie["name"], domain=cookie["domain"], path=cookie["path"],
            same_site=cookie["sameSite"], secure=cookie["secure"], http_only=cookie["httpOnly"],
        )  # fmt: skip


async def _watched(lab: Lab, rp: RelyingParty, user: User, label: str) -> None:
    """Ask every 2 s for the whole window; in the middle the relying party's page is loaded anew."""
    agent = await lab.chromium(label, "allowed", pages_always=True)
    login = await lab.sign_in(agent, rp, user)
    page = await _page(lab, agent, rp)
    await _storage(lab, agent, page)
    message, count = (
        _correct(rp, login.event),
        max(ATTEMPTS, round(lab.config.receiver.window / INTERVAL)) + 1,
    )
    frame = await page.frame(_need_iframe(lab))
    for number in range(count):
        if number == count // 2:
            await page.close()
            page = await _page(lab, agent, rp)
            frame = await page.frame(_need_iframe(lab))
        found = await page.ask(frame, message, seconds=INTERVAL)
        await page.pause(INTERVAL - found.waited if number < count - 1 else 0)
    await page.ask(frame, Message("no space", MALFORMED["no space"]), seconds=INTERVAL)
    await lab.probe(agent, rp, "alive")


def _correct(rp: RelyingParty, state: Login) -> Message:
    return Message("correct", f"{rp.client_id} {state.session_state}", rp.role)


def _last(lab: Lab) -> Login:
    return next(event for event in reversed(lab.recorder.events) if isinstance(event, Login))


def _altered(data: str, client_id: str) -> str:
    """Replace the first letter or digit of the value by another of the same kind; the last may be unused bits."""
    value = data.removeprefix(f"{client_id} ")
    place = next((i for i, c in enumerate(value) if c.isascii() and c.isalnum()), None)
    if place is None:
        return data + "x"
    old = value[place]
    new = ("1" if old == "0" else "0") if old.isdigit() else ("b" if old == "a" else "a")
    new = new.upper() if old.isupper() else new
    new = "B" if new == old else new
    return f"{client_id} {value[:place]}{new}{value[place + 1 :]}"


def _silence(control: Poll) -> float:
    """Seconds to wait for a word that may never come: longer where the correct message was answered late."""
    return min(5.0, SILENT + 20 * control.waited) if control.answers else SILENT


def _word(poll: Poll) -> str:
    """The last word that came back, or nothing."""
    return next((str(one.data) for one in reversed(poll.answers)), "")
