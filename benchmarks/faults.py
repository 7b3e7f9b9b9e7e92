"""Every planted fault against the full suite: `make faults`.

    python -m benchmarks.faults [--only NAME …] [--at-once N]

One reference provider serves all faults, each as a tenant of its own. A fault must turn its rows and, beside
its companions (rows that may turn along, each with a reason), nothing else. Ends with status 1 on a surprise.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from conformance.reference.switches import Fault, faults
from conformance.suite.registry import checks
from tests.proofs.harness import Job, Outcome, Stage, Surprises, every_scenario, stage, surprises

SHOWN = 300  # characters of what was found


def main() -> int:
    """Walk the faults and print a line for each; returns the exit status."""
    options = _options()
    chosen = [fault for fault in faults() if not options.only or fault.name in options.only]
    began = time.monotonic()
    with stage() as running:
        surprised = asyncio.run(_walk(running, chosen, options.at_once))
    took = time.monotonic() - began
    print(f"\n{len(chosen)} faults in {took / 60:.1f} min, {surprised} with a surprise", flush=True)
    return 1 if surprised else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    names = [fault.name for fault in faults()]
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=names, help="these faults alone")
    parser.add_argument("--at-once", type=int, default=3, metavar="N", help="so many faults side by side (3)")
    return parser.parse_args()


async def _walk(running: Stage, chosen: list[Fault], at_once: int) -> int:
    conforming = await anext(running.walk([Job((), every_scenario())], 1))
    by_name = {fault.name: fault for fault in chosen}
    jobs = [Job((name,), every_scenario()) for name in by_name]
    surprised = 0
    async for outcome in running.walk(jobs, at_once):
        fault = by_name[outcome.job.switches[0]]
        found = surprises(fault, outcome, conforming)
        surprised += bool(found)
        _print(fault, outcome, found)
    return surprised


def _print(fault: Fault, outcome: Outcome, found: Surprises) -> None:
    turned = [row for row in fault.rows if row in outcome.results and row not in found.missing]
    planned = [row for row in fault.rows if row not in checks()]
    unchecked = f"; no check yet: {', '.join(planned)}" if planned else ""
    mark = "SURPRISE" if found else "ok"
    print(f"{mark:<9}{fault.name:<40}{outcome.seconds:5.0f} s  {', '.join(turned)}{unchecked}", flush=True)
    for what, rows in (("did not turn", found.missing), ("turned", found.unexpected)):
        for row, why in rows.items():
            print(f"         {row} {what}: {why[:SHOWN]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
