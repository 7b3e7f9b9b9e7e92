"""The contract of django-oauth-toolkit, held to django-oauth-toolkit 3.4.1 by the config that comes with the suite."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Any

import yaml

from conformance.demo import receiver_certificate
from tests.real.django_oauth_toolkit import django_oauth_toolkit
from tests.real.launcher import ProviderConfig
from tests.real.proof import recorded, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from tests.real.launcher import Running

CONTRACT = "django-oauth-toolkit"
READY = f"fixtures/configs/{CONTRACT}.yaml"
CREDENTIALS = {
    "DJANGO_CLIENT_ID": "first",
    "DJANGO_CLIENT_SECRET": "first-secret-of-the-test-provider",
    "DJANGO_SECOND_CLIENT_ID": "second",
    "DJANGO_SECOND_CLIENT_SECRET": "second-secret-of-the-test-provider",
    "DJANGO_PUBLIC_CLIENT_ID": "public",
    "DJANGO_USERNAME": "alice",
    "DJANGO_PASSWORD": "wonderland",
    "DJANGO_SECOND_USERNAME": "bob",
    "DJANGO_SECOND_PASSWORD": "builder",
}


def contract_run(repository: Path, folder: Path) -> Path:
    """Start the provider with the clients of the ready config, run the contract alone, return the folder of the run."""
    receiver = receiver_certificate(folder)
    clients = _config(repository, "https://op.test")["clients"]
    with django_oauth_toolkit(
        ProviderConfig(clients=clients, tls=(receiver.key, receiver.certificate))
    ) as provider:
        path = write_config(folder, provider, receiver, _members(repository, provider))
        return recorded(path, folder / "run")


def _members(repository: Path, provider: Running) -> dict[str, Any]:
    selected = {"select": {"only": [f"DOC-{CONTRACT}"]}}
    return {**_config(repository, provider.issuer), **selected}


def _config(repository: Path, issuer: str) -> dict[str, Any]:
    text = Template((repository / READY).read_text()).safe_substitute(
        {**CREDENTIALS, "DJANGO_ISSUER": issuer}
    )
    found: dict[str, Any] = yaml.safe_load(text)
    return found
