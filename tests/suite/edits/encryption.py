"""Encrypted ID Tokens."""

from __future__ import annotations

from tests.suite.edits import Event, Recording, edit
from tests.suite.edits.discovery import members, published
from tests.suite.edits.rp_initiated import drop_redirect


def _id_token(run: Recording) -> Event:
    return run.events("encrypted_tokens", "token", "encrypted", kind="id_token")[0]


@edit("CORE-10.2-01", also={"CORE-10.2-01b": "undecided: no key", "CORE-16.14-01": "undecided: no key",
                            "BCL-2.4-20b": "undecided: its control did not open",
                            "JBCP-3.11-02": "undecided: its control did not open",
                            "BCL-2.4-19": "undecided: its control did not open"})  # fmt: skip
def an_id_token_that_no_key_opens(run: Recording) -> None:
    _id_token(run)["encryption"] |= {"opened": False, "problem": "tag does not match"}


@edit("CORE-10.2-01b")
def a_key_that_is_not_named(run: Recording) -> None:
    _id_token(run)["encryption"]["header"].pop("kid")


@edit("CORE-16.14-01", also=dict.fromkeys(("DISC-3-02b", "BCL-2.4-20"), "an ID Token that is not signed"))
def claims_in_the_clear_within(run: Recording) -> None:
    token = _id_token(run)
    token.pop("signature")
    token["header"] = {}


@edit("REG-2-02b")
def enc_alone_is_taken(run: Recording) -> None:
    attempt = run.event("registration_variants", "registration", variant="encryption, enc alone")
    attempt.update(status=201, returned={**attempt["requested"], "client_id": "enc-alone"})


@edit("REG-2-02c")
def another_enc_by_default(run: Recording) -> None:
    token = run.events("encryption_default", "token", "alg alone", kind="id_token")[0]
    token["encryption"]["header"]["enc"] = "A256GCM"


def symmetric_encryption(run: Recording) -> None:
    """Logouts like the plain one, at a provider that encrypts by the client_secret."""
    published(run, members(id_token_encryption_alg_values_supported=["A128KW"]))
    for case in ("control", "encrypted hint"):
        for event in run.events("logout_get", case="plain"):
            new = run.add("encrypted_hint", event, case=case)
            if event["event"] == "token" and event["kind"] == "id_token" and case != "control":
                new["encryption"] = {"header": {"alg": "A128KW"}, "opened": True, "kid": "client_secret"}
    for gap in run.events("encrypted_hint", "gap"):
        run.remove("encrypted_hint", gap)


@edit("RPI-2-08", given=symmetric_encryption)
def an_encrypted_hint_is_refused(run: Recording) -> None:
    drop_redirect(run, "encrypted_hint", "encrypted hint")
