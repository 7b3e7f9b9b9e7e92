"""OpenID Connect Front-Channel Logout 1.0, and the rows of RP-Initiated Logout about front-channel logout."""

from __future__ import annotations

from urllib.parse import quote

from conformance.requirements import catalogue
from tests.suite.edits import Event, Recording, edit
from tests.suite.edits.discovery import because, members, published

FAN_OUT = "frontchannel_fan_out"
QUERY = "frontchannel_query"
FRONT = [row for row, one in catalogue().requirements.items() if "front_channel" in one.applies]
NOT_OFFERED = because("front-channel logout is not announced then", *FRONT, "DISC-3-05")
NO_SESSION = because(
    "session support is not announced then", "FCL-2-22", "FCL-3-07", "DISC-3-05", "DISC-3-04"
)


def framed(run: Recording, case: str, rp: str = "rp1", scenario: str = FAN_OUT) -> Event:
    """The front-channel request to a relying party as it arrived."""
    return run.event(scenario, "arrival", case, rp=rp, endpoint="frontchannel")


def parameter(event: Event, name: str) -> str:
    """A parameter of a front-channel request, as it stands in the URL."""
    pairs = (pair.partition("=") for pair in event["url"].partition("?")[2].split("&"))
    return next(value for key, _, value in pairs if key == name)


def readdress(run: Recording, scenario: str, event: Event, url: str) -> None:
    """Give a front-channel request another URL, as the browser and the receiver saw it."""
    before = event["url"]
    for seen in run.events(scenario, case=event["case"]):
        if seen.get("url") == before:
            seen["url"] = url


def put(run: Recording, event: Event, name: str, value: str) -> None:
    """Give a parameter another value."""
    readdress(run, FAN_OUT, event, event["url"].replace(parameter(event, name), value))


def drop(run: Recording, scenario: str, event: Event, *names: str) -> None:
    """Take parameters out of a front-channel request."""
    base, _, query = event["url"].partition("?")
    left = [pair for pair in query.split("&") if pair.partition("=")[0] not in names]
    readdress(run, scenario, event, base + ("?" + "&".join(left) if left else ""))


def for_an_image(event: Event) -> None:
    event["headers"] = [[k, "image" if k == "Sec-Fetch-Dest" else v] for k, v in event["headers"]]


@edit("FCL-1.1-01", also=because("it is not that of the ID Token", "FCL-2-12b"))
def a_sid_is_quoted(run: Recording) -> None:
    event = framed(run, "first")
    put(run, event, "sid", quote(f'"{parameter(event, "sid")}"'))


@edit("FCL-2-05")
def a_registered_parameter_is_lost(run: Recording) -> None:
    drop(run, QUERY, framed(run, "query", scenario=QUERY), "x")


@edit("FCL-2-07")
def a_relying_party_is_called_by_an_image(run: Recording) -> None:
    for_an_image(framed(run, "no redirect"))


@edit("FCL-2-10", also=because("a request without sid was seen", "FCL-3-09"))
def nothing_is_added_for_who_did_not_ask(run: Recording) -> None:
    drop(run, QUERY, framed(run, "session not required", scenario=QUERY), "iss", "sid")


@edit("FCL-2-11", also=because("not both were added", "FCL-2-10"))
def iss_is_missing(run: Recording) -> None:
    drop(run, QUERY, framed(run, "session not required", scenario=QUERY), "iss")


@edit("FCL-2-12")
def iss_is_another(run: Recording) -> None:
    put(run, framed(run, "first"), "iss", "https%3A%2F%2Fother.example")


@edit("FCL-2-12b")
def sid_is_another(run: Recording) -> None:
    put(run, framed(run, "first"), "sid", "of-no-session")


@edit("FCL-2-22", also=because("a request without sid was seen", "FCL-3-09"))
def a_promised_session_is_not_sent(run: Recording) -> None:
    drop(run, FAN_OUT, framed(run, "first"), "iss", "sid")


@edit("FCL-3-01", also=because("it was not framed either", "RPI-2-37b"))
def one_of_two_is_forgotten(run: Recording) -> None:
    run.remove(FAN_OUT, framed(run, "from rp2", "rp1"))


@edit("FCL-3-02")
def one_waits_for_the_other(run: Recording) -> None:
    first, second = sorted((framed(run, "held back", rp) for rp in ("rp1", "rp2")), key=lambda e: e["at"])
    first["answered_at"] = first["at"] + 5
    second["at"] = first["at"] + 5.1


@edit("FCL-3-03", also=because("it is that notification", "RPI-2-39b"))
def a_stranger_is_rendered(run: Recording) -> None:
    run.add(FAN_OUT, framed(run, "no redirect"), rp="rp3")


@edit("FCL-3-04", also=because("it is no boolean", "DISC-3-04", "DISC-3-05", "FCL-3-06"))
def support_is_a_string(run: Recording) -> None:
    published(run, members(frontchannel_logout_supported="true"))


@edit("FCL-3-04b", also=NOT_OFFERED)
def support_is_denied(run: Recording) -> None:
    published(run, members(frontchannel_logout_supported=False))


@edit("FCL-3-05", to="held", also={**NOT_OFFERED, "FCL-3-04b": "it is not announced"})
def support_is_left_out(run: Recording) -> None:
    published(run, lambda document: document.pop("frontchannel_logout_supported"))


@edit("FCL-3-06", also=NO_SESSION)
def session_support_is_no_boolean(run: Recording) -> None:
    published(run, members(frontchannel_logout_session_supported="sometimes"))


@edit("FCL-3-07", also=because("an ID Token without sid was seen", "FCL-3-09"))
def a_promised_sid_is_missing(run: Recording) -> None:
    run.event(FAN_OUT, "token", "first", rp="rp2", kind="id_token")["claims"].pop("sid")


@edit("FCL-3-08", to="held", also={**NO_SESSION, "FCL-3-06": "it is not published"})
def session_support_is_left_out(run: Recording) -> None:
    published(run, lambda document: document.pop("frontchannel_logout_session_supported"))


@edit("FCL-3-09", to="held")
def an_id_token_has_no_sid(run: Recording) -> None:
    token = run.event(QUERY, "token", "session not required", rp="rp1", kind="id_token")
    token["claims"].pop("sid")


@edit("FCL-3-10", also=because("two sessions share it", "FCL-3-11", "BCL-2.1-07b"))
def two_browsers_share_a_sid(run: Recording) -> None:
    tokens = run.events("two_browsers", "token", rp="rp1", kind="id_token")
    for token in tokens:
        token["claims"]["sid"] = tokens[0]["claims"]["sid"]


@edit("FCL-3-11", also=because("it looks the same", "FCL-5-01"))
def two_scenarios_share_a_sid(run: Recording) -> None:
    sid = run.events("logout_get", "token", kind="id_token")[0]["claims"]["sid"]
    run.events("logout_targets", "token", kind="id_token")[0]["claims"]["sid"] = sid


@edit("FCL-3-13", also=because("it is judged there, too", "BCL-2.1-07"))
def a_sid_has_an_accent(run: Recording) -> None:
    token = run.event(FAN_OUT, "token", "first", rp="rp2", kind="id_token")
    run.add(FAN_OUT, token, login="again", claims={**token["claims"], "sid": "séance"})


@edit("FCL-5-01")
def a_sid_is_the_subject(run: Recording) -> None:
    token = run.events("logout_get", "token", kind="id_token")[0]
    token["claims"]["sid"] = token["claims"]["sub"]


@edit("RPI-2-37b", also=because("it was not contacted at all", "FCL-3-01"))
def the_other_is_not_framed(run: Recording) -> None:
    run.remove(FAN_OUT, framed(run, "first", "rp2"))


@edit("RPI-2-38b")
def the_initiator_is_not_framed(run: Recording) -> None:
    run.remove(FAN_OUT, framed(run, "first"))


@edit("RPI-2-39b", also=because("it is on the logout page, too", "FCL-3-03"))
def a_stranger_is_told(run: Recording) -> None:
    run.add(FAN_OUT, framed(run, "first"), rp="rp3")


@edit("RPI-3-07b")
def the_redirect_comes_first(run: Recording) -> None:
    for case, rp in (("first", "rp2"), ("held back", "rp2"), ("from rp2", "rp1")):
        requests = run.events(FAN_OUT, "exchange", case, sender="browser")
        frame = next(e for e in requests if f"{rp}-" in e["url"] and "/frontchannel-logout" in e["url"])
        redirect = next(e for e in requests if "/logged-out" in e["url"].partition("?")[0])
        redirect["at"] = frame["at"] - 0.001


@edit("RPI-2-37c")
def one_of_two_channels_is_silent(run: Recording) -> None:
    run.remove("both_channels", framed(run, "both channels", "both", "both_channels"))
