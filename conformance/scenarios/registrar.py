"""Dynamic registration of clients, and their deletion (Registration 3, RFC 7592)."""

from collections.abc import Mapping
from typing import Any

from conformance.config.model import AuthMethod
from conformance.evidence.events import Registration
from conformance.evidence.recorder import Recorder
from conformance.provider import encryption
from conformance.provider.provider import Provider
from conformance.provider.relying_party import RelyingParty
from conformance.provider.wire import Api, Reply
from conformance.scenarios.errors import InconclusiveError, NotTestedError

LOGOUT_MEMBERS = ("post_logout_redirect_uris", "backchannel_logout_uri", "frontchannel_logout_uri")


class Registrar:
    """Registers the clients of one scenario."""

    def __init__(self, api: Api, provider: Provider, recorder: Recorder) -> None:
        self._api, self._provider, self._recorder = api, provider, recorder

    async def attempt(
        self, variant: str, metadata: Mapping[str, Any]
    ) -> tuple[Registration, Reply, dict[str, Any]]:
        """Send a registration request and record what came of it; returns the event, the reply, the answer."""
        endpoint = self._provider.endpoint("registration_endpoint")
        config = self._provider.config.registration
        if endpoint is None or config is None:
            raise NotTestedError("needs dynamic registration", "registration: dynamic")
        token = config.initial_access_token
        headers = {"Authorization": f"Bearer {token.reveal()}"} if token else {}
        reply = await self._api.post(
            endpoint, "registration", json={**config.metadata, **metadata}, headers=headers
        )
        answer = reply.json()
        for name in ("client_secret", "registration_access_token"):
            if answer and isinstance(answer.get(name), str):
                self._recorder.redactor.secret(answer[name], "secret")
        event = self._recorder.add(
            Registration, variant=variant, requested=dict(metadata), status=reply.status,
            returned=_without_secrets(answer), source=reply.exchange.id,
        )  # fmt: skip
        return event, reply, answer or {}

    async def register(
        self, role: str, key: str, metadata: dict[str, Any], *, public: bool = False
    ) -> RelyingParty:
        """Register a client that is going to be used. InconclusiveError: it was refused."""
        config = self._provider.config.registration
        method: AuthMethod = "none" if public else config.auth_method if config else "client_secret_basic"
        request = {
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": method, **metadata,
        }  # fmt: skip
        private_key = self._key_for(method, request)
        secret_keys = self._encryption_keys(request)
        _, reply, answer = await self.attempt(role, request)
        if reply.status is None or not 200 <= reply.status < 300 or not answer.get("client_id"):
            raise InconclusiveError(
                f"The registration of {role} was answered {reply.status or reply.exchange.error}: "
                f"{answer.get('error', '')} {answer.get('error_description', '')}".rstrip()
            )
        rp = self._relying_party(role, key, request, answer, private_key)
        rp.encryption_keys = secret_keys
        return rp

    def _relying_party(
        self, role: str, key: str, request: dict[str, Any], answer: dict[str, Any], private_key: str | None
    ) -> RelyingParty:
        return RelyingParty(
            role=role, key=key, client_id=answer["client_id"], client_secret=answer.get("client_secret"),
            auth_method=answer.get("token_endpoint_auth_method", request["token_endpoint_auth_method"]),
            redirect_uris=answer.get("redirect_uris", request["redirect_uris"]), private_key=private_key,
            post_logout_redirect_uris=request.get("post_logout_redirect_uris", []),
            backchannel_logout_uri=request.get("backchannel_logout_uri"),
            frontchannel_logout_uri=request.get("frontchannel_logout_uri"),
            metadata=_without_secrets(answer) or {}, dynamic=True,
            registration_client_uri=answer.get("registration_client_uri"),
            registration_access_token=answer.get("registration_access_token"),
        )  # fmt: skip

    def _key_for(self, method: AuthMethod, request: dict[str, Any]) -> str | None:
        """Make a key pair for private_key_jwt and put its public half into the request."""
        if method != "private_key_jwt":
            return None
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from jwt.algorithms import ECAlgorithm

        key = ec.generate_private_key(ec.SECP256R1())
        jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        request["jwks"] = {"keys": [{**jwk, "use": "sig", "alg": "ES256"}]}
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return pem.decode()

    def _encryption_keys(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """Make the keys that ID Tokens are to be encrypted to, and put their public halves into the request."""
        keys = encryption.key_pairs(request.get(encryption.ALG))
        if keys:
            others = request.get("jwks", {}).get("keys", [])
            request["jwks"] = {"keys": [*others, *map(encryption.public, keys)]}
        return keys

    async def delete(self, uri: str | None, token: str | None) -> str:
        """Delete a client (RFC 7592, 2.3); returns why it is left over, or an empty string."""
        if not uri or not token:
            return "the provider gave no way to delete it (RFC 7592)"
        reply = await self._api.delete(uri, "clean-up", {"Authorization": f"Bearer {token}"})
        return "" if reply.status in (200, 204, 404) else f"deleting it was answered {reply.status}"


def _without_secrets(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    hidden = ("client_secret", "registration_access_token")
    return None if answer is None else {k: v for k, v in answer.items() if k not in hidden}
