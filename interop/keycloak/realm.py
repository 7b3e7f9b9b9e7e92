"""The realm: two users, and for a run with static clients a pool of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REALM = "test"
USERS = ("alice", "bob")
# Clients beyond those of every static pool, in the words of the harness's config.
MORE: tuple[dict[str, Any], ...] = (
    {"client_id": "posts", "auth_method": "client_secret_post"},
    {"client_id": "short", "id_token_lifetime": 2},
    {
        "client_id": "native",
        "auth_method": "none",
        "application_type": "native",
        "redirect_uris": ["test.native:/callback"],
        "post_logout_redirect_uris": ["test.native:/logged-out"],
    },
)


def password_of(username: str) -> str:
    return f"{username}-of-the-test-realm"


def realm(clients: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The realm as Keycloak's administration takes it; clients: in the words of the harness's config."""
    return {
        "realm": REALM,
        "enabled": True,
        "users": [_user(name) for name in USERS],
        "clients": [_client(client) for client in clients],
    }


def further_clients() -> list[dict[str, Any]]:
    """The clients of `MORE`, complete."""
    return [_with_defaults(client) for client in MORE]


def _with_defaults(client: Mapping[str, Any]) -> dict[str, Any]:
    home = f"https://{client['client_id']}.static.test"
    secret = (
        {} if client.get("auth_method") == "none" else {"client_secret": f"secret-of-{client['client_id']}"}
    )
    return {
        "redirect_uris": [f"{home}/callback"],
        "post_logout_redirect_uris": [f"{home}/logged-out"],
        **secret,
        **client,
    }


def _user(name: str) -> dict[str, Any]:
    """A user whose profile is complete, so that no login ends on a page that asks for the rest."""
    return {
        "username": name,
        "enabled": True,
        "email": f"{name}@example.test",
        "emailVerified": True,
        "firstName": name.title(),
        "lastName": "Test",
        "credentials": [{"type": "password", "value": password_of(name), "temporary": False}],
        "realmRoles": [f"default-roles-{REALM}"],
    }


def _client(client: Mapping[str, Any]) -> dict[str, Any]:
    """A client hears by one channel only, and `frontchannelLogout` says which."""
    return {
        "clientId": client["client_id"],
        "secret": client.get("client_secret"),
        "publicClient": client.get("auth_method") == "none",
        "redirectUris": client["redirect_uris"],
        "frontchannelLogout": "frontchannel_logout_uri" in client,
        "attributes": {name: value for name, value in _attributes(client).items() if value},
    }


def _attributes(client: Mapping[str, Any]) -> dict[str, str]:
    return {
        "post.logout.redirect.uris": "##".join(client["post_logout_redirect_uris"]),
        "frontchannel.logout.url": client.get("frontchannel_logout_uri", ""),
        "frontchannel.logout.session.required": _word(client.get("frontchannel_logout_session_required")),
        "backchannel.logout.url": client.get("backchannel_logout_uri", ""),
        "backchannel.logout.session.required": _word(client.get("backchannel_logout_session_required")),
        "access.token.lifespan": str(client.get("id_token_lifetime", "")),
    }


def _word(flag: bool | None) -> str:
    return "true" if flag else ""
