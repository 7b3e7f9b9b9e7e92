"""OpenID Connect Discovery 1.0."""

import re

from conformance.evidence.events import Token
from conformance.suite import case, expect, require, requirement
from conformance.suite.views import Metadata
from conformance.suite.views_registration import Picked, media_type, readable

LOGOUT_URLS = ("end_session_endpoint", "check_session_iframe")
LOGOUT_FLAGS = tuple(
    f"{channel}channel_logout_{suffix}"
    for channel in ("front", "back")
    for suffix in ("supported", "session_supported")
)
# The members that Discovery 3 defines.
OWN = frozenset(
    re.findall(
        r"\w+",
        "issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint "
        "scopes_supported response_types_supported response_modes_supported grant_types_supported acr_values_supported "
        "subject_types_supported id_token_signing_alg_values_supported id_token_encryption_alg_values_supported "
        "id_token_encryption_enc_values_supported userinfo_signing_alg_values_supported "
        "userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported "
        "request_object_signing_alg_values_supported request_object_encryption_alg_values_supported "
        "request_object_encryption_enc_values_supported token_endpoint_auth_methods_supported "
        "token_endpoint_auth_signing_alg_values_supported display_values_supported claim_types_supported "
        "claims_supported service_documentation claims_locales_supported ui_locales_supported "
        "claims_parameter_supported request_parameter_supported request_uri_parameter_supported "
        "require_request_uri_registration op_policy_uri op_tos_uri",
    )
)


@requirement("DISC-3-01")
def test_issuer_is_an_https_url(metadata: Metadata) -> None:
    """The issuer is an https URL without query and fragment."""
    readable(metadata)
    expect(metadata["issuer"], "issuer", metadata.exchange).to_match(
        r"https://[^/?#\s]+[^?#\s]*", "an https URL with neither ? nor #"
    )


@requirement("DISC-3-01b")
def test_tokens_carry_the_issuer(metadata: Metadata, id_tokens_by_scenario: list[Picked]) -> None:
    """The iss of every ID Token is the published issuer."""
    readable(metadata)
    for scenario in id_tokens_by_scenario:
        with case(scenario):
            for token in scenario.all(Token):
                expect(token.claims.get("iss"), "iss of an ID Token", token).to_equal(metadata["issuer"])


@requirement("DISC-3-02")
def test_rs256_is_listed(metadata: Metadata) -> None:
    """RS256 is among the signing algorithms of ID Tokens."""
    readable(metadata)
    listed = metadata["id_token_signing_alg_values_supported"]
    expect(listed, "id_token_signing_alg_values_supported", metadata.exchange).to_be_a(list, "an array")
    expect(listed, "id_token_signing_alg_values_supported", metadata.exchange).to_contain("RS256")


@requirement("DISC-3-02b")
def test_tokens_are_signed_as_listed(metadata: Metadata, signed_tokens_by_scenario: list[Picked]) -> None:
    """Every ID Token and Logout Token is signed with a listed algorithm."""
    readable(metadata)
    listed = metadata["id_token_signing_alg_values_supported"]
    require(
        isinstance(listed, list), "The metadata list no signing algorithms (DISC-3-02)", metadata.exchange
    )
    for scenario in signed_tokens_by_scenario:
        with case(scenario):
            for token in scenario.all(Token):
                expect(token.header.get("alg"), f"alg of a token ({token.kind})", token).to_be_one_of(listed)


@requirement("DISC-3-03")
def test_further_members_appear(metadata: Metadata) -> None:
    """The metadata have members that Discovery does not define."""
    readable(metadata)
    further = sorted(set(metadata.document or {}) - OWN)
    expect(further, "members that Discovery does not define", metadata.exchange).to_be_present()


@requirement("DISC-3-04")
def test_logout_members_have_their_types(metadata: Metadata) -> None:
    """URLs are strings and *_supported are booleans."""
    readable(metadata)
    kinds = dict.fromkeys(LOGOUT_URLS, (str, "a string")) | dict.fromkeys(LOGOUT_FLAGS, (bool, "a boolean"))
    present = {name: kind for name, kind in kinds.items() if name in metadata}
    require(present, "The metadata have none of the logout members")
    for name, (kind, words) in present.items():
        expect(metadata[name], name, metadata.exchange).to_be_a(kind, words)


@requirement("DISC-3-05")
def test_session_support_is_not_promised_alone(metadata: Metadata) -> None:
    """No logout_session_supported is true where its logout_supported is not."""
    readable(metadata)
    for channel in ("front", "back"):
        supported, session = (f"{channel}channel_logout_{s}" for s in ("supported", "session_supported"))
        promised = metadata[session] is True and metadata[supported] is not True
        expect(promised, f"whether {session} is true without {supported}", metadata.exchange).to_equal(False)


@requirement("DISC-4.2-01")
def test_response_is_a_json_object(metadata: Metadata) -> None:
    """The metadata come with status 200 as application/json, and are a JSON object."""
    exchange = metadata.exchange
    require(
        exchange.status is not None, f"No answer came to the request for metadata: {exchange.error}", exchange
    )
    asked = f"{metadata.issuer.removesuffix('/')}/.well-known/openid-configuration"
    require(exchange.url == asked, f"Only a redirect leads to the metadata, at {exchange.url}", exchange)
    transient = exchange.status in {301, 302, 303, 307, 308, 429} or (exchange.status or 0) >= 500
    require(
        not transient,
        f"The metadata were answered {exchange.status}: repeat, or correct the issuer",
        exchange,
    )
    expect(exchange.status, "status of the metadata", exchange).to_equal(200)
    expect(media_type(exchange), "media type of the metadata", exchange).to_equal("application/json")
    require(
        not exchange.response_body.truncated, "The metadata are longer than what evidence keeps", exchange
    )
    expect(metadata.document, "a JSON object in the body", exchange).to_be_a(dict, "there")


@requirement("DISC-4.2-02")
def test_no_member_is_an_empty_array(metadata: Metadata) -> None:
    """Members with zero elements are left out."""
    readable(metadata)
    empty = sorted(name for name, value in (metadata.document or {}).items() if value == [])
    expect(empty, "members that are empty arrays", metadata.exchange).to_be_empty()


@requirement("DISC-4.3-01")
def test_issuer_is_where_the_metadata_came_from(metadata: Metadata) -> None:
    """The published issuer is the one that the metadata were fetched from."""
    readable(metadata)
    issuer = metadata["issuer"]
    slash_only = issuer != metadata.issuer and str(issuer).rstrip("/") == metadata.issuer.rstrip("/")
    require(
        not slash_only,
        f"The issuer in the config and the published one ({issuer}) differ by a slash at the end: correct the config",
        metadata.exchange,
    )
    expect(issuer, "issuer", metadata.exchange).to_equal(metadata.issuer)
