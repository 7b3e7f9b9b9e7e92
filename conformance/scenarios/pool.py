"""Clients that were registered by hand: leased to one scenario at a time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from conformance.config.model import ClientConfig
from conformance.scenarios.errors import NotTestedError

Channel = Literal["front", "back"]


@dataclass(frozen=True)
class Want:
    """What a scenario needs a relying party for."""

    channels: frozenset[Channel] | None = frozenset()  # None: whatever it has
    query: bool = False  # its logout URI has a query of its own
    uris: int = 1  # post-logout redirect URIs
    unused: bool = False  # no other scenario may ever use it
    public: bool | None = None
    extra: Mapping[str, object] = field(default_factory=dict)  # members for dynamic registration
    short_lived: bool = False  # its ID Tokens live for seconds
    method: str = ""  # how it authenticates; "": in any way
    native: bool = False  # comes back by a custom scheme


def channels_of(client: ClientConfig) -> frozenset[Channel]:
    """Return the channels that a client hears by."""
    found: set[Channel] = set()
    if client.frontchannel_logout_uri:
        found.add("front")
    if client.backchannel_logout_uri:
        found.add("back")
    return frozenset(found)


class StaticPool:
    """Hands out clients so that no two scenarios use the same one at once."""

    def __init__(self, clients: Sequence[ClientConfig]) -> None:
        self._clients = list(clients)
        self._busy: set[str] = set()
        self._kept_unused = _spare(self._clients)
        self._usual_method = next((c.auth_method for c in self._clients if not _is_native(c)), "")
        self._changed = asyncio.Condition()

    async def lease(self, wants: Mapping[str, Want]) -> dict[str, ClientConfig]:
        """Return a client for each role, waiting until they are free. NotTestedError: there are none."""
        if self._match(wants, set()) is None:
            raise NotTestedError(f"needs {_in_words(wants)}", _enable(wants))
        async with self._changed:
            # Whether peculiar clients are needed must not depend on who is busy, or verdicts would.
            usual = self._match(wants, set(), usual=True) is not None
            while (found := self._match(wants, self._busy, usual=usual)) is None:
                await self._changed.wait()
            self._busy |= {client.client_id for client in found.values()}
            return found

    async def release(self, clients: Sequence[ClientConfig]) -> None:
        async with self._changed:
            self._busy -= {client.client_id for client in clients}
            self._changed.notify_all()

    def _match(
        self, wants: Mapping[str, Want], busy: set[str], *, usual: bool = False
    ) -> dict[str, ClientConfig] | None:
        """Assign a free client to every role, the choosiest role first."""
        order = sorted(
            wants, key=lambda role: (wants[role].channels is None, -len(wants[role].channels or ()))
        )
        chosen: dict[str, ClientConfig] = {}

        def assign(left: list[str]) -> bool:
            if not left:
                return True
            for client in sorted(self._clients, key=lambda c: len(channels_of(c))):
                want, taken = wants[left[0]], client.client_id in busy or client in chosen.values()
                if not taken and self._fits(client, want) and not (usual and self._peculiar(client, want)):
                    chosen[left[0]] = client
                    if assign(left[1:]):
                        return True
                    del chosen[left[0]]
            return False

        return {role: chosen[role] for role in wants} if assign(order) else None

    def _fits(self, client: ClientConfig, want: Want) -> bool:
        if want.extra or len(client.post_logout_redirect_uris) < want.uris:
            return False
        if (client.client_id in self._kept_unused) != want.unused:
            return False
        if want.channels is not None and want.channels and channels_of(client) != want.channels:
            return False
        if want.query and not _has_query(client):
            return False
        if (want.short_lived and client.id_token_lifetime is None) or want.native != _is_native(client):
            return False
        if want.method not in ("", client.auth_method):
            return False
        return want.public is None or (client.auth_method == "none") == want.public

    def _peculiar(self, client: ClientConfig, want: Want) -> bool:
        """Tell whether a client is of a kind that was not asked for: short-lived tokens, another method."""
        asked = want.method or want.native or want.public
        other_method = client.auth_method != self._usual_method and not asked
        return other_method or (client.id_token_lifetime is not None and not want.short_lived)


def _spare(clients: Sequence[ClientConfig]) -> set[str]:
    """Set aside one client per channel, where there are three or more of it, that nobody logs in at."""
    spare = set()
    for channel in ("back", "front"):
        same = [c for c in clients if channels_of(c) == {channel}]
        if len(same) >= 3:
            spare.add(same[-1].client_id)
    return spare


def _is_native(client: ClientConfig) -> bool:
    return client.application_type == "native"


def _has_query(client: ClientConfig) -> bool:
    return any("?" in (uri or "") for uri in (client.frontchannel_logout_uri, client.backchannel_logout_uri))


_NAMES = {
    frozenset(): "a client",
    frozenset({"back"}): "a client with a back-channel logout URI and no front-channel one",
    frozenset({"front"}): "a client with a front-channel logout URI and no back-channel one",
    frozenset({"front", "back"}): "a client with both logout URIs",
}


def _in_words(wants: Mapping[str, Want]) -> str:
    counted: dict[str, int] = {}
    for want in wants.values():
        name = _NAMES[want.channels or frozenset()]
        name += " and a query in it" if want.query else ""
        name += f" and {want.uris} post-logout redirect URIs" if want.uris > 1 else ""
        name += ", used by nothing else (a third of its kind)" if want.unused else ""
        name += " and ID Tokens that live for seconds (id_token_lifetime)" if want.short_lived else ""
        name += " and application_type native" if want.native else ""
        name += f" and auth_method {want.method}" if want.method else ""
        name += ", public (auth_method none)" if want.public else ""
        name += ", confidential (with a secret or key of its own)" if want.public is False else ""
        name += " (with registration members of the harness's own)" if want.extra else ""
        counted[name] = counted.get(name, 0) + 1
    return ", and ".join(f"{number} × {name}" if number > 1 else name for name, number in counted.items())


def _enable(wants: Mapping[str, Want]) -> str:
    """Return config lines that would allow it."""
    lines = ["registration: dynamic   # or, in a static pool:", "clients:"]
    for role, want in wants.items():
        if want.extra:
            return "registration: dynamic"
        query = "?tenant=a%20b&x=1" if want.query else ""
        lines.append(f"  - client_id: …  # {role}")
        lines += ["    auth_method: none"] if want.public else []
        lines += ["    client_secret: …"] if want.public is False else []
        lines.append("    redirect_uris: [https://…/callback]")
        lines.append(f"    post_logout_redirect_uris: [{', '.join(['https://…'] * want.uris)}]")
        if want.channels and "back" in want.channels:
            lines.append(f"    backchannel_logout_uri: https://…{query}")
        if want.channels and "front" in want.channels:
            lines.append(f"    frontchannel_logout_uri: https://…{query}")
    return "\n".join(lines)
