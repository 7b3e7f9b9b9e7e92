"""What starting and the suite cost beside a floor, and how much the receiver takes: `make bench`.

    python -m benchmarks.bench [--only start|suite|receiver] [--rounds N] [--json FILE]

The receiver's part is receiver_load.py, that of starting is start_up.py. The suite's: one oidc-provider serves all
runs. The bare flows (`bare_flows.py`: 17 flows) and the suite (every requirement) run in turn, each as a process of
its own, so that a slow minute of the machine hits both. Printed: the median of the ratios of the pairs, verdicts per
second, peak memory of each process tree, and the size of what the suite leaves on disk.

Optional long watches are off: absences are watched for WINDOW seconds instead of the default ten, and the rows
that need the scenarios of LONG_WATCHES are left out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import receiver_load, start_up
from benchmarks.memory import resident
from benchmarks.tls import issue_certificate
from conformance.suite.registry import checks
from tests.real.oidc_provider import ProviderConfig, oidc_provider

MIB = 1 << 20
WINDOW = 3  # receiver.window, in seconds
LONG_WATCHES = {"session_watch", "refresh_after_logout"}  # scenarios that poll or wait for many seconds
SAMPLE_SECONDS = 0.25
RUN_SECONDS = 1800
VERDICT_EXITS = {0: "conformant", 1: "non-conformant", 2: "incomplete"}
JUDGED = ("pass", "fail", "warning", "note", "waived")

CONFIG = """\
# Written by benchmarks/bench.py.
provider: oidc-provider
issuer: {issuer}
loopback: http-allowed
registration: dynamic
test_credentials: true
users:
  - {{username: alice, password: anything}}
  - {{username: bob, password: anything}}
select: {{skip: [{skip}]}}
receiver:
  listen: "127.0.0.1:0"
  reachable: true
  window: {window}
  certificate: receiver.crt
  private_key: receiver.key
"""


class BenchError(RuntimeError):
    """A run that gives no figure; the message says which and why."""


@dataclass(frozen=True)
class Run:
    """One process: how long it took, the most memory of its tree, how it ended."""

    seconds: float
    peak_bytes: int
    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Pair:
    """One round: the floor, then the suite."""

    bare_seconds: float
    bare_peak_bytes: int
    suite_seconds: float
    suite_peak_bytes: int
    suite_exit_code: int
    verdicts: dict[str, int]
    evidence_bytes: int
    report_bytes: int

    @property
    def ratio(self) -> float:
        return self.suite_seconds / self.bare_seconds

    @property
    def judged(self) -> int:
        return sum(self.verdicts.get(verdict, 0) for verdict in JUDGED)


def measure(command: list[str], folder: Path) -> Run:
    """Runs it to its end and samples the memory of its process tree."""
    with (folder / "stdout").open("w+") as stdout, (folder / "stderr").open("w+") as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
        try:
            peak = _peak_until_end(process, started + RUN_SECONDS)
        except TimeoutError as late:
            raise BenchError(f"`{' '.join(command[1:4])} …` did not end within {RUN_SECONDS} s.") from late
        finally:
            process.kill()
            process.wait()
        seconds = time.perf_counter() - started
    texts = [(folder / name).read_text(errors="replace") for name in ("stdout", "stderr")]
    return Run(seconds, peak, process.returncode, *texts)


def _peak_until_end(process: subprocess.Popen[bytes], deadline: float) -> int:
    peak = 0
    while time.perf_counter() < deadline:
        peak = max(peak, resident(process.pid))
        with suppress(subprocess.TimeoutExpired):
            process.wait(SAMPLE_SECONDS)
            return peak
    raise TimeoutError


def run_pair(issuer: str, folder: Path, number: int) -> Pair:
    bare = measure(_python("benchmarks.bare_flows", "--issuer", issuer, "--tls", str(folder)), folder)
    if bare.exit_code:
        raise BenchError(f"The bare flows failed: {_last_line(bare)}")
    _check_flows(json.loads(bare.stdout))
    out = folder / f"run-{number}"
    suite = measure(
        _python("conformance", "run", str(folder / "oidc-provider.yaml"), "--out", str(out)), folder
    )
    if suite.exit_code not in VERDICT_EXITS or not (out / "results.json").is_file():
        raise BenchError(f"The suite gave no verdict (exit code {suite.exit_code}): {_last_line(suite)}")
    return Pair(
        bare_seconds=bare.seconds,
        bare_peak_bytes=bare.peak_bytes,
        suite_seconds=suite.seconds,
        suite_peak_bytes=suite.peak_bytes,
        suite_exit_code=suite.exit_code,
        verdicts=_verdicts(out / "results.json"),
        evidence_bytes=sum(file.stat().st_size for file in (out / "evidence").rglob("*") if file.is_file()),
        report_bytes=(out / "report.html").stat().st_size,
    )


def _left_out() -> list[str]:
    """Rows that only the long watches can show."""
    return [row for row, check in checks().items() if LONG_WATCHES & set(check.scenarios)]


def _check_flows(result: dict[str, Any]) -> None:
    """A floor counts only when its flows took place."""
    outcomes = [flow["outcome"] for flow in result["flows"]]
    redirected = sum(outcome.startswith("redirected, then login_required") for outcome in outcomes)
    pages = sum(outcome in {"Sign-out Success", "oops! something went wrong"} for outcome in outcomes)
    if (len(outcomes), redirected, pages) != (17, 4, 8):
        raise BenchError(f"The bare flows ended elsewhere than they should: {outcomes}")


def _verdicts(results: Path) -> dict[str, int]:
    requirements = json.loads(results.read_text(encoding="utf-8"))["requirements"]
    return dict(Counter(row["verdict"] for row in requirements))


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


def _last_line(run: Run) -> str:
    lines = (run.stderr or run.stdout).strip().splitlines()
    return lines[-1] if lines else "it wrote nothing"


def summary(pairs: list[Pair]) -> str:
    """The figures for people, one a line."""
    last = pairs[-1]
    lines = [
        *(_round(number, pair) for number, pair in enumerate(pairs, 1)),
        (
            f"suite / bare, median of {len(pairs)}: {statistics.median(pair.ratio for pair in pairs):.2f} "
            f"(absences watched for {WINDOW} s, without {len(_left_out())} rows of long watches)"
        ),
        f"verdicts per second, median: {statistics.median(p.judged / p.suite_seconds for p in pairs):.1f}",
        f"peak memory, bare: {_mib(max(p.bare_peak_bytes for p in pairs))}",
        f"peak memory, suite: {_mib(max(p.suite_peak_bytes for p in pairs))}",
        f"evidence {_mib(last.evidence_bytes)}, report.html {_mib(last.report_bytes)}",
        "verdicts: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(last.verdicts.items())),
    ]
    return "\n".join(lines)


def _round(number: int, pair: Pair) -> str:
    return (
        f"round {number}: bare {pair.bare_seconds:.1f} s, suite {pair.suite_seconds:.1f} s "
        f"({pair.judged} verdicts, {VERDICT_EXITS[pair.suite_exit_code]}), ratio {pair.ratio:.2f}"
    )


def _mib(count: int) -> str:
    return f"{count / MIB:.1f} MiB"


def bench(rounds: int) -> list[Pair]:
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        certificate = issue_certificate(folder)
        with oidc_provider(ProviderConfig(extra_ca=certificate.ca)) as provider:
            config = CONFIG.format(issuer=provider.issuer, window=WINDOW, skip=", ".join(_left_out()))
            (folder / "oidc-provider.yaml").write_text(config, encoding="utf-8")
            return [run_pair(provider.issuer, folder, number) for number in range(1, rounds + 1)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Starting; the suite beside the same provider's 17 bare flows; the receiver."
    )
    parser.add_argument("--only", choices=["start", "suite", "receiver"], help="measure one of them")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs (default: 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every round")
    given = parser.parse_args()
    if given.rounds < 1:
        parser.error("--rounds has to be 1 or more")
    figures: dict[str, Any] = {}
    wrong: list[str] = []
    try:
        if given.only in {None, "start"}:
            figures["start"] = bench_start()
        if given.only in {None, "suite"}:
            figures["suite"] = bench_suite(given.rounds)
        if given.only in {None, "receiver"}:
            figures["receiver"], wrong = bench_receiver(given.rounds)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 1 if wrong else 0


def bench_start() -> list[dict[str, Any]]:
    """Measures, prints, and returns the figures."""
    starts = start_up.bench()
    print(start_up.summary(starts), flush=True)
    return [{**asdict(start), "ratio": start.ratio} for start in starts]


def bench_suite(rounds: int) -> list[dict[str, Any]]:
    """Likewise."""
    pairs = bench(rounds)
    print(summary(pairs), flush=True)
    return [{**asdict(pair), "ratio": pair.ratio, "judged": pair.judged} for pair in pairs]


def bench_receiver(rounds: int) -> tuple[list[dict[str, Any]], list[str]]:
    """Likewise; what was lost or out of order comes along."""
    load = receiver_load.Load()
    pairs = receiver_load.bench(rounds, load)
    print(receiver_load.summary(pairs, load), flush=True)
    return receiver_load.figures(pairs), receiver_load.wrong(pairs)


if __name__ == "__main__":
    sys.exit(main())
