"""`make interop`: what it says when something is missing, what it asks Keycloak for, and how verdicts are compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interop import keycloak
from interop.keycloak.distribution import artifact, missing
from interop.keycloak.realm import further_clients, realm
from interop.keycloak.server import own_home
from interop.run import MISSING, PROVIDERS, main
from tests.real.proof import deviations, entries, unexplained

INTEROP = Path(__file__).parents[2] / "interop"


def test_a_missing_program_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["keycloak"]) == MISSING
    said = capsys.readouterr().err.strip()
    assert "(java)" in said
    assert "(mvn)" in said
    assert "\n" not in said


def test_nothing_is_missing_where_all_programs_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for program in ("java", "mvn"):
        (tmp_path / program).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not missing()


def test_an_unknown_provider_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nobody"])
    assert "choose from hydra, keycloak" in capsys.readouterr().err


def test_the_distribution_is_pinned() -> None:
    coordinates, digest = artifact()
    assert coordinates.startswith("org.keycloak:keycloak-quarkus-dist:")
    assert len(digest) == 64


@pytest.mark.parametrize("name", [name for name in PROVIDERS if (INTEROP / name / "verdicts.yaml").is_file()])
def test_every_expected_verdict_says_why(name: str) -> None:
    home = INTEROP / name
    assert not unexplained(home)
    assert all(set(entry.get("modes", [])) <= set(keycloak.MODES) for entry in entries(home))


def test_clients_hear_by_the_channel_of_their_uri() -> None:
    uris = {
        "redirect_uris": ["https://a.test/cb"],
        "post_logout_redirect_uris": ["https://a.test/1", "https://a.test/2"],
    }
    front = {"client_id": "front", **uris, "frontchannel_logout_uri": "https://a.test/fc"}
    back = {"client_id": "back", **uris, "backchannel_logout_uri": "https://localhost/bc"}
    first, second = realm([front, back])["clients"]
    assert (first["frontchannelLogout"], second["frontchannelLogout"]) == (True, False)
    assert first["attributes"] == {
        "post.logout.redirect.uris": "https://a.test/1##https://a.test/2",
        "frontchannel.logout.url": "https://a.test/fc",
    }


def test_every_start_has_a_home_of_its_own(tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    for name in ("bin/kc.sh", "lib/app.jar", "data/keycloak-truststore.p12"):
        (installed / name).parent.mkdir(parents=True, exist_ok=True)
        (installed / name).touch()
    home = own_home(installed, tmp_path / "home")
    assert not (home / "bin" / "kc.sh").is_symlink()
    assert (home / "lib" / "app.jar").is_file()
    assert not (home / "data").exists()


def test_further_clients_are_complete() -> None:
    native = next(client for client in further_clients() if client["client_id"] == "native")
    assert "client_secret" not in native
    assert all(
        client["redirect_uris"] and client["post_logout_redirect_uris"] for client in further_clients()
    )


def test_a_row_may_be_expected_in_one_mode_alone(tmp_path: Path) -> None:
    (tmp_path / "verdicts.yaml").write_text(
        "- {row: A, verdict: fail}\n- {row: B, verdict: fail, modes: [static]}\n"
    )
    rows = [
        {"id": "A", "verdict": "fail"},
        {"id": "B", "verdict": "pass"},
        {"id": "C", "verdict": "note"},
    ]
    (tmp_path / "results.json").write_text(json.dumps({"requirements": rows}))
    assert deviations(tmp_path, tmp_path, "dynamic") == []
    assert deviations(tmp_path, tmp_path, "static") == ["B: calm, expected fail"]
