"""session_state of authorization responses (Session Management 1.0)."""

from conformance.config.model import User
from conformance.evidence.events import Disclosure
from conformance.provider import identifiers
from conformance.provider.agent import UserAgent
from conformance.provider.flows import SignIn
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import parties

ERRORS = 5  # error responses in each of two browsers (SM-3.2-13)


@scenario()
async def session_states(lab: Lab) -> None:
    """Read session_state off errors in two browsers, off logins at two clients, and after a logout."""
    rp, witness = await parties(lab)
    first, second = await two_people(lab)
    agents = [await lab.agent(f"browser {number}") for number in (1, 2)]
    with lab.case("errors"):
        for agent in agents:
            for _ in range(ERRORS):
                await lab.flows.silent(agent, rp)
    with lab.case("logins"):
        logins = [await lab.sign_in(agent, rp, first) for agent in agents]
        for agent, login in zip(agents, logins, strict=True):
            search(lab, agent, "session_state", login.event.session_state, first, login, shortest=6)
        if witness is not rp:
            await lab.sign_in(agents[0], witness, first)
    with lab.case("after a logout"):
        await lab.finish(agents[0], await lab.logout(agents[0], rp, hint=logins[0].id_token))
        await lab.probe(agents[0], witness, "after")
        await lab.sign_in(agents[0], rp, second)


async def two_people(lab: Lab) -> tuple[User, User]:
    """Return two users, or the one that there is twice."""
    if len(lab.config.users) < 2:
        return (await lab.user(), await lab.user())
    second = await lab.user(2)
    return (await lab.user(1), second)


def search(
    lab: Lab, agent: UserAgent, what: str, value: str, user: User, login: SignIn, *, shortest: int
) -> Disclosure:
    """Look for identifiers of the user in a value, and note which were found."""
    named = identifiers.of_user(user.username.reveal(), login.claims)
    named = {name: one for name, one in named.items() if len(one) >= shortest}
    return lab.add(
        Disclosure, agent=agent.label, value=what, searched=list(named), found=identifiers.shown(value, named)
    )
