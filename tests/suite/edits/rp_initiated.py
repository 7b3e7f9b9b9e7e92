"""OpenID Connect RP-Initiated Logout 1.0."""

from __future__ import annotations

from tests.suite.edits import Recording, edit


@edit("RPI-2-35")
def the_session_survives_yes(run: Recording) -> None:
    run.event("logout_get", "probe", "plain", when="after")["outcome"] = "alive"
