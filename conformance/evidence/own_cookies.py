"""Cookies of a relying party's own, and which of them came along with a front-channel logout request.

The scenario sets them, the check and the report read them: what all three have to agree on stands here.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from conformance.evidence.events import Arrival, Exchange
from conformance.evidence.views import Case, header

SCENARIO = "frontchannel_cookies"
# Policies of the browser for third-party cookies; also the cases of the logouts, with those of what came before.
POLICIES: tuple[Literal["allowed", "blocked"], ...] = ("allowed", "blocked")
CONTROLS: dict[str, str] = {policy: f"{policy}, control" for policy in POLICIES}
# Each kind by its name, with what Set-Cookie says of it.
NONE, LAX, UNSET = "rp_none", "rp_lax", "rp_unset"
ATTRIBUTES = {NONE: "; SameSite=None; Secure", LAX: "; SameSite=Lax", UNSET: ""}
# Names of the answers of the relying party before the logout, by which the requests are told apart.
SETS, FIRST_PARTY, OTHER_SITE = "sets its cookies", "first party", "framed by another site"


class CookieLogout(Case):
    """A logout at a browser in which the relying party rp1 had set its cookies as a first party."""

    @property
    def first_party(self) -> list[Arrival]:
        """Its page at top level, before the logout."""
        return self._scripted(FIRST_PARTY)

    @property
    def other_site(self) -> list[Arrival]:
        """Its page in a frame of a page of the harness on another site, before the logout."""
        return self._scripted(OTHER_SITE)

    @cached_property
    def heard(self) -> list[Arrival]:
        """What reached its frontchannel_logout_uri from this browser in the course of the logout."""
        sent = {x.url for x in self.since_logout(Exchange) if x.sender == "browser"}
        return [a for a in self.since_logout(Arrival) if a.endpoint == "frontchannel" and a.url in sent]

    def _scripted(self, name: str) -> list[Arrival]:
        control = Case(self._whole, CONTROLS.get(self.label, ""))
        return [a for a in control.all(Arrival) if a.endpoint == "frontchannel" and a.script == name]


def own_cookies(arrivals: Iterable[Arrival]) -> list[str]:
    """Names of the relying party's own cookies that came with any of these requests."""
    lines = [header(arrival.headers, "cookie") or "" for arrival in arrivals]
    sent = {name for line in lines for name in _names(line)}
    return [name for name in ATTRIBUTES if name in sent]


def said(arrivals: Iterable[Arrival], name: str) -> list[str]:
    """What a header says in these requests, each value once; nothing where none has it."""
    return list(dict.fromkeys(value for a in arrivals if (value := header(a.headers, name))))


def _names(line: str) -> set[str]:
    return {pair.partition("=")[0].strip() for pair in line.split(";")}
