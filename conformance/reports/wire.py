"""The wire: exchanges and arrivals of an excerpt as lines that a reader can follow."""

from collections.abc import Iterable, Sequence
from functools import singledispatch
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

import msgspec

from conformance.evidence.events import (
    Answer,
    AnyEvent,
    Arrival,
    Body,
    Cookie,
    Disclosure,
    Documented,
    Event,
    Exchange,
    Framed,
    Gap,
    Headers,
    Login,
    Logout,
    Page,
    Poll,
    Probe,
    Registration,
    Remark,
    Watch,
)
from conformance.reports.excerpt import Excerpt
from conformance.reports.words import shorten

PREPARATIONS = frozenset(
    {"discovery", "jwks", "registration", "authorization", "login", "token", "consent", "cleanup", "probe"}
)
BODY = 1500  # characters of a body that are shown
RELEVANT = frozenset({
    "accept", "authorization", "cache-control", "clear-site-data", "content-security-policy", "content-type", "cookie",
    "location", "origin", "pragma", "referer", "referrer-policy", "refresh", "retry-after", "sec-fetch-dest",
    "sec-fetch-mode", "sec-fetch-site", "set-cookie", "www-authenticate", "x-frame-options",
})  # fmt: skip


class Message(msgspec.Struct, frozen=True):
    """Half an exchange: its relevant headers and the beginning of its body."""

    title: str
    headers: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    body: str = ""
    body_note: str = ""

    def __bool__(self) -> bool:
        return bool(self.headers or self.parameters or self.body or self.body_note)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One event. ``time`` is in ms from the logout request; ``told`` marks what the finding rests on.

    ``prepares``: it only leads up to what is looked at, such as a registration or a login.
    """

    id: int
    time: str
    told: bool
    prepares: bool
    what: str
    text: str = ""
    method: str = ""
    url: str = ""
    status: str = ""
    location: str = ""
    messages: tuple[Message, ...] = ()


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one event has to say, before its time and mark are known."""

    what: str
    text: str = ""
    method: str = ""
    url: str = ""
    status: str = ""
    location: str = ""
    messages: tuple[Message, ...] = ()


def lines(excerpt: Excerpt) -> list[Line]:
    """One line for each event that says something on the wire or explains it."""
    return [
        Line(
            id=event.id,
            time=milliseconds(event.at - excerpt.zero),
            told=event.id in excerpt.named,
            prepares=event.id not in excerpt.named and prepares(event),
            what=told.what,
            text=told.text,
            method=told.method,
            url=told.url,
            status=told.status,
            location=told.location,
            messages=told.messages,
        )
        for event in excerpt.events
        if (told := _tell(event)) is not None
    ]


def folded(shown: Sequence[Line]) -> list[list[Line]]:
    """The lines in groups: two or more preparations in a row together, every other line alone."""
    groups: list[list[Line]] = []
    for line in shown:
        if groups and line.prepares and groups[-1][-1].prepares:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def prepares(event: Event) -> bool:
    """Whether an event only leads up to what a scenario is about."""
    match event:
        case Exchange():
            return event.purpose in PREPARATIONS
        case Page():
            return event.kind in {"login", "consent"}
        case _:
            return isinstance(event, Registration)


def milliseconds(seconds: float) -> str:
    """A time offset as it stands in logs: +1 204 ms."""
    value = round(seconds * 1000)
    sign = "−" if value < 0 else "+"
    return f"{sign}{abs(value):,} ms".replace(",", "\u2009")


def brief(event: AnyEvent) -> str:
    """One event in one line, for rows that have no card."""
    told = _tell(event)
    if told is None:
        return ""
    target = f"{told.method} {told.url} → {told.status}" if told.url else told.text
    return f"{told.what}: {shorten(target, 160)}"


def status_text(status: int | None) -> str:
    """A status with its phrase where there is one: 303 See Other."""
    if status is None:
        return "no answer"
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def header(headers: Headers, name: str) -> str:
    """The first value of a header, without regard to case; empty where it is absent."""
    return next((value for key, value in headers if key.lower() == name), "")


@singledispatch
def _tell(_event: Event) -> _Told | None:
    return None


@_tell.register
def _(event: Exchange) -> _Told:
    who = event.agent or ("browser" if event.sender == "browser" else "harness")
    kind = "" if event.destination == "document" else f", {event.destination}"
    return _Told(
        what=f"{who} → provider{kind}" if event.purpose else f"{who}{kind}",
        text=event.error,
        method=event.method,
        url=event.url,
        status=status_text(event.status),
        location=header(event.response_headers, "location"),
        messages=_messages(
            _message("Request", event.request_headers, event.request_body, event.url),
            _message("Answer", event.response_headers, event.response_body),
        ),
    )


@_tell.register
def _(event: Arrival) -> _Told:
    sender = "provider" if event.endpoint == "backchannel" else "browser"
    rp = event.rp or "an unknown relying party"
    return _Told(
        what=f"{sender} → {rp}, {CHANNELS[event.endpoint]}",
        text=event.problem,
        method=event.method,
        url=event.url,
        status=f"answered {status_text(event.answer)}" if event.answer is not None else "not answered",
        messages=_messages(_message("Request", event.headers, event.body, event.url)),
    )


@_tell.register
def _(event: Logout) -> _Told:
    hint = f"{event.hint} ID Token hint" if event.hint else "no ID Token hint"
    target = "" if event.post_logout_redirect_uri is None else f", back to {event.post_logout_redirect_uri}"
    return _Told(what="logout request", text=f"{event.agent} by {event.method}, {hint}{target}")


@_tell.register
def _(event: Documented) -> _Told:
    sent = ", ".join(f"{name}={value} ({place})" for place, name, value in event.parameters)
    return _Told(
        what=event.how, text=f"{event.method} {event.url} {f'with {sent}' if sent else 'without parameters'}"
    )


@_tell.register
def _(event: Page) -> _Told:
    title = f" “{event.title}”" if event.title else ""
    address, _, query = event.url.partition("?")
    kind = event.kind.replace("_", " ")
    return _Told(
        what="page", text=f"{event.agent} shows {kind} page{title}, {address}{'?…' if query else ''}"
    )


@_tell.register
def _(event: Probe) -> _Told:
    means = f" ({event.answer})" if event.answer else ""
    return _Told(
        what=f"{event.what} probe",
        text=f"{event.when}: {event.what} {event.outcome}{means}, asked as {event.witness}. {event.reason}".strip(),
    )


@_tell.register
def _(event: Watch) -> _Told:
    saw = "nothing came" if not event.saw else f"{event.saw} came"
    return _Told(what="watched", text=f"{event.what}: {saw} in {event.seconds:.1f} s")


@_tell.register
def _(event: Login) -> _Told:
    asked = "credentials were asked for" if event.credentials_asked else "no credentials asked"
    return _Told(
        what="login",
        text=f"{event.agent} at {event.rp} as {event.user}: {event.error or event.outcome}, {asked}",
    )


@_tell.register
def _(event: Answer) -> _Told:
    control = f", pressed “{event.control}”" if event.control else ""
    return _Told(what="confirmation", text=f"{event.agent} answers {event.choice}{control}")


@_tell.register
def _(event: Registration) -> _Told:
    return _Told(what="registration", text=f"{event.variant}: {status_text(event.status)}")


@_tell.register
def _(event: Gap) -> _Told:
    return _Told(what=event.kind.replace("_", " "), text=f"{event.reason} {event.detail}".strip())


@_tell.register
def _(event: Framed) -> _Told:
    where = "" if event.loaded == event.url else f", which ended at {event.loaded or 'nothing'}"
    return _Told(what="frame", text=f"{event.page} frames {event.url} as “{event.frame}”{where}")


@_tell.register
def _(event: Poll) -> _Told:
    heard = ", ".join(
        f"{one.data!r} from {one.origin} after {one.seconds:.3f} s at “{one.window}”" for one in event.answers
    )
    asked = f"{event.page} (“{event.window}”) posts {event.what}, {event.data!r}, to {event.target}"
    return _Told(what="message", text=f"{asked}: {heard or f'no answer in {event.waited:.1f} s'}")


@_tell.register
def _(event: Cookie) -> _Told:
    marks = [*(["Secure"] if event.secure else []), *(["HttpOnly"] if event.http_only else [])]
    kept = ", ".join([f"SameSite={event.same_site or 'unset'}", *marks])
    return _Told(
        what="cookie", text=f"{event.agent} keeps {event.name} of {event.domain}{event.path}: {kept}"
    )


@_tell.register
def _(event: Disclosure) -> _Told:
    searched = ", ".join(event.searched) or "nothing that is long enough to look for"
    found = ", ".join(event.found) or "none of it is there"
    return _Told(what="identifiers", text=f"{event.value} was searched for {searched}: {found}")


@_tell.register
def _(event: Remark) -> _Told:
    return _Told(what="remark", text=event.text)


CHANNELS = {
    "redirect_uri": "redirect URI",
    "post_logout": "after logout",
    "frontchannel": "front-channel",
    "backchannel": "back-channel",
    "other": "another address",
}


def _messages(*messages: Message) -> tuple[Message, ...]:
    return tuple(message for message in messages if message)


def _message(title: str, headers: Headers, body: Body, url: str = "") -> Message:
    form = "x-www-form-urlencoded" in header(headers, "content-type")
    fields = [*_query(url), *(parse_qsl(body.text, keep_blank_values=True) if form else [])]
    return Message(
        title=title,
        headers=tuple((name, value) for name, value in headers if _relevant(name)),
        parameters=tuple(fields),
        body=shorten(body.text, BODY),
        body_note=_body_note(body),
    )


def _query(url: str) -> Iterable[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:  # a URL from the wire need not be one
        return []


def _relevant(name: str) -> bool:
    return name.lower() in RELEVANT


def _body_note(body: Body) -> str:
    notes = [body.problem] if body.problem else []
    if body.truncated or len(body.text) > BODY:
        notes.append(f"the beginning of {body.size or len(body.text)} bytes")
    if body.file:
        notes.append(f"whole in evidence/{body.file}")
    return "; ".join(notes)
