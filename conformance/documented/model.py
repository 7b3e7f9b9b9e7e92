"""A contract: what a provider's documentation says of its endpoints, as typed records; `load` reads them.

The words of a contract file are explained for its authors in docs/contracts.md.
"""

from typing import Any, Literal

import msgspec

Place = Literal["query", "form", "header"]
By = Literal["browser", "server"]
Level = Literal["documented", "note"]
Subject = Literal[
    "session",
    "second application",
    "other browser",
    "access token",
    "other access token",
    "foreign access token",
    "refresh token",
]
ClientKind = Literal["public", "confidential"]
State = Literal["alive", "ended"]
Means = Literal["prompt=none", "login request", "userinfo", "introspection", "resource", "refresh"]
Kind = Literal["login", "confirmation", "signed_out", "error", "consent", "unknown"]
Channel = Literal["front", "back"]
Form = Literal["anything", "uuid", "jwt", "url"]

# Which probes show the state of what.
SHOWN_BY: dict[str, tuple[str, ...]] = {
    "session": ("prompt=none", "login request"),
    "second application": ("prompt=none", "login request"),
    "other browser": ("prompt=none", "login request"),
    "access token": ("userinfo", "introspection", "resource"),
    "other access token": ("userinfo", "introspection", "resource"),
    "foreign access token": ("userinfo", "introspection", "resource"),
    "refresh token": ("refresh", "introspection"),
}


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a contract."""


class Document(Record, frozen=True, kw_only=True):
    """A document that sentences cite. ``read`` is the day on which it was read (YYYY-MM-DD)."""

    id: str
    title: str
    address: str = ""
    read: str = ""


class Parameter(Record, frozen=True, kw_only=True):
    """A parameter of a request. ``value`` may hold ``${names}``; ``wrong`` are values to be tried instead."""

    name: str
    place: Place = msgspec.field(name="in")
    value: str
    required: bool | None = None  # None: the document does not say
    sent: bool = True  # part of the documented request; else only where a sentence sets it
    format: str = ""
    example: str = ""
    wrong: list[str] = []


class When(Record, frozen=True, kw_only=True):
    """How a request differs from the documented one."""

    without: list[str] = []
    empty: list[str] = []
    repeated: list[str] = []
    misplaced: list[str] = []  # query for form, form for query; all: every parameter
    set: dict[str, str | None] = {}  # None: left out
    method: str = ""
    content_type: str = ""
    client: ClientKind | None = None  # None: one with a secret where the documented request has one
    nobody: bool = False  # sent where nobody is logged in


class Redirect(Record, frozen=True, kw_only=True):
    """Where the browser is sent: the Location as it was written, before any query is added.

    ``parameters`` are compared decoded; ``only`` forbids others that the target does not have itself.
    """

    to: str
    parameters: dict[str, str] = {}
    only: bool = False


class Login(Record, frozen=True, kw_only=True):
    """What comes of it when the login form that the answer shows is filled in."""

    ends_at: str
    parameters: dict[str, str] = {}  # compared decoded
    code: bool = False  # with an authorization code
    redeemed: bool = False  # the token endpoint takes the code, with the verifier


class Notified(Record, frozen=True, kw_only=True):
    """A notification that relying parties must get. ``parameters`` are values, or ``{is: uuid}``."""

    channel: Channel
    method: str = ""
    content_type: str = ""
    parameters: dict[str, str | dict[str, Form]] = {}
    only: bool = False  # no other parameter


class After(Record, frozen=True, kw_only=True):
    """What must be true afterwards, and the probe that shows it."""

    what: Subject
    is_: State = msgspec.field(name="is")
    by: Means


class Expect(Record, frozen=True, kw_only=True):
    """What must be seen. Whatever is given must hold."""

    status: list[int | str] = []  # 200, or 4xx
    content_type: str = ""
    headers: dict[str, str] = {}
    json: Any = msgspec.UNSET  # the body, exactly
    json_one_of: list[Any] = []
    json_schema: Any = msgspec.UNSET
    text: str | None = None  # the body, exactly
    page: list[Kind] = []
    shows: list[str] = []  # one of these stands on the page, whatever its case
    redirect: Redirect | None = None
    stays: bool = False  # the browser is sent to no relying party
    login: Login | None = None
    notified: Notified | None = None
    after: list[After] = []


class Reading(Record, frozen=True, kw_only=True):
    """One way to read a sentence that contradicts another; the one that is ``held`` is a demand."""

    says: str
    held: bool = False
    when: When = When()
    expect: Expect


class Sentence(Record, frozen=True, kw_only=True):
    """A sentence of the document, in our own words, and what shows that it is kept."""

    id: str
    heading: str
    says: str
    document: str = ""  # the first one where none is named
    endpoint: str = ""
    level: Level = "documented"
    when: When = When()
    expect: Expect | None = None
    readings: list[Reading] = []
    contradiction: str = ""  # what it contradicts, and which is held
    excluded: str = ""  # why no test can show it
    note: str = ""


class Endpoint(Record, frozen=True, kw_only=True):
    """An endpoint with its documented request."""

    name: str
    heading: str
    url: str  # ${server} stands for a base address under servers
    method: str
    by: By
    parameters: list[Parameter]
    open: bool = True  # what the document leaves open is tried and noted


class Contract(Record, frozen=True, kw_only=True):
    """A provider's documentation of its endpoints."""

    contract: str  # its name: DOC-<name>-… are its rows
    title: str
    summary: str = ""
    documents: list[Document]
    servers: dict[str, str]
    endpoints: list[Endpoint]
    sentences: list[Sentence]

    def endpoint(self, name: str) -> Endpoint:
        """Return an endpoint by name; `load` has made sure that it is there."""
        return next(one for one in self.endpoints if one.name == name)
