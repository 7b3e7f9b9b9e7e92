"""Faults of the post-logout redirect: where to, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.reference.faults.reasons import because
from conformance.reference.logout_targets import with_state
from conformance.reference.redirects import redirect
from conformance.reference.switches import fault
from conformance.reference.urls import quoted, with_parameters, without_query

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.clients import Client
    from conformance.reference.end_session import LogoutRequest
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant

_STATE = because("state is not what was sent", "RPI-2-25", "RPI-2-26")
_NEAR_MISS = because("an unregistered URI leads to a redirect", "RPI-4-04", "RPI-4-01")


@fault("state-dropped", "RPI-2-17", does="The post-logout redirect lacks the state.", companions=_STATE)
def state_dropped(behaviour: Behaviour) -> None:
    behaviour.logout.redirect_url = lambda target, _state: target


@fault("state-mangled", "RPI-2-17", does="The state comes back encoded twice.", companions=_STATE)
def state_mangled(behaviour: Behaviour) -> None:
    behaviour.logout.redirect_url = lambda target, state: with_state(target, quoted(state) if state else None)


@fault("state-truncated", "RPI-2-17", does="The state is cut after 64 characters.", companions=_STATE)
def state_truncated(behaviour: Behaviour) -> None:
    behaviour.logout.redirect_url = lambda target, state: with_state(target, state[:64] if state else None)


@fault(
    "state-plus-for-space",
    "RPI-2-25",
    does="A space in the state comes back as a plus sign.",
    companions=_STATE | because("the state differs", "RPI-2-17"),
)
def state_plus_for_space(behaviour: Behaviour) -> None:
    behaviour.logout.redirect_url = lambda target, state: with_state(
        target, state.replace(" ", "+") if state else None
    )


@fault(
    "state-invented",
    "RPI-2-18",
    does="The post-logout redirect has a state though none was sent.",
    companions=because("state was not sent", "RPI-2-18b", "RPI-3-02"),
)
def state_invented(behaviour: Behaviour) -> None:
    behaviour.logout.redirect_url = lambda target, state: with_state(target, state or "none")


@fault(
    "extra-redirect-parameter",
    "RPI-2-18b",
    does="The post-logout redirect has a parameter that nobody asked for.",
    companions=because("the registered query is altered", "RPI-3-02"),
)
def extra_redirect_parameter(behaviour: Behaviour) -> None:
    behaviour.logout.redirect_url = lambda target, state: with_state(
        with_parameters(target, {"logout": "done"}), state
    )


@fault("redirect-loses-query", "RPI-3-02", does="The query of the registered URI is lost in the redirect.")
def redirect_loses_query(behaviour: Behaviour) -> None:
    behaviour.logout.redirect_url = lambda target, state: with_state(without_query(target), state)


@fault(
    "redirect-prefix-match",
    "RPI-3-05",
    does="A URI that begins with a registered one is followed.",
    companions=_NEAR_MISS,
)
def redirect_prefix_match(behaviour: Behaviour) -> None:
    behaviour.logout.matches = lambda requested, registered: requested.startswith(registered)


@fault(
    "redirect-case-insensitive",
    "RPI-3-05",
    does="Registered URIs are compared without regard to case.",
    companions=_NEAR_MISS,
)
def redirect_case_insensitive(behaviour: Behaviour) -> None:
    behaviour.logout.matches = lambda requested, registered: requested.lower() == registered.lower()


@fault(
    "redirect-ignores-query",
    "RPI-3-05",
    does="The query is left out when URIs are compared.",
    companions=_NEAR_MISS,
)
def redirect_ignores_query(behaviour: Behaviour) -> None:
    behaviour.logout.matches = lambda requested, registered: (
        without_query(requested) == without_query(registered)
    )


@fault(
    "redirect-trailing-slash",
    "RPI-3-05",
    does="A trailing slash is left out when URIs are compared.",
    companions=_NEAR_MISS,
)
def redirect_trailing_slash(behaviour: Behaviour) -> None:
    behaviour.logout.matches = lambda requested, registered: requested.rstrip("/") == registered.rstrip("/")


@fault(
    "redirect-any-host",
    "RPI-3-05",
    does="Only the path is compared, so any host will do.",
    companions=_NEAR_MISS
    | because("an unregistered host is followed", "BCP-2.1-02")
    | because("another client's URI has the same path", "RPI-3-06"),
)
def redirect_any_host(behaviour: Behaviour) -> None:
    behaviour.logout.matches = lambda requested, registered: (
        urlsplit(requested).path == urlsplit(registered).path
    )


@fault(
    "redirect-other-clients-uri",
    "RPI-3-06",
    does="A URI that another client registered is followed.",
    companions=_NEAR_MISS,
)
def redirect_other_clients_uri(behaviour: Behaviour) -> None:
    def of_everyone(tenant: Tenant, _client: Client) -> list[str]:
        return [uri for client in tenant.clients for uri in client.post_logout_redirect_uris]

    behaviour.logout.post_logout_uris = of_everyone


@fault(
    "redirect-without-hint",
    "RPI-3-04",
    does="Without id_token_hint any post_logout_redirect_uri is followed after yes.",
    companions=because("an unregistered host is followed", "BCP-2.1-02"),
)
def redirect_without_hint(behaviour: Behaviour) -> None:
    behaviour.logout.target_without_hint = lambda requested: requested


@fault(
    "redirect-without-uri",
    "RPI-3-02b",
    does="A request without post_logout_redirect_uri leads to the first one registered.",
)
def redirect_without_uri(behaviour: Behaviour) -> None:
    behaviour.logout.target_unsent = lambda client: next(iter(client.post_logout_redirect_uris), None)


@fault(
    "error-redirects-to-rp",
    "RPI-4-04",
    does="A client_id that does not match the hint is told to the post-logout URI as an error.",
    companions=because("the request of the mismatch leads to the URI", "RPI-2-07"),
)
def error_redirects_to_rp(behaviour: Behaviour) -> None:
    def place(tenant: Tenant, parameters: ImmutableMultiDict[str, str], client_ids: list[str]) -> str | None:
        requested = parameters.get("post_logout_redirect_uri", "")
        owned = [client for client in map(tenant.clients.get, client_ids) if client]
        return requested if any(requested in client.post_logout_redirect_uris for client in owned) else None

    behaviour.logout.on_error = place


@fault(
    "repeated-uri-takes-last-unchecked",
    "OA-3.1-01b",
    does="Of two values of post_logout_redirect_uri the first is checked and the last followed.",
    companions=because("an unregistered host is followed", "BCP-2.1-02"),
)
def repeated_uri_takes_last_unchecked(behaviour: Behaviour) -> None:
    behaviour.logout.accepts_repeated = True


@fault("redirect-307", "BCP-4.12-01b", does="The post-logout redirect has status 307.")
def redirect_307(behaviour: Behaviour) -> None:
    behaviour.logout.redirect = lambda _visit, url: redirect(url, 307)


@fault(
    "redirect-return-to",
    "BCP-2.1-02",
    does="A parameter returnTo of the logout request is followed wherever it leads.",
)
def redirect_return_to(behaviour: Behaviour) -> None:
    behaviour.logout.target_elsewhere = lambda parameters: parameters.get("returnTo")


@fault(
    "redirect-unrequested",
    "RPI-3-01",
    does="A logout that no relying party asked for ends at the post-logout URI of one that was logged in.",
)
def redirect_unrequested(behaviour: Behaviour) -> None:
    def after(tenant: Tenant, request: LogoutRequest, session: Session) -> str | None:
        if not request.empty:
            return request.target
        clients = (tenant.clients.get(client_id) for client_id in session.client_ids)
        return next((uri for client in clients if client for uri in client.post_logout_redirect_uris), None)

    behaviour.logout.target_after = after


@fault("redirect-slow", "OBS-4-01", does="The redirect comes two seconds after the user's yes.")
def redirect_slow(behaviour: Behaviour) -> None:
    behaviour.logout.pause = 2.0
