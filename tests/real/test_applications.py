"""A relying party with software of its own beside ours: npm express-openid-connect 3.4.0 at oidc-provider 6.31.1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.demo import receiver_certificate
from conformance.evidence.events import Exchange, Probe
from conformance.evidence.store import Evidence
from tests.real.express_openid_connect import express_application, registration
from tests.real.oidc_provider import ProviderConfig, oidc_provider
from tests.real.proof import free_port, recorded, results, write_config

MEMBERS = {
    "registration": "dynamic",
    "users": [{"username": "alice", "password": "anything"}],
    "select": {"only": ["OBS-8-01", "BCL-2.3-01"]},
}


@contextmanager
def application(folder: Path, *, listens: bool) -> Iterator[Path]:
    """A config with a provider and an application that listen, the application to Logout Tokens or not."""
    receiver, port = receiver_certificate(folder), free_port()
    client, tls = registration(port), (receiver.key, receiver.certificate)
    with oidc_provider(ProviderConfig(clients=[client], extra_ca=receiver.ca, tls=tls)) as provider:
        told = {"provider": provider.issuer, "listens": listens, **_credentials(client)}
        config = ProviderConfig(port=port, tls=tls, extra_ca=receiver.ca, configuration=told)
        with express_application(config) as shop:
            named = {"applications": [{"name": "shop", "page": f"{shop.issuer}/account"}]}
            yield write_config(folder, provider, receiver, MEMBERS | named)


def _credentials(client: dict[str, str]) -> dict[str, str]:
    return {name: client[name] for name in ("client_id", "client_secret")}


@pytest.mark.parametrize("listens", [True, False], ids=["listens", "does not listen"])
def test_it_is_logged_out_if_it_listens(tmp_path: Path, listens: bool) -> None:
    """Its page asks for login again after a logout at one of ours, unless it has no ear for Logout Tokens."""
    with application(tmp_path, listens=listens) as config:
        run = recorded(config, tmp_path / "run")
    row = next(row for row in results(run)["requirements"] if row["id"] == "OBS-8-01")
    assert (row["verdict"], row["does"]) == ("note", "does" if listens else "does not"), row["reason"]
    evidence = Evidence(run / "evidence").scenario("applications")
    assert evidence is not None
    probes = {e.when: e.outcome for e in evidence.events if isinstance(e, Probe)}
    assert probes["application before"] == "alive"
    assert probes["after"] == "ended"  # at the provider
    assert [e for e in evidence.events if isinstance(e, Exchange) and e.purpose == "application"]
