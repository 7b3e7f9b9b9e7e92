"""Registration, client authentication and revocation."""

import asyncio
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.reference import ReferenceProvider
from tests.reference.support import METADATA, browsers, credentials


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["not a uri"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://rp.test/cb#f"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["myapp://callback"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://rp.test:port/"]}, "invalid_redirect_uri"),
        ({"post_logout_redirect_uris": ["/out"]}, "invalid_client_metadata"),
        ({"post_logout_redirect_uris": ["https://rp.test/\r\nX: y"]}, "invalid_client_metadata"),
        ({"backchannel_logout_uri": "/bc"}, "invalid_client_metadata"),
        ({"backchannel_logout_uri": "https://rp.test/bc#f"}, "invalid_client_metadata"),
        ({"frontchannel_logout_uri": "https://other.test/fc"}, "invalid_client_metadata"),
        ({"frontchannel_logout_uri": "https://rp.test:8443/fc"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        (
            {"token_endpoint_auth_method": "none", "backchannel_logout_uri": "http://rp.test/bc"},
            "invalid_client_metadata",
        ),
    ],
)
def test_refused_registration(at, members, error):
    @at()
    async def scenario(browser):
        answer = await browser.http.post(f"{browser.issuer}/register", json={**METADATA, **members})
        assert answer.status_code == 400
        assert answer.json()["error"] == error
        assert answer.json()["error_description"]


def test_registration_is_returned_read_and_deleted(at):
    @at()
    async def scenario(browser):
        asked = {
            "backchannel_logout_uri": "http://rp.test/bc?x=1",
            "backchannel_logout_session_required": True,
            "frontchannel_logout_uri": "https://rp.test/fc",
        }
        client = await browser.register(**asked, x_unknown="ignored")
        assert client.items() >= {**METADATA, **asked}.items()
        assert "x_unknown" not in client
        uri = client["registration_client_uri"]
        bearer = {"Authorization": f"Bearer {client['registration_access_token']}"}
        assert (await browser.http.get(uri, headers=bearer)).json() == client
        assert (await browser.http.get(uri)).status_code == 401
        assert (await browser.http.delete(uri, headers=bearer)).status_code == 204
        assert (await browser.http.get(uri, headers=bearer)).status_code == 401


def test_custom_schemes_are_for_native_clients(at):
    @at()
    async def scenario(browser):
        native = {"application_type": "native", "token_endpoint_auth_method": "none"}
        uris = ["com.example.app://callback/"]
        client = await browser.register(**native, redirect_uris=uris, post_logout_redirect_uris=uris)
        assert "client_secret" not in client


def test_initial_access_token():
    async def scenario():
        async with (
            ReferenceProvider(initial_access_token="first") as provider,
            browsers(provider) as (browser,),
        ):
            answer = await browser.http.post(f"{browser.issuer}/register", json=METADATA)
            assert answer.status_code == 401
            headers = {"Authorization": "Bearer first"}
            answer = await browser.http.post(f"{browser.issuer}/register", json=METADATA, headers=headers)
            assert answer.status_code == 201

    asyncio.run(scenario())


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256"])
def test_id_token_is_signed_as_registered(at, alg):
    @at()
    async def scenario(browser):
        client = await browser.register(id_token_signed_response_alg=alg)
        tokens = await browser.log_in(client, nonce="n")
        keys = jwt.PyJWKSet.from_dict((await browser.http.get(f"{browser.issuer}/jwks")).json())
        header = jwt.get_unverified_header(tokens["id_token"])
        claims = jwt.decode(
            tokens["id_token"],
            keys[header["kid"]],
            algorithms=[alg],
            audience=client["client_id"],
            issuer=browser.issuer,
        )
        assert claims.keys() >= {"sub", "sid", "auth_time", "exp", "iat"}
        assert claims["nonce"] == "n"


def test_private_key_jwt(at):
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k"}

    @at()
    async def scenario(browser):
        client = await browser.register(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [jwk]})
        claims = {
            "iss": client["client_id"],
            "sub": client["client_id"],
            "aud": f"{browser.issuer}/token",
            "jti": "1",
            "exp": int(time.time()) + 60,
        }
        form = {
            "token": "unknown",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(claims, key, "ES256", {"kid": "k"}),
        }
        assert (await browser.http.post(f"{browser.issuer}/revoke", data=form)).status_code == 200
        form["client_assertion"] = jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), "ES256")
        answer = await browser.http.post(f"{browser.issuer}/revoke", data=form)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def revoke(browser, client, token):
    return await browser.http.post(
        f"{browser.issuer}/revoke", data={"token": token}, auth=credentials(client)
    )


async def works(browser, client, tokens):
    return (await browser.refresh(client, tokens)).status_code == 200


def test_revocation(at):
    @at()
    async def scenario(browser):
        client, other = await browser.register(), await browser.register()
        tokens = await browser.log_in(client)
        token = tokens["refresh_token"]
        refused = await revoke(browser, other, token)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        wrong = await revoke(browser, {**client, "client_secret": "x"}, token)
        assert wrong.status_code == 401
        assert wrong.headers["www-authenticate"].startswith("Basic")
        assert await works(browser, client, tokens)
        for _ in range(2):
            assert (await revoke(browser, client, token)).status_code == 200
        assert not await works(browser, client, tokens)


@pytest.mark.parametrize(
    "fault", ["revocation-no-effect", "revocation-unauthenticated", "revocation-foreign-client"]
)
def test_faulty_revocation(at, fault):
    @at(fault)
    async def scenario(browser):
        client, other = await browser.register(), await browser.register()
        tokens = await browser.log_in(client)
        token = tokens["refresh_token"]
        sender = {
            "revocation-no-effect": client,
            "revocation-unauthenticated": {**client, "client_secret": "x"},
            "revocation-foreign-client": other,
        }[fault]
        assert (await revoke(browser, sender, token)).status_code == 200
        assert await works(browser, client, tokens) == (fault == "revocation-no-effect")
