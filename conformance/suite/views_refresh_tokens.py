"""Refresh tokens of sessions that were logged out."""

from dataclasses import dataclass
from typing import Any

from conformance.evidence.events import Exchange
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, json_body
from conformance.suite.registry import view
from conformance.suite.views import one
from conformance.suite.views_backchannel import not_ended
from conformance.suite.views_revocation import brings_tokens, error_of, found


@dataclass(frozen=True)
class Refreshed:
    """A session with a refresh token that was logged out, and a use of that token afterwards."""

    case: Case

    @property
    def before(self) -> Exchange | None:
        return found(self.case, "refresh before")

    @property
    def after(self) -> Exchange | None:
        return found(self.case, "refresh after the logout")

    @property
    def scope(self) -> str:
        """The scope that was granted: what the token response says, else what was asked for (RFC 6749, 5.1)."""
        token: Any = next((x for x in self.case.all(Exchange) if x.purpose == "token"), None)
        said = (json_body(token) or {}).get("scope") if token else None
        return said if isinstance(said, str) else self.case.label

    @property
    def doubt(self) -> str:
        """Say why the use after the logout decides nothing; "" where it does."""
        if self.before is None or not brings_tokens(self.before):
            return "the refresh token did not work before the logout, so nothing can be learnt from it"
        if unproven := not_ended(self.case):
            return unproven
        if self.answer not in ("new tokens", "invalid_grant"):
            return f"the refresh after the logout was answered {self.answer}, which says nothing of the token"
        return ""

    @property
    def answer(self) -> str:
        """Say how the refresh after the logout was answered."""
        after = self.after
        if after is None:
            return "not at all: it was not sent"
        if brings_tokens(after):
            return "new tokens"
        return str(error_of(after) or after.status or after.error)

    @property
    def asked(self) -> str:
        """Name the refresh, with the time that had passed."""
        logout, after = self.case.logout, self.after
        waited = after.at - logout.at if after and logout else 0
        return f"answer to a refresh {waited:.0f} s after the logout"


@view("refresh_after_logout")
def session_refresh_token(evidence: Evidence) -> Refreshed:
    """A refresh token that was given without offline_access."""
    return Refreshed(one(evidence, "refresh_after_logout", "session"))


@view("refresh_after_logout")
def offline_refresh_token(evidence: Evidence) -> Refreshed:
    """A refresh token that was given with offline_access."""
    return Refreshed(one(evidence, "refresh_after_logout", "offline_access"))


@view("refresh_after_logout")
def any_refresh_token(evidence: Evidence) -> Refreshed:
    """A refresh token of the session; where none is given without it, one with offline_access."""
    found = Refreshed(one(evidence, "refresh_after_logout", "session"))
    none_given = found.case.gap is not None and found.case.gap.kind == "not_tested"
    return Refreshed(one(evidence, "refresh_after_logout", "offline_access")) if none_given else found
