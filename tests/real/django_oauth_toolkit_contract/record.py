"""Record the committed run anew: ``python -m tests.real.django_oauth_toolkit_contract.record``."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.real.django_oauth_toolkit_contract import CONTRACT, contract_run

REPOSITORY = Path(__file__).parents[3]
COMMITTED = REPOSITORY / "fixtures" / "evidence" / "contracts" / CONTRACT


def main() -> None:
    """Put a run of today in the place of the committed one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = contract_run(REPOSITORY, folder)
        for path in [run / "results.json", *(run / "evidence").glob("*.json")]:
            kept = COMMITTED / path.relative_to(run)
            kept.parent.mkdir(parents=True, exist_ok=True)
            found = json.loads(path.read_text().replace(f"{folder}/", "").replace(folder.name, CONTRACT))
            kept.write_text(_compact(found))


def _compact(found: dict[str, Any]) -> str:
    """An event a line: half as large, and a difference still shows which."""
    events = found.pop("events", None)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    if events is None:
        return f"{text}\n"
    lines = ",\n".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events)
    return f'{text.removesuffix("}").rstrip()},\n "events": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    main()
