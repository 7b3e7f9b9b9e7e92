"""The provider config as typed records; `load` makes them from a user's file."""

from pathlib import Path
from typing import Any, Literal

import msgspec

AuthMethod = Literal["client_secret_basic", "client_secret_post", "none", "private_key_jwt"]


class Secret:
    """A secret value that does not show itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the config."""


class Step(Record, frozen=True, kw_only=True):
    """One typed step on a page: exactly one of the actions, on what `match` finds."""

    match: str = ""  # CSS selector, or text=… / label=… / role=…
    fill: str | None = None  # ${username} and ${password} stand for the user's
    click: bool = False
    wait: str = ""  # CSS selector or url glob to wait for
    optional: bool = False


class User(Record, frozen=True, kw_only=True):
    """A test user. The key is user1, user2, … in the order of the config."""

    key: str
    username: Secret
    password: Secret


class ClientConfig(Record, frozen=True, kw_only=True):
    """A client that is registered at the provider already (the static pool)."""

    client_id: str
    client_secret: Secret | None = None
    auth_method: AuthMethod = "client_secret_basic"
    private_key: Path | None = None
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str] = []
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool | None = None
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool | None = None
    application_type: Literal["web", "native"] = "web"
    id_token_lifetime: float | None = (
        None  # seconds, where ID Tokens live so short that a run can wait for it
    )
    metadata: dict[str, Any] = {}  # further registered members


class RegistrationConfig(Record, frozen=True, kw_only=True):
    """Dynamic registration: clients of the harness's own."""

    initial_access_token: Secret | None = None
    auth_method: AuthMethod = "client_secret_basic"
    hosts: str = "*.test"  # virtual hosts of the relying parties; * is the relying party's name
    metadata: dict[str, Any] = {}  # members added to every registration
    short_lived: dict[str, Any] = {}  # members by which a client gets ID Tokens that live for seconds


class Pages(Record, frozen=True, kw_only=True):
    """How login and confirmation pages are handled: `auto`, typed steps, or python:module:function."""

    login: str | list[Step] = "auto"  # auto, python:module:function, or steps
    consent: Literal["auto"] | list[Step] = "auto"
    confirm_yes: Literal["auto"] | list[Step] = "auto"
    confirm_no: Literal["auto"] | list[Step] = "auto"


class AnswerConfig(Record, frozen=True, kw_only=True):
    """What relying parties answer to notifications where a scenario does not script it."""

    channel: Literal["back_channel", "front_channel"]
    client_id: str = "*"  # *: every client
    status: int = 200
    body: str = ""
    content_type: str = "text/html"
    delay: float = 0.0  # seconds
    hang: bool = False
    refuse: bool = False  # the connection is closed without an answer

    @property
    def in_words(self) -> str:
        """As it stands in evidence and reasons."""
        what = "no answer" if self.hang else "connection closed" if self.refuse else str(self.status)
        return f"{what} after {self.delay:g} s" if self.delay and not self.hang else what


class ReceiverConfig(Record, frozen=True, kw_only=True):
    """Where the relying parties listen, and how the provider reaches them."""

    host: str = "127.0.0.1"
    port: int = 0  # 0: any free port
    public_url: str | None = None  # what the provider can reach; None: https://localhost:<port>
    reachable: bool | None = None  # the operator's word; None: has to be proven by a call
    certificate: Path | None = None
    private_key: Path | None = None
    window: float = 10.0  # seconds that an absence is watched for
    answers: list[AnswerConfig] = []


class BrowserConfig(Record, frozen=True, kw_only=True):
    """Which Chromium, and whether pages are always loaded in it."""

    executable: Path | None = None
    always: bool = False  # never plain HTTP for pages
    third_party_cookies: Literal["blocked", "allowed"] = "blocked"
    arguments: list[str] = []


class Tls(Record, frozen=True, kw_only=True):
    """What is trusted when the harness calls the provider."""

    ca: Path | None = None
    verify: bool = True


class Selection(Record, frozen=True, kw_only=True):
    """Which requirements a run looks at: ids, globs or prefixes of specifications."""

    only: list[str] = []
    skip: list[str] = []


class Application(Record, frozen=True, kw_only=True):
    """A relying party with software of its own, whose page tells whether somebody is logged in."""

    name: str
    page: str  # URL that asks for login at the provider unless somebody is


class AdminRequest(Record, frozen=True, kw_only=True):
    """A request to the provider's admin API that ends the session of a user."""

    method: str = "DELETE"
    url: str  # ${sid} and ${sub} stand for those of the user's ID Token
    headers: dict[str, Secret] = {}


class OwnLogout(Record, frozen=True, kw_only=True):
    """Logouts that no relying party starts: by the provider's own page, by its admin API."""

    page: str = ""
    steps: list[Step] = []
    request: AdminRequest | None = None


class ResourceRequest(Record, frozen=True, kw_only=True):
    """A request that an access token opens: the probe of contracts that say what becomes of a token."""

    url: str
    method: str = "GET"
    headers: dict[str, Secret] = {}  # beside Authorization: Bearer, which is added


class ContractUse(Record, frozen=True, kw_only=True):
    """A contract that the provider is held to: a provider's own documentation as data."""

    name: str  # as it stands in the config: a shipped contract's, or a path
    file: Path  # where it is if it is a path
    servers: dict[str, str] = {}  # base addresses where they are not those of the document
    resource: ResourceRequest | None = None
    line: int = 0


class Waiver(Record, frozen=True, kw_only=True):
    """A known failure that the operator accepts until a date."""

    requirement: str
    reason: str
    expires: str  # YYYY-MM-DD
    line: int = 0


class ProviderConfig(Record, frozen=True, kw_only=True):
    """Everything that a run needs to know of a provider."""

    path: Path  # the file it came from
    provider: str  # its name in reports and folders
    issuer: str
    metadata: dict[str, Any] | None = None  # explicit, instead of or on top of discovery
    discovery: bool = True
    declares: list[str] = []  # mechanisms said to be supported: front_channel, back_channel, …
    i_may_test: bool = False
    loopback_http_allowed: bool = False
    registration: RegistrationConfig | None = None
    clients: list[ClientConfig] = []
    applications: list[Application] = []
    own_logout: OwnLogout | None = None
    contracts: list[ContractUse] = []
    users: list[User] = []
    pages: Pages = Pages()
    receiver: ReceiverConfig = ReceiverConfig()
    browser: BrowserConfig = BrowserConfig()
    tls: Tls = Tls()
    selection: Selection = Selection()
    waivers: list[Waiver] = []
    upstream_hosts: list[str] = []  # login pages of an upstream identity provider
    scopes: list[str] = msgspec.field(default_factory=lambda: ["openid"])
    jobs: int = 4
    requests_per_second: float | None = None
    keep_pii: bool = False
    timeout: float = 30.0  # seconds of silence after which an answer is given up
    secrets: list[Secret] = []  # every secret in the file, for redaction
