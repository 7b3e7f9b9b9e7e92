"""The suite on npm oidc-provider 9.13.3, over https and with dynamic registration."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.demo import receiver_certificate
from tests.real.launcher import ProviderConfig
from tests.real.oidc_provider_9 import oidc_provider_9
from tests.real.proof import Proof, recorded, results, write_config

MEMBERS = {
    "users": [{"username": name, "password": "anything"} for name in ("alice", "bob")],
    "registration": {"short_lived": {"id_token_lifetime": 1}},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("oidc-provider-9")
    receiver = receiver_certificate(folder)
    tls = (receiver.key, receiver.certificate)
    with oidc_provider_9(ProviderConfig(extra_ca=receiver.ca, tls=tls)) as provider:
        return recorded(write_config(folder, provider, receiver, MEMBERS), folder / "run")


class TestOidcProvider9(Proof):
    home = Path(__file__).parent / "oidc_provider_9"
    decided = 150
    secrets = ("=anything&",)


def test_front_channel_logout_is_not_offered(run: Path) -> None:
    found = {one["id"]: one["verdict"] for one in results(run)["specifications"]}
    assert found["front-channel"] == "not offered"
    assert found["session-management"] == "not offered"
