"""Who takes part in a trial: applications, user agents, tokens; and what the contract's names stand for."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from conformance.config.model import ContractUse, User
from conformance.documented import names
from conformance.documented.model import Contract, When
from conformance.documented.requests import texts
from conformance.documented.trials import Extra, Trial
from conformance.provider.agent import UserAgent
from conformance.provider.flows import SignIn, challenge_of
from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Channel, Want

BOTH: frozenset[Channel] = frozenset({"front", "back"})
# With a post-logout redirect URI before those that have none: plain OAuth knows no such thing.
USUAL = (Want(), Want(native=True), Want(uris=0), Want(native=True, uris=0))
# Config lines that give what is missing.
SECOND_CLIENT = "clients:\n  - …\n  - client_id: …"
MISSING = {
    "client_secret": "clients:\n  - client_id: …\n    client_secret: …",
    "post_logout_redirect_uri": "clients:\n  - client_id: …\n    post_logout_redirect_uris: [https://…]",
    "id_token": "scopes: [openid]",
    "sub": "scopes: [openid]",
    "refresh_token": "scopes: [openid, offline_access]   # where the provider gives refresh tokens for it",
}
CHANNELS: dict[Extra, tuple[Want, ...]] = {
    "front": (Want(channels=frozenset({"front"})), Want(channels=BOTH)),
    "back": (Want(channels=frozenset({"back"})), Want(channels=BOTH)),
}


@dataclass
class Cast:
    """One user, logged in wherever the trial needs it."""

    lab: Lab
    contract: Contract
    use: ContractUse
    trial: Trial
    application: RelyingParty
    user: User
    agent: UserAgent
    login: SignIn | None = None  # None: nobody is logged in
    second: RelyingParty | None = None
    other_agent: UserAgent | None = None
    other_login: SignIn | None = None  # of another browser, or for another access token
    foreign_login: SignIn | None = None  # at the second application, for its access token
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    async def values(self, wanted: Iterable[str]) -> dict[str, str]:
        """Return what names stand for. NotTestedError: one has no value here."""
        return {name: await self._value(name) for name in dict.fromkeys(wanted)}

    async def _value(self, name: str) -> str:
        if name in self.contract.servers:
            return self.contract.servers[name].removesuffix("/")
        if name in ("foreign_access_token", "dead_access_token"):
            return await self._token(name)
        value = self._known().get(name)
        if value is None:
            raise NotTestedError(f"needs {_missing(name)}", MISSING.get(name, ""))
        return value

    def _known(self) -> dict[str, str | None]:
        """Return what is known without doing anything."""
        app, login, provider = self.application, self.login, self.lab.provider
        claims = login.claims if login else {}
        post_logout = app.post_logout_redirect_uris
        return {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "other_client_id": self.second.client_id if self.second else None,
            "redirect_uri": app.redirect_uri,
            "post_logout_redirect_uri": post_logout[0] if post_logout else None,
            "issuer": provider.endpoint("issuer") or self.lab.config.issuer,
            "scope": " ".join(self.lab.config.scopes),
            "state": secrets.token_urlsafe(9),
            "code_challenge": challenge_of(self.verifier),
            "id_token": (login.id_token or None) if login else None,
            "access_token": (login.access_token or None) if login else None,
            "refresh_token": (login.refresh_token or None) if login else None,
            "sid": _text(claims.get("sid")),
            "sub": _text(claims.get("sub")),
        }

    async def _token(self, name: str) -> str:
        """Get an access token of another application, or one that will be dead before it is sent."""
        if name == "dead_access_token":
            return (await self.lab.sign_in(self.agent, self.application, self.user)).access_token
        return (await self.sign_in_at_second()).access_token

    async def sign_in_at_second(self) -> SignIn:
        """Log in at the second application, once, for an access token of its own."""
        if self.second is None:
            raise NotTestedError("needs a second client", SECOND_CLIENT)
        if self.foreign_login is None:
            self.foreign_login = await self.lab.sign_in(self.agent, self.second, self.user)
        return self.foreign_login


def _missing(name: str) -> str:
    """Say what a name would have needed in order to have a value."""
    return f"a value for ${{{name}}} ({names.KNOWN[name]}), and here is none"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


Applications = tuple[RelyingParty, RelyingParty | None]


class Clients:
    """The applications of one scenario: registered ones serve every trial that does not wait for notifications."""

    def __init__(self, lab: Lab, contract: Contract, use: ContractUse) -> None:
        self.lab, self.contract, self.use = lab, contract, use
        self._kept: dict[tuple[bool, bool | None], Applications] = {}

    async def applications(self, trial: Trial) -> Applications:
        """Return the application that asks, and a second one where the trial needs it."""
        needs_second = trial.extra == "second application" or _names_second(trial)
        public = _public(trial)
        if trial.extra in CHANNELS or not self.lab.config.registration:
            await self.lab.release_clients()
            return await _leased(self.lab, trial.extra, needs_second, public)
        kind = (needs_second, public is True or None)  # registered ones have a secret unless they are public
        if kind not in self._kept:
            with self.lab.case(""):
                self._kept[kind] = await _leased(self.lab, None, *kind)
        return self._kept[kind]


async def assemble(clients: Clients, trial: Trial, *, browser: bool) -> Cast:
    """Lease clients, open user agents, and log in."""
    lab = clients.lab
    application, second = await clients.applications(trial)
    # Frames will have to be loaded: an attempt without would tell relying parties twice.
    browser = browser or application.frontchannel_logout_uri is not None
    user = await lab.user()
    agent = await lab.agent("browser 1", browser=browser)
    cast = Cast(lab, clients.contract, clients.use, trial, application, user, agent, second=second)
    if not trial.when.nobody:
        cast.login = await lab.sign_in(agent, application, user)
        if trial.extra == "second application" and second is not None:
            await lab.sign_in(agent, second, user)
    await _others(cast, browser=browser)
    return cast


def _public(trial: Trial) -> bool | None:
    """Tell whether the application must be a public client, or must not; None: either will do."""
    if trial.when.client:
        return trial.when.client == "public"
    # A request from which the secret is left out says something about applications that have one.
    told = [*texts(trial.endpoint, When()), *texts(trial.endpoint, trial.when)]
    return False if any("client_secret" in names.used(text) for text in told) else None


def _names_second(trial: Trial) -> bool:
    if "foreign access token" in [what for what, _ in trial.probes]:
        return True
    told = [*trial.when.set.values(), *(one.value for one in trial.endpoint.parameters)]
    return any({"foreign_access_token", "other_client_id"} & set(names.used(text or "")) for text in told)


async def _leased(lab: Lab, extra: Extra | None, needs_second: bool, public: bool | None) -> Applications:
    """Lease clients of the first kind that there are: of the web, or such as come back by a scheme of their own."""
    missing: list[NotTestedError] = []
    for want in CHANNELS.get(extra, USUAL) if extra else USUAL:
        wants = {
            "application": replace(want, public=public),
            **({"second": want} if needs_second else {}),
        }
        try:
            found = await lab.relying_parties(**wants)
        except NotTestedError as problem:
            missing.append(problem)
            continue
        return found[0], found[1] if needs_second else None
    raise missing[0]


async def _others(cast: Cast, *, browser: bool) -> None:
    """Log in once more where another browser, or another token, is looked at."""
    lab, subjects = cast.lab, {what for what, _ in cast.trial.probes}
    if "other browser" in subjects:
        cast.other_agent = await lab.agent("browser 2", browser=browser)
        cast.other_login = await lab.sign_in(cast.other_agent, cast.application, cast.user)
    if "foreign access token" in subjects:
        await cast.sign_in_at_second()
    if "other access token" in subjects:
        cast.other_login = await lab.sign_in(cast.agent, cast.application, cast.user)
        if cast.login and cast.other_login.access_token == cast.login.access_token:
            raise InconclusiveError(
                "Two logins brought the same access token: there is no other one to look at."
            )
