"""OpenID Connect Discovery 1.0, RFC 8414, and the addresses of the logout endpoints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.requirements import catalogue
from conformance.suite.test_discovery import OWN
from tests.suite.edits import Recording, edit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RELIES_ON_REVOCATION = [row for row, one in catalogue().requirements.items() if "revocation" in one.applies]
RELIES_ON_PKCE = [row for row, one in catalogue().requirements.items() if "pkce" in one.applies]


def published(run: Recording, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the metadata as they were answered."""
    body = run.event("discovery", "exchange", purpose="discovery")["response_body"]
    document = json.loads(body["text"])
    change(document)
    body["text"] = json.dumps(document)
    body["size"] = len(body["text"])


def members(**values: Any) -> Callable[[dict[str, Any]], None]:
    """Set members of the metadata."""
    return lambda document: document.update(values)


def because(reason: str, *rows: str) -> Mapping[str, str]:
    return dict.fromkeys(rows, reason)


@edit(
    "DISC-3-01",
    also=because("it is another issuer, too", "DISC-3-01b", "DISC-4.3-01", "BCL-2.4-01", "FCL-2-12"),
)
def the_issuer_has_a_query(run: Recording) -> None:
    published(run, lambda document: document.update(issuer=f"{document['issuer']}?x=1"))


@edit("DISC-3-01b")
def an_id_token_has_another_iss(run: Recording) -> None:
    token = run.event("registered_members", "token", "other algorithm and method", kind="id_token")
    token["claims"]["iss"] += "/"


@edit("DISC-3-02", also=because("a token was signed with an algorithm that is not listed", "DISC-3-02b"))
def rs256_is_not_listed(run: Recording) -> None:
    published(run, members(id_token_signing_alg_values_supported=["ES256"]))


@edit("DISC-3-02b")
def a_token_has_an_unlisted_algorithm(run: Recording) -> None:
    published(run, members(id_token_signing_alg_values_supported=["RS256"]))


@edit("DISC-3-03", also=because("what is not announced is not offered", *catalogue().requirements))
def no_further_members(run: Recording) -> None:
    published(run, lambda document: [document.pop(name) for name in set(document) - OWN])


@edit("DISC-3-04", also=because("it is no https URL either", "SM-3.3-02", "SM-3.3-03"))
def an_address_is_a_list(run: Recording) -> None:
    published(run, lambda document: document.update(check_session_iframe=[document["check_session_iframe"]]))


@edit(
    "DISC-3-05",
    also=because(
        "front-channel logout is not offered then",
        *(row for row in catalogue().requirements if row.startswith("FCL")),
    ),
)
def a_session_member_stands_alone(run: Recording) -> None:
    run.run["config"]["declares"] = ["front_channel", "front_channel_session"]
    published(run, members(frontchannel_logout_supported=False))


@edit("DISC-4.2-01")
def the_metadata_are_plain_text(run: Recording) -> None:
    answer = run.event("discovery", "exchange", purpose="discovery")
    answer["response_headers"] = [["content-type", "text/plain"]]


@edit("DISC-4.2-02")
def a_member_is_an_empty_array(run: Recording) -> None:
    published(run, members(acr_values_supported=[]))


@edit("DISC-4.3-01")
def the_config_names_another_issuer(run: Recording) -> None:
    run.run["issuer"] = "https://elsewhere.test"
    answer = run.event("discovery", "exchange", purpose="discovery")
    answer["url"] = "https://elsewhere.test/.well-known/openid-configuration"


# RFC 8414


@edit("ASM-2-01", also=because("revocation is not offered then", *RELIES_ON_REVOCATION))
def revocation_is_not_published(run: Recording) -> None:
    published(run, lambda document: document.pop("revocation_endpoint"))


@edit("ASM-2-02")
def methods_are_not_published(run: Recording) -> None:
    published(run, lambda document: document.pop("revocation_endpoint_auth_methods_supported"))


@edit("ASM-2-03")
def algorithms_are_missing(run: Recording) -> None:
    published(run, lambda document: document.pop("revocation_endpoint_auth_signing_alg_values_supported"))


@edit("ASM-2-04")
def none_is_an_algorithm(run: Recording) -> None:
    published(run, members(revocation_endpoint_auth_signing_alg_values_supported=["RS256", "none"]))


@edit("ASM-2-05", also=because("PKCE is not offered then", *RELIES_ON_PKCE))
def pkce_is_not_published(run: Recording) -> None:
    published(run, lambda document: document.pop("code_challenge_methods_supported"))


# Addresses


@edit("RPI-2.1-02")
def end_session_endpoint_is_configured_only(run: Recording) -> None:
    def withdraw(document: dict[str, Any]) -> None:
        run.run["config"]["metadata"] = {"end_session_endpoint": document.pop("end_session_endpoint")}

    published(run, withdraw)


@edit("RPI-2.1-03")
def end_session_endpoint_is_http(run: Recording) -> None:
    published(run, members(end_session_endpoint="http://provider.test/end_session"))


@edit("SM-3.3-03")
def check_session_iframe_is_http(run: Recording) -> None:
    published(run, members(check_session_iframe="http://provider.test/check_session"))


@edit("REV-2-04")
def revocation_endpoint_has_a_fragment(run: Recording) -> None:
    published(
        run, lambda document: document.update(revocation_endpoint=f"{document['revocation_endpoint']}#")
    )


@edit("REV-2-06", also=because("it is published, too", "REV-2-10"))
def revocation_endpoint_is_http(run: Recording) -> None:
    published(run, members(revocation_endpoint="http://provider.test/revoke"))


@edit("REV-2-10")
def an_alias_is_http(run: Recording) -> None:
    published(run, members(mtls_endpoint_aliases={"revocation_endpoint": "http://provider.test/revoke"}))
