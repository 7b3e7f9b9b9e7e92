"""Record the evidence that the tests of claims edit: ``python -m tests.documented.record``."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from pathlib import Path

from conformance.config.load import load
from conformance.demo import demo_config
from conformance.documented.load import plain, used
from conformance.documented.scenario import scenarios
from conformance.recording import Lines
from conformance.scenarios.runner import record
from tests.suite.record import with_fixed_ports

CONTRACT = Path(__file__).with_name("proof.yaml")
FOLDER = Path(__file__).parents[2] / "fixtures" / "evidence" / "documented"


def main() -> None:
    """Record the conforming reference provider, held to the contract, in place of what was recorded before."""
    with tempfile.TemporaryDirectory() as place, demo_config(["profile-no-confirmation"]) as path:
        config = load(held_to(path, CONTRACT), {})
        contracts = used(config)
        found = scenarios(contracts)
        asyncio.run(
            record(
                config,
                found,
                Path(place),
                Lines(),
                more=found,
                contracts=[plain(one) for _, one in contracts],
            )
        )
        _keep(Path(place), config.issuer)


def held_to(config: Path, contract: Path, more: str = "") -> Path:
    """Add a contract to a config of the reference provider: its own endpoints stand for those of the contract."""
    text = config.read_text(encoding="utf-8").replace("profile, email]", "offline_access]")
    found = re.search(r"issuer: (\S+)", text)
    assert found
    use = {"file": str(contract), "servers": {"op": found[1]}, "resource": {"url": f"{found[1]}/userinfo"}}
    config.write_text(f"{text}contracts: {json.dumps([use])}\n{more}", encoding="utf-8")
    return config


def _keep(folder: Path, issuer: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for recorded in sorted(folder.glob("*.json")):
        text = recorded.read_text().replace(str(CONTRACT), CONTRACT.name)  # no path of a machine
        (FOLDER / recorded.name).write_text(with_fixed_ports(text, issuer))


if __name__ == "__main__":
    main()
