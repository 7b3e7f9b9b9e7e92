"""What was observed: a flat, typed event log.

Every event has an ``id`` that is unique within its scenario, a time ``at`` in seconds since the run
began (one monotonic clock for everything that the run sends and receives), and the label of the
``case`` that it belongs to. Times on the wall are kept once, in the scenario's header.

Strings that came from the wire are stored after redaction (see `conformance.evidence.redaction`).
"""

from typing import Any, Literal

import msgspec

DOCUMENTED = "documented"  # purpose of a request of an application's server to an endpoint of a contract
RATE_LIMITED = "rate limited"  # purpose of a request that was answered 429: nothing is judged by it
SCHEMA_VERSION = 1

Headers = list[tuple[str, str]]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="event"):
    """One thing that was done or seen."""

    id: int
    at: float
    case: str = ""


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message body: its text (at most a bound), its true size in bytes, where the rest is."""

    text: str = ""
    size: int = 0
    truncated: bool = False
    problem: str = ""  # "not UTF-8", "cut short", …
    file: str = ""  # large bodies stand beside the scenario's file


class Exchange(Event, frozen=True, kw_only=True, tag="exchange"):
    """A request that the harness or its browser sent, and the answer."""

    sender: Literal["http", "browser"]
    purpose: str = ""  # discovery, jwks, registration, authorization, token, logout, answer, …
    agent: str = ""  # which user agent (cookie jar): "browser 1"
    method: str
    url: str
    request_headers: Headers = []
    request_body: Body = Body()
    status: int | None = None  # None: no answer, see error
    response_headers: Headers = []
    response_body: Body = Body()
    error: str = ""
    destination: str = "document"  # as in Sec-Fetch-Dest: document, iframe, image, script, …
    seconds: float = 0.0


CONFIGURED = "receiver.answers"  # begins the name of an answer that the config scripted


class Arrival(Event, frozen=True, kw_only=True, tag="arrival"):
    """A request that reached a relying party of the receiver, from whomever."""

    rp: str  # role of the relying party in the scenario: rp1, rp2, …; "" where none is known
    endpoint: Literal["redirect_uri", "post_logout", "frontchannel", "backchannel", "other"]
    method: str
    url: str  # as the sender addressed it: scheme, virtual host, raw path and query
    headers: Headers = []
    body: Body = Body()
    answer: int | None = None  # status that was sent back; None: none was
    answered_at: float | None = None  # when the answer was completely delivered
    script: str = ""  # name of the scripted answer
    peer: str = ""
    problem: str = ""  # malformed request, handshake failure, …


class Signature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What verifying a token's signature showed at capture; redaction would destroy it later."""

    verified: bool
    alg: str = ""
    kid: str = ""
    thumbprint: str = ""  # RFC 7638, of the key that verified
    problem: str = ""
    candidates: int = 0  # published keys that could verify it by kty, alg and use


class Encryption(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a token was encrypted (JWE), and whether a key of the client opened it."""

    header: dict[str, Any] = {}  # the outer header, as it came
    opened: bool = False
    kid: str = ""  # of the client's key that opened it; "client_secret" where it was derived from that
    problem: str = ""


class Token(Event, frozen=True, kw_only=True, tag="token"):
    """A token that the provider issued, decoded."""

    # implicit_id_token: an ID Token that the authorization endpoint delivered
    kind: Literal["id_token", "implicit_id_token", "logout_token", "access_token", "refresh_token"]
    rp: str
    agent: str = ""
    login: str = ""  # which login of the scenario it came from
    digest: str = ""  # keyed; equal digests are equal tokens, the key is gone after the run
    raw: str = ""  # logout tokens only, whole once expired
    header: dict[str, Any] = {}
    claims: dict[str, Any] = {}
    signature: Signature | None = None
    encryption: Encryption | None = None  # header, claims and signature are those of the token within
    duplicates: list[str] = []  # member names that occur twice in one object
    problem: str = ""  # why it could not be decoded
    source: int = 0  # id of the exchange or arrival that brought it


class Control(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something on a page that a user can fill in or press."""

    role: str  # textbox, password, button, link, checkbox, hidden
    name: str = ""
    label: str = ""
    value: str = ""
    form: int = -1


class Page(Event, frozen=True, kw_only=True, tag="page"):
    """A page that a user would see, and what it was taken for."""

    agent: str
    url: str
    kind: Literal[
        "confirmation", "login", "consent", "error", "signed_out", "frontchannel", "relying_party", "unknown"
    ]
    reasons: list[str] = []
    status: int | None = None
    title: str = ""
    text: str = ""
    controls: list[Control] = []
    frames: list[str] = []
    screenshot: str = ""  # file beside the scenario's
    source: int = 0


class Client(Event, frozen=True, kw_only=True, tag="client"):
    """A client of the provider that plays a relying party in this scenario."""

    rp: str
    client_id: str
    dynamic: bool = False
    metadata: dict[str, Any] = {}  # in force as far as is known: returned by registration, or configured
    requested: dict[str, Any] = {}  # what registration asked for
    uses: list[str] = []  # urls of this relying party at the receiver


class Registration(Event, frozen=True, kw_only=True, tag="registration"):
    """A registration request and its outcome; the client may never be used."""

    variant: str
    requested: dict[str, Any] = {}
    status: int | None = None
    returned: dict[str, Any] | None = None
    source: int = 0


class Login(Event, frozen=True, kw_only=True, tag="login"):
    """An authorization code flow that ended, well or not."""

    agent: str
    rp: str
    user: str  # key of the user in the config: user1, user2
    login: str  # label of this login
    outcome: Literal["code", "error", "stuck"]
    error: str = ""
    credentials_asked: bool = False
    session_state: str = ""
    nonce: str = ""
    sub: str = ""
    ended_at: str = ""  # address of the relying party, unaltered, where that is judged


class Logout(Event, frozen=True, kw_only=True, tag="logout"):
    """A logout request, as it was sent; what followed stands in the events of its case."""

    agent: str
    rp: str = ""
    method: str
    endpoint: str
    hint: str = ""  # "" none; "genuine", "tampered signature", … in words
    hint_digest: str = ""
    parameters: list[tuple[str, str]] = []
    post_logout_redirect_uri: str | None = None
    state: str | None = None
    answer: Literal["yes", "no", "leave", ""] = ""  # what would be answered if asked


class Documented(Event, frozen=True, kw_only=True, tag="documented"):
    """A request as a contract describes it, and how it differs; the exchange that follows is what was sent."""

    endpoint: str
    how: str  # documented request, without state, …
    method: str
    url: str
    parameters: list[tuple[str, str, str]] = []  # place, name, value
    values: dict[str, str] = {}  # what the contract's ${names} stood for


class Answer(Event, frozen=True, kw_only=True, tag="answer"):
    """A confirmation page was answered."""

    agent: str
    choice: Literal["yes", "no", "leave"]
    control: str = ""


class Probe(Event, frozen=True, kw_only=True, tag="probe"):
    """Is the session at the provider alive? Asked of the provider, not read off a page.

    A contract may ask for another probe, and of other things than the session: ``by`` and ``what`` name them.
    """

    agent: str
    witness: str
    when: str  # before, untouched, after, …
    what: str = "session"
    by: str = ""
    outcome: Literal["alive", "ended", "undecided"]
    method: str = ""  # prompt=none, or without prompt
    answer: str = ""  # code, login_required, credentials asked, …
    sub: str = ""
    sid: str = ""
    auth_time: float | None = None
    reason: str = ""


INERT_HEADER = "Lc-Inert-Marker"  # the header that an inert marker tries to add to an answer


class Reflection(Event, frozen=True, kw_only=True, tag="reflection"):
    """How an inert marker in a parameter came back on a page."""

    parameter: str
    url: str
    as_element: bool  # it became part of the document
    header: str  # the header that it tried to add


class Watch(Event, frozen=True, kw_only=True, tag="watch"):
    """A span in which something was waited for; absence is judged by it."""

    what: str
    seconds: float
    saw: int = 0


class Framed(Event, frozen=True, kw_only=True, tag="framed"):
    """A page of the provider that a relying party's page framed."""

    agent: str
    page: str  # origin of the relying party's page
    frame: str  # id of the frame
    url: str
    loaded: str = ""  # where the frame ended; a browser's own error page where it was shut out
    settled: bool = False  # the frame's load event came
    shows: str = ""  # what its page was taken for, where that was asked


class Heard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message that came out of a framed page."""

    window: str  # which window of the relying party's page heard it
    data: Any = None
    origin: str = ""
    seconds: float = 0.0  # since the question


class Poll(Event, frozen=True, kw_only=True, tag="poll"):
    """A message posted to a framed page of the provider, and what came back (Session Management 3)."""

    agent: str
    page: str  # origin of the relying party's page
    frame: str
    window: str  # which window of that page posted
    what: str  # the message in words: correct, altered, …
    rp: str = ""  # whose client_id it names
    data: Any = None
    target: str  # origin that it was posted to
    waited: float = 0.0
    answers: list[Heard] = []
    targets: list[str] = []  # origins that the provider's page posted to, where that was recorded


class Cookie(Event, frozen=True, kw_only=True, tag="cookie"):
    """A cookie that a browser keeps, without its value."""

    agent: str
    name: str
    domain: str
    path: str = "/"
    same_site: str = ""
    secure: bool = False
    http_only: bool = False


class Disclosure(Event, frozen=True, kw_only=True, tag="disclosure"):
    """A value was searched for identifiers of the user at capture: redaction would hide them later."""

    agent: str
    value: str  # which one it was: "session_state at rp1", "cookie NAME"
    searched: list[str] = []  # sub, user name, e-mail: those long enough to be told from chance
    found: list[str] = []  # "sub, decoded from base64url"


class Clock(Event, frozen=True, kw_only=True, tag="clock"):
    """The provider's clock minus ours, in seconds, and how well it is known."""

    offset: float
    uncertainty: float


class Environment(Event, frozen=True, kw_only=True, tag="environment"):
    """What the scenario ran on."""

    browser: str = ""
    switches: list[str] = []
    third_party_cookies: str = ""
    receiver: dict[str, Any] = {}


class Gap(Event, frozen=True, kw_only=True, tag="gap"):
    """A case that could not be carried out.

    ``not_tested``: the config does not allow it, ``enable`` holds the lines that would.
    ``inconclusive``: it should have worked and did not. ``error``: the harness's own fault.
    """

    kind: Literal["not_tested", "inconclusive", "error"]
    reason: str
    enable: str = ""
    detail: str = ""


class Remark(Event, frozen=True, kw_only=True, tag="remark"):
    """Worth showing, judged by nobody."""

    text: str


AnyEvent = (
    Exchange
    | Arrival
    | Token
    | Page
    | Client
    | Registration
    | Login
    | Logout
    | Documented
    | Reflection
    | Answer
    | Probe
    | Watch
    | Framed
    | Poll
    | Cookie
    | Disclosure
    | Clock
    | Environment
    | Gap
    | Remark
)


class ScenarioEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """One file of evidence: what a scenario did and saw."""

    schema_version: int
    scenario: str
    started: str  # UTC, RFC 3339
    finished: str
    status: Literal["complete", "interrupted", "failed"]
    offset: float = 0.0  # when it began, seconds since the run began
    reason: str = ""
    events: list[AnyEvent] = []


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """The index of a folder of evidence."""

    schema_version: int
    suite_version: str
    provider: str
    issuer: str
    started: str
    finished: str = ""
    complete: bool = False
    selection: list[str] = []  # rows that were selected; none: all
    command: str = ""  # what runs the suite on this provider again
    duration: float = 0.0  # seconds from the start of the run to the end of its observation
    config: dict[str, Any] = {}  # redacted; what conditions and checks need to know of it
    contracts: list[dict[str, Any]] = []  # what the provider documents itself: rows and checks are made of it
    scenarios: list[str] = []
    unattributed: list[Arrival] = []
    left_over: list[str] = []  # clients and sessions that could not be cleaned up
