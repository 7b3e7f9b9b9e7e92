"""Contracts on the command line, and a run that is held to one from the config to the replay."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.demo import demo_config
from conformance.documented.load import shipped
from tests.documented.record import held_to

BAD = Path(__file__).parent / "bad"


def cli(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conformance", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, cwd=cwd)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def refused(*arguments: str, cwd: Path) -> str:
    """Return what is told, in one paragraph, where a command is refused."""
    done = cli(*arguments, cwd=cwd)
    assert (done.returncode, done.stdout) == (4, "")
    told = done.stderr.partition("Error: ")[2].strip()
    assert "\n\n" not in told
    return told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a new contract in it."""
    cli("contract", "new", "shop", cwd=tmp_path)
    return tmp_path


def test_a_new_contract_is_sound(folder: Path) -> None:
    done = cli("contract", "check", "shop.yaml", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "My provider, logout: sound.",
        "  9 rows, DOC-shop-…: 3 documented, 5 notes, 1 excluded",
        "  logout: GET ${op}/logout, 10 requests, 8 of them about what the document leaves open",
        "  Rows one by one: logout-conformance list --contract shop.yaml",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("new", "shop"), "shop.yaml is there already. Give another place by --out."),
        (("new", "Shop"), "'Shop' is no name of a contract. Use lower-case letters, digits and hyphens."),
        (
            ("new", "a", "--out", "nowhere/a.yaml"),
            "nowhere/a.yaml cannot be written: No such file or directory.",
        ),
        (("check", "nowhere.yaml"), "nowhere.yaml: there is no such file. Give the path of a contract."),
        (("check", "."), "this is a folder"),
        (("check",), "FILE"),
    ],
)
def test_what_cannot_be_done_is_told(folder: Path, arguments: tuple[str, ...], told: str) -> None:
    assert told in refused("contract", *arguments, cwd=folder)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    expected = (BAD / "wrong-keys.yaml.txt").read_text(encoding="utf-8").strip()
    assert refused("contract", "check", "wrong-keys.yaml", cwd=BAD) == expected
    assert refused("list", "--contract", "wrong-keys.yaml", cwd=BAD) == expected
    assert refused("explain", "DOC-bad-S01", "--contract", "wrong-keys.yaml", cwd=BAD) == expected


@pytest.mark.parametrize("name", list(shipped()))
def test_contracts_of_the_suite_are_known_by_name(tmp_path: Path, name: str) -> None:
    assert ": sound." in cli("contract", "check", name, cwd=tmp_path).stdout


def test_list_shows_the_rows_of_a_contract_alone(folder: Path) -> None:
    done = cli("list", "--contract", "shop.yaml", "--format", "json", cwd=folder)
    rows = {row["id"]: (row["level"], row["status"]) for row in json.loads(done.stdout)}
    assert rows["DOC-shop-S01"] == ("documented", "check")
    assert rows["DOC-shop-S04"] == ("documented", "excluded")
    assert rows["DOC-shop-logout.wrong"] == ("observation", "check")
    assert len(rows) == 9


def test_list_takes_one_source(folder: Path) -> None:
    assert "Give one of them" in refused("list", "--contract", "shop.yaml", "--spec", "RPI", cwd=folder)


def test_explain_tells_what_is_sent_and_seen(folder: Path) -> None:
    told = cli("explain", "DOC-shop-S03", "--contract", "shop.yaml", cwd=folder).stdout
    line = (folder / "shop.yaml").read_text().partition("- id: S03")[0].count("\n") + 1
    for words in (
        "Without client_id the answer is 400.",
        "GET https://op.example.com/logout: without client_id.",
        "Status 400.",
        f"shop.yaml:{line}",
    ):
        assert words in told


def test_explain_knows_another_reading_by_its_id(tmp_path: Path) -> None:
    told = cli("explain", "DOC-lh-crew-B05.2", cwd=tmp_path).stdout
    assert "Another reading:" in told
    assert "The document contradicts itself:" in told


def test_explain_names_the_nearest_row(folder: Path) -> None:
    told = refused("explain", "DOC-shop-S3", "--contract", "shop.yaml", cwd=folder)
    assert "did you mean DOC-shop-S03" in told


def test_explain_asks_for_the_contract_of_a_row_that_it_does_not_know(folder: Path) -> None:
    assert "--contract FILE" in refused("explain", "DOC-shop-S03", cwd=folder)


def test_a_config_with_a_bad_contract_names_its_lines(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text((BAD / "two-held-readings.yaml").read_text())
    (tmp_path / "op.yaml").write_text(
        "issuer: https://localhost:1\nregistration: dynamic\nusers: [{username: a, password: b}]\n"
        "test_credentials: true\ncontracts: [{file: bad.yaml, servers: {op: 'https://localhost:1'}}]\n"
    )
    done = cli("run", "op.yaml", cwd=tmp_path)
    assert done.returncode == 4
    assert "bad.yaml:24: key 'sentences[0].readings[1].held'" in done.stderr
    assert not (tmp_path / "reports").exists()


# A run

OWN = """\
contract: own
title: A logout of our own
documents: [{id: guide, title: Guide}]
servers: {op: "https://op.example.com"}
endpoints:
  - name: logout
    heading: Logout
    url: ${op}/end_session
    method: GET
    by: browser
    open: no
    parameters: [{name: id_token_hint, in: query, value: "${id_token}"}]
  - name: revoke
    heading: Revocation
    url: ${op}/revoke
    method: POST
    by: server
    parameters:
      - {name: client_id, in: form, value: "${client_id}"}
      - {name: client_secret, in: form, value: "${client_secret}"}
      - {name: token, in: form, value: "${access_token}", wrong: ["${foreign_access_token}"]}
sentences:
  - id: S1
    heading: Logout
    says: The session ends.
    endpoint: logout
    expect: {after: [{what: session, is: ended, by: prompt=none}]}
  - {id: S2, heading: Logout, says: It was ended already., endpoint: logout, expect: {page: [login]}}
  - id: R1
    heading: Revocation
    says: The token is dead.
    endpoint: revoke
    expect: {status: 200, after: [{what: access token, is: ended, by: resource}]}
  - id: R2
    heading: Revocation
    says: Without a token the error says so, with a blank at its end.
    endpoint: revoke
    when: {without: token}
    expect: {status: 400, json: {error: "invalid_request ", error_description: token is missing}}
  - id: R3
    heading: Revocation
    says: The query is not read.
    endpoint: revoke
    contradiction: The example has it there; the sentence is held.
    readings:
      - {says: It is not read., held: yes, when: {misplaced: token}, expect: {status: 400}}
      - {says: It is read., when: {misplaced: token}, expect: {status: 200}}
  - {id: R4, heading: Revocation, says: Do it often., excluded: Advice to developers.}
"""
WAIVED = "waivers: [{requirement: DOC-own-S2, reason: the guide is old, expires: 2099-12-31}]\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A run that was held to a contract, after which config and contract are gone; its exit code."""
    folder = tmp_path_factory.mktemp("run")
    contract = folder / "own.yaml"
    contract.write_text(OWN)
    with demo_config() as config:
        held_to(config, contract, WAIVED)
        done = cli(
            "run", str(config), "--only", "DOC-own", "--only", "DISC-3-01", "--out", "live", cwd=folder
        )
    contract.unlink()
    return folder, done.returncode


def results(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return found


def verdicts(folder: Path) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in results(folder)["requirements"]}


def test_a_run_is_held_to_the_contract(run: tuple[Path, int]) -> None:
    folder, code = run
    found = verdicts(folder / "live")
    assert code == 1
    assert {row: verdict for row, verdict in found.items() if not row.startswith("DOC-own-revoke")} == {
        "DISC-3-01": "pass", "DOC-own-S1": "pass", "DOC-own-S2": "waived", "DOC-own-R1": "pass", "DOC-own-R2": "fail",
        "DOC-own-R3": "pass", "DOC-own-R3.2": "note", "DOC-own-R4": "excluded",
    }  # fmt: skip
    left_open = {row: verdict for row, verdict in found.items() if row.startswith("DOC-own-revoke")}
    assert len(left_open) == 7
    assert set(left_open.values()) == {"note"}


def test_the_report_has_the_sentences_in_their_order(run: tuple[Path, int]) -> None:
    html = (run[0] / "live" / "report.html").read_text()
    places = [
        html.find(words) for words in ("The session ends.", "The token is dead.", "with a blank at its end")
    ]
    assert -1 not in places
    rows = [
        row["id"] for row in results(run[0] / "live")["requirements"] if row["id"].startswith("DOC-own-R")
    ]
    assert rows == ["DOC-own-R1", "DOC-own-R2", "DOC-own-R3", "DOC-own-R3.2", "DOC-own-R4"]


def test_a_blank_that_is_missing_is_told(run: tuple[Path, int]) -> None:
    (row,) = (row for row in results(run[0] / "live")["requirements"] if row["id"] == "DOC-own-R2")
    assert 'error is "invalid_request", not "invalid_request " (they differ in blanks' in row["observed"]


def test_a_replay_without_the_contract_gives_the_same_verdicts(run: tuple[Path, int]) -> None:
    folder, code = run
    done = cli("replay", "live", "--out", "again", cwd=folder)
    assert done.returncode == code
    assert verdicts(folder / "again") == verdicts(folder / "live")
    before, after = (results(folder / name)["requirements"] for name in ("live", "again"))
    assert [row["observed"] for row in before] == [row["observed"] for row in after]


def test_a_replay_can_look_at_one_sentence(run: tuple[Path, int]) -> None:
    done = cli("replay", "live", "--only", "DOC-own-R2", "--out", "one", cwd=run[0])
    assert done.returncode == 1
    assert verdicts(run[0] / "one") == {"DOC-own-R2": "fail"}


BY_BROWSER = """\
contract: by-browser
title: What a browser is answered
documents: [{id: guide, title: Guide}]
servers: {op: "https://op.example.com"}
endpoints:
  - name: user
    heading: The user
    url: ${op}/userinfo
    method: GET
    by: browser
    open: no
    parameters: [{name: Authorization, in: header, value: "Bearer ${access_token}"}]
sentences:
  - id: S1
    heading: The user
    says: The user has a sub.
    endpoint: user
    expect: {status: 200, content_type: application/json, json_schema: {required: [sub]}}
  - id: S2
    heading: The user
    says: Without a token the error says so.
    endpoint: user
    when: {without: Authorization}
    expect: {status: 401, json: {error: invalid_token, error_description: the access token is not valid}}
"""


@pytest.mark.parametrize("more", ["", "browser: {always: yes}\n"], ids=["plain HTTP", "Chromium"])
def test_what_a_browser_is_answered_is_seen_in_any_user_agent(tmp_path: Path, more: str) -> None:
    contract = tmp_path / "by-browser.yaml"
    contract.write_text(BY_BROWSER)
    with demo_config() as config:
        held_to(config, contract, more)
        done = cli("run", str(config), "--only", "DOC-by-browser", "--out", "run", cwd=tmp_path)
    assert verdicts(tmp_path / "run") == {"DOC-by-browser-S1": "pass", "DOC-by-browser-S2": "pass"}, (
        done.stdout
    )
