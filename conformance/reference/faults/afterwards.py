"""Faults of old cookies, old questions, long requests and languages: what no sentence forbids, and users note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.errors import LogoutError
from conformance.reference.faults.reasons import because
from conformance.reference.hints import verified
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.keys import Claims
    from conformance.reference.tenant import Tenant

LONGEST_HINT = 100_000
LONGEST_REQUEST = 8_000


@fault(
    "logout-forgets-cookie-only",
    "OBS-5-01",
    does="A logout takes the cookie from the browser and leaves the session at the provider alive.",
    companions=because("with the session its tokens live on", "BCL-2.7-04", "BCP-4.14.2-01"),
)
def logout_forgets_cookie_only(behaviour: Behaviour) -> None:
    behaviour.logout.ends_on_server = False


@fault(
    "second-answer-is-server-error",
    "OBS-5-02",
    does="An answer to a question that was answered already is answered 500.",
)
def second_answer_is_server_error(behaviour: Behaviour) -> None:
    behaviour.pages.closed_question = 500


@fault("one-question-per-browser", "OBS-5-03", does="A new question makes the browser's older ones void.")
def one_question_per_browser(behaviour: Behaviour) -> None:
    behaviour.pages.one_question = True


@fault(
    "old-question-ends-next-session",
    "OBS-5-04",
    does="Yes to an old question ends whatever session the browser has by then.",
)
def old_question_ends_next_session(behaviour: Behaviour) -> None:
    behaviour.logout.question_of_session = False


@fault("access-token-as-hint", "OBS-6-01", does="An access token is taken for the ID Token of its grant.")
def access_token_as_hint(behaviour: Behaviour) -> None:
    def read(tenant: Tenant, token: str) -> Claims:
        if found := tenant.grants.find(token):
            return {"iss": tenant.issuer, "aud": found.grant.client_id}
        return verified(tenant, token)

    behaviour.logout.read_hint = read


@fault(
    "long-hint-is-server-error", "OBS-6-02", does="A hint of more than 100,000 characters is answered 500."
)
def long_hint_is_server_error(behaviour: Behaviour) -> None:
    def check(parameters: ImmutableMultiDict[str, str]) -> None:
        if len(parameters.get("id_token_hint", "")) > LONGEST_HINT:
            raise LogoutError("Out of memory.", "server_error", 500)

    behaviour.logout.checks.append(check)


@fault(
    "long-post-refused", "OBS-6-03", does="A logout request of more than 8,000 characters is answered 413."
)
def long_post_refused(behaviour: Behaviour) -> None:
    def check(parameters: ImmutableMultiDict[str, str]) -> None:
        if sum(len(value) for _, value in parameters.multi_items()) > LONGEST_REQUEST:
            raise LogoutError("The request is too long.", status=413)

    behaviour.logout.checks.append(check)


@fault("ui-locales-ignored", "OBS-7-01", does="Pages are in English whatever ui_locales asks for.")
def ui_locales_ignored(behaviour: Behaviour) -> None:
    behaviour.pages.languages = ("en",)
