"""Starts a provider as a program of its own, whatever it is written in.

The program reads one line of JSON from stdin (`ProviderConfig.as_json`), prints one line of JSON once it
listens, and ends when its stdin is closed: whoever started it cannot leave it behind.
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
    configuration  members of the provider's own configuration, merged over those of its program
    """

    issuer: str | None = None
    port: int = 0
    clients: Sequence[Mapping[str, Any]] = ()
    tls: tuple[Path, Path] | None = None
    extra_ca: Path | None = None
    configuration: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> str:
        """The one line that the program reads."""
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


@dataclass(frozen=True)
class Program:
    """What is started: a command line, and what it finds in its environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def node_program(folder: Path, config: ProviderConfig) -> Program:
    """`server.js` of a folder with the npm packages of its lock file; the first call installs them."""
    node = find_node()
    environment = {"NODE_PATH": str(installed_packages(folder, node))}
    if config.extra_ca:
        environment["NODE_EXTRA_CA_CERTS"] = str(config.extra_ca)
    return Program(folder.name, [str(node.program), str(folder / "server.js")], environment)


@contextmanager
def running(program: Program, config: ProviderConfig) -> Iterator[Running]:
    """Starts the provider, yields it once it listens, and ends it.

    Raises `ProviderError` when it does not listen within 30 s.
    """
    with tempfile.TemporaryDirectory(prefix=f"{program.name}-") as scratch:
        log = Path(scratch, "stderr.log")
        with log.open("w", encoding="utf-8") as stderr:
            process = _start(program, stderr, scratch)
        try:
            ready = _wait_until_ready(process, program, config, log)
            yield Running(ready["issuer"], ready["port"], process.pid, log)
        finally:
            _stop(process)


def _start(program: Program, stderr: IO[str], scratch: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        list(program.command),
        env={**os.environ, **program.environment, "TMPDIR": scratch},  # what it writes goes with it
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def _wait_until_ready(
    process: subprocess.Popen[str], program: Program, config: ProviderConfig, log: Path
) -> dict[str, Any]:
    """The ready line, or the end of the output: then it died, or the deadline ended it."""
    deadline = threading.Timer(START_SECONDS, process.kill)
    deadline.start()
    try:
        line = _exchange(process, config.as_json())
    finally:
        deadline.cancel()
    if not line:
        process.wait()
        message = f"{program.name} did not listen (exit code {process.returncode}): {_complaint(log)}"
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
