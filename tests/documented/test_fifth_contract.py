"""A contract of a real program, and its committed run: recorded once at django-oauth-toolkit 3.4.1, judged again here.

`python -m tests.real.django_oauth_toolkit_contract.record` records it anew.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.documented.load import load, plain, shipped
from conformance.documented.rows import requirements, with_contracts
from conformance.requirements import catalogue
from tests.real.proof import suite, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "django-oauth-toolkit"
COMMITTED = Path(__file__).parents[2] / "fixtures" / "evidence" / "contracts" / NAME
REVOKE = f"documented-{NAME}-revoke.json"
FOREIGN = {"event": "probe", "what": "foreign access token", "by": "userinfo", "when": "after"}
Events = list[dict[str, Any]]


def replayed(folder: Path, out: Path) -> dict[str, str]:
    done = suite("replay", str(folder), "--out", str(out))
    assert (out / "results.json").is_file(), done.stdout + done.stderr
    return verdicts(out)


def test_the_committed_run_is_judged_as_it_was(tmp_path: Path) -> None:
    assert replayed(COMMITTED, tmp_path / "again") == verdicts(COMMITTED)


def test_it_is_a_run_of_the_contract_as_it_is_shipped() -> None:
    index = json.loads((COMMITTED / "evidence" / "index.json").read_text())
    contract = load(shipped()[NAME])
    assert [one["sentences"] for one in index["contracts"]] == [plain(contract)["sentences"]]
    told = {row.id for row in requirements(contract) if row.observable == "yes"}
    assert told <= verdicts(COMMITTED).keys()


def test_every_sentence_that_is_promised_held() -> None:
    assert set(verdicts(COMMITTED).values()) == {"pass", "note", "excluded"}


def _lives_on(case: Events) -> None:
    """A public client's token is not dead after all."""
    next(one for one in case if one["event"] == "probe" and one["when"] == "after")["outcome"] = "alive"


def _foreign_died(case: Events) -> None:
    next(one for one in case if one.items() >= FOREIGN.items())["outcome"] = "ended"


def _unavailable(case: Events) -> None:
    next(one for one in case if one.get("purpose") == "documented")["status"] = 503


@pytest.mark.parametrize(
    ("row", "case", "edit"),
    [
        ("S12", "without client_secret, by a public client", _lives_on),
        ("R01", "token=the foreign access token", _foreign_died),
        ("R06", "token=unknown", _unavailable),
    ],
)
def test_another_provider_would_have_failed(
    tmp_path: Path, row: str, case: str, edit: Callable[[Events], None]
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(COMMITTED, folder)
    path = folder / "evidence" / REVOKE
    found = json.loads(path.read_text())
    edit([event for event in found["events"] if event.get("case") == case])
    path.write_text(json.dumps(found))
    turned = replayed(folder, tmp_path / "again").items() - verdicts(COMMITTED).items()
    assert turned == {(f"DOC-{NAME}-{row}", "fail")}


def test_a_row_cites_the_document_that_says_it() -> None:
    """The contract cites two: a sentence of the second leads there."""
    contract = load(shipped()[NAME])
    rows = with_contracts(catalogue(), [contract])
    tutorial, rfc = (one.address for one in contract.documents)
    assert rows.address(rows.requirements[f"DOC-{NAME}-S12"]) == tutorial
    assert rows.address(rows.requirements[f"DOC-{NAME}-R01"]) == rfc


def test_another_clients_token_is_the_one_that_was_sent() -> None:
    """What is probed is the token of the second application, not another one of the first."""
    case = json.loads((COMMITTED / "evidence" / REVOKE).read_text())["events"]
    mine = [one for one in case if one.get("case") == "token=the foreign access token"]
    sent = next(one for one in mine if one["event"] == "documented")["values"]["foreign_access_token"]
    asked = [one for one in mine if one.get("purpose") == "userinfo"]
    assert len(asked) == 2
    digest = sent.rpartition(":")[2]
    assert all(digest in json.dumps(one["request_headers"]) for one in asked)


def test_sentences_that_were_not_decided_leave_the_run_incomplete(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(COMMITTED, folder)
    path = folder / "evidence" / REVOKE
    found = json.loads(path.read_text())
    for probe in (event for event in found["events"] if event["event"] == "probe"):
        probe["outcome"] = "undecided"
    path.write_text(json.dumps(found))
    done = suite("replay", str(folder), "--out", str(tmp_path / "again"))
    assert done.returncode == 2, done.stdout
    assert "incomplete" in done.stdout
