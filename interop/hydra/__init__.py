"""Ory Hydra 2.x, where there is a `hydra` executable on the PATH: what VinID OneID's documented endpoint seems to be.

Hydra has no pages of its own: `pages.py` is its login, consent and logout application. Nobody has run this folder
against a real Hydra yet, so there is no `verdicts.yaml`.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.demo import receiver_certificate, static_pool
from interop.hydra.pages import USERS
from interop.hydra.server import hydra, missing
from tests.real.proof import write_config

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HOME", "MODES", "OPTIONAL", "missing", "serving"]

HOME = Path(__file__).parent
MODES = ("static",)
OPTIONAL = True  # left out, unless it is named, where the executable is missing
CONTRACT = "vinid-oneid"


@contextmanager
def serving(_mode: str, folder: Path) -> Iterator[Path]:
    """Starts it and yields a config for it, written into the folder, whose name is the provider's."""
    certificates = receiver_certificate(folder)
    pool = static_pool()
    clients = at_the_documented_host(pool.clients)
    with hydra(folder, certificates.ca) as (provider, administration):
        for client in clients:
            administration.create_client(client)
        members = {
            "users": [{"username": name, "password": password} for name, password in USERS.items()],
            "clients": clients,
            "contracts": [{"file": CONTRACT, "servers": {"oauth": provider.issuer}}],
        }
        yield write_config(folder, provider, certificates, members, port=pool.receiver_port)


def at_the_documented_host(clients: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The usual pool of clients at hosts of yourapp.test, as in VinID's documentation."""
    moved: list[dict[str, Any]] = json.loads(json.dumps(clients).replace(".static.test", ".yourapp.test"))
    return moved
