"""Faults of dynamic registration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.reference import encryption
from conformance.reference import registration as conforming
from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

    from conformance.reference.behaviour import Behaviour, Edit
    from conformance.reference.errors import ErrorAnswer


@fault("registration-status-200", "REG-3.2-04", does="A registration is answered with 200 instead of 201.")
def status_200(behaviour: Behaviour) -> None:
    behaviour.registration.status = 200


@fault("registration-refuses-unknown", "REG-3.2-03", does="A registration with an unknown member is refused.")
def refuses_unknown(behaviour: Behaviour) -> None:
    behaviour.registration.refuses_unknown = True


@fault(
    "registration-error-not-json",
    "REG-3.3-01",
    does="A refused registration is answered with HTML.",
    companions=because("there is no JSON to describe the error", "REG-3.3-01b", "REG-3.3-02"),
)
def error_not_json(behaviour: Behaviour) -> None:
    behaviour.registration.json_errors = False


@fault(
    "registration-accepts-fragment",
    "FCL-2-06b",
    "BCL-2.2-05b",
    does="Logout URIs with a fragment are taken over.",
)
def accepts_fragment(behaviour: Behaviour) -> None:
    behaviour.registration.skipped_checks.add(conforming.check_logout_fragments)


@fault(
    "registration-accepts-relative",
    "FCL-2-03b",
    "BCL-2.2-02b",
    does="Relative logout URIs are taken over.",
    companions=because("a relative URI has no origin, so origins go unchecked", "FCL-2-02b"),
)
def accepts_relative(behaviour: Behaviour) -> None:
    # A relative URI has no origin to compare, so this check has to go as well.
    checks = {conforming.check_logout_uris, conforming.check_frontchannel_origin}
    behaviour.registration.skipped_checks |= checks


@fault(
    "registration-accepts-foreign-frontchannel",
    "FCL-2-02b",
    does="A frontchannel_logout_uri on the origin of no redirect URI is taken over.",
)
def accepts_foreign_frontchannel(behaviour: Behaviour) -> None:
    behaviour.registration.skipped_checks.add(conforming.check_frontchannel_origin)


@fault(
    "registration-accepts-http-for-public",
    "RPI-2-12b",
    "BCL-2.2-09b",
    "FCL-2-19b",
    does="Http logout and post-logout URIs are taken over from public clients.",
)
def accepts_http_for_public(behaviour: Behaviour) -> None:
    behaviour.registration.skipped_checks.add(conforming.check_http)


@fault(
    "registration-drops-post-logout-uris",
    "RPI-3.1-02",
    does="post_logout_redirect_uris are dropped at registration, and later no logout redirects.",
    companions=because(
        "no logout redirects to a registered URI",
        *("RPI-3-02", "RPI-2-11", "RPI-2-12", "RPI-2-12b", "RPI-2-13", "BCL-2.2-08", "REG-3.2-01"),
    ),
)
def drops_post_logout_uris(behaviour: Behaviour) -> None:
    behaviour.registration.keeps.append(_without("post_logout_redirect_uris"))


@fault(
    "registration-other-default-enc",
    "REG-2-02c",
    does="ID Tokens of clients that registered no enc are encrypted with A256GCM, and the answer does not say so.",
)
def other_default_enc(behaviour: Behaviour) -> None:
    def change(metadata: dict[str, Any]) -> None:
        if encryption.ENC in metadata:
            metadata[encryption.ENC] = "A256GCM"

    behaviour.registration.keeps.append(change)
    behaviour.registration.shows.append(_without(encryption.ENC))


@fault(
    "registration-refuses-custom-schemes",
    "RPI-2-13",
    does="A native application's own scheme is refused.",
)
def refuses_custom_schemes(behaviour: Behaviour) -> None:
    def refuse(metadata: dict[str, Any]) -> None:
        uris = metadata.get("post_logout_redirect_uris", [])
        if any(not uri.startswith(("https:", "http:")) for uri in uris):
            raise conforming.InvalidMetadata("only http and https are redirected to")

    behaviour.registration.keeps.append(refuse)


@fault(
    "registration-hides-logout-members",
    "REG-3.2-01",
    does="Logout members are in force but left out of the registration response.",
    companions=because(
        "the member is not in the answer", "RPI-2-12", "FCL-2-18", "FCL-2-19", "BCL-2.2-09a", "RPI-2-11"
    )
    | because(
        "what is not in the answer cannot be seen to have been taken over",
        *("RPI-2-12b", "FCL-2-02b", "FCL-2-03b", "FCL-2-06b", "FCL-2-19b"),
        *("BCL-2.2-02b", "BCL-2.2-05b", "BCL-2.2-08", "BCL-2.2-09b"),
    ),
)
def hides_logout_members(behaviour: Behaviour) -> None:
    members = ("post_logout_redirect_uris", *conforming.LOGOUT_URIS, *conforming.SESSION_FLAGS)
    behaviour.registration.shows.extend(_without(member) for member in members)


@fault(
    "registration-echoes-other-alg",
    "REG-3.2-02b",
    does="The registered id_token_signed_response_alg is echoed, but tokens are signed with RS256.",
)
def echoes_other_alg(behaviour: Behaviour) -> None:
    def keep(metadata: dict[str, Any]) -> None:
        metadata["x_alg_asked"] = metadata.pop("id_token_signed_response_alg", "RS256")

    def show(metadata: dict[str, Any]) -> None:
        metadata["id_token_signed_response_alg"] = metadata.pop("x_alg_asked", "RS256")

    behaviour.registration.keeps.append(keep)
    behaviour.registration.shows.append(show)


@fault(
    "registration-refuses-queries",
    "RPI-2-11",
    "BCL-2.2-08",
    "FCL-2-18",
    does="Logout and post-logout URIs with a query are refused.",
)
def refuses_queries(behaviour: Behaviour) -> None:
    """A permission that is not used, and no failure: it shows that the rows are noted either way."""
    behaviour.registration.keeps.append(_refusing(lambda parts: bool(parts.query)))


@fault(
    "registration-https-only",
    "RPI-2-12",
    "BCL-2.2-09a",
    "FCL-2-19",
    does="Http logout and post-logout URIs are refused whoever the client is.",
)
def https_only(behaviour: Behaviour) -> None:
    """A permission that is not used, and no failure: it shows that the rows are noted either way."""
    behaviour.registration.keeps.append(_refusing(lambda parts: parts.scheme == "http"))


def _refusing(refused: Callable[[SplitResult], bool]) -> Edit:
    def check(metadata: dict[str, Any]) -> None:
        logout_uris = [metadata[member] for member in conforming.LOGOUT_URIS if member in metadata]
        for uri in [*metadata.get("post_logout_redirect_uris", []), *logout_uris]:
            if refused(urlsplit(uri)):
                raise conforming.InvalidMetadata(f"{uri} is not accepted")

    return check


def _without(member: str) -> Edit:
    def edit(metadata: dict[str, Any]) -> None:
        metadata.pop(member, None)

    return edit


@fault(
    "registration-needs-session-flags",
    "BCL-2.2-12",
    "FCL-2-23",
    does="A logout URI without its *_session_required is refused.",
)
def needs_session_flags(behaviour: Behaviour) -> None:
    def check(metadata: dict[str, Any]) -> None:
        for uri, flag in zip(conforming.LOGOUT_URIS, conforming.SESSION_FLAGS, strict=True):
            if uri in metadata and flag not in metadata:
                raise conforming.InvalidMetadata(f"{uri} needs {flag}")

    behaviour.registration.keeps.append(check)


@fault(
    "registration-accepts-enc-alone",
    "REG-2-02b",
    does="id_token_encrypted_response_enc is taken over without id_token_encrypted_response_alg.",
)
def accepts_enc_alone(behaviour: Behaviour) -> None:
    def check(metadata: dict[str, Any]) -> None:
        if encryption.ALG in metadata:
            conforming.check_encryption(metadata)

    behaviour.registration.skipped_checks.add(conforming.check_encryption)
    behaviour.registration.keeps.append(check)


@fault(
    "registration-hides-default-alg",
    "REG-2-01b",
    does="ID Tokens of clients that registered no alg are signed with ES256, and the answer does not say so.",
)
def hides_default_alg(behaviour: Behaviour) -> None:
    def keep(metadata: dict[str, Any]) -> None:
        metadata["x_alg_asked"] = "id_token_signed_response_alg" in metadata

    def show(metadata: dict[str, Any]) -> None:
        if not metadata.pop("x_alg_asked", True):
            del metadata["id_token_signed_response_alg"]

    behaviour.tokens.default_alg = "ES256"
    behaviour.registration.keeps.append(keep)
    behaviour.registration.shows.append(show)


@fault(
    "registration-error-without-description",
    "REG-3.3-01b",
    does="A refused registration is told an error without error_description.",
)
def error_without_description(behaviour: Behaviour) -> None:
    def edit(answer: ErrorAnswer) -> None:
        if answer.endpoint == "register":
            answer.body.pop("error_description")

    behaviour.client_errors.edits.append(edit)


@fault(
    "registration-error-other-code",
    "REG-3.3-02",
    does="A refused registration is told invalid_request.",
)
def error_other_code(behaviour: Behaviour) -> None:
    """A permission that is not used, and no failure: it shows that the row is noted either way."""

    def edit(answer: ErrorAnswer) -> None:
        if answer.endpoint == "register":
            answer.body["error"] = "invalid_request"

    behaviour.client_errors.edits.append(edit)
