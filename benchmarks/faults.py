"""Every planted fault, and every conforming profile, against the full suite: `make faults`.

    python -m benchmarks.faults [--only NAME …] [--at-once N]

One reference provider serves all of them, each as a tenant of its own. A fault must turn its rows and, beside
its companions (rows that may turn along, each with a reason), nothing else; a profile must turn nothing. Ends
with status 1 on a surprise.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from conformance.reference.switches import Fault, faults, profiles
from conformance.suite.registry import checks
from tests.proofs.harness import (
    Job,
    Outcome,
    Stage,
    Surprises,
    every_scenario,
    profile_job,
    red,
    stage,
    surprises,
    undecided,
)

SHOWN = 300  # characters of what was found
FAULTS = {fault.name: fault for fault in faults()}
NAMES = [*FAULTS, *(profile.name for profile in profiles())]


def main() -> int:
    """Walk faults and profiles and print a line for each; returns the exit status."""
    options = _options()
    chosen = [name for name in NAMES if not options.only or name in options.only]
    began = time.monotonic()
    with stage() as running:
        surprised = asyncio.run(_walk(running, chosen, options.at_once))
    took = time.monotonic() - began
    print(
        f"\n{len(chosen)} faults and profiles in {took / 60:.1f} min, {surprised} with a surprise", flush=True
    )
    return 1 if surprised else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", choices=NAMES, help="these faults and profiles alone"
    )
    parser.add_argument("--at-once", type=int, default=3, metavar="N", help="so many side by side (3)")
    return parser.parse_args()


async def _walk(running: Stage, chosen: list[str], at_once: int) -> int:
    conforming = await anext(running.walk([Job((), every_scenario())], 1))
    surprised = 0
    async for outcome in running.walk([profile_job(name) for name in chosen], at_once):
        name = outcome.job.switches[0]
        found = _surprises(name, outcome, conforming)
        surprised += bool(found)
        _print(name, outcome, found)
    return surprised


def _surprises(name: str, outcome: Outcome, conforming: Outcome) -> Surprises:
    if name in FAULTS:
        return surprises(FAULTS[name], outcome, conforming)
    return Surprises({}, red(name, outcome) | undecided(name, outcome))


def _print(name: str, outcome: Outcome, found: Surprises) -> None:
    mark = "SURPRISE" if found else "ok"
    print(
        f"{mark:<9}{name:<40}{outcome.seconds:5.0f} s  {_proven(FAULTS.get(name), outcome, found)}",
        flush=True,
    )
    for what, rows in (("did not turn", found.missing), ("turned", found.unexpected)):
        for row, why in rows.items():
            print(f"         {row} {what}: {why[:SHOWN]}", flush=True)


def _proven(fault: Fault | None, outcome: Outcome, found: Surprises) -> str:
    """Return the rows that a fault turned as it must, and those that nothing checks yet."""
    rows = fault.rows if fault else ()
    turned = [row for row in rows if row in outcome.results and row not in found.missing]
    planned = [row for row in rows if row not in checks()]
    return ", ".join(turned) + (f" (no check yet: {', '.join(planned)})" if planned else "")


if __name__ == "__main__":
    sys.exit(main())
