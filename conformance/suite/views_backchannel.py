"""Back-channel logout: rounds of logouts, what the relying parties were sent, and Logout Tokens."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.evidence.events import Arrival, Client, Exchange, Gap, Login, Token
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, Sent, header
from conformance.suite.finding import Undecided, not_carried_out
from conformance.suite.registry import view
from conformance.suite.views import ProviderClock, SeenToken, one, provider_clock, scenario_cases, tokens_of

EVENT = "http://schemas.openid.net/event/backchannel-logout"
FORM = "application/x-www-form-urlencoded"
PLAIN_ROUNDS = ("first", "second", "third")
SILENT = "No Logout Token that could be read reached the receiver in this run; BCL-2.5-01 judges the silence."


# What a relying party was sent


@dataclass(frozen=True)
class Call:
    """A request that reached a back-channel logout URI, or that carried a logout token elsewhere."""

    arrival: Arrival

    @property
    def content_type(self) -> str | None:
        value = header(self.arrival.headers, "content-type")
        return None if value is None else value.partition(";")[0].strip().lower()

    @property
    def looks_form_encoded(self) -> bool:
        """Tell whether the body is a form by its looks: names and values, no JSON, no bare JWT."""
        return re.fullmatch(r"[^={\[\"\s-]+=.*", self.arrival.body.text, re.DOTALL) is not None

    @property
    def parameters(self) -> list[tuple[str, str]]:
        return parse_qsl(self.arrival.body.text, keep_blank_values=True) if self.looks_form_encoded else []

    @property
    def tokens(self) -> list[str]:
        """Return the values of logout_token in the body."""
        return [value for name, value in self.parameters if name == "logout_token"]

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.arrival.url).query, keep_blank_values=True)

    @property
    def where(self) -> str:
        """Say how and where it came, in the words of BCL-2.5-01."""
        place = "the registered URI" if self.arrival.endpoint == "backchannel" else self.arrival.url.partition("?")[0]
        return f"{self.arrival.method} at {place}"

    @property
    def is_request(self) -> bool:
        """Tell whether it is a Logout Request as specified: a POST with a logout_token in its body."""
        return self.arrival.method == "POST" and self.arrival.endpoint == "backchannel" and any(self.tokens)

    @property
    def carries_token(self) -> bool:
        return "logout_token" in self.arrival.body.text or "logout_token" in self.arrival.url


def calls(arrivals: Iterable[Arrival]) -> list[Call]:
    """Return what came to back-channel URIs; a mere probe of the URI (HEAD, OPTIONS, an empty GET) is left out."""
    found = (Call(one) for one in arrivals if one.endpoint in ("backchannel", "other") and not one.problem)
    return [c for c in found if c.carries_token or (c.arrival.endpoint == "backchannel" and c.arrival.method == "POST")]


# One relying party in one logout


@dataclass(frozen=True)
class Told:
    """What one relying party was sent in one logout, and what is needed to judge silence."""

    case: Case
    rp: str
    client: Client
    reach: str  # "" where the provider can reach the receiver; otherwise why this is not known
    window: float  # seconds that were watched from the logout on

    @cached_property
    def calls(self) -> list[Call]:
        return [call for call in calls(self.case.all(Arrival)) if call.arrival.rp == self.rp]

    @property
    def requests(self) -> list[Arrival]:
        """Return the Logout Requests as specified that arrived."""
        return [call.arrival for call in self.calls if call.is_request]

    @property
    def within(self) -> str:
        return f"Logout Requests at {self.rp} within {self.window:.1f} s"

    @property
    def doubt(self) -> str:
        """Say why silence would decide nothing; "" where a request came or silence is the provider's."""
        if self.requests:
            return ""
        if any(call.arrival.method == "POST" for call in self.calls):
            return f"what was posted to {self.rp} could not be read as a Logout Request (BCL-2.5-02, BCL-2.5-03)"
        return self._not_kept or not_ended(self.case) or self.reach

    @property
    def _not_kept(self) -> str:
        wanted = self.client.requested.get("backchannel_logout_uri")
        kept = not self.client.dynamic or self.client.metadata.get("backchannel_logout_uri") == wanted
        return "" if kept else f"the registration of {self.rp} did not confirm its backchannel_logout_uri"


def not_ended(case: Case) -> str:
    """Say why it is not proven that a session lived and was ended by the logout; "" where it is."""
    if case.session("before") != "alive":
        return "the session was not proven alive before the logout: look at the probe before it"
    if case.session("after") != "ended":
        return f"the session was not proven ended by the logout: the probe after it found it {case.session('after')}"
    return ""


def reach(evidence: Evidence) -> str:
    """Say why it is not known that the provider can reach the receiver; "" where it is known."""
    if any(c.arrival.endpoint == "backchannel" for s in _recorded(evidence) for c in calls(_arrivals(s.events))):
        return ""
    broken_off = [a.problem for a in evidence.run.unattributed if "handshake" in a.problem.lower()]
    if broken_off:
        return f"a TLS handshake failed at the receiver ({broken_off[0]}): let the provider trust its certificate"
    if (evidence.run.config.get("receiver") or {}).get("reachable") is True:
        return ""
    return (
        "nothing ever reached the receiver, and the config does not say that the provider can: set receiver.public_url "
        "to what it can call, or receiver.reachable: yes"
    )


def _recorded(evidence: Evidence) -> list[Any]:
    return [s for s in (evidence.scenario(name) for name in evidence.run.scenarios) if s is not None]


def _arrivals(events: Iterable[Any]) -> list[Arrival]:
    return [event for event in events if isinstance(event, Arrival)]


def told(evidence: Evidence, case: Case, rp: str) -> Told:
    """Return what a relying party heard in a case; one that could not be had raises why."""
    client = case.clients.get(rp)
    if client is None:
        raise _missing(evidence, case, rp)
    since = case.logout.at if case.logout else 0.0
    return Told(case, rp, client, reach(evidence), max(evidence.run.duration - since, 0.0))


def _missing(evidence: Evidence, case: Case, rp: str) -> Exception:
    recorded = evidence.scenario(case.scenario)
    gaps = [e for e in (recorded.events if recorded else []) if isinstance(e, Gap) and e.case in (rp, "")]
    return not_carried_out(gaps[0]) if gaps else Undecided(f"{case.scenario} had no {rp}")


def _plain(evidence: Evidence) -> list[Case]:
    found = scenario_cases(evidence, "backchannel_fan_out")
    return [case for label, case in found.items() if label in PLAIN_ROUNDS]


@view("backchannel_fan_out")
def initiators(evidence: Evidence) -> Sequence[Told]:
    """What rp1 heard in three logouts that it asked for."""
    return _some([told(evidence, case, "rp1") for case in _plain(evidence)])


@view("backchannel_fan_out")
def others(evidence: Evidence) -> Sequence[Told]:
    """What rp2 heard in three logouts that rp1 asked for."""
    return _some([told(evidence, case, "rp2") for case in _plain(evidence)])


@view("backchannel_fan_out")
def others_whatever_rp1_answers(evidence: Evidence) -> Sequence[Told]:
    """What rp2 heard in logouts that rp1 asked for, once with rp1 answering its own notification with 400."""
    return [*others(evidence), told(evidence, one(evidence, "backchannel_fan_out", "400 from rp1"), "rp2")]


@view("backchannel_fan_out")
def strangers(evidence: Evidence) -> Sequence[tuple[Told, Told]]:
    """What rp3 heard, where nobody ever was, beside what rp1 heard of the same logout."""
    return _some([(told(evidence, case, "rp3"), told(evidence, case, "rp1")) for case in _plain(evidence)])


@view("backchannel_fan_out")
def rounds(evidence: Evidence) -> Sequence[Sequence[Told]]:
    """Three logouts, and what the relying parties of the session heard in each."""
    return _some([
        [told(evidence, case, rp) for rp in ("rp1", "rp2") if rp in case.clients] for case in _plain(evidence)
    ])  # fmt: skip


def _some(found: list[Any]) -> list[Any]:
    if not found:
        raise Undecided("the logouts at the relying parties with a back-channel were not recorded")
    return found


def common_session(case: Case) -> bool:
    """Tell whether every login of the round but the first did without credentials."""
    return not any(login.credentials_asked for login in case.logins[1:])


# The order of notification and redirect


@dataclass(frozen=True)
class Order:
    """By how many seconds a notification came after the redirect, in each of several logouts."""

    lags: tuple[float, ...]
    events: tuple[Arrival | Sent, ...]
    missing: str = ""

    @property
    def decides(self) -> bool:
        return all(lag <= 0 for lag in self.lags) or all(lag > 2 for lag in self.lags)

    @property
    def shown(self) -> str:
        return ", ".join(f"{lag:+.3f} s" for lag in self.lags)


@view("backchannel_fan_out")
def order_of_initiator(evidence: Evidence) -> Order:
    """When rp1's notification came, against its post-logout redirect."""
    return _order(initiators(evidence))


@view("backchannel_fan_out")
def order_of_others(evidence: Evidence) -> Order:
    """When rp2's notification came, against rp1's post-logout redirect."""
    return _order(others(evidence))


def _order(rounds: Sequence[Told]) -> Order:
    lags: list[float] = []
    for one_round in rounds:
        sent = one_round.case.redirect
        if not one_round.requests or sent is None:
            what = "no Logout Request" if sent else "no post-logout redirect"
            return Order((), (), f"there was {what} in the {one_round.case.label} logout, so there is no order")
        lags.append(one_round.requests[0].at - sent_at(sent))
    arrivals = tuple(one_round.requests[0] for one_round in rounds)
    return Order(tuple(round(lag, 6) for lag in lags), arrivals)


def sent_at(sent: Sent) -> float:
    """Return when a user agent was told to go there: when the answer with the Location was complete."""
    whole_answer = isinstance(sent.event, Exchange) and sent.by == "redirect"
    return sent.at + (sent.event.seconds if whole_answer and isinstance(sent.event, Exchange) else 0.0)


# Two sessions


@dataclass(frozen=True)
class Pair:
    """Two sessions at the same time: the one that was logged out, and the other."""

    case: Case
    told: tuple[Told, ...]

    def id_tokens(self, agent: str, rp: str = "rp1") -> list[Token]:
        return [t for t in self.case.tokens("id_token", rp) if t.agent == agent]

    def values(self, claim: str, agent: str) -> set[Any]:
        """Return the values of a claim that any client was given in a user agent."""
        tokens = [t for t in self.case.tokens("id_token") if t.agent == agent]
        return {t.claims[claim] for t in tokens if isinstance(t.claims.get(claim), str)}

    def sid(self, agent: str) -> Any:
        return next((t.claims.get("sid") for t in self.id_tokens(agent)), None)

    @property
    def logout_tokens(self) -> list[Token]:
        return self.case.tokens("logout_token")

    @property
    def about_the_other(self) -> list[Token]:
        """Logout Tokens that name the second user or the second user's session, or that reached rp2."""
        subs = self.values("sub", "browser 2") - self.values("sub", "browser 1")
        sids = self.values("sid", "browser 2") - self.values("sid", "browser 1")
        return [
            t for t in self.logout_tokens
            if t.rp == "rp2" or t.claims.get("sub") in subs or t.claims.get("sid") in sids
        ]  # fmt: skip

    @property
    def about_the_first(self) -> list[Token]:
        subs, sids = self.values("sub", "browser 1"), self.values("sid", "browser 1")
        return [t for t in self.logout_tokens if t.claims.get("sub") in subs or t.claims.get("sid") in sids]


@view("two_browsers")
def two_sessions_of_a_user(evidence: Evidence) -> Pair:
    """The same user in two browsers."""
    return Pair(one(evidence, "two_browsers", "one user, two browsers"), ())


@view("two_users")
def sessions_of_two_users(evidence: Evidence) -> Pair:
    """Two users in two browsers, both at rp1, the second at rp2 too."""
    case = one(evidence, "two_users", "two users, two browsers")
    return Pair(case, (told(evidence, case, "rp1"), told(evidence, case, "rp2")))


@view("two_browsers", "two_users")
def pairs(evidence: Evidence) -> Sequence[Pair]:
    """Two sessions at once: of one user, and of two users where there are two."""
    found = [two_sessions_of_a_user(evidence)]
    two = scenario_cases_or_none(evidence, "two_users").get("two users, two browsers")
    return [*found, Pair(two, ())] if two else found


def scenario_cases_or_none(evidence: Evidence, name: str) -> dict[str, Case]:
    """Return the cases of a scenario, none where it could not be carried out."""
    from conformance.suite.finding import NotTested

    try:
        return scenario_cases(evidence, name)
    except (Undecided, NotTested):
        return {}


# The URI with a query, the question, the answers


@view("backchannel_query")
def with_query(evidence: Evidence) -> tuple[Told, Told]:
    """What a client with a query in its URI was sent, and the control without."""
    case = one(evidence, "backchannel_query", "query")
    return told(evidence, case, "rp2"), told(evidence, case, "rp1")


@view("backchannel_declined")
def declined_and_confirmed(evidence: Evidence) -> tuple[Told, Told]:
    """What rp2 heard after the user answered no, and after yes."""
    found = [told(evidence, one(evidence, "backchannel_declined", label), "rp2") for label in ("no", "yes")]
    return found[0], found[1]


@dataclass(frozen=True)
class Answered:
    """A logout whose notification was answered in a certain way, and what became of it."""

    told: Told

    @property
    def case(self) -> Case:
        return self.told.case

    @property
    def first(self) -> Arrival | None:
        """The first request that was answered completely."""
        return next((a for a in self.told.requests if a.answered_at is not None), None)

    @property
    def status(self) -> int | None:
        return self.first.answer if self.first else None

    @property
    def window(self) -> float:
        """Seconds that were watched from the answer on."""
        return self.told.window - (self.answered_at - (self.case.logout.at if self.case.logout else 0.0))

    @property
    def answered_at(self) -> float:
        return (self.first.answered_at or 0.0) if self.first else 0.0

    @property
    def repeated(self) -> list[Arrival]:
        """Requests that repeat the first one: same jti, or same aud, sub and sid."""
        by_source = {t.source: t.claims for t in self.case.tokens("logout_token", self.told.rp)}
        first = by_source.get(self.first.id, {}) if self.first else {}
        later = [a for a in self.told.requests if self.first and a.at > self.answered_at]
        return [a for a in later if _same_notice(first, by_source.get(a.id, {}))]

    @property
    def ends(self) -> str:
        """Say where the browser ended and what became of the session."""
        return f"{self.end}, session {self.case.session('after')}"

    @property
    def end(self) -> str:
        sent = self.case.redirect
        page = self.case.last_page
        return "at the relying party" if sent else f"on a page ({page.kind}, {page.status})" if page else "nowhere"

    @property
    def outcome(self) -> str:
        return f"{self.ends}, {1 + len(self.repeated)} request(s)"


def _same_notice(first: dict[str, Any], other: dict[str, Any]) -> bool:
    same_jti = first.get("jti") is not None and first.get("jti") == other.get("jti")
    return same_jti or all(first.get(name) == other.get(name) for name in ("aud", "sub", "sid"))


def _answered(evidence: Evidence, label: str, scenario: str = "backchannel_answers") -> Answered:
    return Answered(told(evidence, one(evidence, scenario, label), "rp1"))


@view("backchannel_answers")
def answered_200(evidence: Evidence) -> Answered:
    """A logout whose notification was answered 200."""
    return _answered(evidence, "200")


@view("backchannel_answers")
def answered_204(evidence: Evidence) -> Answered:
    """A logout whose notification was answered 204."""
    return _answered(evidence, "204")


@view("backchannel_answers")
def answered_400(evidence: Evidence) -> Sequence[Answered]:
    """Logouts whose notification was answered 400 with three error values."""
    return [
        _answered(evidence, f"400 {error}") for error in ("invalid_request", "invalid_token", "made_up_value")
    ]


@view("backchannel_answers")
def answered_400_again(evidence: Evidence) -> Sequence[Answered]:
    """The same three once more."""
    labels = ("400 invalid_request again", "400 invalid_token again", "400 made_up_value again")
    return [_answered(evidence, label) for label in labels]


@view("backchannel_unavailable")
def answered_503(evidence: Evidence) -> Answered:
    """A logout whose notification was answered 503, and every later one 200."""
    return _answered(evidence, "503", "backchannel_unavailable")


@view("backchannel_slow")
def slow_answers(evidence: Evidence) -> tuple[Case, list[Arrival]]:
    """The requests to two relying parties that hold their answers back, in the order of their arrival."""
    case = one(evidence, "backchannel_slow", "slow")
    found = [a for rp in ("rp1", "rp2") for a in told(evidence, case, rp).requests[:1]]
    return case, sorted(found, key=lambda a: a.at)


@view("backchannel_fan_out")
def delivered(evidence: Evidence) -> Sequence[Answered]:
    """Notifications that were answered 200, one for each relying party and logout."""
    found = [Answered(one_told) for each in rounds(evidence) for one_told in each]
    return [answered for answered in found if answered.status == 200]


# Requests and tokens of the whole run


@view("backchannel_fan_out")
def all_calls(evidence: Evidence) -> Sequence[Call]:
    """Every notification of the run."""
    found = [call for s in _recorded(evidence) for call in calls(_arrivals(s.events))]
    if not found:
        raise Undecided("No notification reached the receiver in this run; BCL-2.5-01 judges the silence.")
    return found


@view("backchannel_fan_out")
def posts(evidence: Evidence) -> Sequence[Call]:
    """Every POST to a back-channel URI in the run."""
    found = [c for c in all_calls(evidence) if c.arrival.method == "POST" and c.arrival.endpoint == "backchannel"]
    if not found:
        raise Undecided("No POST reached a back-channel URI in this run; BCL-2.5-01 judges the silence.")
    return found


@dataclass(frozen=True)
class LogoutToken:
    """A Logout Token with what it is judged by."""

    seen: SeenToken
    client_tokens: tuple[Token, ...]  # ID Tokens that the same client got, in the whole run
    session_tokens: tuple[Token, ...]  # of these, those of the user agent that was logged out
    first_arrival: float  # on our wall clock, of this token or the one that it repeats
    clock: ProviderClock

    @property
    def token(self) -> Token:
        return self.seen.token

    @property
    def claims(self) -> dict[str, Any]:
        return self.seen.claims

    @property
    def events(self) -> dict[str, Any] | None:
        """The events claim, where it is an object."""
        found = self.claims.get("events")
        return found if isinstance(found, dict) else None

    @property
    def label(self) -> str:
        return f"{self.token.rp} in {self.seen.scenario}, {self.token.case}"

    @property
    def typ(self) -> str:
        typ = self.seen.header.get("typ")
        return typ.lower() if isinstance(typ, str) else ""

    @property
    def problem(self) -> str:
        return self.token.signature.problem if self.token.signature else self.token.problem

    @property
    def verified(self) -> bool:
        return self.token.signature is not None and self.token.signature.verified

    def provider_time(self) -> float:
        """Return the time of its first arrival on the provider's clock (seconds since the epoch)."""
        return self.first_arrival + (self.clock.offset or 0.0)

    @property
    def session_start(self) -> float | None:
        """When the session began on the provider's clock: auth_time, else iat of its first ID Token."""
        started = [_number(t.claims.get("auth_time")) or _number(t.claims.get("iat")) for t in self.session_tokens]
        known = [value for value in started if value is not None]
        return min(known) if known else None

    @property
    def wants_sid(self) -> bool:
        """Tell whether the provider, or the operator, confirmed backchannel_logout_session_required."""
        client = self.seen.client
        return client is not None and client.metadata.get("backchannel_logout_session_required") is True

    @property
    def isses(self) -> list[Any]:
        return list(dict.fromkeys(t.claims.get("iss") for t in self.client_tokens if "iss" in t.claims))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@view("discovery", "backchannel_fan_out")
def logout_tokens(evidence: Evidence) -> Sequence[LogoutToken]:
    """Every Logout Token of the run, in the order of time."""
    found = [seen for seen in tokens_of(evidence, "logout_token") if not seen.token.problem.startswith("encrypted")]
    if not found:
        raise Undecided(SILENT)
    issued = tokens_of(evidence, "id_token")
    clock = provider_clock(evidence)
    firsts: dict[str, float] = {}
    for seen in found:
        firsts.setdefault(_identity(seen), seen.wall)
    return [_logout_token(evidence, seen, issued, firsts[_identity(seen)], clock) for seen in found]


def _identity(seen: SeenToken) -> str:
    """Return what a retransmission has in common with the first transmission."""
    logout = (seen.scenario, seen.token.case, seen.token.rp)
    return f"{logout}/{seen.claims.get('jti') or seen.token.digest}"


def _logout_token(
    evidence: Evidence, seen: SeenToken, issued: Sequence[SeenToken], first: float, clock: ProviderClock
) -> LogoutToken:
    client_id = seen.client.client_id if seen.client else ""
    own = [t for t in issued if t.client is not None and t.client.client_id == client_id]
    recorded = evidence.scenario(seen.scenario)
    logout = Case(recorded, seen.token.case).logout if recorded else None
    here = [
        t.token for t in own
        if (t.scenario, t.token.case) == (seen.scenario, seen.token.case) and (not logout or t.token.agent == logout.agent)
    ]  # fmt: skip
    return LogoutToken(replace(seen), tuple(t.token for t in own), tuple(here), first, clock)


@view("discovery", "backchannel_fan_out")
def every_sid(evidence: Evidence) -> Sequence[tuple[str, Any, Token]]:
    """Every sid of an ID Token or a Logout Token of the run."""
    return [(t.kind, t.claims["sid"], t) for t in _both_kinds(evidence) if "sid" in t.claims]


@view("discovery", "backchannel_fan_out")
def both_kinds(evidence: Evidence) -> Sequence[Token]:
    """Every ID Token and Logout Token of the run."""
    found = _both_kinds(evidence)
    if not found:
        raise Undecided("neither an ID Token nor a Logout Token was seen in the run")
    return found


def _both_kinds(evidence: Evidence) -> list[Token]:
    return [seen.token for kind in ("id_token", "logout_token") for seen in tokens_of(evidence, kind)]


@view("discovery", "backchannel_fan_out")
def id_tokens_that_need_sid(evidence: Evidence) -> Sequence[SeenToken]:
    """ID Tokens that clients got by a code that asked for sid by backchannel_logout_session_required."""
    found = [seen for seen in tokens_of(evidence, "id_token") if _asked_for_sid(seen.client)]
    found = [seen for seen in found if not _refreshed(evidence, seen)]
    if not found:
        raise Undecided("no client that asked for sid (backchannel_logout_session_required: true) was logged in at")
    return found


def _asked_for_sid(client: Client | None) -> bool:
    name = "backchannel_logout_session_required"
    return client is not None and True in (client.requested.get(name), client.metadata.get(name))


def confirmed_sid(client: Client | None) -> bool:
    """Tell whether a client's registration, or the operator, confirms backchannel_logout_session_required."""
    return client is not None and client.metadata.get("backchannel_logout_session_required") is True


def _refreshed(evidence: Evidence, seen: SeenToken) -> bool:
    recorded = evidence.scenario(seen.scenario)
    source = next((e for e in (recorded.events if recorded else []) if e.id == seen.token.source), None)
    return isinstance(source, Exchange) and "grant_type=refresh_token" in source.request_body.text


@view("backchannel_fan_out")
def nonces(evidence: Evidence) -> Sequence[Login]:
    """Logins of the run that sent a nonce."""
    return [e for s in _recorded(evidence) for e in s.events if isinstance(e, Login) and e.nonce]


@dataclass(frozen=True)
class KeySet:
    """The published keys as they were fetched in the run."""

    kids: frozenset[str]
    changed: bool
    reachable: bool
    verifies_id_tokens: bool


@view("discovery", "backchannel_fan_out")
def key_set(evidence: Evidence) -> KeySet:
    """The published keys, whether they changed in the run, and whether ID Tokens verify by them."""
    fetched = [
        e for s in _recorded(evidence) for e in s.events if isinstance(e, Exchange) and e.purpose == "jwks"
    ]
    bodies = [_keys(e.response_body.text) for e in fetched if e.status == 200]
    kids = frozenset(str(key.get("kid")) for keys in bodies for key in keys if "kid" in key)
    issued = [seen.token.signature for seen in tokens_of(evidence, "id_token")]
    verified = bool(issued) and all(signature is not None and signature.verified for signature in issued)
    distinct = {json.dumps(keys, sort_keys=True) for keys in bodies}
    return KeySet(kids, len(distinct) > 1, bool(bodies), verified)


def _keys(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text).get("keys")
    except (ValueError, AttributeError):
        return []
    return sorted((k for k in found if isinstance(k, dict)), key=lambda k: json.dumps(k, sort_keys=True)) if isinstance(
        found, list) else []  # fmt: skip


# Who a token is about


@dataclass(frozen=True)
class Identified:
    """A Logout Token beside the ID Tokens that its client got from the session that was logged out."""

    case: Case
    token: Token
    client_id: str
    subs: frozenset[str]  # of the session, at this client
    sids: frozenset[str]
    ever: frozenset[str]  # sids that this client ever got in the run
    alive: frozenset[str]  # sids of another browser's session that was alive afterwards

    @property
    def audience(self) -> list[Any]:
        aud = self.token.claims.get("aud")
        return aud if isinstance(aud, list) else [aud]

    @property
    def about(self) -> str:
        """Say whose session the sid names: this one's, another's that lives, one that no ID Token ever had."""
        sid = self.token.claims.get("sid")
        if sid is None or not self.ever:
            return "not told"
        if sid in self.sids:
            return "the session logged out"
        if sid in self.alive:
            return "another browser's session, which is alive"
        return "another session that has ended" if sid in self.ever else "no session that this client knows"

    @property
    def comparable(self) -> bool:
        return self.about != "not told" or ("sub" in self.token.claims and bool(self.subs))


@view("backchannel_fan_out", "two_users")
def identified(evidence: Evidence) -> Sequence[Identified]:
    """Logout Tokens of logouts in which the session at the called client is known."""
    found = [*_plain(evidence)]
    two = scenario_cases_or_none(evidence, "two_users").get("two users, two browsers")
    tokens = [
        _identified(evidence, case, token)
        for case in [*found, *([two] if two else [])]
        for token in case.tokens("logout_token")
    ]
    known = [one_token for one_token in tokens if one_token.subs]
    if not known:
        raise Undecided(SILENT)
    return known


def _identified(evidence: Evidence, case: Case, token: Token) -> Identified:
    client = case.clients.get(token.rp)
    client_id = client.client_id if client else ""
    agent = case.logout.agent if case.logout else ""
    own = case.tokens("id_token", token.rp)
    ever = [s for s in tokens_of(evidence, "id_token") if s.client is not None and s.client.client_id == client_id]
    lives = case.session("other after") == "alive"
    return Identified(
        case, token, client_id,
        subs=_strings((t for t in own if t.agent == agent), "sub"),
        sids=_strings((t for t in own if t.agent == agent), "sid"),
        ever=_strings((s.token for s in ever), "sid"),
        alive=_strings((t for t in own if t.agent != agent and lives), "sid"),
    )  # fmt: skip


def _strings(tokens: Iterable[Token], claim: str) -> frozenset[str]:
    return frozenset(t.claims[claim] for t in tokens if isinstance(t.claims.get(claim), str))


# Literals


@view("discovery", "backchannel_fan_out")
def quoted_literals(evidence: Evidence) -> Sequence[str]:
    """Names and fixed values of the mechanism that came with quotation marks around them."""
    from conformance.suite.views import metadata

    tokens = [seen.token for seen in tokens_of(evidence, "logout_token")]
    posted = [call for s in _recorded(evidence) for call in calls(_arrivals(s.events))]
    names = [*(metadata(evidence).document or {})]
    names += [name for call in posted for name, _ in call.parameters]
    names += [name for t in tokens for name in t.claims]
    names += [name for t in tokens if isinstance(e := t.claims.get("events"), dict) for name in e]
    names += [str(t.header["typ"]) for t in tokens if "typ" in t.header]
    return [name for name in dict.fromkeys(names) if len(name) > 1 and name[0] == name[-1] == '"']


# jti


def repeated_jti(tokens: Sequence[LogoutToken]) -> list[Token]:
    """Return tokens of different logouts or clients that share a jti; a retransmission is none."""
    seen: dict[Any, LogoutToken] = {}
    found: list[Token] = []
    for each in tokens:
        jti = each.claims.get("jti")
        first = seen.setdefault(jti, each) if isinstance(jti, str) else each
        if _another_logout(first, each):
            found += [first.token, each.token]
    return list({id(token): token for token in found}.values())


def _another_logout(first: LogoutToken, other: LogoutToken) -> bool:
    def logout(token: LogoutToken) -> tuple[str, str, str]:
        return token.seen.scenario, token.token.case, token.token.rp

    late_repetition = first.token.digest == other.token.digest and first.seen.client == other.seen.client
    return logout(first) != logout(other) and not late_repetition


# Events of RFC 8417


def duplicate_events(token: LogoutToken) -> list[str]:
    return [name for name in token.token.duplicates if name in (token.events or {})]


def foreign_subjects(token: LogoutToken) -> list[str]:
    """Return further events whose payload names another subject than the token does."""
    own = {name: token.claims.get(name) for name in ("sub", "sid", "iss")}
    return [
        name for name, payload in (token.events or {}).items()
        if name != EVENT and isinstance(payload, dict)
        and ("subject" in payload or "sub_id" in payload
             or any(key in payload and payload[key] != value for key, value in own.items()))
    ]  # fmt: skip
