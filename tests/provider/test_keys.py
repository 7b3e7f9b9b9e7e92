"""The provider's published keys: fetched again when a token names one that was not there before."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import jwt

from conformance.config.model import ProviderConfig
from conformance.provider.provider import Provider
from conformance.provider.relying_party import RelyingParty
from conformance.provider.wire import Api

JWKS = "https://op.test/jwks"
RP = RelyingParty(
    role="rp1", key="rp1", client_id="rp1", auth_method="none", redirect_uris=[], post_logout_redirect_uris=[]
)


class Publishing:
    """An Api that answers with the keys of the provider, and counts how often it is asked."""

    def __init__(self, *kids: str) -> None:
        self.keys, self.asked = [{"kid": kid} for kid in kids], 0

    async def get(self, url: str, purpose: str) -> Publishing:
        assert (url, purpose) == (JWKS, "jwks")
        self.asked += 1
        return self

    def json(self) -> dict[str, Any]:
        return {"keys": self.keys}


def asked_for(headers: dict[str, str]) -> int:
    """How often the keys are fetched for a token, by a provider of which the key "old" is known."""
    config = ProviderConfig(
        path=Path("op.yaml"), provider="op", issuer="https://op.test", metadata={"jwks_uri": JWKS}
    )
    provider, api = Provider(config), Publishing("old", "new")
    provider.jwks = [{"kid": "old"}]
    token = jwt.encode({"sub": "alice"}, "k" * 32, headers=headers)
    asyncio.run(provider.learn_key(cast("Api", api), token, RP))
    assert len(provider.jwks) == 1 + api.asked
    return api.asked


def test_a_key_that_was_made_for_the_token_is_fetched() -> None:
    assert asked_for({"kid": "new"}) == 1


def test_a_known_key_is_not_fetched_again() -> None:
    assert asked_for({"kid": "old"}) == 0


def test_a_token_without_kid_asks_for_nothing() -> None:
    assert asked_for({}) == 0
