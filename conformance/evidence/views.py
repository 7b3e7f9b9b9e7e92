"""What checks look at: a case, a logout, a redirect, a notification, computed from the event log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl, urljoin, urlsplit

from conformance.evidence.events import (
    Answer,
    AnyEvent,
    Arrival,
    Client,
    Event,
    Exchange,
    Gap,
    Login,
    Logout,
    Page,
    Probe,
    ScenarioEvidence,
    Token,
    Watch,
)

E = TypeVar("E", bound=Event)
C = TypeVar("C", bound="Case")
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Sent:
    """An address of a relying party that the browser was sent to, by whatever means."""

    url: str
    at: float
    by: Literal["redirect", "request", "arrival"]
    status: int | None
    event: Event

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Return the query, form-decoded once."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.parameters if key == name]

    @property
    def without_query(self) -> str:
        return self.url.partition("?")[0]


class Case:
    """The events of one case of a scenario, in the order of time."""

    def __init__(self, scenario: ScenarioEvidence, label: str) -> None:
        self.scenario = scenario.scenario
        self.label = label
        self._whole = scenario
        self.events: list[AnyEvent] = sorted(
            (e for e in scenario.events if e.case == label), key=lambda e: (e.at, e.id)
        )

    def __repr__(self) -> str:
        return f"Case({self.scenario!r}, {self.label!r})"

    def as_a(self, kind: type[C], label: str = "") -> C:
        """Return the case, or another one of its scenario, as a kind that knows more of it."""
        return kind(self._whole, label or self.label)

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @cached_property
    def gap(self) -> Gap | None:
        """Why the case, or the whole scenario, could not be carried out."""
        own = self.all(Gap)
        whole = [e for e in self._whole.events if isinstance(e, Gap) and not e.case]
        return next(iter(own or ([] if self.events and self.label else whole)), None)

    @cached_property
    def clients(self) -> dict[str, Client]:
        """Clients by role; those of the case before those of the scenario."""
        found = [e for e in self._whole.events if isinstance(e, Client) and e.case in ("", self.label)]
        return {client.rp: client for client in sorted(found, key=lambda c: c.case)}

    # What was asked

    @property
    def logout(self) -> Logout | None:
        return next(iter(self.all(Logout)), None)

    @property
    def logins(self) -> list[Login]:
        return self.all(Login)

    @property
    def probes(self) -> list[Probe]:
        return self.all(Probe)

    def probe(self, when: str) -> Probe | None:
        """Return the last probe of a name, such as before, untouched, after."""
        return next((probe for probe in reversed(self.probes) if probe.when == when), None)

    def session(self, when: str) -> str:
        """Return alive, ended, undecided, or "not probed" where no probe of that name was made."""
        probe = self.probe(when)
        return probe.outcome if probe else "not probed"

    # What came of it

    def since_logout(self, kind: type[E]) -> list[E]:
        """Return events after the first logout request of the case, clean-up and probes apart."""
        logout = self.logout
        return [] if logout is None else [e for e in self.all(kind) if e.at >= logout.at]

    @cached_property
    def pages(self) -> list[Page]:
        """Pages that were shown in the course of the logout."""
        probes = {x.id for x in self.all(Exchange) if x.purpose not in ("logout", "answer")}
        return [p for p in self.since_logout(Page) if p.source not in probes and not self._in_probe(p)]

    def _in_probe(self, page: Page) -> bool:
        """Tell whether a page of a browser (that names no exchange) was met by a probe or a login."""
        before = [x for x in self.all(Exchange) if x.at <= page.at and x.destination == "document"]
        return bool(before) and not page.source and before[-1].purpose not in ("logout", "answer")

    @property
    def asked(self) -> bool:
        """Tell whether the provider asked the user whether to log out."""
        return any(page.kind == "confirmation" for page in self.pages)

    @property
    def first_page(self) -> Page | None:
        return next(iter(self.pages), None)

    @property
    def last_page(self) -> Page | None:
        return self.pages[-1] if self.pages else None

    @cached_property
    def exchanges(self) -> list[Exchange]:
        """Requests of the user agent in the course of the logout."""
        return [x for x in self.since_logout(Exchange) if x.purpose in ("logout", "answer")]

    @cached_property
    def requests(self) -> list[Exchange]:
        """The exchanges of the first logout request: the request itself first."""
        return [x for x in self.exchanges if x.purpose == "logout"]

    @property
    def status(self) -> int | None:
        """Status of the answer in which the logout request ended, redirects within the provider followed."""
        own = [x for x in self.requests if x.destination == "document" and not self._is_rp(x.url)]
        return own[-1].status if own else None

    @property
    def answered(self) -> bool:
        """Tell whether any answer came to the logout request: none comes where nothing could be sent."""
        return bool(self.sent_to) or any(x.status is not None for x in self.requests)

    @property
    def processed(self) -> bool:
        """Tell whether the request had an effect: a question, the end of the session, or the redirect."""
        return self.asked or self.session("after") == "ended" or bool(self.sent_to)

    @cached_property
    def sent_to(self) -> list[Sent]:
        """Every address of a relying party that the browser was sent to after the logout request."""
        found = [*self._locations(), *self._browser_requests(), *self._arrivals_by_browser()]
        return sorted(found, key=lambda sent: sent.at)

    @property
    def sent_unasked(self) -> list[Sent]:
        """Where the browser was sent before anybody answered a question."""
        answered = min((answer.at for answer in self.all(Answer)), default=float("inf"))
        return [sent for sent in self.sent_to if sent.at < answered]

    @property
    def refused(self) -> bool:
        """Tell whether the logout request ended in an error: a status of 400 or above, or an error page."""
        status, page = self.status, self.first_page
        return not self.sent_to and bool((status and status >= 400) or (page and page.kind == "error"))

    @property
    def redirect(self) -> Sent | None:
        """The post-logout redirect: the first address of a relying party that is not a framed one."""
        return next(iter(self.sent_to), None)

    def sent_to_uri(self, uri: str) -> list[Sent]:
        """Where the browser was sent to this URI, its own query and the state apart."""
        return [sent for sent in self.sent_to if same_target(sent.url, uri)]

    @property
    def offers(self) -> list[str]:
        """Addresses of relying parties that the pages link to, post to or frame for the user to follow."""
        return [c.value for p in self.pages for c in p.controls if c.role == "link" and self._is_rp(c.value)]

    def notifications(self, endpoint: str, rp: str | None = None) -> list[Arrival]:
        """Return what a relying party's logout endpoint heard in this case: "backchannel", "frontchannel"."""
        return [a for a in self.all(Arrival) if a.endpoint == endpoint and rp in (None, a.rp)]

    def tokens(self, kind: str, rp: str | None = None) -> list[Token]:
        return [t for t in self.all(Token) if t.kind == kind and rp in (None, t.rp)]

    def watched(self, what: str) -> Watch | None:
        return next((w for w in reversed(self.all(Watch)) if w.what.startswith(what)), None)

    # How addresses are told

    @cached_property
    def rp_hosts(self) -> set[str]:
        hosts = {urlsplit(use).hostname for client in self.clients.values() for use in client.uses}
        sent = (
            [value for _, value in self.logout.parameters if value.startswith("http")] if self.logout else []
        )
        own = urlsplit(self.logout.endpoint).hostname if self.logout else None
        return {host for host in (*hosts, *(urlsplit(value).hostname for value in sent)) if host} - {
            own or ""
        }

    def _is_rp(self, url: str) -> bool:
        if self.logout and url == self.logout.post_logout_redirect_uri:
            return True  # whatever it is: javascript: is no relying party, but it was asked for
        parts = urlsplit(url)
        if parts.scheme and parts.scheme.lower() not in ("http", "https"):
            return parts.scheme.lower() not in ("about", "data", "javascript", "chrome-error")
        return (parts.hostname or "") in self.rp_hosts

    def _locations(self) -> Iterator[Sent]:
        for exchange in self.exchanges:
            location = header(exchange.response_headers, "location")
            if exchange.status in _REDIRECTS and location and exchange.destination == "document":
                target = location if ":" in location.split("/")[0] else urljoin(exchange.url, location)
                if self._is_rp(target):
                    yield Sent(target, exchange.at, "redirect", exchange.status, exchange)

    def _browser_requests(self) -> Iterator[Sent]:
        for exchange in self.exchanges:
            if (
                exchange.sender == "browser"
                and exchange.destination == "document"
                and self._is_rp(exchange.url)
            ):
                yield Sent(exchange.url, exchange.at, "request", None, exchange)

    def _arrivals_by_browser(self) -> Iterator[Sent]:
        for arrival in self.since_logout(Arrival):
            if arrival.endpoint == "post_logout":
                yield Sent(arrival.url, arrival.at, "arrival", None, arrival)


def header(headers: Sequence[tuple[str, str]], name: str) -> str | None:
    """Return the first value of a header, by its name in any case."""
    return next((value for key, value in headers if key.lower() == name.lower()), None)


def same_target(url: str, uri: str) -> bool:
    """Tell whether an address is a URI with, at most, parameters added to its query."""
    base, _, query = uri.partition("?")
    got, _, got_query = url.partition("?")
    return got == base and set(parse_qsl(query, keep_blank_values=True)) <= set(
        parse_qsl(got_query, keep_blank_values=True)
    )


def cases(scenario: ScenarioEvidence) -> dict[str, Case]:
    """Return the cases of a scenario in the order in which they began; "" holds what has no label."""
    labels = dict.fromkeys(event.case for event in scenario.events)
    return {label: Case(scenario, label) for label in labels}


def json_body(exchange: Exchange) -> dict[str, Any] | None:
    """Return an exchange's answer as a JSON object, or None where it is none."""
    import msgspec

    try:
        value = msgspec.json.decode(exchange.response_body.text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
