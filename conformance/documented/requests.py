"""The request of a trial: which parameters go where, and how they are written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from conformance.documented import names
from conformance.documented.model import Endpoint, Parameter, Place, When
from conformance.documented.trials import BODYLESS, FORM

_OTHER: dict[Place, Place] = {"query": "form", "form": "query", "header": "header"}


@dataclass(frozen=True)
class Placed:
    """A parameter as it is sent."""

    place: Place
    name: str
    value: str


@dataclass(frozen=True)
class Outgoing:
    """A request, ready to be sent."""

    method: str
    url: str  # without the query
    placed: tuple[Placed, ...]
    content_type: str

    def pairs(self, place: Place) -> list[tuple[str, str]]:
        """Return the parameters of one place."""
        return [(one.name, one.value) for one in self.placed if one.place == place]

    @property
    def address(self) -> str:
        """The URL with its query."""
        query = urlencode(self.pairs("query"))
        return f"{self.url}{'&' if '?' in self.url else '?'}{query}" if query else self.url

    def body(self) -> tuple[bytes | None, dict[str, str]]:
        """Return the body, and the header that names its type."""
        pairs = self.pairs("form")
        if not pairs:
            return None, {}
        if self.content_type == "application/json":
            return json.dumps(dict(pairs)).encode(), {"Content-Type": self.content_type}
        if self.content_type == "multipart/form-data":
            request = httpx.Request("POST", self.url, files=[(name, (None, value)) for name, value in pairs])
            return request.read(), {"Content-Type": request.headers["Content-Type"]}
        return urlencode(pairs).encode(), {"Content-Type": self.content_type}


def texts(endpoint: Endpoint, when: When) -> list[str]:
    """Return every text of a request in which names may stand."""
    return [endpoint.url, *(value for _, value in _values(endpoint, when))]


def outgoing(endpoint: Endpoint, when: When, values: Mapping[str, str]) -> Outgoing:
    """Build the request with all names filled in."""
    method = when.method or endpoint.method
    placed = [
        Placed(_place(parameter, endpoint, when, method), parameter.name, names.filled(value, values))
        for parameter, value in _values(endpoint, when)
    ]
    return Outgoing(method, names.filled(endpoint.url, values), tuple(placed), when.content_type or FORM)


def _values(endpoint: Endpoint, when: When) -> list[tuple[Parameter, str]]:
    found = []
    for parameter in endpoint.parameters:
        name = parameter.name
        value = when.set.get(name, parameter.value if parameter.sent else None)
        if value is None or name in when.without:
            continue
        found += [(parameter, "" if name in when.empty else value)] * (2 if name in when.repeated else 1)
    return found


def _place(parameter: Parameter, endpoint: Endpoint, when: When, method: str) -> Place:
    """Return where a parameter goes: GET and DELETE have no body, and a GET tried by POST has its query there."""
    place = parameter.place
    if method in BODYLESS:
        return "query" if place == "form" else place
    if place == "query" and method == "POST" and endpoint.method in BODYLESS:
        place = "form"
    return _OTHER[place] if {"all", parameter.name} & set(when.misplaced) else place
