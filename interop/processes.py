"""Providers that run as processes of their own: how they are stopped, and what they said last."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any


def last_words(log: Path, otherwise: str = "it wrote nothing") -> str:
    """Return the last lines of a log, for an error."""
    lines = [
        line.strip()
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip()
    ]
    return " / ".join(lines[-5:]) or otherwise


def stop(process: subprocess.Popen[Any], seconds: float) -> None:
    """SIGTERM to the process, which may hand it on; what then still runs of its group is killed."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
