"""Views of token revocation, and of the error answers that it brings to light."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.evidence.events import Arrival, Client, Exchange, ScenarioEvidence
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, header, json_body
from conformance.suite.finding import Undecided, require
from conformance.suite.registry import view
from conformance.suite.views import one, scenario_cases
from conformance.suite.views_registration import Picked, media_type

BY_HTTP = (404, 405, 415, 429)  # what HTTP itself specifies is no OAuth error


@view("revocation")
def revoked_refresh_token(evidence: Evidence) -> Case:
    """A refresh token that was revoked with its own hint."""
    return one(evidence, "revocation", "refresh token")


@view("revocation")
def revoked_with_wrong_hint(evidence: Evidence) -> Case:
    """A refresh token that was revoked as if it were an access token."""
    return one(evidence, "revocation", "wrong hint")


@view("revocation")
def revoked_with_invalid_hint(evidence: Evidence) -> Case:
    """A refresh token that was revoked with a hint that does not exist."""
    return one(evidence, "revocation", "invalid hint")


@view("revocation")
def revoked_access_token(evidence: Evidence) -> Case:
    """An access token that was revoked."""
    return one(evidence, "revocation", "access token")


@view("revocation")
def revoked_with_wrong_secret(evidence: Evidence) -> Case:
    """A token that somebody without the secret tried to revoke."""
    return one(evidence, "revocation", "wrong secret")


@view("revocation")
def revoked_by_another_client(evidence: Evidence) -> Case:
    """A token that another client tried to revoke."""
    return one(evidence, "revocation", "another client")


@view("revocation")
def no_good_token(evidence: Evidence) -> Case:
    """Requests with what never was a token, without one, and for an unknown client."""
    return one(evidence, "revocation", "no good token")


@dataclass(frozen=True)
class ByScript:
    """A made-up token that a script on a page of a relying party sent to the revocation endpoint."""

    case: Case

    @property
    def control(self) -> Exchange | None:
        """The same request without a browser."""
        return found(self.case, "revocation, without a browser")

    @property
    def report(self) -> Arrival | None:
        """What the script told its own server."""
        return next((a for a in self.case.all(Arrival) if "/read-by-script?" in a.url), None)

    @property
    def read(self) -> str:
        """What the script could read: the status, or the browser's complaint."""
        told = parse_qsl(urlsplit(self.report.url).query) if self.report else []
        return next((value for _, value in told), "")

    @property
    def sent(self) -> Exchange | None:
        """The request of the script, as the browser saw it."""
        return next(
            (x for x in self.case.all(Exchange) if x.sender == "browser" and x.method == "POST"), None
        )

    @property
    def doubt(self) -> str:
        """Say why it decides nothing; "" where it does."""
        if self.control is None or self.control.status is None:
            return "the control, the same request without a browser, was not answered"
        if self.report is None:
            return "the script did not tell what it could read: was the page of the relying party loaded?"
        if self.sent and "BLOCKED" in self.sent.error.upper():
            return f"the browser did not even send the request ({self.sent.error})"
        return ""


@view("revocation_by_script")
def by_script(evidence: Evidence) -> ByScript:
    """A revocation by a script in a browser."""
    return ByScript(one(evidence, "revocation_by_script", "by script"))


def found(case: Case, purpose: str) -> Exchange | None:
    """Return the last exchange of a case for a purpose, if there is one."""
    return next((x for x in reversed(case.all(Exchange)) if x.purpose == purpose), None)


def step(case: Case, *purposes: str) -> Exchange:
    """Return the exchange for the first of these purposes that was made; it was answered, and not 5xx or 429."""
    exchange = next((x for x in (found(case, purpose) for purpose in purposes) if x), None)
    if exchange is None:
        raise Undecided(f"no request was made for: {purposes[-1]}")
    status = exchange.status or 599
    require(
        status < 500 and status != 429,
        f"{exchange.purpose} was answered {exchange.status or exchange.error}",
        exchange,
    )
    return exchange


def error_of(exchange: Exchange) -> Any:
    """Return the error member of an answer; None if it has none."""
    return (json_body(exchange) or {}).get("error")


def brings_tokens(exchange: Exchange) -> bool:
    return exchange.status == 200 and "access_token" in (json_body(exchange) or {})


def refused(exchange: Exchange) -> bool:
    return 400 <= (exchange.status or 0) < 500


def worked_before(case: Case) -> None:
    """Leave the row undecided unless the grant was refreshed before."""
    before = step(case, "refresh before")
    require(
        brings_tokens(before),
        "the refresh token did not work before, so nothing can be learnt from it",
        before,
    )


def used_late(case: Case) -> Exchange:
    """Return the last use of a revoked refresh token: after 10 s where it still worked at once."""
    return step(case, "refresh later", "refresh at once")


def access_token_died(case: Case) -> bool:
    """Tell whether the access token of a case worked, was revoked with 200, and then did not."""
    before, revoked = found(case, "userinfo before"), found(case, "revocation")
    after = found(case, "userinfo later") or found(case, "userinfo at once")
    return bool(
        before and before.status == 200 and revoked and revoked.status == 200 and after and refused(after)
    )


def refresh_token_died(case: Case) -> bool:
    """Tell whether REV-2-01 held in a case."""
    revoked, after = found(case, "revocation"), found(case, "refresh later") or found(case, "refresh at once")
    return bool(revoked and revoked.status == 200 and after and refused(after))


def basic_challenge(exchange: Exchange) -> bool:
    values = [v for k, v in exchange.response_headers if k.lower() == "www-authenticate"]
    return any(part.strip().lower().startswith("basic") for value in values for part in value.split(","))


@view("revocation")
def harmless_revocations(evidence: Evidence) -> list[Exchange]:
    """Revocations of live, dead and never issued tokens; a refused one of a live token is judged elsewhere."""
    cases = scenario_cases(evidence, "revocation")
    wanted = ("revocation again", "revocation, never a token", "revocation, altered token")
    dead = [x for case in cases.values() for x in case.all(Exchange) if x.purpose in wanted]
    return [*(x for x in own_revocations(evidence) if not refused(x)), *dead]


@view("revocation")
def own_revocations(evidence: Evidence) -> list[Exchange]:
    """Revocations of live tokens by the client that they were issued to."""
    cases = scenario_cases(evidence, "revocation")
    return [x for case in cases.values() for x in case.all(Exchange) if x.purpose == "revocation"]


@view("revocation")
def revoking_client(evidence: Evidence) -> Client:
    """The client that revoked tokens of its own."""
    clients = {
        role: client
        for case in scenario_cases(evidence, "revocation").values()
        for role, client in case.clients.items()
    }
    if "rp1" not in clients:
        raise Undecided("no client took part in revocation")
    return clients["rp1"]


def _errors(recorded: ScenarioEvidence, *purposes: str) -> list[Exchange]:
    events = [x for x in recorded.events if isinstance(x, Exchange)]
    return [x for x in events if x.purpose.startswith(purposes) and refused(x) and x.status not in BY_HTTP]


@view("revocation", "wrong_secret_in_the_body")
def error_answers(evidence: Evidence) -> list[Picked]:
    """The refusals of the revocation endpoint and of the token endpoint, by what was asked."""
    scenario_cases(evidence, "revocation")
    errors = [
        Picked(recorded, f"{x.purpose} ({x.case})", [x])
        for name in ("revocation", "wrong_secret_in_the_body")
        if (recorded := evidence.scenario(name))
        for x in _errors(recorded, "revocation", "refresh")
    ]
    if not errors:
        raise Undecided("no error answer was seen, at the revocation endpoint or at the token endpoint")
    return errors


@view("revocation")
def provoked_errors(evidence: Evidence) -> list[Picked]:
    """The refusals of the revocation endpoint: wrong secret, unknown client, no token."""
    scenario_cases(evidence, "revocation")
    recorded = evidence.scenario("revocation")
    wanted = ("revocation, wrong secret", "revocation, unknown client", "revocation, no token")
    errors = _errors(recorded, *wanted) if recorded else []
    if not errors or recorded is None:
        raise Undecided("nothing was refused by the revocation endpoint, so no error answer was seen")
    return [Picked(recorded, x.purpose, [x]) for x in errors]


def answers(picked: Sequence[Picked]) -> list[tuple[Picked, Exchange, dict[str, Any]]]:
    """Return error answers with what their JSON objects hold; nothing where they are none."""
    return [(one, x, json_body(x) or {}) for one in picked for x in one.all(Exchange)]


def right_status(exchange: Exchange) -> bool:
    """Tell whether an error answer has a status that RFC 6749, 5.2 allows, as far as it has an error member."""
    error = error_of(exchange)
    if exchange.status == 401:
        return error == "invalid_client" or header(exchange.request_headers, "authorization") is not None
    return exchange.status == 400 or error is None


def is_oauth_error(exchange: Exchange) -> bool:
    return media_type(exchange) == "application/json" and isinstance(error_of(exchange), str)


@view("revocation")
def refresh_tokens_tried(evidence: Evidence) -> list[Exchange]:
    """Every use of a refresh token."""
    cases = scenario_cases(evidence, "revocation")
    return [x for case in cases.values() for x in case.all(Exchange) if x.purpose.startswith("refresh")]


def refresh_refusals(revoked: Case, garbled: Case) -> tuple[list[Exchange], list[Exchange]]:
    """Return the refusals of a token that was revoked with 200, and of one that was altered."""
    answer = found(revoked, "revocation")
    uses = (
        [found(revoked, "refresh later") or found(revoked, "refresh at once")]
        if answer and answer.status == 200
        else []
    )
    altered = found(garbled, "refresh, altered token")
    return [x for x in uses if x and refused(x)], [x for x in [altered] if x and refused(x)]


def uses_basic(exchange: Exchange) -> bool:
    """Tell whether a request carried HTTP Basic credentials."""
    return (header(exchange.request_headers, "authorization") or "").lower().startswith(("basic", "["))
