"""Logouts that no relying party starts: by the provider's own page, and by its admin API."""

from urllib.parse import quote

from conformance.config.model import OwnLogout
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


@scenario(watches=True, alone=True)
async def own_logout(lab: Lab) -> None:
    """Log out by the provider's own page and by its admin API, and see who is told and where the browser goes."""
    own = lab.config.own_logout
    if own is None:
        raise NotTestedError("needs a logout of the provider's own", ENABLE)
    cast = await _cast(lab)
    if own.page:
        agent = await lab.chromium("browser 1")
        await _control(lab, agent, cast)
        await _case(lab, "own page", _OwnPage(lab, own, agent, cast))
    if own.request:
        await _case(lab, "admin API", _AdminApi(lab, own, await lab.agent("browser 2"), cast))


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


async def _case(lab: Lab, label: str, one: "_OwnLogout") -> None:
    with lab.case(label):
        try:
            await one.carry_out()
        except (AgentError, InconclusiveError) as problem:
            lab.gap(problem)


class _OwnLogout:
    """A user who is logged in at everybody but the bystander, and a logout that none of these asks for."""

    def __init__(self, lab: Lab, own: OwnLogout, agent: UserAgent, cast: dict[str, RelyingParty]) -> None:
        self.lab, self.own, self.agent = lab, own, agent
        self.rps = {role: rp for role, rp in cast.items() if role != "bystander"}
        self.witness = [*self.rps.values()][-1]

    async def carry_out(self) -> None:
        """Log in everywhere, log out, wait until somebody is told, and probe."""
        self.user = await self.lab.user()
        logins = [await self.lab.sign_in(self.agent, rp, self.user) for rp in self.rps.values()]
        await self.lab.probe(self.agent, self.witness, "before")
        heard = len(self.lab.receiver.seen(self.rps["back"].key, "backchannel")) if "back" in self.rps else 0
        await self.log_out(logins[0])
        if "back" in self.rps:
            await self.lab.hears(self.rps["back"], "backchannel", heard + 1)
        await self.lab.probe(self.agent, self.witness, "after")

    async def log_out(self, login: SignIn) -> None:
        raise NotImplementedError


class _OwnPage(_OwnLogout):
    """By the provider's own page, in the browser of the user."""

    async def log_out(self, login: SignIn) -> None:
        lab, page = self.lab, self.own.page
        lab.add(Logout, agent=self.agent.label, method="GET", endpoint=page)
        landing = await self.agent.get(page, "own", "logout")
        if landing.kind != "page" or (landing.status or 0) >= 400:
            why = landing.problem or f"it leads to {landing.url.partition('?')[0]}, status {landing.status}"
            raise InconclusiveError(f"The page of own_logout is not there: {why}. Look at its address.")
        await self.agent.follow(landing, self.own.steps, "own", "own_logout", self.user)


class _AdminApi(_OwnLogout):
    """By the provider's admin API: the user's browser hears nothing of it."""

    async def log_out(self, login: SignIn) -> None:
        lab, request = self.lab, self.own.request
        assert request is not None  # noqa: S101 - this case is there because of it
        url = request.url
        for name in ("sid", "sub"):
            if f"${{{name}}}" in url:
                url = url.replace(f"${{{name}}}", quote(_claim(login, name), safe=""))
        lab.add(Logout, agent=self.agent.label, method=request.method, endpoint=lab.recorder.text(url))
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
