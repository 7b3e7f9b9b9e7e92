"""Logout requests, and answers to the question, that another site makes the browser send."""

from collections.abc import Awaitable, Callable
from html import escape

from conformance.provider.agent import Landing
from conformance.provider.forgery import signed_by_stranger
from conformance.scenarios.errors import InconclusiveError
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Session, Shared, fresh, parties

Fields = list[tuple[str, str]]
Ask = Callable[[Session], Awaitable[Landing]]
Forge = Callable[[Session, Ask], Awaitable[tuple[str, str, Fields]]]


@scenario(browser=True)
async def cross_site_requests(lab: Lab) -> None:
    """Have another site link to the logout endpoint, embed it, and send the answer to the question."""
    rp, witness = await parties(lab)
    shared, site = Shared(lab, rp, witness), lab.site("stranger")
    uri = rp.post_logout_redirect_uri
    async with shared.case("link without a hint") as session:
        await session.untouched(await lab.logout(session.agent, None, link_on=site, answer="leave"))
    async with shared.case("link with a forged hint") as session:
        landing = await lab.logout(
            session.agent, rp, hint=signed_by_stranger(session.hint), hint_is="signed by a stranger", uri=uri,
            state="linked", link_on=site, answer="leave",
        )  # fmt: skip
        await session.untouched(landing)
    async with shared.case("embedded without a hint") as session:
        await _embedded(lab, session, site)
    ask = _with_hint if await _control(lab, shared, uri, site) else _without_hint
    for label, forge in (("without the hidden fields", _bare), ("with another session's fields", _others)):
        async with shared.case(f"answer {label}") as session:
            await _forged(lab, session, site, forge, ask)


async def _control(lab: Lab, shared: Shared, uri: str, site: str) -> bool:
    """End the session as it is meant to be; tell whether a hint of one's own is asked about, too."""
    async with shared.case("control") as session:
        landing = await lab.logout(
            session.agent, session.rp, hint=session.hint, uri=uri, state="control", link_on=site
        )
        asked = landing.asks
        await session.finish(landing)
    if not asked:
        async with shared.case("control without a hint") as session:
            await session.finish(await _without_hint(session))
    return asked


async def _embedded(lab: Lab, session: Session, site: str) -> None:
    """Load the endpoint as an image and as a frame of a page of another site."""
    url = escape(lab.logout_url([]), quote=True)
    page = lab.receiver.page(site, "/embedding", f'<img src="{url}" alt=""><iframe src="{url}"></iframe>')
    await session.untouched(await session.agent.get(page, "logout", "start page"))


async def _forged(lab: Lab, session: Session, site: str, forge: Forge, ask: Ask) -> None:
    try:
        await _send(lab, session, site, *await forge(session, ask))
    except InconclusiveError as problem:
        lab.gap(problem)


async def _bare(session: Session, ask: Ask) -> tuple[str, str, Fields]:
    """Return the form that confirms without what the page added to it."""
    question = await ask(session)
    action, method, fields = _form(question)
    return action, method, [field for field in fields if field not in _hidden(question)]


async def _others(session: Session, ask: Ask) -> tuple[str, str, Fields]:
    """Return the form of another session's question, while this one is asked too."""
    await ask(session)
    other = await fresh(session.lab, session.rp, session.witness, "browser 2")
    return _form(await ask(other))


async def _with_hint(session: Session) -> Landing:
    return await session.lab.logout(
        session.agent, session.rp, hint=session.hint, uri=session.rp.post_logout_redirect_uri, state="forged-answer",
        answer="leave",
    )  # fmt: skip


async def _without_hint(session: Session) -> Landing:
    return await session.lab.logout(session.agent, None, answer="leave")


def _form(question: Landing) -> tuple[str, str, Fields]:
    """Return action, method and fields of the form that confirms."""
    if not question.asks:
        raise InconclusiveError("there was no question whose form could be copied")
    button = question.page.yes() if question.page else None
    if button is None or button.form is None:
        raise InconclusiveError("the question is not answered by a form")
    return button.form.action, button.form.method, button.form.data(button)


def _hidden(question: Landing) -> Fields:
    button = question.page.yes() if question.page else None
    return button.form.fields if button and button.form else []


async def _send(lab: Lab, session: Session, site: str, action: str, method: str, fields: Fields) -> None:
    """Press the button of a form on the other site's page, and probe."""
    inputs = "".join(
        f'<input type="hidden" name="{escape(n, quote=True)}" value="{escape(v, quote=True)}">'
        for n, v in fields
    )
    form = f'<form method="{method.lower()}" action="{escape(action, quote=True)}">{inputs}<button>Win</button></form>'
    await lab.press_on_page(session.agent, site, "/prize", form, "answer")
    await session.probe("after the forged answer")
