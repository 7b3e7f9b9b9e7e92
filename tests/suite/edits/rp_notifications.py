"""OpenID Connect RP-Initiated Logout 1.0: who is told by back-channel, and when."""

from __future__ import annotations

from tests.suite.edits import Recording, edit
from tests.suite.edits.back_channel import arrival, forget, token
from tests.suite.edits.discovery import because

FAN_OUT = "backchannel_fan_out"


@edit("RPI-2-36b")
def no_tells_rp2(run: Recording) -> None:
    heard = arrival(run, "backchannel_declined", "yes", "rp2")
    run.add(
        "backchannel_declined",
        heard,
        case="no",
        at=run.event("backchannel_declined", "logout", "no")["at"] + 0.1,
    )


@edit("RPI-2-37a", also=because("rp2 hears nothing", "BCL-2.3-01", "RPI-3-07a"))
def rp2_hears_nothing(run: Recording) -> None:
    forget(run, FAN_OUT, "second", "rp2")


@edit(
    "RPI-2-38a",
    also=because("rp1 hears nothing, which is the control, too", "RPI-2-38c", "BCL-2.3-03", "RPI-2-39a"),
)
def rp1_hears_nothing(run: Recording) -> None:
    forget(run, FAN_OUT, "second", "rp1")


def _late(run: Recording, rp: str) -> None:
    for case in ("first", "second", "third"):
        redirect = run.events(FAN_OUT, "exchange", case, purpose="logout")[-1]
        at = redirect["at"] + redirect["seconds"] + 3
        arrival(run, FAN_OUT, case, rp).update(at=at, answered_at=at + 0.01)


@edit("RPI-2-38c")
def rp1_is_told_after_the_redirect(run: Recording) -> None:
    _late(run, "rp1")


@edit("RPI-3-07a")
def rp2_is_told_after_the_redirect(run: Recording) -> None:
    _late(run, "rp2")


@edit("RPI-2-39a", also=because("the same on back-channel logout", "BCL-2.3-03"))
def rp3_is_told(run: Recording) -> None:
    run.add(FAN_OUT, arrival(run, FAN_OUT, "third"), rp="rp3")


@edit("RPI-2-39c")
def the_second_users_client_is_told(run: Recording) -> None:
    case = "two users, two browsers"
    heard, its_token = arrival(run, "two_users", case), token(run, "two_users", case)
    other = run.add("two_users", heard, rp="rp2")
    client = run.event("two_users", "client", rp="rp2")
    claims = its_token["claims"] | {"aud": client["client_id"], "jti": "another"}
    run.add("two_users", its_token, rp="rp2", source=other["id"], claims=claims)
