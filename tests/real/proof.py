"""What every real provider is held to: the verdicts that were confirmed by hand, and the same by replay.

A provider is a launcher, a `verdicts.yaml` beside it, and a subclass of `Proof` with a fixture `run`.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.demo import ReceiverCertificate
    from tests.real.launcher import Running

CALM = {"pass", "note", "not_applicable", "excluded", "planned"}
REDS = {"fail", "warning"}
OPEN = {"inconclusive", "not_tested"}
SUITE_SECONDS = 300


class Proof:
    """The tests of one provider."""

    home: ClassVar[Path]  # the folder of verdicts.yaml
    decided: ClassVar[int]  # rows that come out pass, fail or warning, at least
    secrets: ClassVar[Iterable[str]] = ()  # passwords and client secrets as they would go over the wire

    def test_every_expected_verdict_says_why(self) -> None:
        assert not unexplained(self.home)

    def test_the_reds_are_those_confirmed_by_hand(self, run: Path) -> None:
        other = deviations(self.home, run)
        assert not other, other

    def test_enough_rows_are_decided(self, run: Path) -> None:
        counts = Counter(verdicts(run).values())
        assert counts["pass"] + counts["fail"] + counts["warning"] >= self.decided, counts

    def test_a_replay_says_the_same(self, run: Path, tmp_path: Path) -> None:
        again = tmp_path / "again"
        done = suite("replay", str(run), "--out", str(again))
        assert done.returncode == results(run)["exit_code"], done.stdout + done.stderr
        assert verdicts(again) == verdicts(run)

    def test_nothing_is_left_behind(self, run: Path) -> None:
        assert results(run)["left_over"] == []

    def test_no_secret_reaches_a_file(self, run: Path) -> None:
        """Passwords, codes, tokens: nothing that opens anything stands in evidence or reports."""
        for path in (p for p in run.rglob("*") if p.suffix in (".json", ".html", ".xml")):
            text = path.read_text(errors="replace")
            assert not [secret for secret in self.secrets if secret in text], path
            assert not re.search(r'"client_secret": "[^[…]', text), path
            assert "Bearer ey" not in text, path


def entries(home: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((home / "verdicts.yaml").read_text())
    return found


def unexplained(home: Path) -> list[str]:
    """Rows whose entries lack something: a red shows the wire, an open one what would decide it."""
    return [entry["row"] for entry in entries(home) if not _is_explained(entry)]


def _is_explained(entry: Mapping[str, Any]) -> bool:
    asked = {"row", "verdict", "date", "sentence", "why"}
    more = {"wire"} if entry["verdict"] in REDS else {"decided_by"}
    return asked | more <= set(entry) and entry["verdict"] in REDS | OPEN


def confirmed(home: Path, mode: str = "") -> dict[str, str]:
    """The verdicts that are not calm, by row; mode: an entry with `modes` holds in those alone."""
    return {entry["row"]: entry["verdict"] for entry in entries(home) if mode in entry.get("modes", [mode])}


def deviations(home: Path, run: Path, mode: str = "") -> list[str]:
    """One line for each row that came out otherwise than confirmed."""
    found = {row: verdict for row, verdict in verdicts(run).items() if verdict not in CALM}
    expected = confirmed(home, mode)
    return [
        f"{row}: {found.get(row, 'calm')}, expected {expected.get(row, 'calm')}"
        for row in sorted(found.keys() | expected)
        if found.get(row) != expected.get(row)
    ]


def write_config(
    folder: Path,
    provider: Running,
    receiver: ReceiverCertificate,
    members: Mapping[str, Any],
    *,
    port: int = 0,
) -> Path:
    """A config for a provider that listens; members: users, and clients or registration, at least."""
    tls = {"tls": {"ca": str(receiver.ca)}}
    http = {"loopback": "http-allowed"}
    config = {
        "provider": folder.name,
        "issuer": provider.issuer,
        "test_credentials": True,
        "receiver": {
            "listen": f"127.0.0.1:{port}",
            "reachable": True,
            "certificate": str(receiver.certificate),
            "private_key": str(receiver.key),
        },
        **(tls if provider.issuer.startswith("https:") else http),
        **members,
    }
    path = folder / "op.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def recorded(config: Path, out: Path) -> Path:
    """Run the suite as a user does, and return the folder of the run."""
    done = suite("run", str(config), "--out", str(out))
    assert (out / "results.json").is_file(), done.stdout + done.stderr
    assert done.returncode == results(out)["exit_code"], done.stdout + done.stderr
    return out


def suite(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conformance", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=SUITE_SECONDS, check=False)


def results(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return found


def verdicts(folder: Path) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in results(folder)["requirements"]}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
