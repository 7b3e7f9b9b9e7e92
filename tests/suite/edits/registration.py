"""OpenID Connect Dynamic Client Registration 1.0, and what is taken over of logout URIs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.suite.edits import Recording, edit
from tests.suite.edits.discovery import because

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.suite.edits import Event

VARIANTS = "registration_variants"
USED = "registered_members"


def variant(run: Recording, name: str) -> Event:
    """The registration of this variant."""
    return run.event(VARIANTS, "registration", variant=name)


def accept(run: Recording, name: str, **returned: Any) -> None:
    """Let a registration have been accepted as it was asked for."""
    event = variant(run, name)
    event["status"] = 201
    event["returned"] = {"client_id": "made-of-a-bad-one", **event["requested"], **returned}
    answer = run.event(VARIANTS, "exchange", id=event["source"])
    answer["status"] = 201
    answer["response_body"] = {"text": json.dumps(event["returned"])}


def refuse(run: Recording, name: str, *, status: int = 400, error: str = "invalid_client_metadata") -> None:
    """Let a registration have been refused."""
    event = variant(run, name)
    event["status"], event["returned"] = status, {"error": error, "error_description": "no"}
    run.event(VARIANTS, "exchange", id=event["source"])["status"] = status


def taken_over(name: str) -> Callable[[Recording], None]:
    """An edit by which a bad registration was accepted."""

    def bad_value_is_taken_over(run: Recording) -> None:
        accept(run, name)

    return bad_value_is_taken_over


def refused(name: str) -> Callable[[Recording], None]:
    """An edit by which a good registration was refused."""

    def good_value_is_refused(run: Recording) -> None:
        refuse(run, name)

    return good_value_is_refused


@edit("REG-2-01b")
def tokens_are_signed_otherwise(run: Recording) -> None:
    run.event(USED, "token", "first URI", kind="id_token")["header"]["alg"] = "ES256"


@edit("REG-2-03")
def a_near_miss_gets_a_code(run: Recording) -> None:
    answer = run.event(USED, "exchange", "redirect_uri: trailing slash", purpose="authorization")
    uri = run.event(USED, "login", "redirect_uri: trailing slash")["login"]
    answer["status"] = 302
    answer["response_headers"] = [["location", f"{uri}?code=abc&state=x"]]


@edit("REG-3.2-01", also=because("no response shows the URI", "BCL-2.2-08"))
def a_member_in_force_is_not_returned(run: Recording) -> None:
    for client in run.events(USED, "client", rp="rp1"):
        del client["metadata"]["backchannel_logout_uri"]


@edit("REG-3.2-02", also=because("what is bad was taken over", *(
    "RPI-2-12b", "BCL-2.2-02b", "BCL-2.2-05b", "BCL-2.2-09b", "FCL-2-02b", "FCL-2-03b", "FCL-2-06b", "FCL-2-19b",
    "REG-2-02b",
)))  # fmt: skip
def everything_is_taken_as_it_is(run: Recording) -> None:
    for event in run.events(VARIANTS, "registration", status=400):
        if not event["variant"].startswith("redirect_uri"):
            accept(run, event["variant"])


@edit("REG-3.2-02b")
def another_algorithm_is_in_force(run: Recording) -> None:
    run.event(USED, "token", "other algorithm and method", kind="id_token")["header"]["alg"] = "RS256"


@edit("REG-3.2-03")
def unknown_members_are_refused(run: Recording) -> None:
    refuse(run, "unknown member")
    refuse(run, "unknown member again")


@edit("REG-3.2-04")
def success_is_200(run: Recording) -> None:
    variant(run, "plain")["status"] = 200


@edit("REG-3.3-01", also=because("there is no JSON object", "REG-3.3-01b", "REG-3.3-02"))
def a_refusal_is_html(run: Recording) -> None:
    variant(run, "redirect_uris empty")["returned"] = None


@edit("REG-3.3-01b")
def a_refusal_is_not_described(run: Recording) -> None:
    del variant(run, "redirect_uris empty")["returned"]["error_description"]


@edit("REG-3.3-02")
def a_logout_uri_is_called_a_redirect_uri(run: Recording) -> None:
    variant(run, "back-channel relative")["returned"]["error"] = "invalid_redirect_uri"


# What is taken over

for _row, _variant in {
    "RPI-2-12b": "post-logout http, public",
    "BCL-2.2-02b": "back-channel relative",
    "BCL-2.2-05b": "back-channel with fragment",
    "BCL-2.2-09b": "back-channel http, public",
    "FCL-2-02b": "front-channel on another port",
    "FCL-2-03b": "front-channel relative",
    "FCL-2-06b": "front-channel with fragment",
    "FCL-2-19b": "front-channel http, public",
}.items():
    edit(_row)(taken_over(_variant))

for _row, _variant in {
    "RPI-2-12": "post-logout http, confidential",
    "BCL-2.2-08": "back-channel with port, path and query",
    "BCL-2.2-09a": "back-channel http, confidential",
    "BCL-2.2-12": "back-channel without flag",
    "FCL-2-18": "front-channel with port, path and query",
    "FCL-2-19": "front-channel http, confidential",
    "FCL-2-23": "front-channel without flag",
}.items():
    edit(_row)(refused(_variant))


@edit("RPI-2-11", also=because("one of two is neither kept nor dropped", "RPI-3.1-02"))
def the_uri_with_a_port_is_not_followed(run: Recording) -> None:
    _no_redirect(run, "URI with port, path and query")


@edit("RPI-3.1-02", also=because("the plain URI is not followed either", "RPI-2-11"))
def the_uris_are_dropped(run: Recording) -> None:
    for client in run.events(USED, "client", rp="rp1"):
        del client["metadata"]["post_logout_redirect_uris"]
    _no_redirect(run, "first URI")
    _no_redirect(run, "URI with port, path and query")


def _no_redirect(run: Recording, case: str) -> None:
    for answer in run.events(USED, "exchange", case):
        if answer["purpose"] in {"logout", "answer"}:
            answer["status"], answer["response_headers"] = 200, []
