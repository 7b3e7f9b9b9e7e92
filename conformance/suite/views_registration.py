"""Views of metadata, keys and registrations."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from conformance.evidence.events import (
    AnyEvent,
    Arrival,
    Client,
    Exchange,
    Registration,
    ScenarioEvidence,
    Token,
)
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, Sent, cases, header, same_target
from conformance.suite.finding import NotTested, Undecided, require
from conformance.suite.registry import view
from conformance.suite.views import Metadata, one, scenario_cases
from conformance.suite.views import metadata as _metadata

OWN_REFUSALS = (401, 403, 413, 415, 429)  # they concern access to the endpoint, not the metadata
BAD_REDIRECT_URIS = ("redirect_uris empty", "redirect_uri not a URI")
BAD_LOGOUT_URIS = (
    *("back-channel relative", "back-channel with fragment"),
    *("front-channel relative", "front-channel with fragment"),
    *("front-channel on another host", "front-channel on another port", "front-channel by another scheme"),
)


class Picked(Case):
    """Some events of a scenario, judged by themselves whatever became of the rest of it."""

    def __init__(self, scenario: ScenarioEvidence, label: str, events: Iterable[AnyEvent]) -> None:
        super().__init__(scenario, label)
        self.events = list(events)
        self.gap = None


def _by_scenario(evidence: Evidence, *kinds: str) -> list[Picked]:
    """Return the tokens of some kinds, those of each scenario together."""
    found = []
    for recorded in evidence.recorded():
        tokens = [e for e in recorded.events if isinstance(e, Token) and e.kind in kinds and not e.problem]
        if tokens:
            found.append(Picked(recorded, recorded.scenario, tokens))
    if not found:
        scenario_cases(evidence, "logout_get")  # which says why there was no login
        raise Undecided("No token was seen in the run: a login has to succeed first")
    return found


@view("discovery", "logout_get")
def id_tokens_by_scenario(evidence: Evidence) -> list[Picked]:
    """Every ID Token of the run that could be read, by the scenario that saw it."""
    return _by_scenario(evidence, "id_token")


@view("discovery", "logout_get", "registered_members")
def signed_tokens_by_scenario(evidence: Evidence) -> list[Picked]:
    """Every ID Token and Logout Token of the run that could be read, by the scenario that saw it."""
    return _by_scenario(evidence, "id_token", "logout_token")


def media_type(exchange: Exchange | None) -> str:
    """Return the media type of an answer without its parameters, in lower case."""
    value = header(exchange.response_headers, "content-type") if exchange else None
    return (value or "").partition(";")[0].strip().lower()


def readable(metadata: Metadata) -> None:
    """Leave a row undecided where there are no metadata to read."""
    require(
        metadata.document is not None,
        "The metadata could not be read as a JSON object; DISC-4.2-01 says what was answered",
        metadata.exchange,
    )


@dataclass(frozen=True)
class Endpoint:
    """The address of an endpoint: as published, else as the operator gives it."""

    name: str
    url: Any
    published: Any

    @property
    def is_url(self) -> bool:
        return isinstance(self.url, str) and bool(urlsplit(self.url).scheme and urlsplit(self.url).netloc)

    @property
    def scheme(self) -> str:
        return urlsplit(self.url).scheme.lower() if isinstance(self.url, str) else ""


def _endpoint(evidence: Evidence, name: str) -> Endpoint:
    configured = (evidence.run.config.get("metadata") or {}).get(name)
    published = _metadata(evidence)[name]
    return Endpoint(name, configured if published is None else published, published)


@view("discovery")
def end_session_endpoint(evidence: Evidence) -> Endpoint:
    """The address of the logout endpoint."""
    return _endpoint(evidence, "end_session_endpoint")


@view("discovery")
def check_session_iframe(evidence: Evidence) -> Endpoint:
    """The address of the check-session iframe."""
    return _endpoint(evidence, "check_session_iframe")


@view("discovery")
def revocation_endpoint(evidence: Evidence) -> Endpoint:
    """The address of the revocation endpoint."""
    return _endpoint(evidence, "revocation_endpoint")


@view("discovery")
def published_revocation_endpoints(evidence: Evidence) -> list[str]:
    """Every published address of the revocation endpoint, that for mutual TLS included."""
    document = _metadata(evidence).document or {}
    aliases = document.get("mtls_endpoint_aliases")
    found = [document, aliases if isinstance(aliases, dict) else {}]
    return [one["revocation_endpoint"] for one in found if isinstance(one.get("revocation_endpoint"), str)]


@view("discovery")
def handshakes(evidence: Evidence) -> list[Exchange]:
    """Requests of the run over https that were answered, with the host of the revocation endpoint."""
    url = urlsplit(str(_endpoint(evidence, "revocation_endpoint").url))
    exchanges = (e for s in evidence.recorded() for e in s.events if isinstance(e, Exchange) and e.status)
    return [e for e in exchanges if urlsplit(e.url)[:2] == ("https", url.netloc)][:1]


# Registrations


class Attempt(Picked):
    """One registration request and what came of it."""

    def __init__(self, scenario: ScenarioEvidence, event: Registration) -> None:
        exchanges = [e for e in scenario.events if isinstance(e, Exchange) and e.id == event.source]
        super().__init__(scenario, event.variant, [*exchanges, event])
        self.registration = event
        self.exchange = exchanges[0] if exchanges else None

    @property
    def accepted(self) -> bool:
        """Tell whether a client was made of it."""
        status = self.registration.status or 0
        return 200 <= status < 300 and "client_id" in (self.registration.returned or {})

    @property
    def refused(self) -> bool:
        """Tell whether the request was answered with an error that concerns its metadata."""
        status = self.registration.status or 0
        return 400 <= status < 500 and status not in OWN_REFUSALS

    @property
    def answered(self) -> bool:
        return self.accepted or self.refused

    @property
    def words(self) -> str:
        """What the answer was, for a reason."""
        registration = self.registration
        error = (registration.returned or {}).get("error", "")
        return f"{self.label} was answered {registration.status or 'nothing'} {error}".rstrip()

    def returned(self, member: str) -> Any:
        return (self.registration.returned or {}).get(member)

    def kept(self, member: str) -> Any:
        """Return the requested value of a member if it was echoed as it is; None if not."""
        value = self.registration.requested.get(member)
        return value if self.accepted and self.returned(member) == value else None

    @property
    def public(self) -> bool:
        """Tell whether the client that was made has no secret."""
        secret = '"client_secret"' in (self.exchange.response_body.text if self.exchange else "")
        return self.accepted and self.returned("token_endpoint_auth_method") in (None, "none") and not secret


class Attempts(dict[str, Attempt]):
    """The registration requests of one scenario by variant; one that was not sent leaves a row undecided."""

    def __missing__(self, variant: str) -> Attempt:
        raise Undecided(
            f"the registration {variant!r} was not tried, because the mechanism is not advertised"
        )


@view("registration_variants")
def attempts(evidence: Evidence) -> Attempts:
    """The registrations of clients that nobody logs in at."""
    scenario_cases(evidence, "registration_variants")
    recorded = evidence.scenario("registration_variants")
    events = [e for e in recorded.events if isinstance(e, Registration)] if recorded else []
    return Attempts({e.variant: Attempt(recorded, e) for e in events}) if recorded else Attempts()


@view("registration_variants", "registered_members")
def registrations(evidence: Evidence) -> list[Attempt]:
    """Registrations with good, odd and bad members, used and unused."""
    recorded = [evidence.scenario(name) for name in ("registration_variants", "registered_members")]
    return [Attempt(s, e) for s in recorded if s for e in s.events if isinstance(e, Registration)]


@view("registration_variants")
def refusals(evidence: Evidence) -> list[Attempt]:
    """The bad registrations that were refused for their metadata."""
    found = attempts(evidence)
    bad = (*BAD_REDIRECT_URIS, *BAD_LOGOUT_URIS)
    refused = [found[variant] for variant in bad if variant in found and found[variant].refused]
    if not refused:
        raise Undecided("the provider refused none of the bad registrations, so no error answer was seen")
    return refused


# Clients that are used


@view("registered_members")
def first_uri(evidence: Evidence) -> Case:
    """The logout to the first of two registered URIs."""
    return one(evidence, "registered_members", "first URI")


@view("registered_members")
def uri_with_port(evidence: Evidence) -> Case:
    """The logout to a registered URI with port, path and query."""
    return one(evidence, "registered_members", "URI with port, path and query")


@view("registered_members")
def other_algorithm(evidence: Evidence) -> Case:
    """The login at a client that was registered with another algorithm and another method."""
    return one(evidence, "registered_members", "other algorithm and method")


@view("registered_members")
def exact_redirect_uri(evidence: Evidence) -> Case:
    """The authorization request with the registered redirect_uri."""
    return one(evidence, "registered_members", "redirect_uri: exact")


@view("registered_members")
def redirect_uri_near_misses(evidence: Evidence) -> list[Case]:
    """The authorization requests with a redirect_uri that is almost registered."""
    found = scenario_cases(evidence, "registered_members")
    return [
        case for label, case in found.items() if label.startswith("redirect_uri: ") and "exact" not in label
    ]


def asked_uri(case: Case) -> str:
    """Return the redirect_uri that an authorization request of the case asked for."""
    return case.logins[-1].login if case.logins else ""


def led_to(case: Case, uri: str) -> list[Exchange]:
    """Return the exchanges by which the browser was sent to a URI: a Location that names it, or a request."""
    found = [(x, header(x.response_headers, "location") or x.url) for x in case.all(Exchange)]
    return [x for x, target in found if same_target(target.partition("#")[0], uri)]


def reached(case: Case) -> list[Sent]:
    """Return where a logout led to the host, port and path of the URI that it asked for."""
    asked = (case.logout.post_logout_redirect_uri if case.logout else None) or ""
    return [sent for sent in case.sent_to if sent.without_query == asked.partition("?")[0]]


def kept_uris(case: Case) -> Any:
    """Return the post-logout URIs that the registration response of rp1 shows."""
    client = case.clients.get("rp1")
    return client.metadata.get("post_logout_redirect_uris") if client else None


@dataclass(frozen=True)
class InForce:
    """A member of a client that was seen in use, since its URI was reached."""

    member: str
    client: Client
    events: Case  # what reached it

    @property
    def returned(self) -> Any:
        return self.client.metadata.get(self.member)


_MEMBERS = {"backchannel": "backchannel_logout_uri", "frontchannel": "frontchannel_logout_uri"}


@view("registered_members")
def members_in_force(evidence: Evidence) -> list[InForce]:
    """Logout members of registered clients that were seen in use, one of each kind and scenario."""
    found: dict[str, InForce] = {}
    for recorded in evidence.recorded():
        for case in cases(recorded).values():
            for client, member, event in _used(case):
                label = f"{member} of {client.rp} in {recorded.scenario}"
                found.setdefault(label, InForce(member, client, Picked(recorded, label, [event])))
    if not found:
        raise Undecided("no logout of the run reached a URI of a registered client")
    return list(found.values())


def _used(case: Case) -> Iterator[tuple[Client, str, AnyEvent]]:
    clients = {role: client for role, client in case.clients.items() if client.dynamic}
    for arrival in (
        case.all(Arrival) if case.logout else []
    ):  # a case without a logout is a control of the harness
        if arrival.rp in clients and arrival.endpoint in _MEMBERS:
            yield clients[arrival.rp], _MEMBERS[arrival.endpoint], arrival
    if (logout := case.logout) and logout.rp in clients and reached(case):
        yield clients[logout.rp], "post_logout_redirect_uris", logout


def denied_flag(case: Case) -> bool:
    """Tell whether the flag of rp1 was answered false, though rp1 is given sid and rp2 (false) is not."""
    client = case.clients.get("rp1")
    told = client.metadata.get("backchannel_logout_session_required") if client else None
    with_sid = {token.rp for token in case.tokens("logout_token") if "sid" in token.claims}
    return told is False and with_sid == {"rp1"} and bool(case.tokens("logout_token", "rp2"))


def algorithms(case: Case) -> tuple[Any, Any, Any]:
    """Return the ID Token algorithm that rp3 asked for (else the default), was told, and was given."""
    client, tokens = case.clients.get("rp3"), case.tokens("id_token", "rp3")
    if client is None or not tokens:
        raise Undecided("no ID Token came for the client that was registered with other members")
    member = "id_token_signed_response_alg"
    if member not in client.requested and not _other_method(client):
        raise NotTested("needs a provider that lists another algorithm than RS256, or client_secret_post")
    asked = client.requested.get(member, "RS256")
    return asked, client.metadata.get(member, asked), tokens[-1].header.get("alg")


def _other_method(client: Client) -> bool:
    """Tell whether a method other than the default was asked for; the login shows that what was told is in force."""
    return client.requested.get("token_endpoint_auth_method") == "client_secret_post"


def own_algorithms(case: Case, token: Token) -> set[Any]:
    """Return the algorithms that a client may expect which did not register one."""
    client = case.clients.get(token.rp)
    return {"RS256", client.metadata.get("id_token_signed_response_alg", "RS256") if client else "RS256"}


def changes_of(attempt: Attempt) -> list[str]:
    """Return the members, other than redirect_uris, that a registration had refused or replaced."""
    asked = {k: v for k, v in attempt.registration.requested.items() if k != "redirect_uris"}
    if attempt.refused:
        return [] if attempt.label in BAD_REDIRECT_URIS else sorted(asked)
    returned = attempt.registration.returned or {}
    return sorted(k for k, v in asked.items() if k in returned and returned[k] != v)


def arrivals_at(case: Case, role: str, member: str) -> list[Arrival]:
    """Return what arrived at the very address that a relying party registered, its query apart."""
    client = case.clients.get(role)
    uri = str(client.requested.get(member, "")) if client else ""
    return [a for a in case.all(Arrival) if a.rp == role and a.url.partition("?")[0] == uri.partition("?")[0]]


@dataclass(frozen=True)
class UnsignedIdToken:
    """A registration for ID Tokens with alg none from the authorization endpoint, and what was delivered there."""

    case: Case
    control: Case
    listed: bool  # whether the provider lists a response type that delivers an ID Token there

    @property
    def algorithms(self) -> list[str]:
        """Return alg of what the authorization endpoint delivered."""
        return [str(token.header.get("alg")) for token in self.case.tokens("implicit_id_token")]

    @property
    def refused(self) -> bool:
        """Tell whether the registration was refused, or another algorithm was taken."""
        last = self.case.all(Registration)[-1:]
        return not last or (last[0].status or 0) >= 300 or _alg(last[0]) not in ("none", None)

    @property
    def delivered_by_control(self) -> bool:
        return bool(self.control.tokens("implicit_id_token"))


def _alg(registration: Registration) -> Any:
    return (registration.returned or {}).get("id_token_signed_response_alg")


@view("discovery", "unsigned_id_tokens")
def unsigned_id_token(evidence: Evidence) -> UnsignedIdToken:
    """A client that registered for ID Tokens with alg none from the authorization endpoint."""
    kinds = [str(kind).split() for kind in _metadata(evidence)["response_types_supported"] or []]
    return UnsignedIdToken(
        one(evidence, "unsigned_id_tokens", "none"), one(evidence, "unsigned_id_tokens", "control"),
        any("id_token" in kind for kind in kinds),
    )  # fmt: skip
