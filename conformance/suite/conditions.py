"""The conditions that rows name in `applies`, evaluated from evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conformance.evidence.events import Page, Token
from conformance.evidence.store import Evidence
from conformance.evidence.views import cases, json_body


@dataclass(frozen=True)
class Applies:
    """Whether a condition is true, and by what this is known. None: nothing recorded tells."""

    true: bool | None
    why: str


class Facts:
    """What conditions are read from: the config, the metadata, what was recorded."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.config: dict[str, Any] = evidence.run.config
        self.metadata: dict[str, Any] = {**self._published(), **(self.config.get("metadata") or {})}

    def _published(self) -> dict[str, Any]:
        recorded = self.evidence.scenario("discovery")
        exchanges = [
            e for e in (recorded.events if recorded else []) if getattr(e, "purpose", "") == "discovery"
        ]
        return (json_body(exchanges[-1]) or {}) if exchanges else {}  # type: ignore[arg-type]

    @property
    def answered(self) -> bool:
        """Tell whether the provider could be driven at all."""
        return bool(self.metadata)

    @property
    def clients(self) -> list[dict[str, Any]]:
        return self.config.get("clients") or []

    @property
    def registers(self) -> bool:
        return bool(self.config.get("registration")) and "registration_endpoint" in self.metadata

    def tokens(self, kind: str) -> list[Token]:
        return [
            e for s in self.evidence.recorded() for e in s.events if isinstance(e, Token) and e.kind == kind
        ]

    def pages(self, kind: str) -> list[Page]:
        return [
            e for s in self.evidence.recorded() for e in s.events if isinstance(e, Page) and e.kind == kind
        ]


def _member(facts: Facts, name: str) -> Applies:
    return Applies(
        name in facts.metadata, f"the metadata {'have' if name in facts.metadata else 'lack'} {name}"
    )


def _flag(facts: Facts, flag: str, declared: str) -> Applies:
    value = facts.metadata.get(flag)
    if declared in (facts.config.get("declares") or []):
        return Applies(True, f"the operator declares {declared}")
    return Applies(value is True or value == "true", f"{flag} is {value if value is not None else 'absent'}")


def _tokens_with(facts: Facts, kind: str, claim: str = "") -> Applies:
    tokens = facts.tokens(kind)
    if not tokens:
        return Applies(None if kind == "id_token" else False, f"no {kind} was seen")
    having = [t for t in tokens if not claim or claim in t.claims]
    return Applies(
        bool(having), f"{len(having)} of {len(tokens)} {kind}s seen{f' carry {claim}' if claim else ''}"
    )


def _confirmation(facts: Facts) -> Applies:
    logouts = [c for s in facts.evidence.recorded() for c in cases(s).values() if c.logout]
    if facts.pages("confirmation"):
        return Applies(True, "the provider showed a question")
    return Applies(False if logouts else None, f"no question was shown in {len(logouts)} logouts")


def _algorithms(facts: Facts, member: str, wanted: Callable[[str], bool]) -> Applies:
    listed = [a for a in facts.metadata.get(member) or [] if isinstance(a, str) and wanted(a)]
    return Applies(bool(listed), f"{member} lists {', '.join(listed) or 'none'}")


def _count(facts: Facts, number: int) -> Applies:
    enough = facts.registers or len(facts.clients) >= number
    words = (
        "clients can be registered" if facts.registers else f"the config has {len(facts.clients)} client(s)"
    )
    return Applies(enough, words)


def _users(facts: Facts) -> Applies:
    users = facts.config.get("users") or []
    return Applies(len(users) >= 2, f"the config has {len(users)} user(s)")


def _methods(facts: Facts, wanted: Callable[[str], bool]) -> Applies:
    registration = facts.config.get("registration") or {}
    methods = {c.get("auth_method") for c in facts.clients} | (
        {registration.get("auth_method")} if registration else set()
    )
    found = [m for m in methods if isinstance(m, str) and wanted(m)]
    return Applies(bool(found), f"clients authenticate by {', '.join(sorted(map(str, methods)))}")


def _native(facts: Facts) -> Applies:
    native = [c for c in facts.clients if c.get("application_type") == "native"]
    return Applies(bool(native) or facts.registers, f"{len(native)} native client(s) in the config")


def _encryption(facts: Facts, *, symmetric: bool) -> Applies:
    def wanted(algorithm: str) -> bool:
        return not symmetric or algorithm == "dir" or algorithm.startswith("A")

    return _algorithms(facts, "id_token_encryption_alg_values_supported", wanted)


def _own_logout(facts: Facts, *members: str) -> Applies:
    own = facts.config.get("own_logout")
    if not own:
        return Applies(False, "the config has no own_logout")
    named = [member for member in members if own.get(member)]
    return Applies(bool(named), f"own_logout in the config has {' and '.join(named) or f'no {members[0]}'}")


CONDITIONS: dict[str, Callable[[Facts], Applies]] = {
    "always": lambda _: Applies(True, "always"),
    "discovery": lambda f: Applies(f.config.get("discovery", True) is True, "whether metadata are published"),
    "end_session": lambda f: _member(f, "end_session_endpoint"),
    "front_channel": lambda f: _flag(f, "frontchannel_logout_supported", "front_channel"),
    "front_channel_session": lambda f: _flag(
        f, "frontchannel_logout_session_supported", "front_channel_session"
    ),
    "back_channel": lambda f: _flag(f, "backchannel_logout_supported", "back_channel"),
    "back_channel_session": lambda f: _flag(
        f, "backchannel_logout_session_supported", "back_channel_session"
    ),
    "session_management": lambda f: _member(f, "check_session_iframe"),
    "revocation": lambda f: _member(f, "revocation_endpoint"),
    "registration": lambda f: Applies(
        f.registers,
        "the metadata lack registration_endpoint"
        if f.config.get("registration")
        else "the config uses static clients",
    ),
    "sid_in_id_token": lambda f: _tokens_with(f, "id_token", "sid"),
    "refresh_tokens": lambda f: _tokens_with(f, "refresh_token"),
    "offline_access": lambda f: Applies(
        "offline_access" in (f.metadata.get("scopes_supported") or []),
        "whether scopes_supported has offline_access",
    ),
    "userinfo": lambda f: _member(f, "userinfo_endpoint"),
    "introspection": lambda f: _member(f, "introspection_endpoint"),
    "token_endpoint": lambda f: _member(f, "token_endpoint"),
    "id_token_encryption": lambda f: _encryption(f, symmetric=False),
    "symmetric_id_token_encryption": lambda f: _encryption(f, symmetric=True),
    "alg_none_advertised": lambda f: _algorithms(
        f, "id_token_signing_alg_values_supported", lambda a: a == "none"
    ),
    "pkce": lambda f: _member(f, "code_challenge_methods_supported"),
    "client_secret_basic": lambda f: _methods(f, lambda m: m == "client_secret_basic"),
    "confidential_client": lambda f: _methods(f, lambda m: m != "none"),
    "native_client": _native,
    "two_clients": lambda f: _count(f, 2),
    "two_users": _users,
    "second_browser": lambda _: Applies(True, "a second user agent can always be opened"),
    "confirmation_page": _confirmation,
    "applications": lambda f: Applies(
        bool(f.config.get("applications")),
        f"the config has {len(f.config.get('applications') or [])} applications",
    ),
    "own_logout": lambda f: _own_logout(f, "page", "request"),
    "own_logout_page": lambda f: _own_logout(f, "page"),
    "ui_locales_advertised": lambda f: _member(f, "ui_locales_supported"),
}


@lru_cache(maxsize=4)
def facts_of(evidence: Evidence) -> Facts:
    """Return the facts of a run, read once."""
    return Facts(evidence)
