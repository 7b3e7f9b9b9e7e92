"""OpenID Connect Dynamic Client Registration 1.0."""

from conformance.evidence.views import Case
from conformance.suite import case, expect, require, requirement
from conformance.suite.views_registration import (
    BAD_REDIRECT_URIS,
    Attempt,
    Attempts,
    InForce,
    UnsignedIdToken,
    algorithms,
    asked_uri,
    changes_of,
    denied_flag,
    led_to,
    media_type,
    own_algorithms,
)

PLAIN_CODES = ("invalid_redirect_uri", "invalid_client_metadata")


@requirement("REG-2-01")
def test_no_unsigned_id_token_from_the_authorization_endpoint(unsigned_id_token: UnsignedIdToken) -> None:
    """The authorization endpoint delivers no ID Token with alg none."""
    with case(unsigned_id_token.case) as asked:
        shown = unsigned_id_token.algorithms or unsigned_id_token.refused or not unsigned_id_token.listed
        require(
            shown or unsigned_id_token.delivered_by_control,
            "the authorization endpoint delivered no ID Token to the control, with RS256, either",
        )
        algorithms = unsigned_id_token.algorithms
        what = "alg of the ID Token that the authorization endpoint delivered"
        expect(algorithms, what, *asked.tokens("implicit_id_token")).not_to_contain("none")


@requirement("REG-2-01b")
def test_rs256_is_the_default(first_uri: Case) -> None:
    """ID Tokens are signed with RS256 unless something else was registered or returned."""
    with case(first_uri) as used:
        tokens = used.tokens("id_token")
        require(tokens, "no ID Token came for a client that registered no algorithm")
        for token in tokens:
            expect(token.header.get("alg"), f"alg of the ID Token of {token.rp}", token).to_be_one_of(
                own_algorithms(used, token)
            )


@requirement("REG-2-03")
def test_redirect_uri_is_compared_as_a_string(
    exact_redirect_uri: Case, redirect_uri_near_misses: list[Case]
) -> None:
    """A near miss of a registered redirect_uri gets nothing."""
    logins = exact_redirect_uri.logins
    require(
        any(login.outcome == "code" for login in logins),
        "The registered redirect_uri itself got no code",
        *logins,
    )
    for near_miss in redirect_uri_near_misses:
        with case(near_miss) as asked:
            uri = asked_uri(asked)
            require(uri, "the authorization request was not carried out")
            expect(led_to(asked, uri), f"answers that lead to {uri}", *asked.logins).to_be_empty()


@requirement("REG-3.2-01")
def test_response_returns_what_is_in_force(members_in_force: list[InForce], first_uri: Case) -> None:
    """Every logout member that is in force is in the registration response."""
    for one in members_in_force:
        with case(one.events):
            expect(
                one.returned, f"{one.member} in the registration response", *one.events.events
            ).to_be_present()
    with case(first_uri, "session_required"):
        denied = denied_flag(first_uri)
        expect(denied, "whether the response denies a flag that is in force").to_equal(False)


@requirement("REG-3.2-02")
def test_values_are_refused_or_replaced(registrations: list[Attempt]) -> None:
    """Some requested value was refused or replaced."""
    changed = [one.label for one in registrations if changes_of(one)]
    require(any(one.accepted for one in registrations), "No registration of the run was accepted")
    expect(changed, "registrations with a value that was refused or replaced").to_be_present()


@requirement("REG-3.2-02b")
def test_replaced_values_are_returned(other_algorithm: Case) -> None:
    """What is in force is what was asked for, or what the response says."""
    with case(other_algorithm) as used:
        asked, told, given = algorithms(used)
        expect(given, "alg of the ID Token", *used.tokens("id_token")).to_be_one_of((asked, told))


@requirement("REG-3.2-03")
def test_unknown_members_are_ignored(attempts: Attempts) -> None:
    """A registration with a made-up member succeeds."""
    control, *tries = attempts["plain"], attempts["unknown member"], attempts["unknown member again"]
    require(control.accepted, f"The control was not accepted: {control.words}", control.registration)
    accepted = any(one.accepted for one in tries)
    require(
        accepted or all(one.refused for one in tries), f"Undecided: {tries[0].words}", tries[0].registration
    )
    events = [one.registration for one in tries]
    expect(accepted, "whether a registration with an unknown member succeeds", *events).to_be_true()


@requirement("REG-3.2-04")
def test_success_is_201_json(registrations: list[Attempt]) -> None:
    """A successful registration is answered 201 with application/json."""
    successful = [one for one in registrations if one.accepted]
    require(successful, "No registration of the run was accepted")
    for one in successful:
        with case(one):
            expect(one.registration.status, "status", one.exchange).to_equal(201)
            expect(media_type(one.exchange), "media type", one.exchange).to_equal("application/json")


@requirement("REG-3.3-01")
def test_refusal_is_400_with_an_error(refusals: list[Attempt]) -> None:
    """A refused registration is answered 400 with a JSON object that has error."""
    for refusal in refusals:
        with case(refusal):
            expect(refusal.registration.status, "status", refusal.exchange).to_equal(400)
            expect(refusal.returned("error"), "error in a JSON object", refusal.exchange).to_be_a(
                str, "a string"
            )


@requirement("REG-3.3-01b")
def test_refusal_is_described(refusals: list[Attempt]) -> None:
    """The error object has error_description."""
    for refusal in refusals:
        with case(refusal):
            description = refusal.returned("error_description")
            expect(description, "error_description", refusal.exchange).to_be_a(str, "a string")


@requirement("REG-3.3-02")
def test_refusal_has_the_code_of_its_member(refusals: list[Attempt]) -> None:
    """invalid_redirect_uri is for redirect_uris, invalid_client_metadata for other members."""
    for refusal in refusals:
        with case(refusal):
            codes = PLAIN_CODES if refusal.label in BAD_REDIRECT_URIS else PLAIN_CODES[1:]
            expect(refusal.returned("error"), "error", refusal.exchange).to_be_one_of(codes)
