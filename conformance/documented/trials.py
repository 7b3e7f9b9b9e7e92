"""What is tried because of a contract: the documented request, and every way in which it may differ."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from conformance.documented import names
from conformance.documented.model import (
    After,
    Contract,
    Endpoint,
    Expect,
    Means,
    Parameter,
    Reading,
    Sentence,
    Subject,
    When,
)

Extra = Literal["login", "second application", "other browser", "front", "back"]
Probed = tuple[Subject, Means]

AS_DOCUMENTED = "documented request"
# What a request can be accompanied by, in words; each makes a trial of its own.
_BESIDE: dict[Extra, str] = {
    "login": "then a login on its page",
    "second application": "with a second application",
    "other browser": "with another browser",
    "front": "with a front-channel logout URI",
    "back": "with a back-channel logout URI",
}
FORM = "application/x-www-form-urlencoded"
BODYLESS = ("GET", "DELETE")
# What is tried where the document leaves it open, in words.
VARIATIONS = {
    "missing": "a parameter is left out",
    "empty": "a parameter is sent without a value",
    "repeated": "a parameter is sent twice",
    "wrong": "a parameter has another value",
    "misplaced": "a parameter is sent in another place",
    "method": "another method is used",
    "content-type": "the body has another content type",
}
OTHER_TYPES = ("application/json", "multipart/form-data")
OTHER_METHODS = {"browser": ("GET", "POST"), "server": ("GET", "POST", "PUT", "DELETE")}


@dataclass(frozen=True)
class Trial:
    """One request to an endpoint; its label is that of its case in the evidence."""

    label: str
    endpoint: Endpoint
    when: When
    extra: Extra | None = None
    probes: tuple[Probed, ...] = ()
    open: str = ""  # what kind of variation it is, where the document leaves it open


@dataclass(frozen=True)
class Claim:
    """What is expected of one trial, by a sentence or by one reading of it."""

    endpoint: Endpoint
    when: When
    expect: Expect
    label: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", _label(how(self.endpoint, self.when), self.extra))

    @property
    def extra(self) -> Extra | None:
        """What the request must be accompanied by so that this can be seen."""
        subjects = {one.what for one in self.expect.after}
        if self.expect.login:
            return "login"
        if self.expect.notified:
            return self.expect.notified.channel
        if "second application" in subjects:
            return "second application"
        return "other browser" if "other browser" in subjects else None


def claim(contract: Contract, one: Sentence, reading: Reading | None = None) -> Claim | None:
    """Return what a sentence, or a reading of it, claims; None where it is excluded."""
    claimed = reading or one
    if claimed.expect is None:
        return None
    return Claim(contract.endpoint(one.endpoint), claimed.when, claimed.expect)


def claims(contract: Contract) -> Iterator[Claim]:
    """Yield every claim of a contract."""
    for one in contract.sentences:
        found = [claim(contract, one), *(claim(contract, one, reading) for reading in one.readings)]
        yield from (each for each in found if each)


def trials(contract: Contract, endpoint: Endpoint) -> list[Trial]:
    """Return what is tried at an endpoint: what sentences speak of first, then what they leave open."""
    found: dict[str, Trial] = {}
    for one in claims(contract):
        if one.endpoint.name == endpoint.name:
            known = found.get(one.label, Trial(one.label, endpoint, one.when, one.extra))
            found[one.label] = _probing(known, one.expect.after)
    for each in _left_open(endpoint, _usual_probes(contract, endpoint)) if endpoint.open else ():
        found.setdefault(each.label, each)
    return list(found.values())


def left_open(contract: Contract, endpoint: Endpoint) -> dict[str, list[Trial]]:
    """Return what the document leaves open, by the kind of variation."""
    found: dict[str, list[Trial]] = {}
    for each in trials(contract, endpoint):
        if each.open:
            found.setdefault(each.open, []).append(each)
    return found


def how(endpoint: Endpoint, when: When) -> str:
    """Say how a request differs from the documented one."""
    parts = [
        *(f"without {name}" for name in when.without),
        *(f"{name} empty" for name in when.empty),
        *(f"{name} twice" for name in when.repeated),
        *(_misplaced(endpoint, name) for name in when.misplaced),
        *(
            f"without {name}" if value is None else f"{name}={names.spoken(value)}"
            for name, value in when.set.items()
        ),
        *([f"by {when.method}"] if when.method else []),
        *([f"as {when.content_type}"] if when.content_type else []),
        *([f"by a {when.client} client"] if when.client else []),
        *(["nobody logged in"] if when.nobody else []),
    ]
    return ", ".join(parts) or AS_DOCUMENTED


def _label(words: str, extra: Extra | None) -> str:
    return f"{words}, {_BESIDE[extra]}" if extra else words


def _misplaced(endpoint: Endpoint, name: str) -> str:
    places = {one.place for one in endpoint.parameters if name in ("all", one.name)} - {"header"}
    if len(places) > 1:
        return f"{name} in the other place"
    return f"{name} in the {'query' if 'form' in places else 'form'}"


def _probing(trial: Trial, after: list[After]) -> Trial:
    probes = dict.fromkeys([*trial.probes, *((one.what, one.by) for one in after)])
    return replace(trial, probes=tuple(probes))


def _usual_probes(contract: Contract, endpoint: Endpoint) -> tuple[Probed, ...]:
    """Return what the documented request is probed for: what is left open is probed for the same."""
    usual = [c for c in claims(contract) if c.endpoint.name == endpoint.name and c.label == AS_DOCUMENTED]
    return tuple(dict.fromkeys((one.what, one.by) for c in usual for one in c.expect.after))


def _left_open(endpoint: Endpoint, probes: tuple[Probed, ...]) -> Iterator[Trial]:
    for kind, when in _variations(endpoint):
        yield Trial(how(endpoint, when), endpoint, when, None, probes, kind)


def _variations(endpoint: Endpoint) -> Iterator[tuple[str, When]]:
    sent = [one for one in endpoint.parameters if one.sent]
    several = [one for one in sent if one.place != "header"]  # a header is sent once, and has no other place
    yield from (("missing", When(without=[one.name])) for one in sent)
    yield from (("empty", When(empty=[one.name])) for one in sent)
    yield from (("repeated", When(repeated=[one.name])) for one in several)
    for one in endpoint.parameters:
        yield from (("wrong", When(set={one.name: value})) for value in one.wrong)
    yield from _elsewhere(endpoint, several)


def _elsewhere(endpoint: Endpoint, sent: list[Parameter]) -> Iterator[tuple[str, When]]:
    """Yield other places, methods and content types. A GET has no body where a parameter could be misplaced."""
    if sent and endpoint.method not in BODYLESS:
        yield from (("misplaced", When(misplaced=[one.name])) for one in sent)
        yield "misplaced", When(misplaced=["all"])
    for method in OTHER_METHODS[endpoint.by]:
        if method != endpoint.method:
            yield "method", When(method=method)
    if endpoint.by == "server" and any(one.place == "form" for one in sent):
        yield from (("content-type", When(content_type=kind)) for kind in OTHER_TYPES)
