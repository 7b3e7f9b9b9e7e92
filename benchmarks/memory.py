"""What a process holds and uses: memory of it and all that it started, sampled; its processor time."""

from __future__ import annotations

from contextlib import suppress

import psutil  # type: ignore[import-untyped,unused-ignore]


def resident(pid: int) -> int:
    """Resident bytes of the process and its descendants; pages shared between them count once for each."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return sum(_resident(one) for one in (process, *process.children(recursive=True)))
    return 0


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.Error):  # it may end meanwhile
        return int(process.memory_info().rss)
    return 0


def cpu_seconds(pid: int) -> float:
    """Processor seconds that the process itself has used so far."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
