"""The suite on npm oidc-provider 6.31.1: the verdicts that were confirmed by hand, twice the same, and by replay."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance.demo import receiver_certificate
from tests.real.oidc_provider import ProviderConfig, oidc_provider, static_clients
from tests.real.proof import REDS, Proof, confirmed, free_port, recorded, verdicts, write_config

HOME = Path(__file__).parent / "oidc_provider"
USERS = {"users": [{"username": name, "password": "anything"} for name in ("alice", "bob")]}
DYNAMIC = {"registration": {"short_lived": {"id_token_lifetime": 1}}}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs with dynamic registration, over https: on plain http its iframe has no cookie that it can see."""
    folder = tmp_path_factory.mktemp("oidc-provider")
    receiver = receiver_certificate(folder)
    tls = (receiver.key, receiver.certificate)
    with oidc_provider(ProviderConfig(extra_ca=receiver.ca, tls=tls)) as provider:
        config = write_config(folder, provider, receiver, USERS | DYNAMIC)
        return [recorded(config, folder / name) for name in ("first", "second")]


@pytest.fixture(scope="module")
def run(runs: list[Path]) -> Path:
    return runs[0]


class TestOidcProvider(Proof):
    home = HOME
    decided = 60
    secrets = ("=anything&",)


def test_a_second_run_says_the_same(runs: list[Path]) -> None:
    assert verdicts(runs[0]) == verdicts(runs[1])


def test_static_clients_are_enough(tmp_path: Path) -> None:
    """A pool of clients registered by hand: nothing is red that is not red with registration."""
    receiver, port = receiver_certificate(tmp_path), free_port()
    clients: list[dict[str, Any]] = static_clients(f"https://localhost:{port}")
    pool = {"clients": [_configured(client) for client in clients]}
    with oidc_provider(ProviderConfig(clients=clients, extra_ca=receiver.ca)) as provider:
        run = recorded(write_config(tmp_path, provider, receiver, USERS | pool, port=port), tmp_path / "run")
    found = verdicts(run)
    reds = {row for row, verdict in found.items() if verdict in REDS | {"error"}}
    assert reds <= {row for row, verdict in confirmed(HOME).items() if verdict in REDS}
    assert Counter(found.values())["pass"] >= 60, Counter(found.values())


def _configured(client: dict[str, Any]) -> dict[str, Any]:
    """A client's registration in the words of the config."""
    known = (
        "client_id", "client_secret", "redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri",
        "backchannel_logout_session_required", "frontchannel_logout_uri", "frontchannel_logout_session_required",
    )  # fmt: skip
    return {name: client[name] for name in known if name in client}
