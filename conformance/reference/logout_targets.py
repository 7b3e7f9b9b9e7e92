"""Where the browser may go after a logout (RP-Initiated Logout 1.0, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.urls import with_parameters

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict

    from conformance.reference.clients import Client
    from conformance.reference.end_session import LogoutRequest
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant


def of_client(_tenant: Tenant, client: Client) -> list[str]:
    """The URIs that this client registered."""
    return client.post_logout_redirect_uris


def none_without_hint(_requested: str | None) -> None:
    """Without id_token_hint nothing vouches for the target."""


def none_unsent(_client: Client) -> None:
    """No post_logout_redirect_uri in the request, no redirect."""


def none_elsewhere(_parameters: ImmutableMultiDict[str, str]) -> None:
    """No other parameter names a target."""


def as_asked(_tenant: Tenant, request: LogoutRequest, _session: Session) -> str | None:
    """The target of the request, if it has one."""
    return request.target


def none_on_error(_tenant: Tenant, _parameters: ImmutableMultiDict[str, str], _client_ids: list[str]) -> None:
    """An error stays with the provider (section 4)."""


def with_state(target: str, state: str | None) -> str:
    """The target with the state that was sent, if one was."""
    return with_parameters(target, {"state": state} if state else {})
