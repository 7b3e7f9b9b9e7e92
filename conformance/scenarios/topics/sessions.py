"""Sessions that scenarios log out from: who is logged in, in which user agent, with which witness."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conformance.config.model import User
from conformance.provider.agent import Landing, UserAgent
from conformance.provider.flows import SignIn
from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.errors import NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want


class Session:
    """A user agent with a user logged in at rp1 and at a witness, probed alive."""

    def __init__(
        self, lab: Lab, agent: UserAgent, rp: RelyingParty, witness: RelyingParty, login: SignIn
    ) -> None:
        self.lab, self.agent, self.rp, self.witness, self.login = lab, agent, rp, witness, login
        self.alive = True
        self._probed_beside: Landing | None = None  # a question that stood open during a probe

    @property
    def hint(self) -> str:
        return self.login.id_token

    async def probe(self, when: str) -> None:
        """Probe the session, and notice when it has ended."""
        found = await self.lab.probe(self.agent, self.witness, when)
        self.alive = found.outcome == "alive"

    async def untouched(self, landing: Landing) -> Landing:
        """Leave the page alone, and probe meanwhile."""
        landing = await self.lab.untouched(self.agent, landing)
        await self.probe("untouched")
        self._probed_beside = landing if landing.asks else None
        return landing

    async def finish(self, landing: Landing) -> Landing:
        """Answer yes if asked, and probe what became of the session."""
        ended = await self._answer(landing)
        if self.alive and landing is self._probed_beside:
            # Some providers drop an open question when a request for a login comes in between, as the probe was.
            self.lab.remark("The answer did not end the session: asked again, without a probe in between.")
            again = await self.agent.get(landing.url, "logout", "logout")
            ended = await self._answer(again)
        return ended

    async def _answer(self, landing: Landing) -> Landing:
        landing = await self.lab.finish(self.agent, landing)
        await self.probe("after")
        return landing


async def parties(lab: Lab, rp1: Want | None = None, **more: Want) -> list[RelyingParty]:
    """Return rp1 and a witness, then what more is wanted; one client alone is its own witness."""
    try:
        return await lab.relying_parties(rp1=rp1 or Want(), witness=Want(), **more)
    except NotTestedError:
        if more:
            raise
        one = await lab.relying_party("rp1", Want(channels=None))
        return [one, one]


async def fresh(
    lab: Lab, rp: RelyingParty, witness: RelyingParty, label: str = "browser 1", user: int = 1
) -> Session:
    """Log in at rp1 and the witness in a user agent without cookies, and probe."""
    return await logged_in(lab, await lab.agent(label), rp, witness, await lab.user(user))


async def logged_in(
    lab: Lab, agent: UserAgent, rp: RelyingParty, witness: RelyingParty, person: User
) -> Session:
    """Log in at rp1 and the witness in this user agent, and probe."""
    login = await lab.sign_in(agent, rp, person)
    if witness is not rp:
        await lab.sign_in(agent, witness, person)
    session = Session(lab, agent, rp, witness, login)
    await session.probe("before")
    return session


class Shared:
    """One login for many cases: a case that ended the session makes the next one log in again."""

    def __init__(self, lab: Lab, rp: RelyingParty, witness: RelyingParty, *others: RelyingParty) -> None:
        self._lab, self._rp, self._witness, self._others = lab, rp, witness, others
        self._session: Session | None = None

    @asynccontextmanager
    async def case(self, label: str) -> AsyncIterator[Session]:
        """Open a case on a session that is proven alive."""
        with self._lab.case(label):
            if self._session is None or not self._session.alive:
                self._session = await fresh(self._lab, self._rp, self._witness)
                for rp in self._others:
                    await self._lab.sign_in(self._session.agent, rp, await self._lab.user())
            else:
                await self._session.probe("before")
            yield self._session
