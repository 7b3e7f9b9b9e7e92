"""JSON Web Token Best Current Practices (RFC 8725)."""

from __future__ import annotations

from tests.suite.edits import Recording, edit
from tests.suite.edits.back_channel import nested
from tests.suite.edits.discovery import because


@edit("JBCP-3.12-01b")
def a_logout_token_leads_back(run: Recording) -> None:
    redirect = run.event("logout_token_as_hint", "exchange", "ID Token", purpose="answer")
    at = run.event("logout_token_as_hint", "logout", "Logout Token")["at"]
    run.add("logout_token_as_hint", redirect, case="Logout Token", at=at + 0.01)


@edit("JBCP-3.11-02", also=because("the token within has no type", "BCL-2.4-22"))
def the_type_is_outside(run: Recording) -> None:
    one = nested(run)
    one["encryption"]["header"]["typ"] = one["header"].pop("typ")
