"""npm oidc-provider 6.31.1, started for a test: a provider that nobody in this project wrote.

    with oidc_provider(ProviderConfig(clients=static_clients("https://localhost:9443"))) as provider:
        provider.issuer  # "http://localhost:38169"

It is the last release line with all of RP-initiated, front-channel, back-channel logout and session
management. Any user name and password log in. See `server.js` for its configuration.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.real.launcher import ProviderConfig, ProviderError, Running, node_program, running

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ProviderConfig", "ProviderError", "Running", "oidc_provider", "static_clients"]


def oidc_provider(config: ProviderConfig | None = None) -> AbstractContextManager[Running]:
    """Starts the provider, yields it once it listens, and ends it.

    The first call on a machine installs its npm packages. `configuration` takes oidc-provider's own
    members (`ttl`, `cookies`, `features`, …).
    Raises `NodeError` without Node or packages, `ProviderError` when it does not listen within 30 s.
    """
    config = config or ProviderConfig()
    return running(node_program(Path(__file__).parent, config), config)


def static_clients(receiver: str) -> list[dict[str, Any]]:
    """Five clients on virtual hosts, by the channels they are notified on.

    rp1 front, rp2 back, rp3 both, plain neither; bystander has both and is for nobody to log in at.
    receiver: what the provider can reach, as "https://localhost:9443", which back-channel URIs start with.
    """
    channels = {"rp1": "front", "rp2": "back", "rp3": "front back", "bystander": "front back", "plain": ""}
    return [_client(name, receiver, notified.split()) for name, notified in channels.items()]


def _client(name: str, receiver: str, channels: Sequence[str]) -> dict[str, Any]:
    origin = f"https://{name}.test"
    client: dict[str, Any] = {
        "client_id": name,
        "client_secret": f"{name}-secret-of-the-test-provider",
        "client_name": name,
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [f"{origin}/callback"],
        "post_logout_redirect_uris": [f"{origin}/logged-out", f"{origin}/logged-out?from=provider"],
    }
    if "front" in channels:
        client["frontchannel_logout_uri"] = f"{origin}/frontchannel-logout"
        client["frontchannel_logout_session_required"] = True
    if "back" in channels:
        client["backchannel_logout_uri"] = f"{receiver}/{name}/backchannel-logout"
        client["backchannel_logout_session_required"] = True
    return client
