"""What is true before and after a request: sessions and tokens, each shown by the probe that the contract names."""

from conformance.documented.cast import SECOND_CLIENT, Cast
from conformance.documented.model import Means, Subject
from conformance.evidence.events import Probe
from conformance.provider.flows import SignIn
from conformance.provider.relying_party import RelyingParty
from conformance.provider.wire import Reply
from conformance.scenarios.errors import NotTestedError

RESOURCE = "contracts:\n  - file: …\n    resource: {url: https://…}   # opened by an access token"
SESSIONS: tuple[Subject, ...] = ("session", "second application", "other browser")


async def probe(cast: Cast, what: Subject, by: Means, when: str) -> None:
    """Look whether something is alive, and record it."""
    if what in SESSIONS:
        await _session(cast, what, by, when)
    elif by == "refresh":
        await _refresh(cast, when)
    else:
        await _token(cast, what, by, when)


async def _session(cast: Cast, what: Subject, by: Means, when: str) -> None:
    agent = cast.other_agent if what == "other browser" else cast.agent
    witness = cast.second if what == "second application" else cast.application
    if agent is None or witness is None:
        raise NotTestedError(f"needs a {what}", SECOND_CLIENT)
    found = await cast.lab.flows.probe(agent, witness, when, silently=by == "prompt=none")
    cast.lab.amend(found, what=what, by=by)


async def _token(cast: Cast, what: Subject, by: Means, when: str) -> None:
    logins = {"other access token": cast.other_login, "foreign access token": cast.foreign_login}
    token = _of(logins.get(what, cast.login), what)
    if by == "introspection":
        foreign = cast.second if what == "foreign access token" else None
        reply = await _introspected(cast, token, foreign or cast.application)
        answer = (reply.json() or {}).get("active")
        outcome = "alive" if answer is True else "ended" if answer is False else "undecided"
        told = f"active: {str(answer).lower()}" if isinstance(answer, bool) else ""
    else:
        told = ""
        reply = await (_userinfo(cast, token) if by == "userinfo" else _resource(cast, token))
        outcome = _shown_by(reply.status)
    _record(cast, what, by, when, outcome, told or str(reply.status or reply.exchange.error))


def _of(login: SignIn | None, what: Subject) -> str:
    token = login and (login.refresh_token if what == "refresh token" else login.access_token)
    if not token:
        kind = "a refresh token" if what == "refresh token" else "an access token"
        raise NotTestedError(f"needs {kind}, and the login brought none")
    return token


def _shown_by(status: int | None) -> str:
    """Read an answer to a request with an access token (RFC 6750, section 3.1)."""
    if status is not None and 200 <= status < 300:
        return "alive"
    return "ended" if status in (401, 403) else "undecided"


async def _userinfo(cast: Cast, token: str) -> Reply:
    url = cast.lab.provider.endpoint("userinfo_endpoint")
    if url is None:
        raise NotTestedError("needs a userinfo_endpoint", "metadata:\n  userinfo_endpoint: https://…")
    return await cast.lab.api.get(url, "userinfo", {"Authorization": f"Bearer {token}"})


async def _resource(cast: Cast, token: str) -> Reply:
    resource = cast.use.resource
    if resource is None:
        raise NotTestedError("needs a request that an access token opens", RESOURCE)
    headers = {name: value.reveal() for name, value in resource.headers.items()}
    headers["Authorization"] = f"Bearer {token}"
    return await cast.lab.api.send(resource.method, resource.url, "resource", headers)


async def _introspected(cast: Cast, token: str, application: RelyingParty) -> Reply:
    url = cast.lab.provider.endpoint("introspection_endpoint")
    if url is None:
        raise NotTestedError(
            "needs an introspection_endpoint", "metadata:\n  introspection_endpoint: https://…"
        )
    data, auth = application.authenticate({"token": token}, url)
    return await cast.lab.api.post(url, "introspection", data=data, auth=auth)


async def _refresh(cast: Cast, when: str) -> None:
    """Use the refresh token, afterwards only: it may be good for one use."""
    token = _of(cast.login, "refresh token")
    if when == "before":
        _record(cast, "refresh token", "refresh", when, "alive", "just issued")
        return
    url = cast.lab.provider.metadata["token_endpoint"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    data, auth = cast.application.authenticate(form, url)
    reply = await cast.lab.api.post(url, "refresh", data=data, auth=auth)
    error = (reply.json() or {}).get("error")
    outcome = "alive" if reply.status == 200 else "ended" if error == "invalid_grant" else "undecided"
    _record(cast, "refresh token", "refresh", when, outcome, str(error or reply.status))


def _record(cast: Cast, what: Subject, by: Means, when: str, outcome: str, answer: str) -> None:
    cast.lab.add(
        Probe, agent=cast.agent.label, witness=cast.application.role, when=when, what=what, by=by,
        outcome=outcome, method=by, answer=answer, reason=f"the {what} was tried by {by}",
    )  # fmt: skip
