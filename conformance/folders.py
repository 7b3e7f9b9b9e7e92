"""Where runs are kept: reports/<provider>/<UTC time>/, and `latest`, which names the newest."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from conformance.evidence.store import INDEX, EvidenceError

ROOT = Path("reports")


def new_folder(provider: str) -> Path:
    """Return a folder for a run that begins now; two runs of one second get different ones."""
    name = re.sub(r"[^\w.-]+", "-", provider).strip("-.") or "provider"
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    folder = ROOT / name / stamp
    number = 2
    while folder.exists():
        folder = ROOT / name / f"{stamp}-{number}"
        number += 1
    return folder


def point_latest(folder: Path) -> None:
    """Make `latest` beside the folder name it; a file with the name where links are not to be had."""
    link = folder.parent / "latest"
    part = folder.parent / f".latest.{os.getpid()}"
    try:
        part.symlink_to(folder.name, target_is_directory=True)
        part.replace(link)
    except OSError:
        part.unlink(missing_ok=True)
        link.write_text(folder.name + "\n", encoding="utf-8")


def evidence_of(folder: Path) -> Path:
    """Return the evidence folder of a run, given the run's folder or the evidence itself."""
    for candidate in (folder / "evidence", folder):
        if (candidate / INDEX).is_file():
            return candidate
    raise EvidenceError(
        f"{folder}: neither this folder nor its evidence/ has an {INDEX}. Give the folder of a run."
    )
