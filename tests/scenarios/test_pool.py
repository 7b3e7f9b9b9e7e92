"""The static pool: a client with a peculiarity is for scenarios that ask for it, whoever is busy."""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.config.model import ClientConfig
from conformance.scenarios.pool import StaticPool, Want


def client(name: str, **members: Any) -> ClientConfig:
    uri = f"https://{name}.test"
    return ClientConfig(
        client_id=name, redirect_uris=[f"{uri}/callback"], post_logout_redirect_uris=[f"{uri}/out"], **members
    )


POSTS = client("posts", auth_method="client_secret_post")
SHORT = client("short", id_token_lifetime=5)


async def leased(pool: StaticPool, *wants: Want) -> list[str]:
    found = await pool.lease({str(number): want for number, want in enumerate(wants)})
    return [one.client_id for one in found.values()]


async def _waits_for_an_ordinary_client() -> bool:
    pool = StaticPool([client("rp1"), POSTS, SHORT])
    held = await pool.lease({"rp1": Want()})
    second = asyncio.create_task(leased(pool, Want()))
    await asyncio.sleep(0)
    waited = not second.done()
    await pool.release(list(held.values()))
    return waited and await second == ["rp1"]


def test_a_busy_client_is_waited_for() -> None:
    assert asyncio.run(_waits_for_an_ordinary_client())


def test_peculiar_clients_are_for_who_asks() -> None:
    pool = StaticPool([client("rp1"), POSTS, SHORT])
    wants = (Want(short_lived=True), Want(method="client_secret_post"), Want())
    assert asyncio.run(leased(pool, *wants)) == ["short", "posts", "rp1"]


def test_they_are_taken_where_others_do_not_suffice() -> None:
    assert set(asyncio.run(leased(StaticPool([client("rp1"), SHORT]), Want(), Want()))) == {"rp1", "short"}
