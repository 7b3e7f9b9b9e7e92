"""Record the run that edits start from: ``python -m tests.suite.record [SCENARIO …]`` (all, where none is named)."""

from __future__ import annotations

import asyncio
import json
import shutil
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
        if (folder / f"{name}.json").exists() and (not names or name in names):
            shutil.copy(folder / f"{name}.json", FOLDER)
    (FOLDER / "index.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
