"""Providers that cannot be driven: the cause in words, nothing judged that was not seen, no traceback."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from conformance.config.load import load
from conformance.demo import demo_config
from conformance.evidence.events import Arrival, Gap, Token
from conformance.evidence.store import write_scenario
from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.lab import Lab
from conformance.scenarios.world import World
from tests.scenarios.bad_providers import (
    CONFIG,
    Outcome,
    Respond,
    answer,
    free_port,
    metadata,
    run,
    serving,
    untrusted,
)

HTML = answer(b"<!doctype html><title>Hello</title>", kind="text/html")


def visit(folder: Path, respond: Respond, tls: ssl.SSLContext | None = None) -> Outcome:
    async def go() -> Outcome:
        async with serving(respond, tls) as issuer:
            return await run(folder, CONFIG.format(issuer=issuer))

    return asyncio.run(go())


def nothing_else_is_judged(outcome: Outcome, *broken: str) -> None:
    assert set(outcome.verdicts("fail")) == set(broken)
    assert not outcome.verdicts("error")
    assert not outcome.verdicts("warning")
    judged = {row for row in outcome.verdicts("pass") if not row.startswith(("DISC", "ASM"))}
    assert not judged
    assert outcome.evidence.run.complete
    assert outcome.results.exit_code == 2  # Discovery is leaned on: the logout specifications are undecided
    assert len(outcome.verdicts("inconclusive")) > 50


def test_nobody_listens(tmp_path: Path) -> None:
    issuer = f"http://localhost:{free_port()}"
    outcome = asyncio.run(run(tmp_path, CONFIG.format(issuer=issuer)))
    assert "gave no answer" in outcome.cause
    assert "connection" in outcome.cause.lower()
    nothing_else_is_judged(outcome)


def test_silence(tmp_path: Path) -> None:
    outcome = visit(tmp_path, lambda _: None)
    assert "no answer within the time-out" in outcome.cause
    nothing_else_is_judged(outcome)


def test_untrusted_certificate(tmp_path: Path) -> None:
    outcome = visit(tmp_path, lambda _: HTML, tls=untrusted())
    assert "certificate" in outcome.cause.lower()
    nothing_else_is_judged(outcome)


def test_metadata_are_a_page(tmp_path: Path) -> None:
    outcome = visit(tmp_path, lambda _: HTML)
    assert "instead of metadata as a JSON object" in outcome.cause
    nothing_else_is_judged(outcome, "DISC-4.2-01")


def test_metadata_are_no_utf8(tmp_path: Path) -> None:
    outcome = visit(tmp_path, lambda _: answer(b'{"issuer": "\xff\xfe"}'))
    assert "instead of metadata as a JSON object" in outcome.cause
    nothing_else_is_judged(outcome, "DISC-4.2-01")


def test_metadata_are_nested_without_end(tmp_path: Path) -> None:
    outcome = visit(tmp_path, lambda _: answer(b"[" * 60_000))
    assert "instead of metadata as a JSON object" in outcome.cause
    nothing_else_is_judged(outcome, "DISC-4.2-01")


def test_metadata_of_ten_megabytes(tmp_path: Path) -> None:
    whole = json.dumps({"padding": "x" * 10_000_000}).encode()
    outcome = visit(tmp_path, lambda _: answer(whole))
    assert "10000015 bytes" in outcome.cause
    nothing_else_is_judged(outcome)


def test_metadata_redirect_in_a_loop(tmp_path: Path) -> None:
    outcome = visit(tmp_path, lambda target: answer(b"", status="302 Found", Location=target))
    assert "a loop" in outcome.cause
    nothing_else_is_judged(outcome)


def test_metadata_of_another_issuer(tmp_path: Path) -> None:
    other = json.dumps(metadata("https://elsewhere.test")).encode()
    outcome = visit(tmp_path, lambda _: answer(other))
    assert "its issuer is https://elsewhere.test" in outcome.cause
    assert "DISC-4.3-01" in outcome.verdicts("fail")
    assert outcome.results.exit_code == 2


def test_metadata_without_endpoints(tmp_path: Path) -> None:
    async def go() -> Outcome:
        async with serving(
            lambda _: answer(json.dumps({"issuer": issuers[0], "x": "\ud800"}).encode())
        ) as issuer:
            issuers.append(issuer)
            return await run(tmp_path, CONFIG.format(issuer=issuer))

    issuers: list[str] = []
    outcome = asyncio.run(go())
    assert "lacks authorization_endpoint, token_endpoint, jwks_uri" in outcome.cause
    assert not outcome.verdicts("error")


def test_command_line_says_why(tmp_path: Path) -> None:
    config = tmp_path / "down.yaml"
    config.write_text(CONFIG.format(issuer=f"http://localhost:{free_port()}"))
    command = [sys.executable, "-m", "conformance", "run", str(config), "--out", str(tmp_path / "out")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert "gave no answer" in " ".join(ended.stdout.split())
    assert "Traceback" not in ended.stdout + ended.stderr
    assert (tmp_path / "out" / "evidence" / "discovery.json").exists()


# Providers of which one endpoint misbehaves


MISBEHAVED = {
    "redirects in a loop": lambda target: answer(b"", status="302 Found", Location=target),
    "is silent": lambda _: None,
    "closes the connection": lambda _: b"",
    "answers what is no HTTP": lambda _: b"\x00\x01\x02 garbled\r\n\r\n",
    "answers ten megabytes": lambda _: answer(b"<p>x" * 2_500_000, kind="text/html"),
    "answers invalid UTF-8": lambda _: answer(b"<title>\xff\xfe</title>", kind="text/html; charset=utf-8"),
    "redirects to what is no URL": lambda _: answer(b"", status="302 Found", Location="https://[::bad"),
}


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    with demo_config() as config:
        yield config.read_text().replace("receiver: {", "receiver: {window: 1, ")


@pytest.mark.parametrize("misbehaves", MISBEHAVED)
def test_logout_endpoint(tmp_path: Path, reference: str, misbehaves: str) -> None:
    async def go() -> Outcome:
        async with serving(MISBEHAVED[misbehaves]) as other:
            own = f"metadata: {{end_session_endpoint: {other}/end_session}}\n"
            own += (
                "timeout: 1\n" if misbehaves == "is silent" else ""
            )  # else only a machine at its limit needs long
            return await run(tmp_path, reference + own, "registered_members")

    outcome = asyncio.run(go())
    assert not outcome.verdicts("error")
    assert "RPI-3.1-02" not in outcome.verdicts("pass")
    scenarios = [outcome.evidence.scenario(name) for name in outcome.evidence.run.scenarios]
    assert all(one is not None and one.status == "complete" for one in scenarios)
    gaps = [event for one in scenarios if one for event in one.events if isinstance(event, Gap)]
    assert not [gap.reason for gap in gaps if gap.kind == "error"]


# What arrives at the receiver


GARBLED = {
    "no token at all": (b"logout_token=", "application/x-www-form-urlencoded"),
    "three dots": (b"logout_token=...", "application/x-www-form-urlencoded"),
    "no base64": (b"logout_token=%FF.%00.!", "application/x-www-form-urlencoded"),
    "half a surrogate": (
        b"logout_token=eyJhbGciOiJcdWQ4MDAifQ.eyJzaWQiOiJcdWQ4MDAifQ.AA",
        "application/x-www-form-urlencoded",
    ),
    "JSON": (b'{"logout_token": "eyJhbGciOiJub25lIn0.e30."}', "application/json"),
    "binary": (bytes(range(256)), "application/octet-stream"),
}


@pytest.mark.parametrize("what", GARBLED)
def test_garbled_notifications_are_evidence(tmp_path: Path, what: str) -> None:
    body, kind = GARBLED[what]

    async def go() -> list[object]:
        config = tmp_path / "provider.yaml"
        config.write_text(CONFIG.format(issuer=f"http://localhost:{free_port()}"))
        async with World(load(config), tmp_path) as world:
            world.provider.metadata = metadata(world.config.issuer)
            world.provider.jwks = [{"kty": "RSA", "n": 5}, {"kty": "EC"}]
            lab = Lab(world, "garbled", browser=False)
            uri = world.receiver.backchannel_uri("rp1")
            rp = RelyingParty(
                role="rp1", key="rp1", client_id="c", auth_method="none", redirect_uris=[], backchannel_logout_uri=uri
            )  # fmt: skip
            lab._open(rp, {})
            async with httpx.AsyncClient(verify=False) as sender:  # noqa: S501 - our own
                await sender.post(uri, content=body, headers={"Content-Type": kind})
            await lab.collect()
            await lab.close()
            write_scenario(tmp_path, lab.recorder.evidence(), {})
        return list(lab.recorder.events)

    events = asyncio.run(go())
    assert [event.endpoint for event in events if isinstance(event, Arrival)] == ["backchannel"]
    tokens = [event for event in events if isinstance(event, Token)]
    assert all(token.problem or (token.signature and not token.signature.verified) for token in tokens)
    assert (tmp_path / "garbled.json").exists()
