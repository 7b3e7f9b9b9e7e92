"""Faults of the delivery of Logout Tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import httpx

from conformance.reference.backchannel import Answer, Delivery
from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault
from conformance.reference.urls import with_parameters, without_query

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.clients import Client
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant

_NOTHING_USABLE = because(
    "no Logout Request as specified arrives",
    *("RPI-2-37a", "RPI-2-37c", "RPI-2-38a", "RPI-2-38c", "RPI-3-07a"),
    *("BCL-2.2-04", "BCL-2.3-01", "BCL-2.5-01", "BCL-2.5-02", "BCL-2.5-03", "BCL-2.1-02b", "OBS-10-01"),
)


@fault(
    "backchannel-silent",
    "RPI-2-37a",
    "RPI-2-38a",
    "BCL-2.3-01",
    "BCL-2.5-01",
    does="No relying party ever gets a Logout Token, though discovery announces it.",
    companions=_NOTHING_USABLE,
)
def silent(behaviour: Behaviour) -> None:
    behaviour.backchannel.recipients = lambda _tenant, _session, _initiator: []


@fault(
    "backchannel-skips-initiator",
    "RPI-2-38a",
    does="The relying party that asked for the logout gets no Logout Token.",
    companions=because("the initiator hears nothing", "RPI-2-37c", "RPI-2-38c", "BCL-2.5-01", "BCL-2.2-04"),
)
def skips_initiator(behaviour: Behaviour) -> None:
    recipients = behaviour.backchannel.recipients

    def others(tenant: Tenant, session: Session, initiator: Client | None) -> list[Client]:
        return [client for client in recipients(tenant, session, initiator) if client is not initiator]

    behaviour.backchannel.recipients = others


@fault(
    "backchannel-skips-others",
    "RPI-2-37a",
    "BCL-2.3-01",
    does="Only the relying party that asked for the logout gets a Logout Token.",
    companions=because(
        "the others hear nothing", "RPI-2-37c", "RPI-3-07a", "BCL-2.5-01", "BCL-2.2-04", "OBS-10-01"
    ),
)
def skips_others(behaviour: Behaviour) -> None:
    recipients = behaviour.backchannel.recipients

    def initiator_only(tenant: Tenant, session: Session, initiator: Client | None) -> list[Client]:
        return [client for client in recipients(tenant, session, initiator) if client is initiator]

    behaviour.backchannel.recipients = initiator_only


@fault(
    "backchannel-tells-everyone",
    "RPI-2-39a",
    "RPI-2-39c",
    "BCL-2.3-03",
    does="Every client of the provider gets a Logout Token, whether it was in the session or not.",
    companions=because("a client hears of a session that it was not in", "BCL-2.5-04", "BCL-2.5-07"),
)
def tells_everyone(behaviour: Behaviour) -> None:
    behaviour.backchannel.recipients = lambda tenant, _session, _initiator: list(tenant.clients)


@fault(
    "backchannel-after-redirect",
    "RPI-3-07a",
    "RPI-2-38c",
    does="Logout Tokens are sent four seconds after the redirect.",
)
def after_redirect(behaviour: Behaviour) -> None:
    behaviour.backchannel.delay = 4.0


@fault("backchannel-get", "BCL-2.5-01", does="Logout Tokens are sent by GET.", companions=_NOTHING_USABLE)
def by_get(behaviour: Behaviour) -> None:
    async def send(http: httpx.AsyncClient, uri: str, token: str) -> httpx.Response:
        return await http.get(with_parameters(uri, {"logout_token": token}))

    behaviour.backchannel.send = send


@fault("backchannel-json", "BCL-2.5-02", does="Logout Tokens are sent as JSON.", companions=_NOTHING_USABLE)
def by_json(behaviour: Behaviour) -> None:
    async def send(http: httpx.AsyncClient, uri: str, token: str) -> httpx.Response:
        return await http.post(uri, json={"logout_token": token})

    behaviour.backchannel.send = send


@fault(
    "backchannel-other-parameter",
    "BCL-2.5-03",
    does="Logout Tokens are sent as parameter token.",
    companions=_NOTHING_USABLE,
)
def other_parameter(behaviour: Behaviour) -> None:
    async def send(http: httpx.AsyncClient, uri: str, token: str) -> httpx.Response:
        return await http.post(uri, data={"token": token})

    behaviour.backchannel.send = send


@fault("backchannel-twice", "BCL-2.5-07", does="A Logout Token that was answered 200 is sent once more.")
def twice(behaviour: Behaviour) -> None:
    retry = behaviour.backchannel.repeat_after
    behaviour.backchannel.repeat_after = lambda status: 0.2 if status == 200 else retry(status)


@fault(
    "backchannel-retries-400", "BCL-2.5-09", does="A Logout Token that was answered 400 is sent once more."
)
def retries_400(behaviour: Behaviour) -> None:
    retry = behaviour.backchannel.repeat_after
    behaviour.backchannel.repeat_after = lambda status: 1.0 if status == 400 else retry(status)


@fault(
    "backchannel-retries-at-once",
    "BCL-2.5-08",
    does="A Logout Token that was answered 503 is sent again at once.",
)
def retries_at_once(behaviour: Behaviour) -> None:
    behaviour.backchannel.repeat_after = lambda status: 0.0 if status >= 500 else None


@fault(
    "backchannel-204-repeated",
    "BCL-2.8-02",
    does="204 is not taken for success, and the Logout Token is sent again.",
)
def no_content_repeated(behaviour: Behaviour) -> None:
    retry = behaviour.backchannel.repeat_after
    behaviour.backchannel.repeat_after = lambda status: 1.0 if status == 204 else retry(status)


@fault("backchannel-loses-query", "BCL-2.2-04", does="The query of the backchannel_logout_uri is cut off.")
def loses_query(behaviour: Behaviour) -> None:
    behaviour.backchannel.uri = without_query


@fault(
    "backchannel-sequential",
    "BCL-2.3-02",
    does="A relying party is told only when the one before has answered.",
)
def sequential(behaviour: Behaviour) -> None:
    async def one_by_one(deliveries: Sequence[Delivery]) -> list[Answer]:
        return [await deliver() for deliver in deliveries]

    behaviour.backchannel.deliver_all = one_by_one


@fault(
    "backchannel-stops-at-first-error",
    "BCL-2.3-01",
    does="After a relying party that answers with an error or not at all the others are not told.",
    companions=because("a relying party hears nothing", "BCL-2.3-02", "RPI-2-37a", "RPI-2-38a", "BCL-2.5-01"),
)
def stops_at_first_error(behaviour: Behaviour) -> None:
    """Turns its row only where a relying party before the one that is watched answers with an error."""

    async def until_error(deliveries: Sequence[Delivery]) -> list[Answer]:
        answers: list[Answer] = []
        for deliver in deliveries:
            answers.append(await deliver())
            if answers[-1] is None or answers[-1].is_error:
                break
        return answers

    behaviour.backchannel.deliver_all = until_error


@fault(
    "backchannel-400-keeps-session",
    "BCL-2.8-11",
    does="If a relying party answers 400, the logout ends in an error and the session lives on.",
)
def bad_request_keeps_session(behaviour: Behaviour) -> None:
    behaviour.backchannel.keeps_session = lambda answer: answer is not None and answer.status_code == 400


@fault(
    "backchannel-unreachable-keeps-session",
    "BCL-2.8-11",
    does="If a relying party cannot be reached or does not answer, the logout ends in an error.",
)
def unreachable_keeps_session(behaviour: Behaviour) -> None:
    behaviour.backchannel.keeps_session = lambda answer: answer is None


@fault(
    "backchannel-error-value-matters",
    "BCL-2.8-10",
    does="If a relying party answers 400 with error invalid_token, the session lives on.",
    companions=because("the session is alive after a 400", "BCL-2.8-11"),
)
def error_value_matters(behaviour: Behaviour) -> None:
    def keeps(answer: Answer) -> bool:
        return answer is not None and answer.status_code == 400 and "invalid_token" in answer.text

    behaviour.backchannel.keeps_session = keeps
