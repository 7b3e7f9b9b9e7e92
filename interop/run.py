"""Runs the suite on real providers and compares its verdicts with those confirmed by hand.

    interop/run.py [PROVIDER …] [--mode MODE] [--keep]

Each provider is a folder beside this file: a module with `HOME`, `MODES`, `missing` and `serving`, and a
`verdicts.yaml`; without one nothing is confirmed yet, and what is red in the provider's own documents counts. With
`OPTIONAL` a provider is left out where something is missing, unless it is named. Exit codes: 0 as confirmed, 1
otherwise than confirmed, 2 something is missing.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, it finds its siblings and the tests' launchers

from tests.real.launcher import ProviderError  # noqa: E402
from tests.real.package_cache import InstallError  # noqa: E402
from tests.real.proof import CALM, REDS, deviations, verdicts  # noqa: E402

PROVIDERS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
AS_CONFIRMED, OTHERWISE, MISSING = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run each provider in each of its modes; the worst exit code counts."""
    asked = _parsed(arguments)
    codes = [_provider(name, asked) for name in asked.providers or PROVIDERS]
    return max(codes, default=AS_CONFIRMED)


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="interop/run.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "providers", nargs="*", metavar="PROVIDER", help=f"of {', '.join(PROVIDERS)}; default: all"
    )
    parser.add_argument(
        "--mode", choices=("static", "dynamic"), help="how clients are registered; default: both"
    )
    parser.add_argument("--keep", action="store_true", help="leave the provider and its config until Ctrl-C")
    asked = parser.parse_args(arguments)
    for name in asked.providers:
        if name not in PROVIDERS:
            parser.error(f"no provider is called {name!r}: choose from {', '.join(PROVIDERS)}")
    return asked


def _provider(name: str, asked: argparse.Namespace) -> int:
    module = importlib.import_module(f"interop.{name}")
    modes = [mode for mode in module.MODES if asked.mode in (None, mode)]
    if lack := module.missing() or (
        "" if modes else f"{name} is run with {', '.join(module.MODES)} clients only."
    ):
        return _left_out(name, module, lack, asked)
    try:
        return max(_mode(name, module, mode, keep=asked.keep) for mode in modes)
    except (InstallError, ProviderError) as problem:
        print(problem, file=sys.stderr)
        return MISSING


def _left_out(name: str, module: Any, lack: str, asked: argparse.Namespace) -> int:
    """Say what is missing. Where nobody asked for this very provider, the others go on without it."""
    optional = getattr(module, "OPTIONAL", False) and name not in asked.providers
    print(f"{name} is left out. {lack}" if optional else lack, file=sys.stderr)
    return AS_CONFIRMED if optional else MISSING


def _mode(name: str, module: Any, mode: str, *, keep: bool) -> int:
    print(f"{name}, {mode} clients: starting it; the first time it is fetched and built as well", flush=True)
    with tempfile.TemporaryDirectory(prefix="interop-") as scratch:
        folder = Path(scratch, f"{name}-{mode}")
        folder.mkdir()
        with module.serving(mode, folder) as config:
            print(f"{name}, {mode} clients: running the suite on it", flush=True)
            done = subprocess.run([sys.executable, "-m", "conformance", "run", config], cwd=ROOT, check=False)
            code = _compare(module.HOME, mode, folder.name, done.returncode)
            if keep:
                _wait(config)
    return code


def _compare(home: Path, mode: str, provider: str, exit_code: int) -> int:
    run = (ROOT / "reports" / provider / "latest").resolve()
    if not (run / "results.json").is_file():
        print(f"The suite ended with {exit_code} and left no results.", file=sys.stderr)
        return OTHERWISE
    if not (home / "verdicts.yaml").is_file():
        return _unconfirmed(provider, run)
    lines = deviations(home, run, mode)
    for line in lines:
        print(f"  {line}")
    summary = f"{len(lines)} otherwise than confirmed" if lines else "all as confirmed"
    print(f"{provider}: {len(verdicts(run))} rows, {summary}. Report: {run / 'report.html'}", flush=True)
    return OTHERWISE if lines else AS_CONFIRMED


def _unconfirmed(provider: str, run: Path) -> int:
    """Show what wants to be looked at by hand; rows of the provider's own documents decide."""
    found = {row: verdict for row, verdict in verdicts(run).items() if verdict not in CALM}
    for row, verdict in found.items():
        print(f"  {row}: {verdict}, not confirmed by hand yet")
    broken = [row for row, verdict in found.items() if row.startswith("DOC-") and verdict in REDS]
    told = f"{len(verdicts(run))} rows, {len(broken)} of its own documents broken"
    print(f"{provider}: {told}. Report: {run / 'report.html'}", flush=True)
    return OTHERWISE if broken else AS_CONFIRMED


def _wait(config: Path) -> None:
    print(f"It goes on until Ctrl-C. Its config: {config}", flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        print("Ending it.")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or providers would outlive the run
    sys.exit(main())
