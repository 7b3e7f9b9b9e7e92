"""Values that would become part of a page or of a header if they were not escaped. Inert: nothing is executed."""

from collections.abc import Iterator
from typing import Literal

from conformance.evidence.events import INERT_HEADER, Reflection
from conformance.provider.agent import Landing
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Session, Shared, parties

Method = Literal["GET", "POST"]
ELEMENT = "lc-inert-marker"
MARKER = f'"\'><i id="{ELEMENT}">x</i>\r\n{INERT_HEADER}: 1'
PLAIN = "plain"
NAMES = ("state", "ui_locales", "logout_hint", "client_id", "post_logout_redirect_uri")


@scenario()
async def markers(lab: Lab) -> None:
    """Send an inert marker in one parameter after the other, by GET and by POST; then plain values."""
    rp, witness = await parties(lab)
    shared = Shared(lab, rp, witness)
    own = {"client_id": rp.client_id, "post_logout_redirect_uri": rp.post_logout_redirect_uri}
    for method, name in _requests():
        async with shared.case(f"{name} by {method}") as session:
            value = own[name] + MARKER if name in own else MARKER
            await _send(lab, session, method, {**own, name: value}, name)
    for method in ("GET", "POST"):
        async with shared.case(f"control by {method}") as session:
            await _send(lab, session, method, {**own, "state": PLAIN, "ui_locales": "en"}, "")


def _requests() -> Iterator[tuple[Method, str]]:
    for name in NAMES:
        yield "GET", name
        yield "POST", name


async def _send(lab: Lab, session: Session, method: Method, values: dict[str, str], marked: str) -> None:
    landing = await lab.logout(
        session.agent, session.rp, client_id=values.get("client_id", ""), uri=values["post_logout_redirect_uri"],
        state=values.get("state"), extra=[(n, v) for n, v in values.items() if n in ("ui_locales", "logout_hint")],
        method=method, answer="leave",
    )  # fmt: skip
    if marked:
        _reflection(lab, landing, marked)


def _reflection(lab: Lab, landing: Landing, parameter: str) -> None:
    """Write down whether the marker is an element of the page."""
    if landing.page is not None:
        found = landing.page.tree.xpath("//*[@id=$id]", id=ELEMENT)
        lab.add(
            Reflection, parameter=parameter, url=landing.page.url, as_element=bool(found), header=INERT_HEADER
        )
