"""npm oidc-provider 6.31.1, started for a test: a provider that nobody in this project wrote.

    with oidc_provider(ProviderConfig(clients=static_clients("https://localhost:9443"))) as provider:
        provider.issuer  # "http://localhost:38169"

It is the last release line with all of RP-initiated, front-channel, back-channel logout and session
management. Any user name and password log in. See `server.js` for its configuration.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tests.real.node import find_node, installed_packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["ProviderConfig", "ProviderError", "Running", "oidc_provider", "static_clients"]

HERE = Path(__file__).parent
START_SECONDS = 30
STOP_SECONDS = 10


class ProviderError(RuntimeError):
    """The provider did not start; the message holds the last lines that it wrote."""


@dataclass(frozen=True)
class ProviderConfig:
    """How to start it.

    issuer         `{port}` stands for the port; without one `http(s)://localhost:{port}`
    port           0 takes a free one; always on 127.0.0.1
    clients        static clients, with the members of dynamic registration and `client_id`
    tls            key and certificate in PEM: the provider then speaks https
    extra_ca       a CA in PEM that the provider trusts when it calls back-channel URIs
    configuration  members of oidc-provider's own configuration (`ttl`, `cookies`, `features`, …), merged
                   over those in `server.js`
    """

    issuer: str | None = None
    port: int = 0
    clients: Sequence[Mapping[str, Any]] = ()
    tls: tuple[Path, Path] | None = None
    extra_ca: Path | None = None
    configuration: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> str:
        """The one line that `server.js` reads."""
        tls = {"key": str(self.tls[0]), "cert": str(self.tls[1])} if self.tls else None
        members = {
            "issuer": self.issuer,
            "port": self.port,
            "clients": list(self.clients),
            "tls": tls,
            "configuration": self.configuration,
        }
        return json.dumps({name: value for name, value in members.items() if value is not None})


@dataclass(frozen=True)
class Running:
    """A provider that listens; `log` is where its stderr goes, refused back-channel calls among it."""

    issuer: str
    port: int
    pid: int
    log: Path


@contextmanager
def oidc_provider(config: ProviderConfig | None = None) -> Iterator[Running]:
    """Starts the provider, yields it once it listens, and ends it.

    The first call on a machine installs its npm packages.
    Raises `NodeError` without Node or packages, `ProviderError` when it does not listen within 30 s.
    """
    config = config or ProviderConfig()
    with tempfile.TemporaryDirectory(prefix="oidc-provider-") as scratch:
        log = Path(scratch, "stderr.log")
        with log.open("w", encoding="utf-8") as stderr:
            process = _start(config, stderr)
        try:
            ready = _wait_until_ready(process, config, log)
            yield Running(ready["issuer"], ready["port"], process.pid, log)
        finally:
            _stop(process)


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


def _start(config: ProviderConfig, stderr: IO[str]) -> subprocess.Popen[str]:
    node = find_node()
    environment = {**os.environ, "NODE_PATH": str(installed_packages(HERE, node))}
    if config.extra_ca:
        environment["NODE_EXTRA_CA_CERTS"] = str(config.extra_ca)
    return subprocess.Popen(
        [str(node.program), str(HERE / "server.js")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def _wait_until_ready(process: subprocess.Popen[str], config: ProviderConfig, log: Path) -> dict[str, Any]:
    """The ready line, or the end of the output: then it died, or the deadline ended it."""
    deadline = threading.Timer(START_SECONDS, process.kill)
    deadline.start()
    try:
        line = _exchange(process, config.as_json())
    finally:
        deadline.cancel()
    if not line:
        process.wait()
        message = f"oidc-provider did not listen (exit code {process.returncode}): {_complaint(log)}"
        raise ProviderError(message)
    ready: dict[str, Any] = json.loads(line)
    return ready


def _complaint(log: Path) -> str:
    """What it wrote last, without the notices that it gives at every start."""
    lines = log.read_text(encoding="utf-8").splitlines()
    said = [line.strip() for line in lines if line.strip() and "WARNING:" not in line]
    return " / ".join(said[-5:]) or "it wrote nothing"


def _exchange(process: subprocess.Popen[str], line: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    except BrokenPipeError:  # it died at once; its own words say more
        return ""
    return process.stdout.readline()


def _stop(process: subprocess.Popen[str]) -> None:
    """Closing its stdin ends the server; what then still runs after 10 s is killed."""
    with process:  # closes its pipes, and waits
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
