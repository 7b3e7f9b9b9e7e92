"""Record the run that edits start from: ``python -m tests.suite.record [SCENARIO …]`` (all, where none is named)."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from pathlib import Path

from conformance.config.load import load
from conformance.demo import demo_config
from conformance.recording import Lines
from conformance.scenarios.registry import scenarios
from conformance.scenarios.runner import record
from tests.suite.recording import FOLDER


def main(names: list[str]) -> None:
    """Record scenarios of the conforming reference provider and put them in place of the old ones."""
    with tempfile.TemporaryDirectory() as place, demo_config() as config:
        folder = Path(place)
        asyncio.run(record(load(config), names or list(scenarios()), folder, Lines()))
        _merge(folder, names)


def _merge(folder: Path, names: list[str]) -> None:
    index = json.loads((folder / "index.json").read_text())
    old = FOLDER / "index.json"
    if names and old.exists():
        before = json.loads(old.read_text())
        index["scenarios"] = list(dict.fromkeys([*before["scenarios"], *names]))
        index["duration"] = max(index["duration"], before["duration"])  # what was watched stays watched
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in index["scenarios"]:
        recorded = folder / f"{name}.json"
        if recorded.exists() and (not names or name in names):
            (FOLDER / recorded.name).write_text(with_fixed_ports(recorded.read_text(), index["issuer"]))
    index = json.loads(with_fixed_ports(json.dumps(index), index["issuer"]))
    (FOLDER / "index.json").write_text(json.dumps(index, indent=1) + "\n")


def with_fixed_ports(text: str, issuer: str) -> str:
    """Make recordings of different days fit together: the provider at 8443, the receiver at 9443."""
    provider = issuer.split("/")[2].split(":")[1]
    text = re.sub(rf"(localhost|127\.0\.0\.1)(:|%3A){provider}", r"\1\g<2>8443", text)
    return re.sub(r"(localhost|127\.0\.0\.1)(:|%3A)(?!8443)\d{4,5}", r"\1\g<2>9443", text)


if __name__ == "__main__":
    main(sys.argv[1:])
