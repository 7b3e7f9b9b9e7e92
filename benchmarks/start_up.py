"""What the commands that only tell something cost, beside an interpreter that does nothing: `make bench`.

Each command is a fresh process; processor time, so that what else the machine does is left out. Both run in turn.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from dataclasses import dataclass

NOTHING = ("-c", "pass")
COMMANDS = {
    "list": ("-m", "conformance", "list"),
    "explain": ("-m", "conformance", "explain", "RPI-3-05"),
    "contract check": ("-m", "conformance", "contract", "check", "fixtures/contracts/vinid-oneid.yaml"),
}
ROUNDS = 5


@dataclass(frozen=True)
class Start:
    """One command: processor seconds of each round, and of an interpreter that does nothing in the same round."""

    command: str
    seconds: list[float]
    nothing_seconds: list[float]

    @property
    def ratio(self) -> float:
        """Median of the rounds' ratios."""
        return statistics.median(s / n for s, n in zip(self.seconds, self.nothing_seconds, strict=True))


def bench() -> list[Start]:
    """Every command in turn. Raises RuntimeError for one that fails."""
    starts = [Start(name, [], []) for name in COMMANDS]
    for _ in range(ROUNDS):
        for start in starts:
            start.nothing_seconds.append(_processor_seconds(NOTHING))
            start.seconds.append(_processor_seconds(COMMANDS[start.command]))
    return starts


def summary(starts: list[Start]) -> str:
    """A line for each command."""
    return "\n".join(
        f"{start.command}: {statistics.median(start.seconds):.2f} s of processor time, "
        f"{start.ratio:.1f} times that of an interpreter that does nothing"
        for start in starts
    )


def _processor_seconds(arguments: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"python {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
