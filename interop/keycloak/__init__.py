"""Keycloak 26.7.3: RP-initiated, front-channel and back-channel logout, session iframe, dynamic registration."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.demo import receiver_certificate, static_pool
from interop.keycloak import realm
from interop.keycloak.distribution import missing
from interop.keycloak.server import Administration, keycloak
from tests.real.proof import write_config

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HOME", "MODES", "missing", "serving"]

HOME = Path(__file__).parent
MODES = ("static", "dynamic")


@contextmanager
def serving(mode: str, folder: Path) -> Iterator[Path]:
    """Starts it and yields a config for it, written into the folder, whose name is the provider's."""
    certificates = receiver_certificate(folder)
    pool = static_pool()
    clients = [*pool.clients, *realm.further_clients()] if mode == "static" else []
    with keycloak(certificates) as (provider, administration):
        administration.create_realm(realm.realm(clients))
        members: dict[str, Any] = {"users": _users(), **_ways_in(clients, administration)}
        yield write_config(folder, provider, certificates, members, port=pool.receiver_port)


def _users() -> list[dict[str, str]]:
    return [{"username": name, "password": realm.password_of(name)} for name in realm.USERS]


def _ways_in(clients: list[dict[str, Any]], administration: Administration) -> dict[str, Any]:
    if clients:
        return {"clients": clients}
    return {"registration": {"initial_access_token": administration.initial_access_token()}}
