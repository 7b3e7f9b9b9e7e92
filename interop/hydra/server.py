"""Hydra as a child process on loopback, its pages beside it, and what its admin API is asked for."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
import yaml

from interop.hydra.pages import at
from interop.processes import last_words, stop
from tests.real.launcher import ProviderError, Running
from tests.real.proof import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROGRAM = "hydra"
CONFIG = Path(__file__).with_name("hydra.yml")
START_SECONDS = 60
KEYS_SECONDS = 60  # the first keys took ten on an idle machine, and broke the login that asked for them
STOP_SECONDS = 10


def missing() -> str:
    """One sentence about the executable that is not on the PATH; empty where it is."""
    if shutil.which(PROGRAM):
        return ""
    return f"Ory Hydra needs its executable ({PROGRAM}, 2.x) on the PATH; it is not fetched for you."


@dataclass(frozen=True)
class Ports:
    """Where Hydra's two interfaces and its pages listen."""

    public: int
    admin: int
    pages: int

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.public}"

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self.admin}"


@dataclass(frozen=True)
class Administration:
    """The admin API, as far as a run needs it."""

    base: str

    def create_client(self, client: Mapping[str, Any]) -> None:
        """Register a client, in the words of the harness's config."""
        answer = httpx.post(f"{self.base}/admin/clients", json=metadata(client), timeout=START_SECONDS)
        if answer.is_error:
            raise ProviderError(
                f"Hydra refused client {client['client_id']} ({answer.status_code}): {answer.text[:500]}"
            )


def metadata(client: Mapping[str, Any]) -> dict[str, Any]:
    """A client as Hydra takes it."""
    members = {name: value for name, value in client.items() if name != "auth_method"}
    return {
        **members,
        "token_endpoint_auth_method": client.get("auth_method", "client_secret_basic"),
        "scope": "openid offline_access",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }


def configuration(ports: Ports) -> dict[str, Any]:
    """hydra.yml with the ports of this run, and a secret that was never used before."""
    config: dict[str, Any] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    config["serve"]["public"]["port"] = ports.public
    config["serve"]["admin"]["port"] = ports.admin
    pages = {name: url for name, url in config["urls"].items() if name != "self"}
    moved = {name: url.replace(":3000/", f":{ports.pages}/") for name, url in pages.items()}
    config["urls"] = {"self": {"issuer": ports.issuer}, **moved}
    config["secrets"] = {"system": [secrets.token_urlsafe(32)]}
    return config


@contextmanager
def hydra(folder: Path, ca: Path) -> Iterator[tuple[Running, Administration]]:
    """Starts it with an empty database, yields it once it answers, and ends it.

    ca: what it trusts when it calls back-channel URIs. Raises `ProviderError` when it does not answer within 60 s.
    """
    with _pages() as (listener, serve):
        ports = Ports(free_port(), free_port(), listener.getsockname()[1])
        config, log = folder / "hydra.yml", folder / "hydra.log"
        config.write_text(yaml.safe_dump(configuration(ports)), encoding="utf-8")
        serve(ports.admin_url)
        with _process(config, ca, log) as process:
            _wait_until_ready(process, ports, log)
            yield Running(ports.issuer, ports.public, process.pid, log), Administration(ports.admin_url)


@contextmanager
def _pages() -> Iterator[tuple[socket.socket, Any]]:
    """Yield the bound port of the pages, and what serves them there: until then connections wait."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(admin_url: str) -> None:
            server = uvicorn.Server(uvicorn.Config(at(admin_url), log_level="warning"))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            running.append((server, thread))

        try:
            yield listener, serve
        finally:
            for server, thread in running:
                server.should_exit = True
                thread.join(STOP_SECONDS)


@contextmanager
def _process(config: Path, ca: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [PROGRAM, "serve", "all", "--dev", "-c", str(config)]
    environment = {**os.environ, "SSL_CERT_FILE": str(ca)}  # read by Go programs
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C stops the run first, and the provider after its clean-up
        )
    try:
        yield process
    finally:
        stop(process, STOP_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], ports: Ports, log: Path) -> None:
    """It answers, and has its keys."""
    deadline = time.monotonic() + START_SECONDS
    while not _answers(f"{ports.admin_url}/health/ready"):
        if _has_ended(process) or time.monotonic() > deadline:
            raise ProviderError(f"Hydra did not answer: {last_words(log)}")
    httpx.get(f"{ports.issuer}/.well-known/jwks.json", timeout=KEYS_SECONDS).raise_for_status()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Wait a little for its end, so that it is not asked too often whether it is ready."""
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        return False
    return True
