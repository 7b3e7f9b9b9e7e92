"""The suite on npm oidc-provider 6.31.1: the verdicts that were confirmed by hand, twice the same, and by replay."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.demo import receiver_certificate
from tests.real.oidc_provider import ProviderConfig, oidc_provider, static_clients

HERE = Path(__file__).parent / "oidc_provider"
CALM = {"pass", "note", "not_applicable", "excluded", "planned"}
CONFIG = """\
provider: oidc-provider
issuer: {issuer}
loopback: http-allowed
test_credentials: true
users: [{{username: alice, password: anything}}, {{username: bob, password: anything}}]
receiver: {{listen: "127.0.0.1:{port}", reachable: yes, certificate: {certificate}, private_key: {key}}}
"""


def confirmed() -> dict[str, str]:
    """The verdicts that are not calm, by row."""
    return {entry["row"]: entry["verdict"] for entry in yaml.safe_load((HERE / "verdicts.yaml").read_text())}


def suite(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conformance", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def verdicts(folder: Path) -> dict[str, str]:
    results = json.loads((folder / "results.json").read_text())
    return {row["id"]: row["verdict"] for row in results["requirements"]}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs with dynamic registration."""
    folder = tmp_path_factory.mktemp("oidc-provider")
    receiver = receiver_certificate(folder)
    with oidc_provider(ProviderConfig(extra_ca=receiver.ca)) as provider:
        text = CONFIG.format(
            issuer=provider.issuer, port=0, certificate=receiver.certificate, key=receiver.key
        )
        (folder / "op.yaml").write_text(text + "registration: dynamic\n")
        for name in ("first", "second"):
            done = suite("run", str(folder / "op.yaml"), "--out", str(folder / name))
            assert done.returncode == 1, done.stdout + done.stderr
    return [folder / "first", folder / "second"]


def test_the_reds_are_those_confirmed_by_hand(runs: list[Path]) -> None:
    found = {row: verdict for row, verdict in verdicts(runs[0]).items() if verdict not in CALM}
    assert found == confirmed()


def test_at_least_sixty_rows_are_decided(runs: list[Path]) -> None:
    counts = Counter(verdicts(runs[0]).values())
    assert counts["pass"] + counts["fail"] + counts["warning"] >= 60, counts


def test_a_second_run_says_the_same(runs: list[Path]) -> None:
    assert verdicts(runs[0]) == verdicts(runs[1])


def test_a_replay_says_the_same(runs: list[Path], tmp_path: Path) -> None:
    done = suite("replay", str(runs[0]), "--out", str(tmp_path / "again"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert verdicts(tmp_path / "again") == verdicts(runs[0])


def test_nothing_is_left_behind(runs: list[Path]) -> None:
    results = json.loads((runs[0] / "results.json").read_text())
    assert results["left_over"] == []


def test_no_secret_reaches_a_file(runs: list[Path]) -> None:
    """Passwords, codes, tokens: nothing that opens anything stands in evidence or reports."""
    for path in (p for p in runs[0].rglob("*") if p.suffix in (".json", ".html", ".xml")):
        text = path.read_text(errors="replace")
        assert "=anything&" not in text, path
        assert '"client_secret": "' not in text.replace('"client_secret": "[', ""), path
        assert "Bearer ey" not in text, path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_static_clients_are_enough(tmp_path: Path) -> None:
    """A pool of clients registered by hand: nothing is red that is not red with registration."""
    receiver, port = receiver_certificate(tmp_path), _free_port()
    clients: list[dict[str, Any]] = static_clients(f"https://localhost:{port}")
    with oidc_provider(ProviderConfig(clients=clients, extra_ca=receiver.ca)) as provider:
        text = CONFIG.format(
            issuer=provider.issuer, port=port, certificate=receiver.certificate, key=receiver.key
        )
        pool = {"clients": [_configured(client) for client in clients]}
        (tmp_path / "op.yaml").write_text(text + yaml.safe_dump(pool))
        done = suite("run", str(tmp_path / "op.yaml"), "--out", str(tmp_path / "run"))
    assert done.returncode in (1, 2), done.stdout + done.stderr
    found = verdicts(tmp_path / "run")
    reds = {row for row, verdict in found.items() if verdict in ("fail", "warning", "error")}
    assert reds <= {row for row, verdict in confirmed().items() if verdict in ("fail", "warning")}
    assert Counter(found.values())["pass"] >= 60, Counter(found.values())


def _configured(client: dict[str, Any]) -> dict[str, Any]:
    """A client's registration in the words of the config."""
    known = (
        "client_id", "client_secret", "redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri",
        "backchannel_logout_session_required", "frontchannel_logout_uri", "frontchannel_logout_session_required",
    )  # fmt: skip
    return {name: client[name] for name in known if name in client}
