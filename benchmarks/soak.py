"""Does a run give the same verdicts again, and on a busy machine? `make soak`.

    python -m benchmarks.soak [--rounds N]

The suite runs on one oidc-provider again and again: every time with the scenarios in another order, every
second time while all cores are kept busy. Printed are the rows whose verdict changed; any ends with status 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.demo import receiver_certificate
from conformance.scenarios.runner import SHUFFLE
from tests.real.oidc_provider import ProviderConfig, oidc_provider

RUN_SECONDS = 1800
JUDGED = (0, 1, 2)  # exit codes of a run that came to its end
CONFIG = """\
# Written by benchmarks/soak.py.
provider: oidc-provider
issuer: {issuer}
loopback: http-allowed
registration: dynamic
test_credentials: true
users: [{{username: alice, password: anything}}, {{username: bob, password: anything}}]
receiver: {{reachable: yes, certificate: {certificate}, private_key: {key}}}
"""


@dataclass(frozen=True)
class Round:
    """One run: its verdicts and reasons by row."""

    number: int
    busy: bool
    seconds: float
    rows: Mapping[str, tuple[str, str]]


def main() -> int:
    """Run, compare, print; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="so many runs (20)")
    options = parser.parse_args()
    rounds = list(_rounds(options.rounds))
    changed = _changed(rounds)
    for row, line in changed.items():
        print(f"{row}: {line}")
    print(f"{len(rounds)} runs of {len(rounds[0].rows)} rows, {len(changed)} with a verdict that changed")
    return 1 if changed else 0


def _rounds(number: int) -> Iterator[Round]:
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        certificate = receiver_certificate(folder)
        with oidc_provider(ProviderConfig(extra_ca=certificate.ca)) as provider:
            config = folder / "oidc-provider.yaml"
            text = CONFIG.format(
                issuer=provider.issuer, certificate=certificate.certificate, key=certificate.key
            )
            config.write_text(text, encoding="utf-8")
            for index in range(1, number + 1):
                yield _round(config, folder / str(index), index)


def _round(config: Path, out: Path, number: int) -> Round:
    busy = number % 2 == 0
    command = [sys.executable, "-m", "conformance", "run", str(config), "--out", str(out)]
    began = time.monotonic()
    with _busy(os.cpu_count() or 1 if busy else 0):
        environment = {**os.environ, SHUFFLE: str(number)}
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
        )
    took = time.monotonic() - began
    if ended.returncode not in JUDGED:
        raise RuntimeError(
            f"Run {number} ended with status {ended.returncode}:\n{ended.stdout}{ended.stderr}"
        )
    print(f"run {number:>3}: {took:5.1f} s{', cores busy' if busy else ''}", flush=True)
    return Round(number, busy, took, _read(out / "results.json"))


@contextmanager
def _busy(cores: int) -> Iterator[None]:
    """Keep so many cores busy with a process each."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cores)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def _read(results: Path) -> dict[str, tuple[str, str]]:
    rows = json.loads(results.read_text(encoding="utf-8"))["requirements"]
    return {row["id"]: (f"{row['verdict']} {row.get('does', '')}".strip(), row["reason"]) for row in rows}


def _changed(rounds: Sequence[Round]) -> dict[str, str]:
    """Say of each row that did not always come out the same what it came out as, and when it was rare."""
    seen: dict[str, list[tuple[str, str, Round]]] = defaultdict(list)
    for one in rounds:
        for row, (verdict, reason) in one.rows.items():
            seen[row].append((verdict, reason, one))
    counted = {row: Counter(verdict for verdict, _, _ in found) for row, found in seen.items()}
    return {row: _line(counted[row], found) for row, found in seen.items() if len(counted[row]) > 1}


def _line(counted: Counter[str], found: Sequence[tuple[str, str, Round]]) -> str:
    usual = counted.most_common(1)[0][0]
    others = [
        f"run {one.number}{' (busy)' if one.busy else ''} {verdict}: {reason}"
        for verdict, reason, one in found
        if verdict != usual
    ]
    return f"mostly {usual}; " + "; ".join(others)


if __name__ == "__main__":
    sys.exit(main())
