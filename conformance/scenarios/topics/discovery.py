"""Metadata and keys, and the clock of the provider."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from conformance.evidence.events import Clock
from conformance.provider.wire import Reply
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario


@scenario()
async def discovery(lab: Lab) -> None:
    """Fetch the metadata and the keys of the provider (Discovery 4)."""
    before = datetime.now(UTC)
    await lab.provider.discover(lab.api)
    if lab.provider.endpoint("jwks_uri"):  # OAuth 2.0 alone signs nothing
        _measure_clock(lab, await lab.provider.fetch_keys(lab.api), before)


def _measure_clock(lab: Lab, reply: Reply, before: datetime) -> None:
    """Compare the Date header with our clock; it has whole seconds, cut off."""
    try:
        theirs = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return
    after = datetime.now(UTC)
    middle = before + (after - before) / 2
    offset = (theirs - middle).total_seconds() + 0.5
    lab.add(Clock, offset=round(offset, 3), uncertainty=round(0.5 + (after - before).total_seconds() / 2, 3))
