"""The provider under test: its metadata, its keys, and how tokens of it are recorded."""

from typing import Any
from urllib.parse import urljoin

from conformance.config.model import ProviderConfig
from conformance.evidence.events import Token
from conformance.evidence.recorder import KEPT, Recorder
from conformance.provider.encryption import opened
from conformance.provider.relying_party import RelyingParty
from conformance.provider.tokens import Decoded, decode, verify
from conformance.provider.wire import Api, Reply

WELL_KNOWN = "/.well-known/openid-configuration"
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderDownError(Exception):
    """The provider cannot be driven at all; the message names the cause for people."""


class Provider:
    """Metadata and keys of the provider, fetched once and shared by the scenarios."""

    def __init__(self, config: ProviderConfig) -> None:
        self.config = config
        self.metadata: dict[str, Any] = dict(config.metadata or {})
        self.published: dict[str, Any] | None = None
        self.jwks: list[dict[str, Any]] = []

    async def discover(self, api: Api) -> None:
        """Fetch metadata (Discovery 4) and keys. Raises ProviderDownError in words."""
        if self.config.discovery:
            self.published = self._usable(await self._fetch_metadata(api))
            self.metadata = {**self.published, **(self.config.metadata or {})}
        openid = "openid" in self.config.scopes
        needed = ENDPOINTS if openid else [name for name in ENDPOINTS if name != "jwks_uri"]
        missing = [name for name in needed if not isinstance(self.metadata.get(name), str)]
        if missing:
            raise ProviderDownError(
                f"The metadata of {self.config.issuer} lacks {', '.join(missing)}. "
                "Give the missing members under `metadata:` in the config."
            )
        if openid:
            await self.fetch_keys(api)

    async def _fetch_metadata(self, api: Api) -> Reply:
        """Fetch the metadata, over a few redirects if need be."""
        url = self.config.issuer.removesuffix("/") + WELL_KNOWN
        for _ in range(MOST_REDIRECTS + 1):
            reply = await api.get(url, "discovery")
            location = reply.headers.get("location", "")
            if reply.status not in REDIRECTS or not location:
                return reply
            url = urljoin(url, location)
        raise ProviderDownError(
            f"{self.config.issuer.removesuffix('/')}{WELL_KNOWN} redirects more than {MOST_REDIRECTS} times, a loop: "
            f"the last time to {url}. Correct `issuer:` in the config, or the provider."
        )

    async def fetch_keys(self, api: Api) -> Reply:
        reply = await api.get(self.metadata["jwks_uri"], "jwks")
        keys = (reply.json() or {}).get("keys")
        self.jwks = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
        return reply

    def _usable(self, reply: Reply) -> dict[str, Any]:
        where = self.config.issuer.removesuffix("/") + WELL_KNOWN
        if reply.status is None:
            raise ProviderDownError(f"{where} gave no answer: {reply.exchange.error}.")
        document = reply.json()
        if reply.exchange.response_body.truncated:
            raise ProviderDownError(
                f"{where} answered {len(reply.content)} bytes or more; metadata of up to {KEPT} bytes are read. "
                "Is the issuer in the config right?"
            )
        if reply.status != 200 or document is None:
            raise ProviderDownError(
                f"{where} answered {reply.status} {reply.headers.get('content-type', 'without a content type')} "
                "instead of metadata as a JSON object. Is the issuer in the config right?"
            )
        published = document.get("issuer")
        if isinstance(published, str) and published.rstrip("/") != self.config.issuer.rstrip("/"):
            raise ProviderDownError(
                f"{where} says that its issuer is {published}, not {self.config.issuer}. Discovery 4.3 forbids to use "
                "such metadata: correct `issuer:` in the config, or the provider."
            )
        return document

    # Endpoints

    def endpoint(self, name: str) -> str | None:
        value = self.metadata.get(name)
        return value if isinstance(value, str) and value else None

    def supports(self, mechanism: str) -> bool:
        """Tell whether a mechanism is advertised, or declared by the operator."""
        flag = {
            "front_channel": "frontchannel_logout_supported",
            "back_channel": "backchannel_logout_supported",
        }
        return self.metadata.get(flag[mechanism]) in (True, "true") or mechanism in self.config.declares

    # Tokens

    async def learn_key(self, api: Api, raw: str, rp: RelyingParty) -> None:
        """Fetch the keys again if none has the kid of a token: a provider may make a key when it first needs it."""
        kid = decode(opened(raw, rp)[0]).header.get("kid")
        if isinstance(kid, str) and all(key.get("kid") != kid for key in self.jwks):
            await self.fetch_keys(api)

    def record(
        self, recorder: Recorder, raw: str, kind: str, rp: RelyingParty, **about: Any
    ) -> tuple[Decoded, Token]:
        """Open, decode and verify a token, and add it to the log without what must not be kept."""
        read = kind in ("id_token", "logout_token")  # the others are meant for the provider itself
        inner, encryption = opened(raw, rp) if read else (raw, None)
        token = decode(inner)
        event = recorder.add(
            Token, kind=kind, rp=rp.role, digest=recorder.redactor.digest(inner), header=token.header,
            claims=recorder.redactor.personal(token.claims) if read else {},
            signature=verify(token, self.jwks, rp.client_secret) if read and not token.problem else None,
            encryption=encryption, duplicates=token.duplicates, problem=token.problem if read else "", **about,
        )  # fmt: skip
        return token, event
