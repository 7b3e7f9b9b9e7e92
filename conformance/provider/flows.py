"""What a user does at the provider: sign in, answer a question, and whether the session is alive."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from conformance.config.model import User
from conformance.evidence.events import Answer, Login, Probe
from conformance.evidence.recorder import Recorder
from conformance.provider.agent import AgentError, Landing, UserAgent
from conformance.provider.provider import Provider
from conformance.provider.relying_party import RelyingParty
from conformance.provider.scripts import OwnFunction, advice, script_of
from conformance.provider.tokens import Decoded
from conformance.provider.wire import Api

MOST_PAGES = 8
# Answers to prompt=none that say nothing about the session (Core 3.1.2.6).
DECISIVE = {"login_required": "ended"}
AGE = "8640000"  # a max_age that any session meets, so that auth_time is given (Core 3.1.2.1)


@dataclass(frozen=True)
class SignIn:
    """How an authorization code flow ended, with the tokens it brought."""

    event: Login
    landing: Landing
    id_token: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    access_token: str = ""
    refresh_token: str = ""
    received: str = ""  # the ID Token as it came, encrypted where it was

    @property
    def ok(self) -> bool:
        return self.event.outcome == "code"

    @property
    def sid(self) -> str | None:
        return self.claims.get("sid")


def add_query(url: str, parameters: list[tuple[str, str]]) -> str:
    """Append form-encoded parameters to a URL that may have a query of its own."""
    if not parameters:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(parameters)}"


class Flows:
    """The flows of one scenario."""

    def __init__(self, provider: Provider, api: Api, recorder: Recorder) -> None:
        self._provider, self._api, self._recorder = provider, api, recorder
        self._logins = 0

    async def sign_in(
        self, agent: UserAgent, rp: RelyingParty, user: User, *, label: str = "", scope: str = "",
        parameters: dict[str, str] | None = None,
    ) -> SignIn:  # fmt: skip
        """Run the code flow with PKCE, with credentials or by an existing session (Core 3.1)."""
        request = self._request(rp, scope, {"max_age": AGE} | (parameters or {}))
        landing = await agent.get(request.url, "authorization", "authorization")
        landing, asked = await self._through_pages(agent, landing, user)
        return await self._finish(agent, rp, user, request, landing, asked, label)

    async def must_sign_in(self, agent: UserAgent, rp: RelyingParty, user: User, **more: Any) -> SignIn:
        """As sign_in; anything but a code is an AgentError that says what was met."""
        result = await self.sign_in(agent, rp, user, **more)
        if not result.ok:
            help_with = advice(result.landing.page, "login") if result.event.outcome == "stuck" else ""
            raise AgentError(
                f"The login at {rp.role} brought no code: {result.event.error}. {help_with}".strip()
            )
        return result

    async def through(self, agent: UserAgent, landing: Landing, user: User) -> Landing:
        """Go through the provider's login and consent pages, whoever sent the browser there."""
        landing, _ = await self._through_pages(agent, landing, user)
        return landing

    async def sign_in_from(
        self, agent: UserAgent, rp: RelyingParty, user: User, landing: Landing, *, verifier: str, label: str
    ) -> SignIn:  # fmt: skip
        """Log in on a page that some other request led to, and redeem the code that comes of it.

        Without a verifier the request had no code_challenge.
        """
        landing, asked = await self._through_pages(agent, landing, user)
        return await self._finish(
            agent, rp, user, _Request("", verifier, ""), landing, asked, label, judged=True
        )

    async def answer(
        self, agent: UserAgent, landing: Landing, choice: Literal["yes", "no"]
    ) -> Landing | None:
        """Answer a confirmation page. None: it offers no such control."""
        if script := script_of(self._provider.config, "confirm_yes" if choice == "yes" else "confirm_no"):
            self._recorder.add(Answer, agent=agent.label, choice=choice, control="the config's steps")
            return await agent.follow(
                landing, script, "logout", "confirm_yes" if choice == "yes" else "confirm_no"
            )
        page = landing.page
        button = None if page is None else page.yes() if choice == "yes" else page.no()
        if button is None:
            return None
        self._recorder.add(Answer, agent=agent.label, choice=choice, control=button.label or button.name)
        return await agent.press(landing, button, "logout", "answer")

    async def probe(
        self, agent: UserAgent, witness: RelyingParty, when: str, *, silently: bool = True
    ) -> Probe:
        """Ask the provider whether the session lives: prompt=none, else a request without prompt."""
        if not (silently and self._openid):
            return await self._second_probe(agent, witness, when, "")
        request = self._request(witness, "", {"prompt": "none", "max_age": AGE})
        landing = await agent.get(request.url, "authorization", "probe")
        answer = _callback(landing)
        error = answer.get("error", "")
        if answer.get("code"):
            return await self._alive(agent, witness, when, request, landing)
        if error in DECISIVE:
            return self._probed(agent, witness, when, "ended", "prompt=none", error)
        met = error or _met(landing)
        return await self._second_probe(agent, witness, when, met)

    async def silent(
        self, agent: UserAgent, rp: RelyingParty, *, hint: str = "", redeem: bool = False
    ) -> Landing:
        """Send a prompt=none request and record how it ended, and on demand for whom (Core 3.1.2.1)."""
        request = self._request(rp, "", {"prompt": "none"} | ({"id_token_hint": hint} if hint else {}))
        landing = await agent.get(request.url, "authorization", "silent")
        sub = ""
        if redeem and (code := _callback(landing).get("code")):
            token, *_ = await self._exchange_code(agent, rp, request, code, "silent")
            sub = str(token.claims.get("sub", "")) if token else ""
        self._ended(agent, rp, landing, request, "silent", sub)
        return landing

    async def from_front_channel(
        self, agent: UserAgent, rp: RelyingParty, user: User, response_type: str
    ) -> Landing:
        """Ask the authorization endpoint itself for an ID Token, and record what came (Core 3.2, 3.3)."""
        request = self._request(rp, "", {"response_type": response_type})
        landing = await agent.get(request.url, "authorization", "authorization")
        landing, asked = await self._through_pages(agent, landing, user)
        answer = _callback(landing)
        if token := answer.get("id_token"):
            await self._provider.learn_key(self._api, token, rp)
            self._provider.record(self._recorder, token, "implicit_id_token", rp, agent=agent.label)
        self._recorder.add(
            Login, agent=agent.label, rp=rp.role, user=user.key, login="front channel", nonce=request.nonce,
            outcome="code" if token else "error" if answer.get("error") else "stuck", credentials_asked=asked,
            error="" if token else answer.get("error") or _met(landing),
        )  # fmt: skip
        return landing

    async def first_page(self, agent: UserAgent, rp: RelyingParty) -> Landing:
        """Send an authorization request without prompt, consent if asked to, and stop at any other page."""
        request = self._request(rp, "", {})
        landing = await agent.get(request.url, "authorization", "authorization")
        for _ in range(MOST_PAGES):
            landing = await self._consent(agent, landing) or landing
        self._ended(agent, rp, landing, request, "first page")
        return landing

    def _ended(
        self,
        agent: UserAgent,
        rp: RelyingParty,
        landing: Landing,
        request: "_Request",
        login: str,
        sub: str = "",
    ) -> None:
        answer = _callback(landing)
        outcome = "code" if answer.get("code") else "error" if answer.get("error") else "stuck"
        self._recorder.add(
            Login, agent=agent.label, rp=rp.role, user="", login=login, outcome=outcome, nonce=request.nonce,
            error=answer.get("error") or ("" if answer.get("code") else _met(landing)),
            credentials_asked=landing.shows == "login",
            session_state=answer.get("session_state", ""), sub=sub,
        )  # fmt: skip

    async def _second_probe(self, agent: UserAgent, witness: RelyingParty, when: str, met: str) -> Probe:
        request = self._request(witness, "", {"max_age": AGE})
        landing = await agent.get(request.url, "authorization", "probe")
        kind = landing.shows or landing.kind
        method = "without prompt"
        reason = f"prompt=none was answered {met}" if met else ""
        if _callback(landing).get("code"):
            return await self._alive(agent, witness, when, request, landing, method, reason)
        if kind == "login":
            return self._probed(agent, witness, when, "ended", method, "credentials asked", reason)
        if kind == "consent":
            return self._probed(agent, witness, when, "alive", method, "consent asked", reason)
        return self._probed(agent, witness, when, "undecided", method, _met(landing), reason)

    async def _alive(
        self, agent: UserAgent, witness: RelyingParty, when: str, request: "_Request", landing: Landing,
        method: str = "prompt=none", reason: str = "",
    ) -> Probe:  # fmt: skip
        token, *_ = await self._exchange_code(agent, witness, request, _callback(landing)["code"], "probe")
        claims = token.claims if token else {}
        return self._probed(
            agent, witness, when, "alive", method, "code", reason, sub=str(claims.get("sub", "")),
            sid=str(claims.get("sid", "")), auth_time=claims.get("auth_time"),
        )  # fmt: skip

    def _probed(
        self, agent: UserAgent, witness: RelyingParty, when: str, outcome: str, method: str, answer: str,
        reason: str = "", **more: Any,
    ) -> Probe:  # fmt: skip
        return self._recorder.add(
            Probe, agent=agent.label, witness=witness.role, when=when, outcome=outcome, method=method,
            answer=answer, reason=reason, **more,
        )  # fmt: skip

    async def _through_pages(self, agent: UserAgent, landing: Landing, user: User) -> tuple[Landing, bool]:
        asked = False
        for _ in range(MOST_PAGES):
            following = await self._next_page(agent, landing, user, asked)
            if following is None:
                break
            asked = asked or landing.shows not in ("", "consent")
            landing = following
        return landing, asked

    async def _next_page(self, agent: UserAgent, landing: Landing, user: User, asked: bool) -> Landing | None:
        """Log in or consent, by the config's steps or by what the page has; None where neither is asked for."""
        if landing.kind != "page" or landing.page is None or landing.shown is None:
            return None
        kind, config = landing.shown.kind, self._provider.config
        login = script_of(config, "login")
        if login and (kind == "login" or (kind == "unknown" and isinstance(login, OwnFunction))):
            # The steps are the whole login: what asks again after them refused it.
            return None if asked else await agent.follow(landing, login, "authorization", "login", user)
        if kind == "login" and (form := landing.page.login_form()):
            return await agent.submit(landing, form, _credentials(form, user), "authorization")
        return await self._consent(agent, landing, user)

    async def _consent(self, agent: UserAgent, landing: Landing, user: User | None = None) -> Landing | None:
        """Agree to what a relying party asks for; None where this is not the question."""
        if landing.page is None or landing.shows != "consent":
            return None
        if script := script_of(self._provider.config, "consent"):
            return await agent.follow(landing, script, "authorization", "consent", user)
        button = landing.page.yes()
        return await agent.press(landing, button, "authorization", "consent") if button else None

    async def _finish(
        self, agent: UserAgent, rp: RelyingParty, user: User, request: "_Request", landing: Landing, asked: bool,
        label: str, *, judged: bool = False,
    ) -> SignIn:  # fmt: skip
        answer = _callback(landing)
        self._logins += 1
        name = label or f"login {self._logins}"
        token, access, refresh, received = None, "", "", ""
        if answer.get("code"):
            token, access, refresh, received = await self._exchange_code(
                agent, rp, request, answer["code"], name
            )
        got = bool(token) if self._openid else bool(access)
        outcome = "code" if got else "error" if answer.get("error") else "stuck"
        claims = token.claims if token else {}
        event = self._recorder.add(
            Login, agent=agent.label, rp=rp.role, user=user.key, login=name, outcome=outcome,
            error="" if got else answer.get("error") or _without_token(answer, landing),
            ended_at=self._recorder.text(landing.url) if judged and landing.kind == "rp" else "",
            credentials_asked=asked, session_state=answer.get("session_state", ""), nonce=request.nonce,
            sub=str(claims.get("sub", "")),
        )  # fmt: skip
        return SignIn(event, landing, token.raw if token else "", claims, access, refresh, received)

    async def _exchange_code(
        self, agent: UserAgent, rp: RelyingParty, request: "_Request", code: str, login: str
    ) -> tuple[Decoded | None, str, str, str]:
        """Redeem a code (Core 3.1.3); returns ID Token, access token, refresh token, the ID Token as it came."""
        self._recorder.redactor.secret(code, "code")
        endpoint = self._provider.metadata["token_endpoint"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": rp.redirect_uri}
        form |= {"code_verifier": request.verifier} if request.verifier else {}
        data, auth = rp.authenticate(form, endpoint)
        reply = await self._api.post(endpoint, "token", data=data, auth=auth)
        answer = reply.json() or {}
        for kind in ("access_token", "refresh_token"):
            if isinstance(answer.get(kind), str):
                self._recorder.redactor.secret(answer[kind], kind)
        about = {"agent": agent.label, "login": login, "source": reply.exchange.id}
        if isinstance(answer.get("refresh_token"), str):
            self._provider.record(self._recorder, answer["refresh_token"], "refresh_token", rp, **about)
        access, refresh = (str(answer.get(kind, "")) for kind in ("access_token", "refresh_token"))
        if not isinstance(answer.get("id_token"), str):
            return None, access, refresh, ""
        await self._provider.learn_key(self._api, answer["id_token"], rp)
        token, _ = self._provider.record(self._recorder, answer["id_token"], "id_token", rp, **about)
        return token, access, refresh, answer["id_token"]

    @property
    def _openid(self) -> bool:
        """Tell whether logins ask for an ID Token: without the scope openid it is OAuth 2.0 alone (Core 3.1.2.1)."""
        return "openid" in self._provider.config.scopes

    def _request(self, rp: RelyingParty, scope: str, extra: dict[str, str]) -> "_Request":
        verifier = secrets.token_urlsafe(32)
        challenge = challenge_of(verifier)
        nonce = secrets.token_urlsafe(12)
        parameters = {
            "response_type": "code", "client_id": rp.client_id, "redirect_uri": rp.redirect_uri,
            "scope": scope or " ".join(self._provider.config.scopes), "state": secrets.token_urlsafe(9),
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        parameters |= {"nonce": nonce, **extra} if self._openid else {}  # the others are OpenID Connect's
        self._recorder.redactor.secret(verifier, "secret")
        endpoint = self._provider.metadata["authorization_endpoint"]
        return _Request(add_query(endpoint, list(parameters.items())), verifier, nonce)


def challenge_of(verifier: str) -> str:
    """Return the S256 code_challenge of a code_verifier (RFC 7636, section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class _Request:
    url: str
    verifier: str
    nonce: str


def _credentials(form: Any, user: User) -> dict[str, str]:
    values = {}
    if form.username is not None and form.username.get("name"):
        values[form.username.get("name")] = user.username.reveal()
    if form.password is not None and form.password.get("name"):
        values[form.password.get("name")] = user.password.reveal()
    return values


def _callback(landing: Landing) -> dict[str, str]:
    """Return the parameters of an authorization response (query, or fragment)."""
    if landing.kind != "rp":
        return {}
    parts = urlsplit(landing.url)
    return dict(
        parse_qsl(parts.query, keep_blank_values=True) or parse_qsl(parts.fragment, keep_blank_values=True)
    )


def _without_token(answer: dict[str, str], landing: Landing) -> str:
    """Say why a login brought no token, where the provider did not."""
    return "the token endpoint gave no ID Token for the code" if answer.get("code") else _met(landing)


def _met(landing: Landing) -> str:
    """Say where a navigation ended instead."""
    if landing.kind == "page" and landing.shown:
        return f"a page taken for {landing.shown.kind} ({landing.shown.title or landing.url}, status {landing.status})"
    return (
        landing.problem or f"an address of a relying party without code or error: {landing.url.split('?')[0]}"
    )
