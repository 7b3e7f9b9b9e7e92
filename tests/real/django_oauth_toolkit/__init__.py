"""PyPI django-oauth-toolkit 3.4.1 on Django 5.2, started for a test.

It has RP-initiated logout alone; clients are static. See `server.py` for its configuration and its users.
"""

from __future__ import annotations

import os
import platform
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.real.launcher import Program, ProviderConfig, Running, running
from tests.real.package_cache import installed, run_installer

HERE = Path(__file__).parent


def django_oauth_toolkit(config: ProviderConfig) -> AbstractContextManager[Running]:
    """Starts the provider, yields it once it listens, and ends it.

    The first call on a machine installs its packages, into a folder of their own. `configuration` takes
    members of `OAUTH2_PROVIDER`.
    Raises `InstallError` without the packages, `ProviderError` when it does not listen within 30 s.
    """
    packages = installed("python", HERE / "requirements.lock", _pip_install, beside=_interpreter())
    environment = {"PYTHONPATH": str(packages), "PYTHONSAFEPATH": "1"}
    return running(Program(HERE.name, [sys.executable, str(HERE / "server.py")], environment), config)


def static_clients() -> list[dict[str, Any]]:
    """What a run needs to show everything, on virtual hosts, in the words of the harness's config."""
    return [
        *(_client(f"rp{number}") for number in range(1, 9)),
        _client("posts", auth_method="client_secret_post"),
        _client("short", id_token_lifetime=1),
        {
            "client_id": "native",
            "auth_method": "none",
            "application_type": "native",
            "redirect_uris": ["test.native:/callback"],
            "post_logout_redirect_uris": ["test.native:/logged-out"],
        },
    ]


def _client(name: str, **members: Any) -> dict[str, Any]:
    return {
        "client_id": name,
        "client_secret": f"{name}-secret-of-the-test-provider",
        "redirect_uris": [f"https://{name}.test/callback"],
        "post_logout_redirect_uris": [
            f"https://{name}.test/logged-out",
            f"https://{name}.test/goodbye?x=1&y=%20z",
        ],
        **members,
    }


def _interpreter() -> str:
    """Wheels are for one version of Python and one kind of machine."""
    return f"{sys.version_info[:2]} {platform.system()} {platform.machine()}"


def _pip_install(folder: Path) -> None:
    lock = str(HERE / "requirements.lock")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--target", str(folder), "-r", lock]
    run_installer([*pip, *options], folder, os.environ, "pip install")
