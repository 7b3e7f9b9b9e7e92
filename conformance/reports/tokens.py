"""Tokens of an excerpt: a logout token beside the ID Token that its relying party holds."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from conformance.evidence.events import AnyEvent, Clock, ScenarioEvidence, Token
from conformance.reports.excerpt import Excerpt
from conformance.results import RequirementResult

Mark = Literal["held", "broken", "undecided", ""]

ORDER = ("alg", "typ", "kid", "iss", "sub", "sid", "aud", "iat", "exp", "auth_time", "jti", "events", "nonce")
TIMES = frozenset({"iat", "exp", "nbf", "auth_time"})
SAME = frozenset({"iss", "sub", "sid", "aud"})  # one look should tell whether the two agree
_LAST = 253402300799  # 9999-12-31: beyond it datetime gives up


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One member in both tokens; None where it is absent. ``agree`` is empty where the two need not be equal."""

    name: str
    held: str | None
    got: str | None
    held_time: str = ""
    got_time: str = ""
    mark: Mark = ""
    agree: str = ""


class TokenPair(msgspec.Struct, frozen=True, kw_only=True):
    """A token that the finding is about (``got``) and the ID Token to compare with, where there is one."""

    rp: str
    kind: str
    signature: str
    problem: str
    claims: tuple[Claim, ...]
    compared: bool


def pairs(row: RequirementResult, excerpt: Excerpt) -> list[TokenPair]:
    """The tokens of an excerpt: logout tokens first; ID Tokens alone only where the finding names them."""
    about = _about(row, excerpt.finding or _finding(row))
    chosen = _chosen(excerpt, claims=bool(about.keys() & set(ORDER)))
    return [_pair(token, _counterpart(token, excerpt.whole), excerpt.whole, about) for token in chosen]


def human(value: Any, arrived: datetime | None = None) -> str:
    """A NumericDate as UTC, with its distance from the moment the token arrived."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST:
        return ""
    moment = datetime.fromtimestamp(value, UTC)
    text = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{text}, {_distance(moment - arrived)}" if arrived else text


def _chosen(excerpt: Excerpt, *, claims: bool) -> list[Token]:
    """Tokens that the finding rests on; where its sentence is about claims, all logout tokens of the excerpt."""
    tokens = [event for event in excerpt.events if isinstance(event, Token)]
    logout = [token for token in tokens if token.kind == "logout_token"]
    brought = [token for token in logout if token.id in excerpt.named or token.source in excerpt.named]
    alone = [token for token in tokens if token.id in excerpt.named and token.kind == "id_token"]
    return (brought or (logout if claims else []) or alone)[:4]


def _finding(row: RequirementResult) -> Mark:
    if row.verdict in {"pass", "note"}:
        return "held"
    return "broken" if row.verdict in {"fail", "warning", "waived"} else "undecided"


def _about(row: RequirementResult, finding: Mark) -> Mapping[str, Mark]:
    """The claims that the sentence names, with what the check found.

    Nothing is judged here: a sentence that names several claims marks those that the finding names too.
    """
    named = _words(row.statement)
    if finding == "broken":
        named = named & _words(f"{row.reason} {row.observed}") or named
    return dict.fromkeys(named, finding)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z_]+", text))


def _counterpart(token: Token, whole: ScenarioEvidence | None) -> Token | None:
    """The ID Token of the same relying party: one of the same session if there is one, else the latest before."""
    if whole is None or token.kind != "logout_token":
        return None
    own = [
        event
        for event in whole.events
        if isinstance(event, Token)
        and event.kind == "id_token"
        and event.rp == token.rp
        and event.at <= token.at
    ]
    sid = token.claims.get("sid")
    same = [event for event in own if sid is not None and event.claims.get("sid") == sid]
    return next(reversed(same or own), None)


def _pair(
    got: Token, held: Token | None, whole: ScenarioEvidence | None, about: Mapping[str, Mark]
) -> TokenPair:
    arrived = _arrived(got, whole)
    new = {**got.header, **got.claims}
    old = {**held.header, **held.claims} if held else {}
    return TokenPair(
        rp=got.rp,
        kind=got.kind.replace("_", " "),
        signature=", ".join(part for part in (_encryption(got), _signature(got)) if part),
        problem=got.problem,
        claims=tuple(_claim(name, old, new, arrived, about) for name in _names(old, new, about)),
        compared=held is not None,
    )


def _names(old: Mapping[str, Any], new: Mapping[str, Any], about: Iterable[str]) -> list[str]:
    """Known claims in the order of the documents, then the others; an absent one where the sentence names it."""
    present = {*old, *new}
    known = [
        name for name in ORDER if name in present or (name in about and name not in {"alg", "kid", "typ"})
    ]
    return known + sorted(present - set(ORDER))


def _claim(
    name: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    arrived: datetime | None,
    about: Mapping[str, Mark],
) -> Claim:
    timed = name in TIMES
    return Claim(
        name=name,
        held=_text(old[name]) if name in old else None,
        got=_text(new[name]) if name in new else None,
        held_time=human(old.get(name)) if timed else "",
        got_time=human(new.get(name), arrived) if timed else "",
        mark=about.get(name, ""),
        agree=_agree(name, old, new),
    )


def _agree(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if name not in SAME or name not in old or name not in new:
        return ""
    return "same" if old[name] == new[name] else "differs"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _encryption(token: Token) -> str:
    """Say how a token was encrypted, by the header around it; empty where it was not."""
    found = token.encryption
    if found is None:
        return ""
    alg, enc = (str(found.header.get(name, "?")) for name in ("alg", "enc"))
    opened = (
        f"opened with {found.kid or 'a key of the client'}"
        if found.opened
        else f"not opened: {found.problem}"
    )
    return f"encrypted by {alg} with {enc}, {opened}"


def _signature(token: Token) -> str:
    found = token.signature
    if found is None:
        return "signature not looked at"
    if not found.verified:
        return f"signature not verified: {found.problem or 'no published key fits'}"
    return f"signature verified, {found.alg}" + (f", key {found.kid}" if found.kid else "")


def _arrived(token: AnyEvent, whole: ScenarioEvidence | None) -> datetime | None:
    """When the token came, on the provider's clock where that was measured."""
    if whole is None:
        return None
    try:
        began = datetime.fromisoformat(whole.started)
    except ValueError:
        return None
    clock = next((event.offset for event in whole.events if isinstance(event, Clock)), 0.0)
    return began.astimezone(UTC) + timedelta(seconds=token.at - whole.offset + clock)


def _distance(delta: timedelta) -> str:
    seconds = round(delta.total_seconds())
    if abs(seconds) < 2:
        return "as it arrived"
    size = abs(seconds)
    days, hours, minutes = size // 86400, size // 3600, size // 60
    text = next(
        (f"{number} {unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if number > 1),
        f"{size} s",
    )
    return f"{text} {'before' if seconds < 0 else 'after'} it arrived"
