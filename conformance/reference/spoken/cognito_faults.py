"""What Amazon Cognito could do otherwise than its documentation says: a fault for each sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference import authorize
from conformance.reference.partial_logout import end_partly, for_the_asker, for_the_others
from conformance.reference.redirects import redirect
from conformance.reference.spoken.cognito import LOGIN, goodbye, knobs_of, named_client, to_login
from conformance.reference.switches import SentenceFaults
from conformance.reference.urls import with_parameters

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.authorize import AuthorizationRequest
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.clients import Client
    from conformance.reference.spoken.cognito import Parameters
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit

    Then = Callable[[Visit, AuthorizationRequest], Awaitable[Response]]

_fault = SentenceFaults("cognito")


# The session


@_fault(
    "spares-the-asker", "S01", does="The session goes on for the app client that asked, and for no other."
)
def spares_the_asker(behaviour: Behaviour) -> None:
    knobs_of(behaviour).end = end_partly(behaviour, for_the_others)


@_fault(
    "ends-the-asker-alone", "K03", does="The session ends for the app client that asked, and for no other."
)
def ends_the_asker_alone(behaviour: Behaviour) -> None:
    knobs_of(behaviour).end = end_partly(behaviour, for_the_asker)


@_fault("takes-post", "G01", does="POST is served like GET.")
def takes_post(behaviour: Behaviour) -> None:
    knobs_of(behaviour).methods = frozenset({"GET", "POST"})


# The sign-out URL


@_fault(
    "goodbye-page",
    "S06",
    does="The user stays on a page of the provider, whatever logout_uri is.",
    companions={
        "P05": "where nobody is redirected, logout_uri does not count",
        "P13": "where nobody is redirected, nothing reaches the sign-out URL",
    },
)
def goodbye_page(behaviour: Behaviour) -> None:
    knobs_of(behaviour).leave = lambda visit, _url, _parameters: goodbye(visit)


@_fault("client-id-optional", "P01", does="Without client_id the sign-out URLs of all app clients count.")
def client_id_optional(behaviour: Behaviour) -> None:
    def clients(tenant: Tenant, client_id: str | None) -> list[Client]:
        return list(tenant.clients) if client_id is None else named_client(tenant, client_id)

    knobs_of(behaviour).clients = clients


@_fault(
    "default-sign-out-url", "P04", does="Without logout_uri and redirect_uri the first sign-out URL is taken."
)
def default_sign_out_url(behaviour: Behaviour) -> None:
    knobs_of(behaviour).unsent = lambda client: next(iter(client.post_logout_redirect_uris), None)


@_fault("redirect-uri-wins", "P05", does="With logout_uri and redirect_uri, redirect_uri alone counts.")
def redirect_uri_wins(behaviour: Behaviour) -> None:
    knobs_of(behaviour).signs_out = lambda sent: "logout_uri" in sent and "redirect_uri" not in sent


@_fault("adds-the-state", "P13", does="A state is added to the sign-out URL.")
def adds_the_state(behaviour: Behaviour) -> None:
    def leave(_visit: Visit, url: str, parameters: Parameters) -> Response:
        state = parameters.get("state")
        return redirect(with_parameters(url, {"state": state} if state else {}))

    knobs_of(behaviour).leave = leave


@_fault("matches-the-beginning", "E02", does="A URL that begins like a sign-out URL is followed.")
def matches_the_beginning(behaviour: Behaviour) -> None:
    knobs_of(behaviour).matches = str.startswith


# The login after it


@_fault(
    "without-login-page",
    "S04",
    does="The login page is a page that says goodbye.",
    companions={"P16": "there is no login page without a scope either"},
)
def without_login_page(behaviour: Behaviour) -> None:
    async def page(visit: Visit) -> Response:
        return goodbye(visit)

    behaviour.spoken.endpoints[LOGIN] = page


@_fault("login-leads-nowhere", "P07", does="A login after the logout ends on a page of the provider.")
def login_leads_nowhere(behaviour: Behaviour) -> None:
    async def stay(visit: Visit, _request: AuthorizationRequest) -> Response:
        return goodbye(visit)

    _after_login(behaviour, stay)


@_fault("login-with-dead-code", "P08", does="After the logout the token endpoint does not take the code.")
def login_with_dead_code(behaviour: Behaviour) -> None:
    async def resume(visit: Visit, request: AuthorizationRequest) -> Response:
        # No verifier fits this, and none is sent.
        return await authorize.resume(visit, replace(request, challenge="lost"))

    _after_login(behaviour, resume)


@_fault("login-without-code", "P10", does="After the logout redirect_uri is called without a code.")
def login_without_code(behaviour: Behaviour) -> None:
    async def back(_visit: Visit, request: AuthorizationRequest) -> Response:
        return redirect(with_parameters(request.redirect_uri, {"state": request.state or ""}))

    _after_login(behaviour, back)


@_fault("insists-on-scope", "P16", does="A request with redirect_uri and without scope is refused.")
def insists_on_scope(behaviour: Behaviour) -> None:
    knobs_of(behaviour).required += ("scope",)


@_fault("login-in-place", "E03", does="The login page is the answer itself, without a redirect.")
def login_in_place(behaviour: Behaviour) -> None:
    async def here(visit: Visit, _passed: dict[str, str]) -> Response:
        return await authorize.authorization_endpoint(visit)

    knobs_of(behaviour).to_login = here


@_fault("forgets-the-state", "E04", does="The login page is not told the state.")
def forgets_the_state(behaviour: Behaviour) -> None:
    async def without_state(visit: Visit, passed: dict[str, str]) -> Response:
        return await to_login(visit, {name: value for name, value in passed.items() if name != "state"})

    knobs_of(behaviour).to_login = without_state


@_fault(
    "redirect-uri-as-sign-out-url",
    "E06",
    does="The user gets to redirect_uri at once, without signing in.",
    companions={
        "S04": "who is at the application is not at a login page",
        "P16": "likewise, without scope",
    },
)
def redirect_uri_as_sign_out_url(behaviour: Behaviour) -> None:
    async def at_once(_visit: Visit, passed: dict[str, str]) -> Response:
        return redirect(passed["redirect_uri"])

    knobs_of(behaviour).to_login = at_once


def _after_login(behaviour: Behaviour, then: Then) -> None:
    """Change what comes of a login on the page to which the logout leads."""

    async def page(visit: Visit) -> Response:
        parameters = await visit.parameters()
        client, redirect_uri = authorize.reply_address(visit.tenant, parameters)
        request = authorize.read(visit.tenant, parameters, client, redirect_uri)
        return await authorize.log_in(visit, request, then)

    behaviour.spoken.endpoints[LOGIN] = page
