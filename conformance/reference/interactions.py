"""Questions put to a user: log in, consent, log out.

An interaction waits between the page and its answer. Its form carries an anti-forgery value bound to the
browser that was asked; the answer continues where the request had stopped.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.responses import Response

from conformance.reference.errors import PageError
from conformance.reference.redirects import redirect
from conformance.reference.rendering import render

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict

    from conformance.reference.visit import Visit

Answer: TypeAlias = "ImmutableMultiDict[str, str]"
Resume: TypeAlias = "Callable[[Visit, Answer], Awaitable[Response]]"


@dataclass(frozen=True)
class Ways:
    """How a browser gets to a question and back: paths of the provider, where ``{id}`` names the question.

    ``direct``: it is shown in the answer to a GET, without a redirect, where that is possible.
    """

    shown_at: str = "interaction/{id}"
    answered_at: str = "interaction/{id}"
    continued_at: str = "continue/{id}"
    lead: Callable[[str], Response] = lambda url: redirect(url, 303)
    direct: bool = True


USUAL = Ways()


@dataclass
class Interaction:
    """A question, the browser it was put to, and what happens with the answer."""

    template: str
    context: dict[str, Any]
    browser: str
    resume: Resume
    ways: Ways = USUAL
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    answer: Answer | None = None


class Interactions:
    """Open questions of a tenant."""

    def __init__(self) -> None:
        self._open: dict[str, Interaction] = {}

    def put(self, interaction: Interaction) -> None:
        """Open a question."""
        self._open[interaction.id] = interaction

    def get(self, interaction_id: str, status: int = 400) -> Interaction:
        """An open question. Raises PageError, with a status, for one that was answered or never put."""
        try:
            return self._open[interaction_id]
        except KeyError:
            raise PageError("This question is no longer open.", status=status) from None

    def forget(self, browser: str) -> None:
        """Close all questions that a browser was asked."""
        self._open = {key: one for key, one in self._open.items() if one.browser != browser}

    def drop(self, browser: str) -> None:
        """Close whatever a browser is being asked."""
        self._open = {name: one for name, one in self._open.items() if one.browser != browser}

    def take(self, interaction_id: str) -> Interaction:
        """Close a question: every answer counts once."""
        interaction = self.get(interaction_id)
        del self._open[interaction_id]
        return interaction


async def ask(
    visit: Visit, template: str, context: dict[str, Any], resume: Resume, ways: Ways = USUAL
) -> Response:
    """Put a question: in the answer to a GET, else by a redirect to its page."""
    interaction = Interaction(template, context, visit.browser, resume, ways)
    if visit.tenant.behaviour.pages.one_question:
        visit.tenant.interactions.forget(visit.browser)
    visit.tenant.interactions.put(interaction)
    if ways.direct and visit.request.method == "GET" and visit.on_ui_origin:
        return _page(visit, interaction)
    return ways.lead(f"{visit.tenant.ui_base}/{ways.shown_at.format(id=interaction.id)}")


async def show(visit: Visit) -> Response:
    """GET on a question's own page."""
    return show_question(visit, visit.request.path_params["id"])


def show_question(visit: Visit, interaction_id: str) -> Response:
    """The page of an open question."""
    return _page(visit, visit.tenant.interactions.get(interaction_id))


async def answer(visit: Visit) -> Response:
    """POST of a question's form."""
    return await take_answer(visit, visit.request.path_params["id"])


async def take_answer(visit: Visit, interaction_id: str) -> Response:
    """Go on with the form of a question: at once, or by way of the issuer's origin."""
    form = await visit.form()
    pages = visit.tenant.behaviour.pages
    interaction = visit.tenant.interactions.get(interaction_id, pages.closed_question)
    if pages.csrf and not _genuine(visit, interaction, form.get("csrf", "")):
        raise PageError("The form does not belong to this browser.", status=403)
    if visit.on_issuer_origin:
        return await visit.tenant.interactions.take(interaction.id).resume(visit, form)
    # The session cookie lives on the issuer's origin: go there with a handle good for one use.
    visit.tenant.interactions.take(interaction.id)
    interaction.answer = form
    interaction.id = secrets.token_urlsafe(16)
    visit.tenant.interactions.put(interaction)
    return redirect(visit.tenant.url(interaction.ways.continued_at.format(id=interaction.id)), 303)


async def proceed(visit: Visit) -> Response:
    """GET with the handle of an answer given on the other origin."""
    return await go_on(visit, visit.request.path_params["id"])


async def go_on(visit: Visit, handle: str) -> Response:
    """Go on with an answer that was given on the other origin."""
    interaction = visit.tenant.interactions.get(handle)
    if interaction.answer is None or interaction.browser != visit.browser:
        raise PageError("The answer does not belong to this browser.", status=403)
    visit.tenant.interactions.take(interaction.id)
    return await interaction.resume(visit, interaction.answer)


def _page(visit: Visit, interaction: Interaction) -> Response:
    context = {
        **interaction.context,
        "action": f"{visit.tenant.ui_base}/{interaction.ways.answered_at.format(id=interaction.id)}",
        "csrf": _csrf(visit, interaction) if visit.tenant.behaviour.pages.csrf else "",
    }
    return render(visit.tenant, interaction.template, context)


def _csrf(visit: Visit, interaction: Interaction) -> str:
    message = f"{visit.browser}.{interaction.id}".encode()
    return hmac.new(visit.tenant.secret.encode(), message, hashlib.sha256).hexdigest()


def _genuine(visit: Visit, interaction: Interaction, value: str) -> bool:
    return hmac.compare_digest(_csrf(visit, interaction).encode(), value.encode())
