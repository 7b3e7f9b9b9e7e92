"""Everything that arrived, with bounds, and a way to wait for it."""

import asyncio
import logging
from collections.abc import Callable

import msgspec

from conformance.receiver.model import Limits, Seen, bounded

LOG = logging.getLogger("conformance.receiver")
LOG.addHandler(logging.NullHandler())


class Journal:
    """Arrivals in the order in which they were complete."""

    def __init__(self, limits: Limits, on_arrival: Callable[[str, Seen], None] | None) -> None:
        self.arrivals: list[Seen] = []
        self.total = 0  # counts those that were not kept too
        self.closed = False
        self._limits = limits
        self._strays = 0
        self._bytes = 0
        self._on_arrival = on_arrival
        self._by_key: dict[str, list[Seen]] = {}
        self._changed = asyncio.Event()

    def record(self, seen: Seen) -> None:
        self.total += 1
        if self._has_room(seen):
            self._bound(seen)
            self.arrivals.append(seen)
            self._by_key.setdefault(seen.key, []).append(seen)
            self._tell(seen)
        self.wake()

    def _has_room(self, seen: Seen) -> bool:
        if len(self.arrivals) >= self._limits.arrivals:
            return False
        self._strays += seen.endpoint == "other"
        return seen.endpoint != "other" or self._strays <= self._limits.strays

    def _bound(self, seen: Seen) -> None:
        if self._bytes + weight(seen) > self._limits.kept_bytes:
            cut(seen, self._limits.scrap)
        self._bytes += weight(seen)

    def tally(self, key: str, endpoint: str, *, answered: bool) -> "Tally":
        """A count of a site's arrivals that can be asked again and again."""
        return Tally(self._by_key.setdefault(key, []), endpoint, answered=answered)

    def seen(self, key: str, endpoint: str | None = None) -> list[Seen]:
        return [seen for seen in self._by_key.get(key, []) if endpoint in (None, seen.endpoint)]

    def wake(self) -> None:
        """Let everyone who waits look again."""
        self._changed.set()
        self._changed.clear()

    async def wait_for(self, enough: Callable[[], bool], seconds: float) -> bool:
        """Whether it came true within `seconds`; it ends at once when the receiver closes."""
        try:
            async with asyncio.timeout(seconds):
                while not enough() and not self.closed:
                    await self._changed.wait()
        except TimeoutError:
            pass
        return enough()

    def _tell(self, seen: Seen) -> None:
        if self._on_arrival is None:
            return
        try:
            self._on_arrival(seen.key, seen)
        except Exception:
            LOG.exception("on_arrival failed for %s", seen.url)


def weight(seen: Seen) -> int:
    return len(seen.url) + len(seen.body.text) + sum(len(name) + len(value) for name, value in seen.headers)


def cut(seen: Seen, most: int) -> None:
    """Keeps so much of body and headers each; what a notification has fits in it."""
    if len(seen.body.text) > most:
        seen.body = msgspec.structs.replace(seen.body, text=seen.body.text[:most], truncated=True)
    seen.headers, remark = bounded(seen.headers, len(seen.headers), most)
    seen.problem = "; ".join(filter(None, (seen.problem, remark)))


class Tally:
    """Counts arrivals (that were answered) at an endpoint; looks at each only until it counts."""

    def __init__(self, arrivals: list[Seen], endpoint: str, *, answered: bool) -> None:
        self.count = 0
        self._arrivals = arrivals
        self._endpoint = endpoint
        self._answered = answered
        self._looked_at = 0
        self._open: list[Seen] = []

    def at_least(self, count: int) -> bool:
        new = self._arrivals[self._looked_at :]
        self._looked_at += len(new)
        self._open += [seen for seen in new if seen.endpoint == self._endpoint]
        left = [seen for seen in self._open if self._answered and seen.answered_at is None]
        self.count += len(self._open) - len(left)
        self._open = left
        return self.count >= count
