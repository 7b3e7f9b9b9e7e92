"""Back-Channel Logout 1.0: Logout Tokens and their delivery."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import httpx

from conformance.reference.encryption import ALG, encrypted

if TYPE_CHECKING:
    from conformance.reference.clients import Client
    from conformance.reference.keys import Claims
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = 120
TIMEOUT = 3.0

# What a relying party answered; None when it could not be reached in time.
Answer: TypeAlias = httpx.Response | None
_sent: ContextVar[asyncio.Event | None] = ContextVar("sent", default=None)
Delivery: TypeAlias = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True)
class Notice:
    """One Logout Token in the making: who is told, and about which session."""

    tenant: Tenant
    client: Client
    session: Session


async def notify(tenant: Tenant, session: Session, initiator: Client | None) -> list[Answer]:
    """Tell every relying party of an ended session; returns when all have answered or timed out.

    Where answers are not awaited it returns when all tokens are sent; with a delay configured the sending
    happens in the background as well. Nothing is returned then.
    """
    behaviour = tenant.behaviour.backchannel
    notices = [
        Notice(tenant, client, session)
        for client in behaviour.recipients(tenant, session, initiator)
        if client.backchannel_logout_uri
    ]
    deliveries = [_delivery(notice) for notice in notices]
    if behaviour.delay:
        tenant.background(_later(behaviour.delay, behaviour.deliver_all, deliveries))
    elif behaviour.awaits_answers:
        return await behaviour.deliver_all(deliveries)
    else:
        await _send_off(tenant, deliveries)
    return []


def logout_token(notice: Notice) -> str:
    """A signed Logout Token (section 2.4), encrypted where the client's ID Tokens are."""
    behaviour = notice.tenant.behaviour.backchannel
    claims = _claims(notice)
    for edit in behaviour.token_edits:
        edit(claims, notice)
    header = {"typ": behaviour.typ} if behaviour.typ else {}
    outer = {"iss": claims["iss"]} if "iss" in claims else {}
    is_encrypted = behaviour.encrypts and ALG in notice.client.metadata
    for edit_headers in behaviour.nested_edits if is_encrypted else []:
        edit_headers(header, outer)
    sign = (behaviour.sign_encrypted if is_encrypted else None) or behaviour.sign
    token = sign(notice.tenant.keys[notice.client.alg], claims, header)
    return encrypted(notice.client, token, outer, behaviour.encrypts_to) if is_encrypted else token


async def post_form(http: httpx.AsyncClient, uri: str, token: str) -> httpx.Response:
    """A Logout Request (section 2.5)."""
    return await http.post(uri, data={"logout_token": token}, extensions={"trace": trace})


async def trace(event: str, _details: object) -> None:
    """Tell whoever waits for it that a request is sent; for the extension ``trace`` of an HTTP request."""
    if event == "http11.send_request_body.complete" and (sent := _sent.get()):
        sent.set()


async def in_parallel(deliveries: Sequence[Delivery]) -> list[Answer]:
    """Nobody waits for another relying party."""
    return list(await asyncio.gather(*(deliver() for deliver in deliveries)))


def retry_server_errors(status: int) -> float | None:
    """Pause before a repetition, in seconds: only a 5xx gives reason to send again."""
    return 1.0 if status >= 500 else None


def _claims(notice: Notice) -> Claims:
    now = int(time.time())
    sid = {"sid": notice.session.sid} if notice.tenant.behaviour.tokens.sid else {}
    return {
        "iss": notice.tenant.issuer,
        "aud": notice.client.client_id,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": secrets.token_urlsafe(16),
        "sub": notice.tenant.subject(notice.client, notice.session.user),
        "events": {EVENT: {}},
        **sid,
    }


def _delivery(notice: Notice) -> Delivery:
    async def deliver() -> Answer:
        token = logout_token(notice)
        answer = await _send(notice, token)
        if _pause(notice, answer) is not None:
            notice.tenant.background(_repeat(notice, token, answer))
        return answer

    return deliver


def _pause(notice: Notice, answer: Answer) -> float | None:
    """Seconds until the same token is sent again, if it is."""
    repeat_after = notice.tenant.behaviour.backchannel.repeat_after
    return repeat_after(answer.status_code) if answer is not None else None


async def _repeat(notice: Notice, token: str, answer: Answer) -> None:
    """Send the token again, each time after twice the pause."""
    for number in range(notice.tenant.behaviour.backchannel.repetitions):
        pause = _pause(notice, answer)
        if pause is None:
            return
        await asyncio.sleep(pause * 2**number)
        answer = await _send(notice, token)


async def _send_off(tenant: Tenant, deliveries: Sequence[Delivery]) -> None:
    """Let all deliveries go on by themselves, and return when their requests are sent."""
    sent = [asyncio.Event() for _ in deliveries]
    for delivery, event in zip(deliveries, sent, strict=True):
        tenant.background(_under_way(delivery, event))
    await asyncio.gather(*(event.wait() for event in sent))


async def _under_way(delivery: Delivery, sent: asyncio.Event) -> None:
    _sent.set(sent)  # of this task alone
    try:
        await delivery()
    finally:
        sent.set()


async def _send(notice: Notice, token: str) -> Answer:
    behaviour = notice.tenant.behaviour.backchannel
    uri = behaviour.uri(notice.client.backchannel_logout_uri or "")
    try:
        async with asyncio.timeout(TIMEOUT):
            return await behaviour.send(notice.tenant.http, uri, token)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        # Best effort: a relying party that is down does not hold up the logout.
        return None


async def _later(pause: float, act: Callable[..., Awaitable[object]], *arguments: object) -> None:
    await asyncio.sleep(pause)
    await act(*arguments)
