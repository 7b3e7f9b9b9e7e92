"""What the harness itself does to a relying party is no sign of what the provider does."""

from __future__ import annotations

from tests.suite.edits import Recording
from tests.suite.recording import evidence_of, finding, judged, originals


def test_a_uri_that_only_a_control_reached_is_not_in_force() -> None:
    """The control of front-channel logout frames the URIs itself; a provider without it does not return them."""
    recording = Recording(*originals())
    scenarios = ("frontchannel_fan_out", "frontchannel_query", "both_channels")
    for name in scenarios:
        for client in recording.events(name, "client"):
            client["metadata"].pop("frontchannel_logout_uri", None)
        for arrival in recording.events(name, "arrival", endpoint="frontchannel"):
            if arrival.get("case") != "control":
                recording.remove(name, arrival)
    assert recording.events("frontchannel_fan_out", "arrival", "control", endpoint="frontchannel")
    result = judged(evidence_of(recording))["REG-3.2-01"]
    assert finding(result) == "held", result.reason
