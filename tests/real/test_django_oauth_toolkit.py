"""The suite on PyPI django-oauth-toolkit 3.4.1, over https and with static clients."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.demo import receiver_certificate
from tests.real.django_oauth_toolkit import django_oauth_toolkit, static_clients
from tests.real.launcher import ProviderConfig
from tests.real.proof import Proof, recorded, results, write_config

CLIENTS = static_clients()
# As many as scenarios run side by side: each has a user to itself there.
PASSWORDS = {"alice": "wonderland", "bob": "builder", "carol": "christmas", "dave": "davenport"}
USERS = [{"username": name, "password": password} for name, password in PASSWORDS.items()]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("django-oauth-toolkit")
    receiver = receiver_certificate(folder)
    with django_oauth_toolkit(
        ProviderConfig(clients=CLIENTS, tls=(receiver.key, receiver.certificate))
    ) as provider:
        # It has the endpoint, but its discovery does not list it.
        metadata = {"revocation_endpoint": f"{provider.issuer}/revoke_token/"}
        members = {"users": USERS, "clients": CLIENTS, "metadata": metadata}
        return recorded(write_config(folder, provider, receiver, members), folder / "run")


class TestDjangoOauthToolkit(Proof):
    home = Path(__file__).parent / "django_oauth_toolkit"
    decided = 60
    secrets = (*(f"={password}&" for password in PASSWORDS.values()), "-secret-of-the-test-provider")


def test_sessions_are_probed_without_prompt_none(run: Path) -> None:
    """prompt=none is answered 500 there, logged in or not: the probe goes by the request without prompt."""
    evidence = json.loads((run / "evidence" / "logout_get.json").read_text())
    probes = [event for event in evidence["events"] if event["event"] == "probe"]
    assert {probe["method"] for probe in probes} == {"without prompt"}
    assert {probe["outcome"] for probe in probes} == {"alive", "ended"}


def test_what_it_does_not_have_is_not_offered(run: Path) -> None:
    found = {one["id"]: one["verdict"] for one in results(run)["specifications"]}
    for specification in ("front-channel", "back-channel", "session-management"):
        assert found[specification] == "not offered"
