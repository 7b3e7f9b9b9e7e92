"""Logouts that no relying party starts: by the provider's own page, and by its admin API."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from conformance.config.model import AdminRequest, OwnLogout, User
from conformance.evidence.events import Logout
from conformance.provider.agent import AgentError, UserAgent
from conformance.provider.flows import SignIn
from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.backchannel import BACK, UNUSED
from conformance.scenarios.topics.frontchannel import FRONT, frames_reach_the_receiver

ENABLE = """own_logout:
  page: https://…   # a page of the provider with a log-out control of its own
  steps: [{match: "text=Log out", click: true}]"""
# Who takes part, as far as there are clients; the bystander is registered, and nobody logs in there.
CASTS = (
    {"back": BACK, "front": FRONT, "bystander": UNUSED},
    {"back": BACK, "front": FRONT},
    {"back": BACK, "bystander": UNUSED},
    {"back": BACK},
    {"front": FRONT},
    {"rp1": Want(channels=None)},
)


@dataclass(frozen=True)
class _LoggedIn:
    """A user who is logged in at everybody but the bystander."""

    agent: UserAgent
    user: User
    login: SignIn  # at the first of them


_LogOut = Callable[[_LoggedIn], Awaitable[None]]  # a logout that no relying party asks for


@scenario(watches=True, alone=True)
async def own_logout(lab: Lab) -> None:
    """Log out by the provider's own page and by its admin API, and see who is told and where the browser goes."""
    own = lab.config.own_logout
    if own is None:
        raise NotTestedError("needs a logout of the provider's own", ENABLE)
    cast = await _cast(lab)
    if own.page:
        browser = await lab.chromium("browser 1")
        await _control(lab, browser, cast)
        await _case(lab, "own page", browser, cast, partial(_by_page, lab, own))
    if own.request:
        agent = await lab.agent("browser 2")
        await _case(lab, "admin API", agent, cast, partial(_by_admin_api, lab, own.request))


async def _cast(lab: Lab) -> dict[str, RelyingParty]:
    """Return relying parties by role, as many as the config has; one that hears may be the witness too."""
    for wants in CASTS:
        for witness in ({"witness": Want()}, {}):
            try:
                found = await lab.relying_parties(**wants, **witness)
            except NotTestedError as problem:
                missing = problem
                continue
            _tell_who_is_missing(lab, wants)
            return dict(zip([*wants, *witness], found, strict=True))
    raise missing


def _tell_who_is_missing(lab: Lab, wants: dict[str, Want]) -> None:
    for role in {"back", "front"} - wants.keys():
        with lab.case(role):
            words = f"needs a client with a {role}-channel logout URI"
            lab.gap(NotTestedError(words, "registration: dynamic   # or such a client under clients:"))


async def _control(lab: Lab, agent: UserAgent, cast: dict[str, RelyingParty]) -> None:
    """Show that frames reach the receiver, where a silence of the front channel may have to be judged."""
    if "front" in cast:
        with lab.case("control"):
            await frames_reach_the_receiver(lab, agent, [cast["front"]])


async def _case(
    lab: Lab, label: str, agent: UserAgent, cast: dict[str, RelyingParty], log_out: _LogOut
) -> None:
    with lab.case(label):
        try:
            await _carry_out(lab, agent, cast, log_out)
        except (AgentError, InconclusiveError) as problem:
            lab.gap(problem)


async def _carry_out(lab: Lab, agent: UserAgent, cast: dict[str, RelyingParty], log_out: _LogOut) -> None:
    """Log in everywhere but at the bystander, log out, wait until somebody is told, and probe."""
    rps = {role: rp for role, rp in cast.items() if role != "bystander"}
    back, witness = rps.get("back"), [*rps.values()][-1]
    user = await lab.user()
    logins = [await lab.sign_in(agent, rp, user) for rp in rps.values()]
    await lab.probe(agent, witness, "before")
    heard = len(lab.receiver.seen(back.key, "backchannel")) if back else 0
    await log_out(_LoggedIn(agent, user, logins[0]))
    if back:
        await lab.hears(back, "backchannel", heard + 1)
    await lab.probe(agent, witness, "after")


async def _by_page(lab: Lab, own: OwnLogout, who: _LoggedIn) -> None:
    """Log out by the provider's own page, in the browser of the user."""
    lab.add(Logout, agent=who.agent.label, method="GET", endpoint=own.page)
    landing = await who.agent.get(own.page, "own", "logout")
    if landing.kind != "page" or (landing.status or 0) >= 400:
        why = landing.problem or f"it leads to {landing.url.partition('?')[0]}, status {landing.status}"
        raise InconclusiveError(f"The page of own_logout is not there: {why}. Look at its address.")
    await who.agent.follow(landing, own.steps, "own", "own_logout", who.user)


async def _by_admin_api(lab: Lab, request: AdminRequest, who: _LoggedIn) -> None:
    """Log out by the provider's admin API: the user's browser hears nothing of it."""
    url = request.url
    for name in ("sid", "sub"):
        if f"${{{name}}}" in url:
            url = url.replace(f"${{{name}}}", quote(_claim(who.login, name), safe=""))
    lab.add(Logout, agent=who.agent.label, method=request.method, endpoint=lab.recorder.text(url))
    headers = {name: value.reveal() for name, value in request.headers.items()}
    reply = await lab.api.send(request.method, url, "admin", headers)
    if reply.status is None or reply.status >= 400:
        raise InconclusiveError(
            f"The request of own_logout was answered {reply.status or reply.exchange.error}. Look at its url and "
            "headers."
        )


def _claim(login: SignIn, name: str) -> str:
    value = login.claims.get(name)
    if not isinstance(value, str):
        raise InconclusiveError(
            f"The request of own_logout has ${{{name}}} in its url, and the ID Token of the login has no {name}."
        )
    return value
