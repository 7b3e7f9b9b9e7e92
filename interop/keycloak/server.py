"""Keycloak as a child process on loopback, over https, and what its administration is asked for."""

from __future__ import annotations

import os
import secrets
import shutil
import ssl
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import httpx

from interop.keycloak.distribution import keycloak_home
from interop.keycloak.realm import REALM
from interop.processes import last_words, stop
from tests.real.launcher import ProviderError, Running
from tests.real.proof import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.demo import ReceiverCertificate

START_SECONDS = 300
STOP_SECONDS = 30
ADMIN = "admin"
READY = "Listening on:"


@dataclass(frozen=True)
class Administration:
    """The REST interface of its administration, with the password that this start was given."""

    base: str
    password: str
    tls: ssl.SSLContext

    def create_realm(self, realm: dict[str, Any]) -> None:
        self._post("/admin/realms", realm)

    def initial_access_token(self) -> str:
        """A token by which clients can be registered."""
        token = self._post(
            f"/admin/realms/{REALM}/clients-initial-access", {"count": 10_000, "expiration": 0}
        )
        return str(token["token"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.base}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._token()}"},
            verify=self.tls,
            timeout=60,
        )
        if answer.is_error:
            raise ProviderError(f"POST {path} was answered {answer.status_code}: {answer.text[:500]}")
        return dict(answer.json()) if answer.content else {}

    def _token(self) -> str:
        """Its life is a minute, so each call gets a new one."""
        answer = httpx.post(
            f"{self.base}/realms/master/protocol/openid-connect/token",
            data={
                "grant_type": "password",
                "client_id": "admin-cli",
                "username": ADMIN,
                "password": self.password,
            },
            verify=self.tls,
            timeout=60,
        )
        return str(answer.raise_for_status().json()["access_token"])


@contextmanager
def keycloak(certificates: ReceiverCertificate) -> Iterator[tuple[Running, Administration]]:
    """Starts it with an empty database, yields it once it listens, and ends it.

    certificates: for localhost; their CA is what Keycloak trusts when it calls back-channel URIs.
    Raises `InstallError` without the distribution, `ProviderError` when it does not listen within 300 s.
    """
    installed, port, password = keycloak_home(), free_port(), secrets.token_urlsafe(16)
    base = f"https://localhost:{port}"
    tls = ssl.create_default_context(cafile=str(certificates.ca))
    with tempfile.TemporaryDirectory(prefix="keycloak-") as scratch:
        log, home = Path(scratch, "server.log"), own_home(installed, Path(scratch, "home"))
        with _process(_command(home, port, base, certificates), _environment(password, scratch), log) as pid:
            yield Running(f"{base}/realms/{REALM}", port, pid, log), Administration(base, password, tls)


def own_home(installed: Path, home: Path) -> Path:
    """A home for one start: the trust store that it writes there would be overwritten by another start."""
    (home / "bin").mkdir(parents=True)
    shutil.copy2(installed / "bin" / "kc.sh", home / "bin")  # it looks for the rest from where it really is
    for part in installed.iterdir():
        if part.name not in ("bin", "data"):
            (home / part.name).symlink_to(part)
    return home


def _command(home: Path, port: int, base: str, certificates: ReceiverCertificate) -> list[str]:
    return [
        str(home / "bin" / "kc.sh"),
        "start",
        "--optimized",
        "--cache=local",
        "--http-host=127.0.0.1",
        f"--https-port={port}",
        f"--hostname={base}",
        f"--https-certificate-file={certificates.certificate}",
        f"--https-certificate-key-file={certificates.key}",
        f"--truststore-paths={certificates.ca}",
    ]


def _environment(password: str, scratch: str) -> dict[str, str]:
    return {
        **os.environ,
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": password,
        "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
        "TMPDIR": scratch,
    }


@contextmanager
def _process(command: list[str], environment: dict[str, str], log: Path) -> Iterator[int]:
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C stops the run first, and the provider after its clean-up
    )
    assert process.stdout is not None
    said = threading.Event()
    reader = threading.Thread(target=_copy, args=(process.stdout, log, said), daemon=True)
    reader.start()
    try:
        if not said.wait(START_SECONDS) or READY not in log.read_text(encoding="utf-8"):
            raise ProviderError(
                f"Keycloak did not listen: {last_words(log, f'it wrote nothing within {START_SECONDS} s')}"
            )
        yield process.pid
    finally:
        stop(process, STOP_SECONDS)
        reader.join()
        process.stdout.close()


def _copy(output: IO[str], log: Path, said: threading.Event) -> None:
    """Keep what it writes; tell when it listens, or when it will write nothing more."""
    with log.open("w", encoding="utf-8") as file:
        for line in output:
            file.write(line)
            file.flush()
            if READY in line:
                said.set()
    said.set()
