"""What one scenario works with: its log, its relying parties, its users, its user agents."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs

import msgspec

from conformance.config.model import ClientConfig, User
from conformance.evidence.events import (
    AnyEvent,
    Arrival,
    Client,
    Environment,
    Gap,
    Logout,
    Page,
    Probe,
    Remark,
    Watch,
)
from conformance.evidence.recorder import Recorder
from conformance.provider.agent import AgentError, Landing, UserAgent
from conformance.provider.agent_http import HttpAgent
from conformance.provider.flows import Flows, SignIn, add_query
from conformance.provider.relying_party import RelyingParty, read_key
from conformance.provider.wire import Api
from conformance.receiver import RelyingPartySite
from conformance.scenarios import configured_answers
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.pool import Want
from conformance.scenarios.registrar import Registrar
from conformance.scenarios.world import CookiePolicy, Inbox, Site, World

if TYPE_CHECKING:
    from conformance.provider.agent_browser import BrowserAgent

Choice = Literal["yes", "no", "leave", ""]
LONGEST = 4_000  # characters of a parameter that evidence keeps
UNTOUCHED = 10.0  # seconds that a page with script is left alone (RPI-2-33 and others)


class Lab:
    """Given to a scenario's body; closed by the runner."""

    def __init__(self, world: World, name: str, *, browser: bool) -> None:
        self.world, self.name, self.browser = world, name, browser
        self.config, self.provider, self.receiver = world.config, world.provider, world.receiver
        self.recorder = Recorder(name, world.clock, world.redactor)
        self.http = world.http()
        self.api = Api(self.http, self.recorder, world.pace)
        self.flows = Flows(world.provider, self.api, self.recorder)
        self.registrar = Registrar(self.api, world.provider, self.recorder)
        self._agents: list[UserAgent] = []
        self._leased: list[ClientConfig] = []
        self._users: list[User] = []
        self._leased_users: list[User] = []
        self._rps: dict[str, RelyingParty] = {}
        self._raw_tokens: dict[str, str] = {}
        self.case = self.recorder.case
        self.add = self.recorder.add

    # Who takes part

    async def relying_parties(self, **wants: Want) -> list[RelyingParty]:
        """Lease or register a client for each role, in the order given."""
        if self.config.registration and self.provider.endpoint("registration_endpoint"):
            return [await self._register(role, want) for role, want in wants.items()]
        found = await self.world.pool.lease(wants)
        self._leased += found.values()
        return [self._take(role, client) for role, client in found.items()]

    async def relying_party(self, role: str = "rp1", want: Want | None = None) -> RelyingParty:
        return (await self.relying_parties(**{role: want or Want()}))[0]

    async def user(self, number: int = 1) -> User:
        """Return a user; leased for this scenario alone, unless sessions are known to be separate.

        A scenario that needs several asks for the highest number first: then it gets them all at once.
        """
        if number > len(self.config.users):
            raise NotTestedError(
                f"needs {number} users",
                "users:\n  - {username: …, password: …}\n  - {username: …, password: …}",
            )
        if len(self._users) < number:
            await self._lease_users(number)
        return self._users[number - 1]

    async def _lease_users(self, number: int) -> None:
        if self._users or self.world.users_are_shared:  # who holds one must not wait for another
            self._users += [user for user in self.config.users if user not in self._users]
            return
        async with self.world.leasing_users:  # all at once, or two scenarios would wait for each other
            for _ in range(number):
                user = await self.world.users.get()
                self._users.append(user)
                self._leased_users.append(user)

    async def agent(self, label: str = "browser 1", *, browser: bool = False) -> UserAgent:
        """Return a user agent with no cookies."""
        return await self.chromium(label) if self.browser or browser else self._plain(label)

    def _plain(self, label: str) -> UserAgent:
        world = self.world
        agent = HttpAgent(label, world.http(), self.recorder, world.pace, world.is_rp, self._frame_hosts)
        self._agents.append(agent)
        return agent

    async def chromium(
        self, label: str, cookies: CookiePolicy | None = None, *, pages_always: bool = False
    ) -> "BrowserAgent":
        """Return a user agent in Chromium; cookies: its policy for third parties, where not the config's."""
        from conformance.provider.agent_browser import BrowserAgent

        policy = cookies or self.config.browser.third_party_cookies
        plain_logins = not (pages_always or self._pages_always)
        agent = await BrowserAgent.open(
            await self.world.browser(policy), label, self.recorder, self.world.is_rp, self._frame_hosts,
            self.config.timeout, self.world.pace, self.config.pages, plain_logins=plain_logins,
        )  # fmt: skip
        self._agents.append(agent)
        known = {e.third_party_cookies for e in self.recorder.events if isinstance(e, Environment)}
        if policy not in known:
            self.add(
                Environment, browser=self.world.browser_version, switches=self.world.browser_switches,
                third_party_cookies=policy,
            )  # fmt: skip
        return agent

    @property
    def _pages_always(self) -> bool:
        """Tell whether logins, too, need a page: told by the config, or seen in this run."""
        return self.config.browser.always or self.world.needed_browser > 0

    @property
    def _frame_hosts(self) -> frozenset[str]:
        return frozenset(host for rp in self._rps.values() for host in rp.hosts if rp.frontchannel_logout_uri)

    # Relying parties

    async def _register(self, role: str, want: Want) -> RelyingParty:
        key = self._key(role)
        metadata = self._metadata(role, key, want)
        rp = await self.registrar.register(role, key, metadata, public=want.public is True)
        self.world.registered.append(rp)
        return self._open(rp, metadata)

    def _take(self, role: str, client: ClientConfig) -> RelyingParty:
        rp = RelyingParty(
            role=role, key=client.client_id, client_id=client.client_id, auth_method=client.auth_method,
            redirect_uris=client.redirect_uris, post_logout_redirect_uris=client.post_logout_redirect_uris,
            client_secret=client.client_secret.reveal() if client.client_secret else None,
            private_key=read_key(client.private_key), backchannel_logout_uri=client.backchannel_logout_uri,
            frontchannel_logout_uri=client.frontchannel_logout_uri, metadata=_configured(client),
        )  # fmt: skip
        return self._open(rp, {})

    def _open(self, rp: RelyingParty, requested: Mapping[str, Any]) -> RelyingParty:
        self._rps[rp.key] = rp
        site = RelyingPartySite(
            key=rp.key, redirect_uris=rp.redirect_uris, post_logout_redirect_uris=rp.post_logout_redirect_uris,
            frontchannel_logout_uri=rp.frontchannel_logout_uri, backchannel_logout_uri=rp.backchannel_logout_uri,
            hosts=sorted(rp.hosts),
        )  # fmt: skip
        self.world.open_site(site, Site(self.recorder, rp.role, self.recorder.current_case))
        configured_answers.give(self.world.receiver, self.config, rp, self.name)
        uses = [
            *rp.redirect_uris,
            *rp.post_logout_redirect_uris,
            rp.frontchannel_logout_uri,
            rp.backchannel_logout_uri,
        ]
        self.add(
            Client, rp=rp.role, client_id=rp.client_id, dynamic=rp.dynamic, metadata=_shown(rp.metadata),
            requested=_shown(requested), uses=[u for u in uses if u],
        )  # fmt: skip
        return rp

    def _key(self, role: str) -> str:
        case = self.recorder.current_case
        parts = [role, self.name, *([case] if case else [])]
        return "".join(c if c.isalnum() else "-" for c in "-".join(parts).lower())[:60].strip("-")

    def host(self, key: str) -> str:
        """Return the virtual host of a relying party."""
        pattern = self.config.registration.hosts if self.config.registration else "*.test"
        return pattern.replace("*", key)

    def _metadata(self, role: str, key: str, want: Want) -> dict[str, Any]:
        home = f"https://{self.host(key)}"
        metadata: dict[str, Any] = {
            "client_name": f"logout-conformance {role}",
            "redirect_uris": [f"{home}/callback"],
            "post_logout_redirect_uris": [f"{home}/logged-out", f"{home}/goodbye?x=1&y=%20z"][
                : max(want.uris, 1)
            ],
        }
        query = "?tenant=a%20b&x=1" if want.query else ""
        channels = want.channels or frozenset()
        if "back" in channels:
            metadata["backchannel_logout_uri"] = self.receiver.backchannel_uri(key, query=query.lstrip("?"))
            metadata["backchannel_logout_session_required"] = True
        if "front" in channels:
            metadata["frontchannel_logout_uri"] = f"{home}/frontchannel-logout{query}"
            metadata["frontchannel_logout_session_required"] = True
        if want.native:
            metadata |= _native(key)
        short = self.config.registration.short_lived if self.config.registration and want.short_lived else {}
        return metadata | short | dict(want.extra)

    # What they do

    async def sign_in(self, agent: UserAgent, rp: RelyingParty, user: User, **more: Any) -> SignIn:
        """Log in at a relying party; anything but a code ends the scenario with what was met."""
        try:
            result = await self.flows.must_sign_in(agent, rp, user, **more)
        except AgentError:
            await self._keep_last_page()
            raise
        if result.sid:
            self.world.owns_session(rp.key, result.sid, self.recorder, rp.role)
        return result

    async def logout(
        self, agent: UserAgent, rp: RelyingParty | None, *, hint: str = "", hint_is: str = "genuine",
        uri: str | None = None, state: str | None = None, client_id: str = "", method: Literal["GET", "POST"] = "GET",
        extra: Sequence[tuple[str, str]] = (), start: str = "", answer: Choice = "yes", spaces: str = "+",
        link_on: str = "",
    ) -> Landing:  # fmt: skip
        """Send a logout request and stop at the first page or relying party (RP-Initiated Logout 2).

        ``start``: a page from which a POST is sent; ``link_on``: a site that has a page with a link for a GET.
        """
        endpoint = self._end_session_endpoint()
        parameters = [
            *([("id_token_hint", hint)] if hint else []),
            *([("client_id", client_id)] if client_id else []),
            *([("post_logout_redirect_uri", uri)] if uri is not None else []),
            *([("state", state)] if state is not None else []),
            *extra,
        ]
        self.add(
            Logout, agent=agent.label, rp=rp.role if rp else "", method=method, endpoint=endpoint,
            hint=hint_is if hint else "", hint_digest=self.world.redactor.digest(hint) if hint else "",
            parameters=[(n, self.recorder.text(_cut(v))) for n, v in parameters], post_logout_redirect_uri=uri,
            state=state, answer=answer,
        )  # fmt: skip
        if method == "POST":
            return await agent.post(endpoint, parameters, "logout", "logout", start)
        url = add_query(endpoint, parameters).replace("+", spaces)
        if link_on:
            return await self.press_on_page(agent, link_on, "/link", _link(url), "logout")
        return await agent.get(url, "logout", "logout")

    def logout_url(self, parameters: list[tuple[str, str]]) -> str:
        """Return the address of a logout request by GET."""
        return add_query(self._end_session_endpoint(), parameters)

    def _end_session_endpoint(self) -> str:
        endpoint = self.provider.endpoint("end_session_endpoint")
        if endpoint is None:
            raise NotTestedError(
                "needs an end_session_endpoint", "metadata:\n  end_session_endpoint: https://…"
            )
        return endpoint

    def site(self, name: str) -> str:
        """Open a site that belongs to no client, on a host of its own, and return its key."""
        key = f"{name}-{self.name}".replace("_", "-")
        self.receiver.open(RelyingPartySite(key=key, hosts=[f"{key}.test"]))
        return key

    async def press_on_page(self, agent: UserAgent, site: str, path: str, html: str, purpose: str) -> Landing:
        """Load a page of another site, and press the first control on it, which leads to the provider."""
        start = await agent.get(self.receiver.page(site, path, html), "logout", "start page")
        if start.page is None or not start.page.buttons:
            raise InconclusiveError(f"the page of the other site did not load: {start.problem or start.kind}")
        return await agent.press(start, start.page.buttons[0], "logout", purpose)

    async def finish(
        self, agent: UserAgent, landing: Landing, choice: Literal["yes", "no"] = "yes"
    ) -> Landing:
        """Answer the question if there is one; otherwise stay."""
        if landing.asks:
            return await self.flows.answer(agent, landing, choice) or landing
        return landing

    async def untouched(self, agent: UserAgent, landing: Landing) -> Landing:
        """Leave the page alone for as long as it could do something by itself."""
        return await agent.untouched(landing, UNTOUCHED) if landing.kind == "page" else landing

    async def probe(self, agent: UserAgent, witness: RelyingParty, when: str) -> Probe:
        return await self.flows.probe(agent, witness, when)

    async def hears(self, rp: RelyingParty, endpoint: str, count: int = 1) -> bool:
        """Wait until a notification has arrived, at most for the window; absence is judged later."""
        started = self.world.clock()
        came = await self.receiver.wait_for(
            rp.key, endpoint, count=count, timeout=self.config.receiver.window
        )
        self.add(
            Watch, what=f"{endpoint} of {rp.role}", seconds=round(self.world.clock() - started, 3),
            saw=len(self.receiver.seen(rp.key, endpoint)),
        )  # fmt: skip
        return came

    def forget(self, since: int) -> None:
        """Drop what this case recorded since an event, and what arrived in it: an attempt that was given up."""
        inbox, case = self.world.inboxes.get(self.recorder, Inbox()), self.recorder.current_case
        self.recorder.events[since:] = [event for event in self.recorder.events[since:] if event.case != case]
        inbox.arrivals = [arrival for arrival in inbox.arrivals if arrival[2] != case]

    def remark(self, text: str) -> None:
        self.add(Remark, text=text)

    def gap(self, problem: Exception) -> None:
        """Write down why a case could not be carried out."""
        if isinstance(problem, NotTestedError):
            self.add(Gap, kind="not_tested", reason=problem.reason, enable=problem.enable)
        elif isinstance(problem, InconclusiveError | AgentError):
            self.add(Gap, kind="inconclusive", reason=str(problem))
        else:
            self.add(Gap, kind="error", reason=f"{type(problem).__name__}: {problem}")

    async def _keep_last_page(self) -> None:
        pages = [event for event in self.recorder.events if isinstance(event, Page)]
        if pages:
            await self.screenshot(pages[-1])

    async def screenshot(self, page: Page) -> None:
        """Keep a picture of a page that was not understood, unless it shows personal data."""
        for agent in self._agents:
            take = getattr(agent, "screenshot", None)
            if agent.label != page.agent or take is None or self.world.redactor.holds_personal(page.text):
                continue
            if data := await take():
                name = f"{self.name}-{page.id}.jpg"
                self.recorder.files[name] = data
                self.amend(page, screenshot=name)

    def amend(self, event: AnyEvent, **members: Any) -> None:
        """Add to an event what became known of it later."""
        events = self.recorder.events
        events[events.index(event)] = msgspec.structs.replace(event, **members)

    # The end

    async def collect(self) -> None:
        """Put what arrived at the receiver into the log, logout tokens decoded and verified."""
        inbox = self.world.inboxes.get(self.recorder, Inbox())
        arrivals, inbox.arrivals = inbox.arrivals, []
        if "jwks_uri" in self.provider.metadata and any(
            seen.endpoint == "backchannel" for seen, _, _ in arrivals
        ):
            await self._fetch_keys()
        for seen, role, case in arrivals:
            event = self.add(
                Arrival, at=seen.at, case=case, rp=role, endpoint=seen.endpoint, method=seen.method,
                url=self.recorder.text(seen.url), headers=self.recorder.headers(seen.headers),
                body=msgspec.structs.replace(seen.body, text=self.recorder.text(seen.body.text)),
                answer=seen.answer, answered_at=seen.answered_at, script=seen.script, peer=seen.peer,
                problem=seen.problem,
            )  # fmt: skip
            self._record_logout_tokens(event, seen.body.text, seen.key)

    async def _fetch_keys(self) -> None:
        http = self.world.http()  # the lab's own is closed when late arrivals are filed back
        await self.provider.fetch_keys(Api(http, self.recorder, self.world.pace))
        await http.aclose()

    def _record_logout_tokens(self, arrival: Arrival, body: str, key: str) -> None:
        rp = self._rps.get(key)
        if arrival.endpoint != "backchannel" or rp is None:
            return
        for raw in parse_qs(body).get("logout_token", []):
            self.provider.record(
                self.recorder, raw, "logout_token", rp, case=arrival.case, at=arrival.at, source=arrival.id
            )

    def release_users(self) -> None:
        """Let other scenarios have the users, where what is left to do needs none."""
        leased, self._leased_users = self._leased_users, []
        for user in leased:
            self.world.users.put_nowait(user)

    async def release_clients(self) -> None:
        """Let go of the clients of the pool, to take the same or others for what comes next."""
        leased, self._leased = self._leased, []
        await self.world.pool.release(leased)

    async def close(self) -> None:
        """Give everything back: user agents, users, clients of the pool."""
        await asyncio.gather(*(agent.close() for agent in self._agents), self.http.aclose())
        await self.release_clients()
        self.release_users()


def _link(url: str) -> str:
    return f'<!doctype html><a href="{escape(url, quote=True)}">Look</a>'


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}… ({len(value)} characters)"


def _native(key: str) -> dict[str, Any]:
    """Return what a native application registers: a scheme of its own (RFC 8252, section 7.1)."""
    scheme = f"test.{key.replace('-', '')}"
    return {
        "application_type": "native",
        "redirect_uris": [f"{scheme}:/callback"],
        "post_logout_redirect_uris": [f"{scheme}:/logged-out"],
    }


def _configured(client: ClientConfig) -> dict[str, Any]:
    members = msgspec.to_builtins(client, enc_hook=str)
    for name in ("client_secret", "private_key", "metadata"):
        members.pop(name, None)
    return {name: value for name, value in members.items() if value not in (None, [])} | client.metadata


def _shown(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return client metadata as evidence keeps it."""
    hidden = ("client_secret", "registration_access_token")
    plain: dict[str, Any] = json.loads(json.dumps(dict(metadata)))
    return {name: value for name, value in plain.items() if name not in hidden}
