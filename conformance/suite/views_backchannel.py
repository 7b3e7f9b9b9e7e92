"""Back-channel logout: rounds of logouts, what the relying parties were sent, and Logout Tokens."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, urlsplit

from conformance.evidence.events import Arrival, Client, Event, Exchange, Gap, Token
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, Sent, header
from conformance.suite.finding import NotTested, Undecided, not_carried_out
from conformance.suite.registry import view
from conformance.suite.views import one, scenario_cases

E = TypeVar("E")
FORM = "application/x-www-form-urlencoded"
PLAIN_ROUNDS = ("first", "second", "third")


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
        place = (
            "the registered URI"
            if self.arrival.endpoint == "backchannel"
            else self.arrival.url.partition("?")[0]
        )
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
    return [
        c
        for c in found
        if c.carries_token or (c.arrival.endpoint == "backchannel" and c.arrival.method == "POST")
    ]


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
    def judged_by_method(self) -> list[Call]:
        """Return the Logout Requests; where there is none, what came by another method or to another place."""
        elsewhere = [
            c for c in self.calls if c.arrival.method != "POST" or c.arrival.endpoint != "backchannel"
        ]
        return [c for c in self.calls if c.is_request] or elsewhere

    @property
    def within(self) -> str:
        return f"Logout Requests at {self.rp} within {self.window:.1f} s"

    @property
    def of_this_session(self) -> list[Arrival]:
        """Return the Logout Requests but those that name a session of another logout of the run."""
        tokens = {t.source: t.claims.get("sid") for t in self.case.tokens("logout_token", self.rp)}
        own = {t.claims.get("sid") for t in self.case.tokens("id_token")} | {None}
        return [a for a in self.requests if tokens.get(a.id) in own]

    @property
    def doubt(self) -> str:
        """Say why silence would decide nothing; "" where a request came or silence is the provider's."""
        if self.requests:
            return ""
        if any(call.arrival.method == "POST" for call in self.calls):
            return (
                f"what was posted to {self.rp} could not be read as a Logout Request (BCL-2.5-02, BCL-2.5-03)"
            )
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
    if any(
        c.arrival.endpoint == "backchannel" for s in evidence.recorded() for c in calls(arrivals_of(s.events))
    ):
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


def arrivals_of(events: Iterable[Event]) -> list[Arrival]:
    return [event for event in events if isinstance(event, Arrival)]


def told(evidence: Evidence, case: Case, rp: str) -> Told:
    """Return what a relying party heard in a case; one that could not be had raises why."""
    client = case.clients.get(rp)
    if client is None:
        raise _missing(evidence, case, rp)
    since = case.logout.at if case.logout else 0.0
    return Told(case, rp, client, reach(evidence), max(evidence.run.duration - since, 0.0))


def _missing(evidence: Evidence, case: Case, rp: str) -> Exception:
    found = evidence.scenario(case.scenario)
    gaps = [e for e in (found.events if found else []) if isinstance(e, Gap) and e.case in (rp, "")]
    return not_carried_out(gaps[0]) if gaps else Undecided(f"{case.scenario} had no {rp}")


def plain_rounds(evidence: Evidence) -> list[Case]:
    """Return the three logouts that everybody answers with 200."""
    found = scenario_cases(evidence, "backchannel_fan_out")
    rounds = [case for label, case in found.items() if label in PLAIN_ROUNDS]
    recorded = evidence.scenario("backchannel_fan_out")
    if not rounds and recorded is not None and (gap := Case(recorded, "").gap) is not None:
        raise not_carried_out(gap)
    return rounds


@view("backchannel_fan_out")
def initiators(evidence: Evidence) -> Sequence[Told]:
    """What rp1 heard in three logouts that it asked for."""
    return _some([told(evidence, case, "rp1") for case in plain_rounds(evidence)])


@view("backchannel_fan_out")
def others(evidence: Evidence) -> Sequence[Told]:
    """What rp2 heard in three logouts that rp1 asked for."""
    return _some([told(evidence, case, "rp2") for case in plain_rounds(evidence)])


@view("backchannel_fan_out", "backchannel_many", "backchannel_bad_answers")
def others_whatever_is_answered(evidence: Evidence) -> Sequence[Told]:
    """What rp2 heard in logouts that rp1 asked for, also where rp1 answers 400, or others answer badly."""
    first = one(evidence, "backchannel_fan_out", "400 from rp1")
    bad = cases_if_any(evidence, "backchannel_bad_answers").values()
    many = [each for round_ in big_rounds(evidence) for each in round_ if each.rp != "rp1"]
    return [*others(evidence), *(told(evidence, case, "rp2") for case in (first, *bad)), *many]


@view("backchannel_fan_out")
def strangers(evidence: Evidence) -> Sequence[tuple[Told, Told]]:
    """What rp3 heard, where nobody ever was, beside what rp1 heard of the same logout."""
    return _some(
        [(told(evidence, case, "rp3"), told(evidence, case, "rp1")) for case in plain_rounds(evidence)]
    )


@view("backchannel_fan_out", "backchannel_many")
def rounds(evidence: Evidence) -> Sequence[Sequence[Told]]:
    """Three logouts of two relying parties, and one of more; what they heard in each."""
    two = [
        [told(evidence, case, rp) for rp in ("rp1", "rp2") if rp in case.clients]
        for case in plain_rounds(evidence)
    ]
    return [*_some(two), *big_rounds(evidence)]


def big_rounds(evidence: Evidence) -> list[list[Told]]:
    """Return logouts with more than two relying parties, if any: what those with a logout URI heard."""
    cases = cases_if_any(evidence, "backchannel_many").values()
    return [[told(evidence, case, rp) for rp in case.clients if rp != "plain"] for case in cases]


def _some(found: list[E]) -> list[E]:
    if not found:
        raise Undecided("the logouts at the relying parties with a back-channel were not recorded")
    return found


def some(evidence: Evidence, found: list[E], nothing: str) -> list[E]:
    """Return what was found; where that is nothing, raise what kept the logouts from being done, or ``nothing``."""
    if not found:
        plain_rounds(evidence)
        raise Undecided(nothing)
    return found


def first_doubt(told: Sequence[Told]) -> str:
    """Say why the silence of several relying parties would decide nothing; "" where it would decide."""
    return next((each.doubt for each in told if each.doubt), "")


def common_session(case: Case) -> bool:
    """Tell whether every login of the round but the first did without credentials."""
    return not any(login.credentials_asked for login in case.logins[1:])


# The order of notification and redirect


@dataclass(frozen=True)
class Order:
    """By how many seconds a notification came after the redirect, in each of several logouts."""

    lags: tuple[float, ...]
    arrivals: tuple[Arrival, ...]
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
            return Order(
                (), (), f"there was {what} in the {one_round.case.label} logout, so there is no order"
            )
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
    def within(self) -> str:
        return f"within {self.told[0].window:.1f} s" if self.told else ""

    @property
    def about_the_other(self) -> list[Token]:
        """Logout Tokens that name the second user or the second user's session, or that reached rp2."""
        subs = self.values("sub", "browser 2") - self.values("sub", "browser 1")
        sids = self.values("sid", "browser 2") - self.values("sid", "browser 1")
        return [
            t for t in self.logout_tokens
            if t.rp == "rp2" or _named(t, "sub") in subs or _named(t, "sid") in sids
        ]  # fmt: skip

    @property
    def about_the_first(self) -> list[Token]:
        subs, sids = self.values("sub", "browser 1"), self.values("sid", "browser 1")
        return [t for t in self.logout_tokens if _named(t, "sub") in subs or _named(t, "sid") in sids]


def _named(token: Token, claim: str) -> str:
    value = token.claims.get(claim)
    return value if isinstance(value, str) else ""


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
    two = cases_if_any(evidence, "two_users").get("two users, two browsers")
    return [*found, Pair(two, ())] if two else found


def cases_if_any(evidence: Evidence, name: str) -> dict[str, Case]:
    """Return the cases of a scenario, none where it could not be carried out."""
    try:
        return {label: case for label, case in scenario_cases(evidence, name).items() if case.logout}
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

    TOO_SHORT: ClassVar = "repetitions were watched for less than 10 s: set receiver.window to 10 or more"

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
        later = [
            a for a in self.told.requests if self.first and a is not self.first and a.at > self.answered_at
        ]
        return [a for a in later if _same_notice(first, by_source.get(a.id, {}))]

    @property
    def long_enough(self) -> bool:
        """Tell whether repetitions were watched for 10 s from the logout on (BCL-2.5-07, -09)."""
        return round(self.told.window) >= 10

    @property
    def within(self) -> str:
        return f"further requests within {self.window:.1f} s"

    @property
    def pauses(self) -> list[tuple[float, Arrival]]:
        """Return each repetition with the seconds that it came after the answer before it."""
        chain = [a for a in [self.first, *self.repeated] if a is not None]
        return [(round(b.at - (a.answered_at or a.at), 3), b) for a, b in pairwise(chain)]

    @property
    def completed(self) -> bool:
        """Tell whether the session ended and the browser came back to the relying party."""
        return not not_ended(self.case) and self.case.redirect is not None

    @property
    def ends(self) -> str:
        """Say where the browser ended and what became of the session."""
        return f"{self.end}, session {self.case.session('after')}"

    @property
    def end(self) -> str:
        return where_it_ended(self.case)

    @property
    def label(self) -> str:
        """The case in words: with the answer, where several relying parties share one."""
        given = self.first.script if self.first else ""
        shared = len({a.rp for a in self.case.notifications("backchannel")}) > 1
        return (
            f"{self.case.label}, {self.told.rp}{f' ({given})' if given else ''}"
            if shared
            else self.case.label
        )

    @property
    def outcome(self) -> str:
        return f"{self.ends}, {1 + len(self.repeated)} request(s)"


def where_it_ended(case: Case) -> str:
    """Say where the browser ended."""
    sent, page = case.redirect, case.last_page
    if sent:
        return "at the relying party"
    return f"on a page ({page.kind}, {page.status})" if page else "nowhere"


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
    """The same three once more, where an outcome differed."""
    found = scenario_cases(evidence, "backchannel_answers")
    return [
        Answered(told(evidence, case, "rp1")) for label, case in found.items() if label.endswith(" again")
    ]


@view("backchannel_unavailable", "backchannel_bad_answers")
def answered_5xx(evidence: Evidence) -> Sequence[Answered]:
    """Notifications that were answered 503 (and 200 from then on), and 500, 501 and 504 every time."""
    first = _answered(evidence, "503", "backchannel_unavailable")
    return [first, *(one for one in badly_answered(evidence) if (one.status or 0) >= 500)]


@view("backchannel_answers", "backchannel_bad_answers")
def answered_4xx(evidence: Evidence) -> Sequence[Answered]:
    """Notifications that were answered 400 with three error values, and 401."""
    return [
        *answered_400(evidence),
        *(one for one in badly_answered(evidence) if (one.status or 0) // 100 == 4),
    ]


def badly_answered(evidence: Evidence) -> list[Answered]:
    """Return what was heard and answered by every relying party beside others that answer badly, if any."""
    cases = cases_if_any(evidence, "backchannel_bad_answers").values()
    return [
        Answered(told(evidence, case, rp)) for case in cases for rp in case.clients
        if any(a.rp == rp for a in case.notifications("backchannel"))
    ]  # fmt: skip


@dataclass(frozen=True)
class BadRound:
    """A logout beside relying parties that answer badly."""

    case: Case
    scripts: tuple[str, ...]  # the answers, by name

    @property
    def arrivals(self) -> list[Arrival]:
        """The notifications that were answered badly, or not at all."""
        return [a for a in self.came if a.script in self.scripts]

    @property
    def came(self) -> list[Arrival]:
        """All notifications: of a relying party that cannot be reached, only others tell that there were any."""
        return self.case.notifications("backchannel")


@view("backchannel_answers", "backchannel_bad_answers")
def bad_rounds(evidence: Evidence) -> Sequence[BadRound]:
    """Logouts with answers 400, and with other bad answers: of those that went wrong together each by itself."""
    cases = cases_if_any(evidence, "backchannel_bad_answers")
    alone = any(label.endswith(" alone") for label in cases)
    others = [case for label, case in cases.items() if not (alone and label == "all at once")]
    found = [*(one_answered.case for one_answered in answered_400(evidence)), *others]
    return [
        BadRound(case, tuple(dict.fromkeys(a.script for a in case.all(Arrival) if a.script)))
        for case in found
    ]


@view("backchannel_slow")
def slow_answers(evidence: Evidence) -> tuple[Case, list[Arrival]]:
    """The requests to two relying parties that hold their answers back, in the order of their arrival."""
    case = one(evidence, "backchannel_slow", "slow")
    found = [a for rp in ("rp1", "rp2") for a in told(evidence, case, rp).requests[:1]]
    return case, sorted(found, key=lambda a: a.at)


@view("backchannel_fan_out", "backchannel_many", "backchannel_bad_answers")
def delivered(evidence: Evidence) -> Sequence[Answered]:
    """Notifications that were answered 200, one for each relying party and logout."""
    found = [Answered(one_told) for each in rounds(evidence) for one_told in each] + badly_answered(evidence)
    return [answered for answered in found if answered.status == 200]


# Requests and tokens of the whole run


@view("backchannel_fan_out")
def all_calls(evidence: Evidence) -> Sequence[Call]:
    """Every notification of the run."""
    found = [call for s in evidence.recorded() for call in calls(arrivals_of(s.events))]
    return some(
        evidence, found, "No notification reached the receiver in this run; BCL-2.5-01 judges the silence."
    )


@view("backchannel_fan_out")
def posts(evidence: Evidence) -> Sequence[Call]:
    """Every POST to a back-channel URI in the run."""
    found = [
        c for c in all_calls(evidence) if c.arrival.method == "POST" and c.arrival.endpoint == "backchannel"
    ]
    return some(
        evidence, found, "No POST reached a back-channel URI in this run; BCL-2.5-01 judges the silence."
    )


@view("backchannel_fan_out")
def arrived(evidence: Evidence) -> Sequence[Arrival]:
    """Every Logout Request of the run; there may be none."""
    found = [call for s in evidence.recorded() for call in calls(arrivals_of(s.events))]
    return [call.arrival for call in found if call.is_request]


@view("logout_token_as_hint")
def logouts_by_kept_tokens(evidence: Evidence) -> tuple[Case, Case, Case]:
    """Logouts with an ID Token of an ended session, the same with an altered signature, and its Logout Token."""
    scenario = "logout_token_as_hint"
    genuine, altered = one(evidence, scenario, "ID Token"), one(evidence, scenario, "altered signature")
    return genuine, altered, one(evidence, scenario, "Logout Token")
