"""What a tenant does at every point where a fault or a profile does it differently.

Every default is the conforming behaviour. A switch edits one value here; the modules that do the work
read it. ``Edit`` functions change a dictionary in place.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.responses import Response

from conformance.reference import backchannel, encryption, hints, logout_targets, subjects, urls
from conformance.reference.client_authentication import client_form
from conformance.reference.errors import ErrorAnswer
from conformance.reference.grants import Grant, Grants, Token, ends_with_session
from conformance.reference.keys import Claims, SigningKey
from conformance.reference.languages import LANGUAGES
from conformance.reference.redirects import redirect
from conformance.reference.users import User

if TYPE_CHECKING:
    import httpx
    from starlette.datastructures import ImmutableMultiDict
    from starlette.requests import Request

    from conformance.reference.clients import Client
    from conformance.reference.end_session import LogoutRequest
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit

Edit: TypeAlias = Callable[[dict[str, Any]], None]
Recipients: TypeAlias = "Callable[[Tenant, Session, Client | None], Iterable[Client]]"


def logged_in(tenant: Tenant, session: Session, _initiator: Client | None) -> list[Client]:
    """The relying parties that got a code from this session."""
    clients = (tenant.clients.get(client_id) for client_id in session.client_ids)
    return [client for client in clients if client]


def find_any(grants: Grants, value: str, _hint: str | None) -> Token | None:
    """A token of either type; the hint is not needed."""
    return grants.find(value)


def revoke_with_grant(tenant: Tenant, token: Token) -> None:
    """A token ends, and what RFC 7009 ends with it."""
    tenant.grants.revoke(token)


@dataclass
class Discovery:
    """The metadata document."""

    edits: list[Callable[[Tenant, dict[str, Any]], None]] = field(default_factory=list)
    media_type: str = "application/json"


@dataclass
class Registration:
    """Dynamic registration: ``keeps`` edits what comes into force, ``shows`` the answer alone."""

    offered: bool = True
    status: int = 201
    json_errors: bool = True
    refuses_unknown: bool = False
    skipped_checks: set[Callable[..., None]] = field(default_factory=set)
    keeps: list[Edit] = field(default_factory=list)
    shows: list[Edit] = field(default_factory=list)


@dataclass
class ClientErrors:
    """Error answers to clients, at whatever endpoint."""

    edits: list[Callable[[ErrorAnswer], None]] = field(default_factory=list)


@dataclass
class Tokens:
    """Keys, subjects, sids and ID Tokens."""

    algorithms: list[str] = field(default_factory=lambda: ["RS256", "ES256", "PS256"])
    default_alg: str = "RS256"
    kid: bool = True
    retired: list[str] = field(default_factory=list)  # algorithms with a former key that is still published
    sid: bool = True
    new_sid: Callable[[User], str] = subjects.random_sid
    subject: Callable[[Tenant, Client, User], str] = subjects.public
    subject_type: str = "public"
    id_token_edits: list[Edit] = field(default_factory=list)
    revoked_at_logout: Callable[[Grant, str], bool] = ends_with_session


@dataclass
class Pages:
    """Login, consent and confirmation pages, and the cookies behind them."""

    same_site: str = "none"
    other_origin: bool = False
    errors_elsewhere: bool = False
    framable: bool = False
    csrf: bool = True
    decline_button: bool = True
    languages: tuple[str, ...] = LANGUAGES
    login_language: Callable[[Visit], str] = lambda _visit: LANGUAGES[0]
    one_question: bool = False
    closed_question: int = 400  # status of an answer that comes too late
    closed_by_codes: bool = False  # a code that the same browser gets closes its open questions
    cacheable: bool = False
    referrer_policy: str = "no-referrer"
    cookies_secure: bool = True
    cookies_have_same_site: bool = True


@dataclass
class Authorization:
    """The authorization endpoint."""

    checks: list[Callable[[ImmutableMultiDict[str, str]], None]] = field(default_factory=list)
    matches: Callable[[str, str], bool] = urls.exact
    prompt_none_shows_login: bool = False
    ignores: frozenset[str] = frozenset()  # parameters that are not understood
    hint_names_the_user: bool = True
    asks_again: Callable[[Client, Session], bool] = lambda _client, _session: False
    asks_consent: bool = True
    revives_sessions: bool = False
    response_edits: list[Callable[[Tenant, dict[str, str]], None]] = field(default_factory=list)


@dataclass
class Logout:
    """The end_session_endpoint. ``unasked`` lists the cases in which no question is put."""

    methods: frozenset[str] = frozenset({"GET", "POST"})
    reads_body: bool = True
    accepts_repeated: bool = False
    checks: list[Callable[[ImmutableMultiDict[str, str]], None]] = field(default_factory=list)
    issuer: Callable[[Tenant], str] = hints.issuer
    read_hint: Callable[[Tenant, str], Claims] = hints.verified
    hint_checks: list[Callable[[Claims], None]] = field(default_factory=list)
    client_id_checked: bool = True
    post_logout_uris: Callable[[Tenant, Client], Sequence[str]] = logout_targets.of_client
    matches: Callable[[str, str], bool] = urls.exact
    target_without_hint: Callable[[str | None], str | None] = logout_targets.none_without_hint
    target_unsent: Callable[[Client], str | None] = logout_targets.none_unsent
    target_elsewhere: Callable[[ImmutableMultiDict[str, str]], str | None] = logout_targets.none_elsewhere
    target_after: Callable[[Tenant, LogoutRequest, Session], str | None] = logout_targets.as_asked
    redirect_url: Callable[[str, str | None], str] = logout_targets.with_state
    redirect: Callable[[Visit, str], Response] = lambda _visit, url: redirect(url, 302)
    unasked: list[Callable[[Visit, LogoutRequest, Session], bool]] = field(default_factory=list)
    ends_session: Callable[[bool], bool] = lambda _asked: True
    ends_on_server: bool = True
    question_of_session: bool = True
    no_ends_session: bool = False
    no_notifies: bool = False
    without_session: Callable[[Tenant, LogoutRequest], None] = lambda _tenant, _request: None
    idempotent: bool = True
    pause: float = 0.0  # seconds between the end of the session and the answer
    on_error: Callable[[Tenant, ImmutableMultiDict[str, str], list[str]], str | None] = (
        logout_targets.none_on_error
    )


@dataclass
class Account:
    """Logouts that no relying party asks for, and where these send the browser: nowhere (section 3)."""

    notifies: bool = True
    target: Callable[[Tenant, Session], str | None] = lambda _tenant, _session: None


@dataclass
class BackChannel:
    """Logout Tokens and how they are sent. ``repeat_after`` maps a status to a pause in seconds.

    Each of several ``repetitions`` comes after twice the pause of the one before.
    """

    recipients: Recipients = logged_in
    token_edits: list[Callable[[Claims, backchannel.Notice], None]] = field(default_factory=list)
    typ: str | None = "logout+jwt"
    sign: Callable[[SigningKey, Claims, Claims], str] = SigningKey.sign
    sign_encrypted: Callable[[SigningKey, Claims, Claims], str] | None = None  # if other than ``sign``
    encrypts: bool = True
    encrypts_to: Callable[[Client], encryption.PublicKey] = encryption.key_of
    nested_edits: list[Callable[[Claims, Claims], None]] = field(default_factory=list)  # inner, outer header
    uri: Callable[[str], str] = str
    send: Callable[[httpx.AsyncClient, str, str], Awaitable[httpx.Response]] = backchannel.post_form
    deliver_all: Callable[[Sequence[backchannel.Delivery]], Awaitable[list[backchannel.Answer]]] = (
        backchannel.in_parallel
    )
    repeat_after: Callable[[int], float | None] = backchannel.retry_server_errors
    repetitions: int = 1
    awaits_answers: bool = True
    delay: float = 0.0
    keeps_session: Callable[[backchannel.Answer], bool] = lambda _answer: False


@dataclass
class FrontChannel:
    """The page of iframes. ``template`` decides how the URIs are loaded."""

    recipients: Recipients = logged_in
    parameter_edits: list[Edit] = field(default_factory=list)
    url: Callable[[str, dict[str, str]], str] = urls.with_parameters
    template: str = "frontchannel.html"
    allowed_by_policy: bool = True


@dataclass
class SessionStatus:
    """session_state, and the page that compares it. ``window`` and ``target`` are script of that page."""

    parts: tuple[str, ...] = ("client_id", "origin", "state")  # what is hashed beside the salt
    compared: tuple[str, ...] = ("client_id", "origin", "state")  # likewise, in the page
    salt: Callable[[Visit, bool], str] = lambda _visit, _granted: secrets.token_hex(16)
    browser_state: Callable[[Visit, Session], str] = lambda _visit, session: session.browser_state
    runs_out: int = 0  # seconds after the first match at which the page takes the state for another; 0: never
    ends_with_session: bool = True
    renewed: bool = False  # by each successful response
    words: dict[str, str] = field(
        default_factory=lambda: {"match": "unchanged", "mismatch": "changed", "malformed": "error"}
    )
    framable: bool = True
    read_once: bool = False
    window: str = "source"
    target: str = "origin"


@dataclass
class Revocation:
    """The revocation_endpoint."""

    methods: frozenset[str] = frozenset({"POST"})
    authenticates: bool = True
    refuses_basic: bool = False
    form: Callable[[Request], Awaitable[ImmutableMultiDict[str, str]]] = client_form
    token_required: bool = True
    find: Callable[[Grants, str, str | None], Token | None] = find_any
    checks: list[Callable[[Token], None]] = field(default_factory=list)
    checks_owner: bool = True
    revoke: Callable[[Tenant, Token], None] = revoke_with_grant
    unknown_token_is_error: bool = False
    cors: bool = True
    json_errors: bool = True


@dataclass
class Spoken:
    """What a tenant has beside, or instead of, the standard endpoints: a provider's own documentation."""

    endpoints: dict[str, Callable[[Visit], Awaitable[Response]]] = field(default_factory=dict)  # by path
    knobs: Any = None  # of the contract's own module, for its faults
    standard: frozenset[str] | None = None  # the standard endpoints that there are beside; None: all


@dataclass
class Behaviour:
    """One tenant's behaviour, part by part."""

    limits_rate: Callable[[int], bool] = lambda _count: False  # of the requests to the tenant so far
    discovery: Discovery = field(default_factory=Discovery)
    registration: Registration = field(default_factory=Registration)
    client_errors: ClientErrors = field(default_factory=ClientErrors)
    tokens: Tokens = field(default_factory=Tokens)
    pages: Pages = field(default_factory=Pages)
    authorization: Authorization = field(default_factory=Authorization)
    logout: Logout = field(default_factory=Logout)
    account: Account = field(default_factory=Account)
    backchannel: BackChannel = field(default_factory=BackChannel)
    frontchannel: FrontChannel = field(default_factory=FrontChannel)
    session_status: SessionStatus = field(default_factory=SessionStatus)
    revocation: Revocation = field(default_factory=Revocation)
    spoken: Spoken = field(default_factory=Spoken)
