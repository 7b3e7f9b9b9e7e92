"""npm oidc-provider 9.13.3, started for a test: the current release line.

It has RP-initiated and back-channel logout. Any user name and password log in. See `server.js` for its
configuration; POST at its logout endpoint needs https.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from tests.real.launcher import ProviderConfig, Running, node_program, running


def oidc_provider_9(config: ProviderConfig) -> AbstractContextManager[Running]:
    """Starts the provider, yields it once it listens, and ends it.

    The first call on a machine installs its npm packages.
    Raises `NodeError` without Node or packages, `ProviderError` when it does not listen within 30 s.
    """
    return running(node_program(Path(__file__).parent, config), config)
