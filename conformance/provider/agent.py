"""A user agent: what carries the user through the provider's pages, by plain HTTP or by Chromium."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from conformance.config.model import User
from conformance.evidence.events import Page
from conformance.provider.pages import Button, Context, Form, ParsedPage
from conformance.provider.scripts import Member, Script

MOST_HOPS = 25


class NeedsBrowserError(Exception):
    """Plain HTTP cannot carry out what this page does; a browser can."""


class AgentError(Exception):
    """A page or an answer that the harness cannot go on from; the message is for people."""


class RateLimitedError(AgentError):
    """The provider still says that requests come too fast, after all the waiting that it asked for."""


@dataclass(frozen=True)
class Landing:
    """Where a navigation ended.

    ``rp``: the browser was sent to an address of a relying party (or to a custom scheme), ``url`` is
    that address, unaltered. ``page``: a page of the provider. ``nothing``: no answer, a loop, an answer
    that is no page; ``problem`` says which.
    """

    kind: Literal["rp", "page", "nothing"]
    url: str
    page: ParsedPage | None = None
    status: int | None = None
    shown: Page | None = None
    problem: str = ""

    @property
    def shows(self) -> str:
        """What the page was taken for; "" where no page is shown."""
        return self.shown.kind if self.shown else ""

    @property
    def asks(self) -> bool:
        """Whether it is the provider's question whether to log out."""
        return self.shows == "confirmation"


class UserAgent(Protocol):
    """One browser session: a cookie jar and what happens in it."""

    label: str
    sees_script: bool

    async def get(self, url: str, context: Context, purpose: str) -> Landing: ...

    async def post(
        self, url: str, data: list[tuple[str, str]], context: Context, purpose: str, start: str = ""
    ) -> Landing: ...

    async def back(self, context: Context, purpose: str) -> Landing: ...

    async def press(self, landing: Landing, button: Button, context: Context, purpose: str) -> Landing: ...

    async def submit(
        self, landing: Landing, form: Form, values: dict[str, str], context: Context
    ) -> Landing: ...

    async def follow(
        self, landing: Landing, script: Script, context: Context, member: Member, user: User | None = None
    ) -> Landing: ...

    async def send_headers(self, headers: dict[str, str]) -> None: ...  # with every request from now on

    async def untouched(self, landing: Landing, seconds: float) -> Landing: ...

    async def take_over(self, other: Any) -> None: ...  # another of its own kind

    async def close(self) -> None: ...


IsRelyingParty = Callable[[str], bool]
