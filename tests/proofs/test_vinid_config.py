"""The ready config of VinID OneID, with issuer and credentials filled in, on the tenant that speaks the contract.

Clients are static here and live at the hosts and paths of the documentation.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path
from typing import Any

import trustme
import yaml

from conformance.reference import ReferenceProvider
from tests.real.proof import free_port

READY = Path(__file__).parents[2] / "fixtures" / "configs" / "vinid-oneid.yaml"
HOSTS = ("yourapp.test", "second.yourapp.test")
CREDENTIALS = {
    "VINID_CLIENT_ID": "first",
    "VINID_SECOND_CLIENT_ID": "second",
    "VINID_USERNAME": "alice",
    "VINID_PASSWORD": "wonderland",
    "VINID_SECOND_USERNAME": "bob",
    "VINID_SECOND_PASSWORD": "builder",
}
FIXED_STATE = "DOC-vinid-oneid-S07.2"  # with the URI of the documentation's formula registered


def test_the_ready_config_lacks_credentials_alone() -> None:
    text = "\n".join(line for line in READY.read_text().splitlines() if not line.lstrip().startswith("#"))
    assert set(CREDENTIALS) == {part.split("}")[0] for part in _values(text).split("${")[1:]}


def test_every_sentence_holds_at_the_hosts_of_the_documentation(tmp_path: Path) -> None:
    rows = asyncio.run(_rows(tmp_path))
    assert {row: one["verdict"] for row, one in rows.items() if one["verdict"] not in ("pass", "note")} == {}
    assert "sent to https://yourapp.test/logged-out?state=example" in rows[FIXED_STATE]["observed"]
    assert rows["DOC-vinid-oneid-F01"]["verdict"] == "pass"


def _values(text: str) -> str:
    """The file as it is read, so that comments do not count."""
    return json.dumps(yaml.safe_load(text))


async def _rows(folder: Path) -> dict[str, dict[str, Any]]:
    """Run the suite on the config as a user does, and return the rows of the contract."""
    ca, port = trustme.CA(), free_port()
    trust = ssl.create_default_context()
    ca.configure_trust(trust)
    text = READY.read_text()
    for name, value in CREDENTIALS.items():
        text = text.replace(f"${{{name}}}", value)
    config = yaml.safe_load(text)
    hosts = dict.fromkeys(HOSTS, f"127.0.0.1:{port}")
    clients = [_metadata(client) for client in config["clients"]]
    async with ReferenceProvider(ca=ca, trust=trust, backchannel_hosts=hosts, clients=clients) as provider:
        config |= _here(folder, provider.issuer("speak-vinid-oneid"), ca, port)
        (folder / "op.yaml").write_text(yaml.safe_dump(config))
        return await _run(folder)


def _metadata(client: dict[str, Any]) -> dict[str, Any]:
    return {**client, "token_endpoint_auth_method": client["auth_method"]}


def _here(folder: Path, issuer: str, ca: trustme.CA, port: int) -> dict[str, Any]:
    """What differs on this machine: where the provider is, and whom it trusts."""
    certificate = ca.issue_cert(*HOSTS)
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(folder / "receiver.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "receiver.key"))
    return {
        "issuer": issuer,
        "contracts": [{"file": "vinid-oneid", "servers": {"oauth": issuer}}],
        "tls": {"ca": "ca.pem"},
        "requests_per_second": 1000,
        "test_credentials": True,
        "receiver": {
            "listen": f"127.0.0.1:{port}",
            "public_url": "https://yourapp.test",
            "reachable": True,
            "certificate": "receiver.pem",
            "private_key": "receiver.key",
        },
    }


async def _run(folder: Path) -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "conformance", "run", str(folder / "op.yaml"), "--only", "DOC-*"]
    process = await asyncio.create_subprocess_exec(
        *command,
        "--out",
        str(folder / "run"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    results = json.loads((folder / "run" / "results.json").read_text())
    rows = {row["id"]: row for row in results["requirements"]}
    return {
        name: row for name, row in rows.items() if name.startswith("DOC-") and row["verdict"] != "excluded"
    }
