"""Logout Tokens of the run, and what each is judged by: ID Tokens, keys, clocks."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from conformance.evidence.events import Client, Exchange, Login, Token
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case
from conformance.suite.finding import Undecided
from conformance.suite.registry import view
from conformance.suite.views import ProviderClock, SeenToken, metadata, provider_clock, tokens_of
from conformance.suite.views_backchannel import arrivals_of, calls, cases_if_any, plain_rounds, some

EVENT = "http://schemas.openid.net/event/backchannel-logout"
SKEW = 60  # seconds that clocks may differ by before a time counts as wrong (BCL-2.4-03, -04)
SILENT = "No Logout Token that could be read reached the receiver in this run; BCL-2.5-01 judges the silence."


@dataclass(frozen=True)
class LogoutToken:
    """A Logout Token with what it is judged by."""

    seen: SeenToken
    client_tokens: tuple[Token, ...]  # ID Tokens that the same client got, in the whole run
    session_tokens: tuple[Token, ...]  # ID Tokens of the session that it names, else of the one logged out
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
    def name(self) -> str:
        """The token in words, for findings."""
        return f"the Logout Token for {self.label}"

    @property
    def typ(self) -> str:
        typ = self.seen.header.get("typ")
        return typ.lower() if isinstance(typ, str) else ""

    @property
    def client_id(self) -> str:
        return self.seen.client.client_id if self.seen.client else ""

    @property
    def audience(self) -> list[Any]:
        aud = self.claims.get("aud")
        return aud if isinstance(aud, list) else [aud]

    @property
    def names(self) -> list[str]:
        """Return which of sub and sid are there as non-empty strings."""
        return [
            name for name in ("sub", "sid") if isinstance(self.claims.get(name), str) and self.claims[name]
        ]

    @property
    def logout_event(self) -> Any:
        return (self.events or {}).get(EVENT)

    @property
    def verified(self) -> bool:
        return self.token.signature is not None and self.token.signature.verified

    @property
    def signature_found(self) -> str:
        """Say what verifying it showed: "verified", or what was wrong."""
        signature = self.token.signature
        return "verified" if self.verified else signature.problem if signature else self.token.problem

    @property
    def form(self) -> str:
        """Say whether it is a signed JWT at all, whatever key verifies it."""
        if self.token.problem:
            return self.token.problem
        return "a JWT without a signature" if self.signature_found == "no signature" else "a signed JWT"

    @property
    def candidates(self) -> int:
        """How many published keys could verify it by kty, alg and use."""
        return self.token.signature.candidates if self.token.signature else 0

    @property
    def arrived(self) -> float:
        """Return when it first arrived, on the provider's clock (seconds since the epoch)."""
        return self.first_arrival + (self.clock.offset or 0.0)

    @property
    def iat_doubt(self) -> str:
        """Say why iat decides nothing; "" where it does."""
        iat, start = _number(self.claims.get("iat")), self.session_start
        if iat is not None and start is not None and start - SKEW <= iat < start:
            return (
                f"iat for {self.label} lies less than {SKEW} s before the session: clocks may differ by that"
            )
        if self.clock.offset is None and iat is not None and iat > self.arrived + SKEW:
            return "the provider's clock is not known: it sends no Date header with its keys"
        return ""

    @property
    def exp_doubt(self) -> str:
        """Say why exp decides nothing; "" where it does."""
        exp = _number(self.claims.get("exp"))
        if self.clock.offset is None:
            return "the provider's clock is not known: it sends no Date header with its keys"
        if exp is not None and self.arrived - SKEW <= exp <= self.arrived:
            return (
                f"exp for {self.label} lies less than {SKEW} s before its arrival: clocks may differ by that"
            )
        return ""

    @property
    def lifetime(self) -> float | None:
        """Seconds to exp from iat, or from the arrival where that is shorter."""
        iat, exp = _number(self.claims.get("iat")), _number(self.claims.get("exp"))
        return None if iat is None or exp is None else round(min(exp - iat, exp - self.arrived), 3)

    @property
    def session_start(self) -> float | None:
        """When the session began on the provider's clock: auth_time, else iat of its first ID Token."""
        started = [
            _number(t.claims.get("auth_time")) or _number(t.claims.get("iat")) for t in self.session_tokens
        ]
        known = [value for value in started if value is not None]
        return min(known) if known else None

    @property
    def isses(self) -> list[Any]:
        return list(dict.fromkeys(t.claims.get("iss") for t in self.client_tokens if "iss" in t.claims))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@view("discovery", "backchannel_fan_out")
def logout_tokens(evidence: Evidence) -> Sequence[LogoutToken]:
    """Every Logout Token of the run, in the order of time."""
    found = some(evidence, tokens_of(evidence, "logout_token"), SILENT)
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
    found = evidence.scenario(seen.scenario)
    logout = Case(found, seen.token.case).logout if found else None
    same_case = [t.token for t in own if (t.scenario, t.token.case) == (seen.scenario, seen.token.case)]
    named = [t.token for t in issued if t.claims.get("sid") == seen.claims.get("sid", "")]
    here = named or [t for t in same_case if logout is None or t.agent == logout.agent]
    return LogoutToken(seen, tuple(t.token for t in own), tuple(here), first, clock)


@view("discovery", "backchannel_fan_out")
def asymmetric(evidence: Evidence) -> Sequence[LogoutToken]:
    """Logout Tokens that are signed with RSA, EC or EdDSA."""
    found = [
        t for t in logout_tokens(evidence) if str(t.seen.header.get("alg"))[:2] in ("RS", "PS", "ES", "Ed")
    ]
    if not found:
        raise Undecided("no Logout Token of the run is signed with a public key (RSA, EC or EdDSA)")
    return found


@view("discovery", "backchannel_fan_out")
def every_sid(evidence: Evidence) -> Sequence[tuple[str, Any, Token]]:
    """Every sid of an ID Token or a Logout Token of the run."""
    found = [(t.kind, t.claims["sid"], t) for t in _both_kinds(evidence) if "sid" in t.claims]
    return some(evidence, found, "no token of the run carries sid")


@view("discovery", "backchannel_fan_out")
def both_kinds(evidence: Evidence) -> Sequence[Token]:
    """Every ID Token and Logout Token of the run."""
    found = _both_kinds(evidence)
    return some(evidence, found, "neither an ID Token nor a Logout Token was seen in the run")


def _both_kinds(evidence: Evidence) -> list[Token]:
    return [seen.token for kind in ("id_token", "logout_token") for seen in tokens_of(evidence, kind)]


@view("discovery", "backchannel_fan_out")
def id_tokens_that_need_sid(evidence: Evidence) -> Sequence[SeenToken]:
    """ID Tokens that clients got by a code that asked for sid by backchannel_logout_session_required."""
    found = [seen for seen in tokens_of(evidence, "id_token") if asked_for_sid(seen.client)]
    found = [seen for seen in found if not _refreshed(evidence, seen)]
    nothing = "no client that asked for sid (backchannel_logout_session_required: true) was logged in at"
    return some(evidence, found, nothing)


def asked_for_sid(client: Client | None) -> bool:
    """Tell whether a client asked for sid, or was given the right to it, by backchannel_logout_session_required."""
    name = "backchannel_logout_session_required"
    return client is not None and True in (client.requested.get(name), client.metadata.get(name))


def confirmed_sid(client: Client | None) -> bool:
    """Tell whether a client's registration, or the operator, confirms backchannel_logout_session_required."""
    return client is not None and client.metadata.get("backchannel_logout_session_required") is True


def _refreshed(evidence: Evidence, seen: SeenToken) -> bool:
    found = evidence.scenario(seen.scenario)
    source = next((e for e in (found.events if found else []) if e.id == seen.token.source), None)
    return isinstance(source, Exchange) and "grant_type=refresh_token" in source.request_body.text


@view("backchannel_fan_out")
def nonces(evidence: Evidence) -> Sequence[Login]:
    """Logins of the run that sent a nonce."""
    return [e for s in evidence.recorded() for e in s.events if isinstance(e, Login) and e.nonce]


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
        e for s in evidence.recorded() for e in s.events if isinstance(e, Exchange) and e.purpose == "jwks"
    ]
    bodies = [_keys(e.response_body.text) for e in fetched if e.status == 200]
    kids = frozenset(str(key.get("kid")) for keys in bodies for key in keys if "kid" in key)
    issued = [seen.token.signature for seen in tokens_of(evidence, "id_token")]
    verified = bool(issued) and all(signature is not None and signature.verified for signature in issued)
    return KeySet(kids, any(keys != bodies[0] for keys in bodies), bool(bodies), verified)


def _keys(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text).get("keys")
    except (ValueError, AttributeError):
        return []
    keys = [key for key in found if isinstance(key, dict)] if isinstance(found, list) else []
    return sorted(keys, key=lambda key: json.dumps(key, sort_keys=True))


# Who a token is about


@dataclass(frozen=True)
class Identified:
    """A Logout Token beside the ID Tokens that its client got from the session that was logged out."""

    WRONG: ClassVar = ("another browser's session, which is alive", "no session that this client knows")
    RIGHT: ClassVar = ("the session logged out", "not told")

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
        if not isinstance(sid, str):
            return "no session that this client knows"
        if sid in self.sids:
            return "the session logged out"
        if sid in self.alive:
            return "another browser's session, which is alive"
        return "another session that has ended" if sid in self.ever else "no session that this client knows"

    @property
    def comparable(self) -> bool:
        return self.about != "not told" or ("sub" in self.token.claims and bool(self.subs))


@view("backchannel_fan_out", "backchannel_many", "two_users")
def identified(evidence: Evidence) -> Sequence[Identified]:
    """Logout Tokens of logouts in which the session at the called client is known."""
    others = [
        case for name in ("backchannel_many", "two_users") for case in cases_if_any(evidence, name).values()
    ]
    cases = [*plain_rounds(evidence), *others]
    tokens = [_identified(evidence, case, token) for case in cases for token in case.tokens("logout_token")]
    known = [one_token for one_token in tokens if one_token.subs]
    return some(evidence, known, SILENT)


def _identified(evidence: Evidence, case: Case, token: Token) -> Identified:
    client = case.clients.get(token.rp)
    client_id = client.client_id if client else ""
    agent = case.logout.agent if case.logout else ""
    own = case.tokens("id_token", token.rp)
    ever = [
        s for s in tokens_of(evidence, "id_token") if s.client is not None and s.client.client_id == client_id
    ]
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
    tokens = [seen.token for seen in tokens_of(evidence, "logout_token")]
    posted = [call for s in evidence.recorded() for call in calls(arrivals_of(s.events))]
    names = [*(metadata(evidence).document or {})]
    names += [name for call in posted for name, _ in call.parameters]
    names += [name for t in tokens for name in t.claims]
    names += [name for t in tokens if isinstance(e := t.claims.get("events"), dict) for name in e]
    names += [str(t.header["typ"]) for t in tokens if "typ" in t.header]
    return [name for name in dict.fromkeys(names) if len(name) > 1 and name[0] == name[-1] == '"']


# jti


def repeated_jti(tokens: Sequence[LogoutToken]) -> list[Token]:
    """Return tokens of different logouts or clients that share a jti; a retransmission is none."""
    seen: dict[str, LogoutToken] = {}
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
