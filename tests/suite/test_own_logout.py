"""Logouts that no relying party asked for: what is not known of them turns no row red."""

from __future__ import annotations

from conformance.results import RequirementResult
from tests.suite.edits import Recording
from tests.suite.recording import evidence_of, finding, judged, originals

LEAVE_THE_REST = ("RPI-3-01", "BCL-2.3-03")


def _judged(recording: Recording) -> dict[str, RequirementResult]:
    return judged(evidence_of(recording))


def _without_its_cases(recording: Recording) -> None:
    for event in [e for e in recording.events("own_logout") if e.get("case")]:
        recording.remove("own_logout", event)


def test_without_it_in_the_config_its_rows_do_not_apply() -> None:
    recording = Recording(*originals())
    recording.run["config"]["own_logout"] = None
    _without_its_cases(recording)
    results = _judged(recording)
    assert [results[row].verdict for row in ("OBS-10-01", "OBS-10-02")] == ["not_applicable"] * 2
    assert [finding(results[row]) for row in LEAVE_THE_REST] == ["held", "held"]


def test_an_admin_api_alone_shows_no_page() -> None:
    recording = Recording(*originals())
    recording.run["config"]["own_logout"]["page"] = ""
    for event in recording.events("own_logout", "", "own page"):
        recording.remove("own_logout", event)
    results = _judged(recording)
    assert finding(results["OBS-10-01"]) == "held"
    assert results["OBS-10-02"].verdict == "not_applicable"
    assert finding(results["RPI-3-01"]) == "held"


def test_a_logout_that_ends_nothing_decides_nothing() -> None:
    recording = Recording(*originals())
    recording.event("own_logout", "probe", "own page", when="after")["outcome"] = "alive"
    for endpoint in ("backchannel", "frontchannel"):
        arrival = recording.event("own_logout", "arrival", "own page", endpoint=endpoint)
        recording.remove("own_logout", arrival)
    results = _judged(recording)
    rows = ("OBS-10-01", "OBS-10-02", "RPI-3-01")
    assert [results[row].verdict for row in rows] == ["inconclusive"] * 3


def test_a_redirect_to_an_address_that_is_no_post_logout_uri_is_none() -> None:
    recording = Recording(*originals())
    exchange = recording.event("own_logout", "exchange", "own page", purpose="logout", method="POST")
    uri = recording.event("own_logout", "client", rp="witness")["metadata"]["redirect_uris"][0]
    exchange.update(status=302, response_headers=[["location", uri]])
    assert finding(_judged(recording)["RPI-3-01"]) == "held"
