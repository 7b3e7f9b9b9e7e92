"""Front-channel logout: who was framed in a logout, in which order, and with what parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.evidence.events import Arrival, Client, Event, Exchange, Login, Remark, Token
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, header, same_target
from conformance.suite import sids
from conformance.suite.finding import NotTested, Undecided
from conformance.suite.registry import view
from conformance.suite.views import Metadata, one, scenario_cases

FRAMES = ("iframe", "frame")
FAN_OUT = "frontchannel_fan_out"
REDIRECTED = ("first", "held back", "from rp2")
LOGOUTS = (*REDIRECTED, "no redirect")
ALL_FRONT = (FAN_OUT, "frontchannel_query", "both_channels")
# Together they have ten distinct sessions and more.
MANY = (
    *(*ALL_FRONT, "two_browsers", "two_users", "backchannel_fan_out", "backchannel_query"),
    *("logout_get", "logout_targets", "without_hint"),
)
TWO_NEEDED = (
    "needs 2 × a client with a front-channel logout URI and no back-channel one",
    "registration: dynamic   # or two such clients under clients:",
)
LONG_ENOUGH = 4.5  # of the 5 seconds that FCL-3-02 has an answer held back
# Chromium's words for a frame that the provider's own policy forbids.
BY_POLICY = ("CSP", "csp")


class FrontLogout(Case):
    """A logout in a browser of clients with front-channel logout."""

    @cached_property
    def control(self) -> Case:
        """What a page of the harness framed in the same browser before."""
        return Case(self._whole, "control")

    @cached_property
    def initiator(self) -> str:
        """The role of the relying party that asked for the logout."""
        return self.logout.rp if self.logout else ""

    @cached_property
    def logged_in(self) -> list[str]:
        """Roles that got a code in this browser session and have a front-channel logout URI."""
        roles = dict.fromkeys(login.rp for login in self.logins if login.outcome == "code")
        return [role for role in roles if self.uri(role)]

    @property
    def others(self) -> list[str]:
        """Those of them that did not ask for the logout."""
        return [role for role in self.logged_in if role != self.initiator]

    @property
    def ended(self) -> bool:
        return self.session("after") == "ended"

    def uri(self, role: str) -> str:
        client = self.clients.get(role)
        return _member(client, "frontchannel_logout_uri") or ""

    def heard(self, *roles: str) -> list[Arrival]:
        """What reached the front-channel logout URIs of these roles in the course of the logout."""
        arrivals = (a for a in self.since_logout(Arrival) if a.endpoint == "frontchannel" and a.rp in roles)
        return [a for a in arrivals if not self._of_another_browser(a)]

    def _of_another_browser(self, arrival: Arrival) -> bool:
        """Tell whether a frame was loaded elsewhere: by a provider that frames clients of other scenarios."""
        own = any(x.url == arrival.url for x in self.since_logout(Exchange) if x.sender == "browser")
        return not own and header(arrival.headers, "sec-fetch-dest") is not None

    def framed(self, *roles: str) -> list[Arrival]:
        """Those of them that are navigations of an inner frame."""
        return [a for a in self.heard(*roles) if a.method == "GET" and self.destination(a) in FRAMES]

    def destination(self, arrival: Arrival) -> str:
        """What the request was for: Sec-Fetch-Dest; where it is not sent, what the browser's own log says."""
        told = header(arrival.headers, "sec-fetch-dest")
        sent = next(
            (x.destination for x in self._browser_requests_of(arrival.rp) if x.url == arrival.url), ""
        )
        return told or sent or "outside the browser"

    def begun(self, *roles: str) -> list[Exchange]:
        """Requests for their logout URIs as the browser began them, answered or not."""
        return [x for role in roles for x in self._browser_requests_of(role)]

    @property
    def not_framed(self) -> list[str]:
        """Roles that were called, but never by a frame, with how they were."""
        bare = [role for role in self.logged_in if self.heard(role) and not self.framed(role)]
        return [f"{role} by {self.destination(self.heard(role)[0])}" for role in bare]

    @property
    def forbidden(self) -> list[Remark]:
        """What the browser says of frames that the page's own Content-Security-Policy forbids."""
        hosts = [urlsplit(self.uri(role)).netloc for role in self.logged_in]
        said = [r for r in self.since_logout(Remark) if "Content Security Policy" in r.text]
        return [remark for remark in said if any(host in remark.text for host in hosts)]

    @property
    def wanted(self) -> str:
        """What is looked for, with what is known of why it did not come."""
        why = ", which the page's own Content-Security-Policy forbids" if self.forbidden else ""
        return f"requests to the logout URIs of relying parties{why}"

    @property
    def why_unheard(self) -> list[Event]:
        """What shows why nothing came: frames that were blocked, the probe, the control."""
        blocked = [x for x in self.begun(*self.logged_in) if x.error]
        probe = self.probe("after")
        return [
            *self.forbidden,
            *blocked,
            *([probe] if probe else []),
            *self.control.notifications("frontchannel"),
        ]

    def hindered(self, *roles: str) -> str:
        """Why the browser itself kept a request from being made; "" where it did not."""
        errors = [x.error for x in self.begun(*roles) if x.error and not any(w in x.error for w in BY_POLICY)]
        return next((e for e in errors if "ABORTED" not in e), "")

    def _browser_requests_of(self, role: str) -> list[Exchange]:
        browser = [
            x
            for x in self.since_logout(Exchange)
            if x.sender == "browser" and x.purpose in ("logout", "answer")
        ]
        return [x for x in browser if self.uri(role) and same_target(x.url, self.uri(role))]

    @cached_property
    def redirect_request(self) -> Exchange | None:
        """The browser's request for the post_logout_redirect_uri."""
        uri = (self.logout and self.logout.post_logout_redirect_uri) or ""
        browser = (x for x in self.exchanges if x.sender == "browser" and x.destination == "document")
        return next((x for x in browser if uri and same_target(x.url, uri)), None)

    @property
    def came_back(self) -> list[Arrival]:
        """Arrivals at the post_logout_redirect_uri."""
        return [a for a in self.since_logout(Arrival) if a.endpoint == "post_logout"]

    @property
    def order(self) -> str:
        """Whether the others were framed before the redirect, in words."""
        redirect = self.redirect_request
        frames = [x for x in self.begun(*self.others) if x.destination in FRAMES]
        if redirect is None:
            return "no redirect"
        first = min((x.at for x in frames), default=None)
        return (
            "framed before the redirect" if first is not None and first < redirect.at else "redirected first"
        )

    def doubt(self, *roles: str) -> str:
        """Why it means nothing that these roles were not framed; "" where it does mean something."""
        if not self.ended:
            return (
                "the logout was not completed: the session was not proven to have ended. RPI-2-35 judges that"
            )
        if lost := [role for role in roles if not self._kept(role)]:
            return f"the provider did not keep the frontchannel_logout_uri of {lost[0]} at registration"
        if hindrance := self.hindered(*roles):
            return f"the browser itself kept the frame from loading: {hindrance}"
        if not self.reached and not all(self.control.notifications("frontchannel", role) for role in roles):
            return "the control failed: a frame on a page of the harness did not reach the receiver. Run `doctor`"
        return ""

    def _kept(self, role: str) -> bool:
        return role in self.clients and bool(self.clients[role].metadata.get("frontchannel_logout_uri"))

    @property
    def reached(self) -> bool:
        """Whether the browser reached the receiver otherwise in this logout: by redirect or another frame."""
        return bool(self.came_back or self.heard(*self.logged_in))


def _member(client: Client | None, name: str) -> Any:
    """A member as it is in force: as registration returned it, or as it was asked for or configured."""
    if client is None:
        return None
    return client.metadata.get(name, client.requested.get(name))


def _logout(evidence: Evidence, label: str) -> FrontLogout:
    return one(evidence, FAN_OUT, label).as_a(FrontLogout)


def _labels(evidence: Evidence, labels: Sequence[str]) -> list[str]:
    """Those of the labels that were recorded; with one client alone there are fewer."""
    found = scenario_cases(evidence, FAN_OUT)
    return [label for label in labels if label in found] or [labels[0]]


def _two(evidence: Evidence, label: str) -> FrontLogout:
    """Return a logout of two clients, or say that there is only one."""
    recorded = evidence.scenario(FAN_OUT)
    if recorded is not None and "rp2" in scenario_cases(evidence, FAN_OUT):
        raise NotTested(*TWO_NEEDED)
    return _logout(evidence, label)


@view(FAN_OUT)
def front_logouts(evidence: Evidence) -> list[FrontLogout]:
    """Every logout of the fan-out."""
    return [_logout(evidence, label) for label in _labels(evidence, LOGOUTS)]


@view(FAN_OUT)
def front_logouts_of_two(evidence: Evidence) -> list[FrontLogout]:
    """Logouts of two clients, once by each of them."""
    return [_two(evidence, label) for label in ("first", "from rp2")]


@view(FAN_OUT)
def redirected_logouts(evidence: Evidence) -> list[FrontLogout]:
    """Logouts with a post_logout_redirect_uri."""
    return [_logout(evidence, label) for label in _labels(evidence, ("first", "from rp2"))]


@dataclass(frozen=True)
class Orders:
    """Three logouts with redirect, and the one without it that is their control."""

    logouts: list[FrontLogout]
    control: FrontLogout

    @property
    def found(self) -> set[str]:
        return {logout.order for logout in self.logouts}

    @property
    def order(self) -> str:
        """The order that all of them have, in words."""
        return " or ".join(sorted(self.found))

    @property
    def requests(self) -> list[Exchange]:
        """What the browser asked for: frames and redirects, in the order of time."""
        many = [
            x
            for logout in self.logouts
            for x in (*logout.begun(*logout.others), logout.redirect_request)
            if x
        ]
        return sorted(many, key=lambda x: x.at)


@view(FAN_OUT)
def front_orders(evidence: Evidence) -> Orders:
    """What comes first, the frames or the redirect."""
    return Orders([_two(evidence, label) for label in REDIRECTED], _two(evidence, "no redirect"))


@view(FAN_OUT)
def held_back(evidence: Evidence) -> FrontLogout:
    """The logout in which the relying parties wait with their answers for one another."""
    return _two(evidence, "held back")


def second_request_came(logout: FrontLogout) -> str:
    """Say whether the second request came before the first one was answered."""
    first, second = sorted(logout.framed(*logout.logged_in), key=lambda a: a.at)[:2]
    waited = first.answered_at is not None and first.answered_at < second.at
    return "after the first was answered" if waited else "before the first was answered"


def was_held_back(logout: FrontLogout) -> bool:
    """Tell whether the first answer was kept waiting for the second request for as long as it was to be."""
    first, second = sorted(logout.framed(*logout.logged_in), key=lambda a: a.at)[:2]
    return second.at - first.at > LONG_ENOUGH


@dataclass(frozen=True)
class Stranger:
    """A client at which nobody was ever logged in, and the logouts in which it might have been called."""

    logouts: list[FrontLogout]
    late: list[Arrival]  # those that came after the last logout
    window: float  # seconds from the last front-channel request to the end of the observation
    reachable: bool

    def calls_in(self, logout: FrontLogout) -> list[Arrival]:
        """What reached the stranger in the course of a logout."""
        return [*logout.heard("rp3"), *(self.late if logout is self.logouts[-1] else [])]

    @property
    def within(self) -> str:
        return f"front-channel requests to a client that nobody is logged in at, {self.window:.0f} s watched"


@view(FAN_OUT)
def stranger(evidence: Evidence) -> Stranger:
    """The third client of the fan-out."""
    found = scenario_cases(evidence, FAN_OUT)
    recorded = evidence.scenario(FAN_OUT)
    assert recorded is not None
    whole = Case(recorded, "control")
    for label in ("rp3", "rp2"):
        if label in found and (gap := found[label].gap):
            raise NotTested(gap.reason, gap.enable)
    logouts = [_logout(evidence, label) for label in LOGOUTS if label in found]
    late = [a for a in Case(recorded, "").all(Arrival) if a.rp == "rp3" and a.endpoint == "frontchannel"]
    calls = [a.at for logout in logouts for a in logout.heard(*logout.logged_in)]
    window = evidence.run.duration - max(calls) if calls else 0.0
    return Stranger(logouts, late, window, bool(whole.notifications("frontchannel", "rp3")))


# Clients with both channels


class BothChannels(FrontLogout):
    """A logout of clients that registered the one, the other and both logout URIs."""

    def back(self, role: str) -> list[Arrival]:
        return [
            a
            for a in self.all(Arrival)
            if a.endpoint == "backchannel" and a.rp == role and "logout_token=" in a.body.text
        ]

    @property
    def kept_both(self) -> bool:
        client = self.clients.get("both")
        return bool(_member(client, "frontchannel_logout_uri") and _member(client, "backchannel_logout_uri"))

    @property
    def by(self) -> list[str]:
        """The channels by which the client with both URIs heard."""
        return [*(["front"] if self.framed("both") else []), *(["back"] if self.back("both") else [])]


@view("both_channels")
def both_channels(evidence: Evidence) -> BothChannels:
    """The logout of a client with both logout URIs, beside clients with one."""
    return one(evidence, "both_channels", "both channels").as_a(BothChannels)


# Every front-channel request


@dataclass(frozen=True)
class FrontRequest:
    """A request to the front-channel logout URI of a client that had got a code in this browser session."""

    logout: FrontLogout
    arrival: Arrival
    client: Client
    id_tokens: list[Token]  # those that this client got in this browser session
    issuer: str  # of discovery

    def values(self, name: str) -> list[str]:
        """The values of a parameter, without the registered query and without empty ones."""
        pairs = parse_qsl(urlsplit(self.arrival.url).query, keep_blank_values=True)
        return [value for key, value in pairs if key == name and value]

    @property
    def has(self) -> list[str]:
        return [name for name in ("iss", "sid") if self.values(name)]

    @property
    def sids(self) -> list[str]:
        found = (token.claims.get("sid") for token in self.id_tokens)
        return list(dict.fromkeys(sid for sid in found if isinstance(sid, str)))

    @property
    def issuers(self) -> list[str]:
        told = [token.claims["iss"] for token in self.id_tokens if isinstance(token.claims.get("iss"), str)]
        return list(dict.fromkeys([*told, self.issuer]))

    @property
    def registered_query(self) -> list[tuple[str, str]]:
        uri = _member(self.client, "frontchannel_logout_uri") or ""
        return sorted(parse_qsl(urlsplit(uri).query, keep_blank_values=True))

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query as it came, of the names that were registered."""
        names = {name for name, _ in self.registered_query}
        pairs = parse_qsl(urlsplit(self.arrival.url).query, keep_blank_values=True)
        return sorted(pair for pair in pairs if pair[0] in names)

    @property
    def requires_session(self) -> bool:
        """Whether frontchannel_logout_session_required is confirmed for the client."""
        return self.client.metadata.get("frontchannel_logout_session_required") is True


def with_value(requests: Sequence[FrontRequest], name: str) -> list[FrontRequest]:
    """Return the requests that carry a parameter with a value."""
    return [request for request in requests if request.values(name)]


def with_session_promised(requests: Sequence[FrontRequest]) -> list[FrontRequest]:
    """Return those to clients for which iss and sid were promised, or that carry both anyhow."""
    return [request for request in requests if request.requires_session]


def offers_front_channel(metadata: Metadata) -> bool:
    """Tell whether discovery has a member about front-channel logout."""
    return any("frontchannel_logout" in name for name in metadata.document or {})


def quoted_members(metadata: Metadata) -> list[str]:
    """Return member names of front-channel logout that are wrapped in quotation marks."""
    return [
        name for name in metadata.document or {} if "frontchannel_logout" in name and name.startswith('"')
    ]


def quoted(request: FrontRequest) -> list[str]:
    """Return parameter names, an iss or a sid that quotation marks were put around."""
    pairs = parse_qsl(urlsplit(request.arrival.url).query, keep_blank_values=True)
    names = [name for name, _ in pairs if name in ('"iss"', '"sid"')]
    issuers = [iss for iss in request.values("iss") if len(iss) > 1 and iss[0] == iss[-1] == '"']
    return [
        *names,
        *issuers,
        *(sid for sid in request.values("sid") if sid[1:-1] in request.sids and sid[0] == '"'),
    ]


@view(*ALL_FRONT)
def front_requests(evidence: Evidence) -> list[FrontRequest]:
    """Every front-channel request of the run to clients that were logged in in that browser."""
    found = [r for name in ALL_FRONT for r in _requests_of(evidence, name)]
    if not found:
        raise Undecided("no front-channel request was seen in the run; FCL-2-07 says why")
    return found


@view(*ALL_FRONT)
def front_requests_if_any(evidence: Evidence) -> list[FrontRequest]:
    """As front_requests; none is an answer, too."""
    return [r for name in ALL_FRONT for r in _requests_of(evidence, name)]


def _logouts_of(evidence: Evidence, name: str) -> list[FrontLogout]:
    """Every case of a scenario; none where it was not recorded."""
    recorded = evidence.scenario(name)
    if recorded is None:
        return []
    return [FrontLogout(recorded, label) for label in dict.fromkeys(e.case for e in recorded.events)]


def _requests_of(evidence: Evidence, name: str) -> list[FrontRequest]:
    issuer = _issuer(evidence)
    return [
        FrontRequest(
            logout, arrival, logout.clients[arrival.rp], logout.tokens("id_token", arrival.rp), issuer
        )
        for logout in _logouts_of(evidence, name)
        for arrival in logout.heard(*logout.logged_in)
    ]


def _issuer(evidence: Evidence) -> str:
    from conformance.suite.views import metadata

    try:
        told = metadata(evidence)["issuer"]
    except Undecided:
        told = None
    return told if isinstance(told, str) else evidence.run.issuer


@view("frontchannel_query")
def query_requests(evidence: Evidence) -> list[FrontRequest]:
    """Front-channel requests to the client whose logout URI has a query."""
    one(evidence, "frontchannel_query", "query")
    return _of_case(evidence, "query")


@view("frontchannel_query")
def unrequired_requests(evidence: Evidence) -> list[FrontRequest]:
    """Front-channel requests to the client that does not ask for iss and sid."""
    return _of_case(evidence, "session not required")


def _of_case(evidence: Evidence, label: str) -> list[FrontRequest]:
    found = one(evidence, "frontchannel_query", label)
    if found.gap is not None:
        raise NotTested(found.gap.reason, found.gap.enable)
    requests = [r for r in _requests_of(evidence, "frontchannel_query") if r.logout.label == label]
    if not requests:
        raise Undecided("no front-channel request reached this client; FCL-2-07 says why")
    return requests


# Sessions and their sids


@dataclass(frozen=True)
class SidToken:
    """An ID Token from a login at a client with a front-channel logout URI."""

    logout: FrontLogout
    token: Token
    client: Client

    @property
    def sid(self) -> Any:
        return self.token.claims.get("sid")

    @property
    def requires_session(self) -> bool:
        return self.client.metadata.get("frontchannel_logout_session_required") is True


@view(*ALL_FRONT)
def front_id_tokens(evidence: Evidence) -> list[SidToken]:
    """ID Tokens of clients with front-channel logout, from a login."""
    found = [t for name in ALL_FRONT for t in _id_tokens_of(evidence, name)]
    if not found:
        raise Undecided("no client with a front-channel logout URI got an ID Token")
    return found


def _id_tokens_of(evidence: Evidence, name: str) -> list[SidToken]:
    return [
        SidToken(logout, token, logout.clients[token.rp])
        for logout in _logouts_of(evidence, name)
        for token in logout.tokens("id_token")
        if token.login not in ("", "probe") and logout.uri(token.rp)
    ]


@dataclass(frozen=True)
class DistinctSession:
    """A session of its own: another browser, another user, or a new login after a proven end."""

    label: str
    sid: Any
    token: Token


@view("two_browsers", "two_users", FAN_OUT)
def distinct_sessions(evidence: Evidence) -> list[DistinctSession]:
    """Sessions of one client that are known to be distinct, by the scenarios that made them."""
    found = [
        *_by_browser(evidence, "two_browsers", "one user, two browsers"),
        *_by_browser(evidence, "two_users", "two users, two browsers"),
        *_after_proven_ends(evidence),
    ]
    if len(found) < 2:
        raise Undecided("fewer than two distinct sessions of one client were recorded")
    return found


def _by_browser(evidence: Evidence, scenario: str, label: str) -> list[DistinctSession]:
    recorded = evidence.scenario(scenario)
    tokens = Case(recorded, label).tokens("id_token", "rp1") if recorded else []
    first = {token.agent: token for token in reversed(tokens)}
    return [
        DistinctSession(f"{scenario}, {agent}", t.claims.get("sid"), t) for agent, t in sorted(first.items())
    ]


def _after_proven_ends(evidence: Evidence) -> list[DistinctSession]:
    """Sessions of rp1 in one browser, each with credentials entered anew after the one before had ended."""
    recorded = evidence.scenario(FAN_OUT)
    if recorded is None:
        return []
    found, ended = [], True
    for label in LOGOUTS:
        logout = FrontLogout(recorded, label)
        tokens = logout.tokens("id_token", "rp1")
        asked = any(login.credentials_asked for login in logout.all(Login))
        if ended and asked and tokens:
            found.append(DistinctSession(f"{FAN_OUT}, {label}", tokens[0].claims.get("sid"), tokens[0]))
        ended = logout.ended
    return found


def equal_sids(sessions: Sequence[DistinctSession]) -> list[str]:
    """Name the sessions that share a sid."""
    by_sid: dict[str, list[str]] = {}
    for session in sessions:
        if isinstance(session.sid, str):
            by_sid.setdefault(session.sid, []).append(session.label)
    return [" and ".join(labels) for labels in by_sid.values() if len(labels) > 1]


@dataclass(frozen=True)
class SeenSid:
    """A sid in an ID Token or in a front-channel request."""

    logout: FrontLogout
    rp: str
    value: Any
    event: Token | Arrival


@view(*ALL_FRONT)
def front_sids(evidence: Evidence) -> list[SeenSid]:
    """Every sid that was seen, in ID Tokens and in front-channel requests."""
    tokens = [t for name in ALL_FRONT for t in _id_tokens_of(evidence, name) if "sid" in t.token.claims]
    found = [SeenSid(t.logout, t.token.rp, t.sid, t.token) for t in tokens]
    for request in front_requests_if_any(evidence):
        found += [
            SeenSid(request.logout, request.client.rp, sid, request.arrival) for sid in request.values("sid")
        ]
    if not found:
        raise Undecided("no sid was seen, neither in ID Tokens nor in front-channel requests")
    return found


@view(*MANY)
def many_sessions(evidence: Evidence) -> list[DistinctSession]:
    """Sessions of the run that are known to be distinct, each with the sid that one client got."""
    others = [name for name in evidence.run.scenarios if name not in ("two_browsers", "two_users", FAN_OUT)]
    found = [*distinct_sessions(evidence), *(s for name in others for s in _first_session(evidence, name))]
    return sorted((s for s in found if isinstance(s.sid, str)), key=lambda s: s.token.at)


def _first_session(evidence: Evidence, name: str) -> list[DistinctSession]:
    """The first login of a scenario: each scenario begins in a browser of its own."""
    recorded = evidence.scenario(name)
    tokens = [e for e in recorded.events if isinstance(e, Token) and e.kind == "id_token"] if recorded else []
    own = [
        t for t in tokens if (t.case, t.agent) == (tokens[0].case, tokens[0].agent) and t.claims.get("sid")
    ]
    return [DistinctSession(name, token.claims["sid"], token) for token in own[:1]]


@dataclass(frozen=True)
class Unguessable:
    """The sids of distinct sessions in the order of time, and what they look like."""

    sessions: list[DistinctSession]

    @property
    def sids(self) -> list[str]:
        return [session.sid for session in self.sessions]

    @property
    def tokens(self) -> list[Token]:
        return [session.token for session in self.sessions]

    @property
    def names(self) -> list[str]:
        """Sids that are a subject or an audience, or its plain encoding or common hash."""
        return [s.sid for s in self.sessions if s.sid in sids.spellings(sids.names_in(s.token.claims))]

    @property
    def counters(self) -> list[str]:
        return sids.counting(self.sids)

    @property
    def time_based(self) -> bool:
        return sids.time_based(self.sids)

    @property
    def bits(self) -> float:
        return sids.varying_bits(self.sids)


@view(*MANY)
def sids_in_order(evidence: Evidence) -> Unguessable:
    """The sids of the run's distinct sessions."""
    return Unguessable(many_sessions(evidence))
