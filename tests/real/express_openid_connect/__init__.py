"""npm express-openid-connect 3.4.0, started for a test: a relying party that nobody in this project wrote.

    with express_application(ProviderConfig(port=38000, tls=…, extra_ca=…, configuration={…})) as application:
        application.issuer  # its origin; /account asks for login at the provider

See `server.js` for what it is told.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.real.launcher import ProviderConfig, Running, node_program, running

__all__ = ["express_application", "registration"]


def express_application(config: ProviderConfig) -> AbstractContextManager[Running]:
    """Starts the application, yields it once it listens, and ends it; as `tests.real.oidc_provider` does."""
    return running(node_program(Path(__file__).parent, config), config)


def registration(port: int) -> dict[str, Any]:
    """What the provider has to know of it."""
    origin = f"https://localhost:{port}"
    return {
        "client_id": "shop",
        "client_secret": "shop-secret-of-the-test-provider",
        "client_name": "shop",
        "redirect_uris": [f"{origin}/callback"],
        "post_logout_redirect_uris": [origin],
        "backchannel_logout_uri": f"{origin}/backchannel-logout",
        "backchannel_logout_session_required": True,
    }
