"""Session Management: what session_state was in authorization responses."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from conformance.evidence.events import (
    Arrival,
    Exchange,
    Login,
    ScenarioEvidence,
)
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, header, json_body
from conformance.suite.registry import view
from conformance.suite.views import nothing, one

STATES = "session_states"
PIECE = 8  # characters from which on a piece of a value can be told from chance (SM-3.2-13)
REQUEST = re.compile(r"[?&]nonce=([^&#]+)")
TRACE = re.compile(r"([?#&])session_state=([^&#\s\"]*)")


@dataclass(frozen=True)
class State:
    """An authorization response: of which client, in which browser, with which session_state."""

    scenario: str
    login: Login
    raw: str = ""  # as it stood in the URL
    fragment: bool = False

    @property
    def value(self) -> str:
        return self.login.session_state

    @property
    def label(self) -> str:
        return f"{self.login.outcome} at {self.login.rp} in {self.scenario}"

    @property
    def cause(self) -> str:
        return " (it was sent with a bare +, which is a space in a query)" if "+" in self.raw else ""


def _responses(evidence: Evidence, *outcomes: str) -> Iterator[State]:
    for recorded in evidence.recorded():
        logins = [e for e in recorded.events if isinstance(e, Login) and e.outcome in outcomes]
        sent = _sent(recorded) if any(" " in login.session_state for login in logins) else {}
        for login in logins:
            raw, fragment = sent.get(login.session_state, ("", False))
            yield State(recorded.scenario, login, raw, fragment)


def _sent(recorded: ScenarioEvidence) -> dict[str, tuple[str, bool]]:
    """Return session_state values as they stood in a URL, by what they decode to, and whether in a fragment."""
    urls = [e.url for e in recorded.events if isinstance(e, Exchange | Arrival)]
    places = [
        header(e.response_headers, "location") or "" for e in recorded.events if isinstance(e, Exchange)
    ]
    found = [(url, match) for url in (*urls, *places) for match in TRACE.finditer(url)]
    return {unquote_plus(m[2]): (m[2], "#" in url[: m.start() + 1]) for url, m in found}


@view(STATES)
def successful_responses(evidence: Evidence) -> list[State]:
    """Every authorization response of the run that brought a code, and nothing else, in the default mode."""
    asked = {recorded.scenario: _by_code_flow(recorded) for recorded in evidence.recorded()}
    found = [s for s in _responses(evidence, "code") if s.login.nonce in asked[s.scenario]]
    if not found:
        raise nothing(evidence, STATES, "logins", "no successful authorization response was seen")
    return found


def _by_code_flow(recorded: ScenarioEvidence) -> set[str]:
    """Nonces of authentication requests for a code in the default response mode."""
    asked = (e.url for e in recorded.events if isinstance(e, Exchange) and REQUEST.search(e.url))
    queries = (dict(parse_qsl(urlsplit(url).query)) for url in asked)
    return {
        query["nonce"]
        for query in queries
        if query.get("response_type") == "code"
        and "response_mode" not in query
        and "openid" in query.get("scope", "").split()
    }


@view(STATES)
def responses_with_state(evidence: Evidence) -> list[State]:
    """Every authorization response of the run that has a session_state, errors too."""
    found = [state for state in _responses(evidence, "code", "error") if state.value]
    if not found:
        raise nothing(evidence, STATES, "logins", "no session_state was seen. SM-2-01 judges that")
    return found


class States(Case):
    """Responses to one client in a case of `session_states`."""

    def of(self, agent: str, rp: str, *outcomes: str) -> list[Login]:
        return [
            e for e in self.logins if (e.agent, e.rp) == (agent, rp) and e.outcome in (outcomes or ("code",))
        ]

    @property
    def browsers(self) -> list[str]:
        return list(dict.fromkeys(e.agent for e in self.logins))

    def values(self, agent: str, rp: str = "rp1", *outcomes: str) -> list[str]:
        return [e.session_state for e in self.of(agent, rp, *outcomes)]


def _states(evidence: Evidence, label: str) -> States:
    return one(evidence, STATES, label).as_a(States)


@view(STATES)
def first_logins(evidence: Evidence) -> States:
    """The same user at the same client in two virgin browsers, and at a second client in the first."""
    return _states(evidence, "logins")


@view(STATES)
def later_login(evidence: Evidence) -> States:
    """A logout and the next login at the same client in the same browser."""
    return _states(evidence, "after a logout")


class ErrorStates(States):
    """Error responses to prompt=none in two virgin browsers."""

    def with_value(self, agent: str) -> list[str]:
        return [value for value in self.values(agent, "rp1", "error") if value]

    def repeated(self, agent: str) -> list[str]:
        """Values that came twice."""
        return [value for value, times in Counter(self.with_value(agent)).items() if times > 1]

    def recurring(self, agent: str) -> list[str]:
        """Pieces in every value of one browser that are in none of the other's."""
        return sorted(set.intersection(*map(pieces, self.with_value(agent))) - self._of_others(agent))

    def now_and_then(self, agent: str) -> list[str]:
        """Pieces in some values of one browser, but not all, that are in none of the other's."""
        counted = Counter(piece for value in self.with_value(agent) for piece in pieces(value))
        some = {p for p, times in counted.items() if 1 < times < len(self.with_value(agent))}
        return sorted(some - self._of_others(agent))

    def _of_others(self, agent: str) -> set[str]:
        others = (value for one in self.browsers if one != agent for value in self.with_value(one))
        return {piece for value in others for piece in pieces(value)}


def pieces(value: str) -> set[str]:
    """The parts of a value, cut at what is neither letter nor digit, that are long enough to tell somebody by."""
    return {piece for piece in re.split(r"[^A-Za-z0-9]+", value) if len(piece) >= PIECE}


@view(STATES)
def error_states(evidence: Evidence) -> ErrorStates:
    """Five error responses in each of two browsers."""
    return one(evidence, STATES, "errors").as_a(ErrorStates)


@view(STATES)
def token_responses(evidence: Evidence) -> list[Exchange]:
    """Every answer of the token endpoint with tokens."""
    every = (e for s in evidence.recorded() for e in s.events if isinstance(e, Exchange))
    found = [e for e in every if e.purpose == "token" and e.status == 200]
    if not found:
        raise nothing(evidence, STATES, "logins", "no answer of the token endpoint with tokens was seen")
    return found


def members(exchange: Exchange) -> dict[str, Any]:
    """The members of an answer's JSON object."""
    return json_body(exchange) or {}
