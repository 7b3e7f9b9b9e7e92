"""OAuth 2.0 Token Revocation (RFC 7009)."""

from conformance.evidence.events import Client, Exchange
from conformance.evidence.views import Case
from conformance.suite import case, expect, require, requirement
from conformance.suite.views import Metadata
from conformance.suite.views_registration import Picked, media_type
from conformance.suite.views_revocation import (
    ByScript,
    access_token_died,
    answers,
    brings_tokens,
    error_of,
    found,
    is_oauth_error,
    refresh_token_died,
    refused,
    step,
    used_late,
    worked_before,
)

UNSUPPORTED = "unsupported_token_type"


def dead(use: Exchange) -> None:
    """Expect that a refresh with a revoked token brings nothing."""
    expect(brings_tokens(use), "whether the refresh brings tokens", use).to_equal(False)


@requirement("REV-2-01")
def test_refresh_tokens_can_be_revoked(revoked_refresh_token: Case) -> None:
    """A refresh token is revoked, and then refused."""
    with case(revoked_refresh_token) as revoked:
        worked_before(revoked)
        answer = step(revoked, "revocation")
        expect(error_of(answer), "error of the revocation", answer).not_to_equal(UNSUPPORTED)
        require(
            answer.status == 200, f"the revocation was answered {answer.status} {error_of(answer)}", answer
        )
        dead(used_late(revoked))


@requirement("REV-2-02")
def test_access_tokens_can_be_revoked(revoked_access_token: Case) -> None:
    """An access token is revoked, and then refused by userinfo."""
    with case(revoked_access_token) as revoked:
        before = step(revoked, "userinfo before")
        require(before.status == 200, "userinfo did not accept the access token before", before)
        answer = step(revoked, "revocation")
        expect(error_of(answer), "error of the revocation", answer).not_to_equal(UNSUPPORTED)
        require(
            answer.status == 200, f"the revocation was answered {answer.status} {error_of(answer)}", answer
        )
        later = step(revoked, "userinfo later", "userinfo at once")
        expect(later.status, "status of userinfo with the revoked token", later).not_to_equal(200)


@requirement("REV-2-03")
def test_revocation_is_a_post(no_good_token: Case) -> None:
    """A POST to the revocation endpoint is processed."""
    with case(no_good_token) as requests:
        answer = step_or_501(requests)
        expect(answer.status, "status of a POST", answer).not_to_be_one_of((404, 405, 501))


def step_or_501(requests: Case) -> Exchange:
    """Return the answer to a well-formed request; 501 is one, other 5xx decide nothing."""
    sent = [x for x in requests.all(Exchange) if x.purpose == "revocation, never a token"]
    require(sent and sent[-1].status is not None, "no answer came to a revocation request", *sent)
    require(
        sent[-1].status == 501 or (sent[-1].status or 0) < 500, f"it was answered {sent[-1].status}", *sent
    )
    return sent[-1]


@requirement("REV-2.1-01")
def test_token_is_read_from_the_body(no_good_token: Case, revoked_with_wrong_secret: Case) -> None:
    """The token parameter of a form-encoded body is enough."""
    with case(no_good_token) as requests:
        answer = step(requests, "revocation")
        proven = authentication_is_checked(requests, revoked_with_wrong_secret)
        expected = answer.status == 200 or (error_of(answer) == "invalid_request" and proven)
        require(expected, f"the revocation was answered {answer.status} {error_of(answer)}", answer)
        expect(answer.status, "status of a revocation by token alone", answer).to_equal(200)


def authentication_is_checked(requests: Case, impostor: Case) -> bool:
    """Tell whether the client's authentication is known to be good: by a 200, or since only a wrong secret fails."""
    told = found(impostor, "revocation, wrong secret")
    wrong_is_told = told is not None and error_of(told) == "invalid_client"
    return wrong_is_told or step(requests, "revocation, never a token").status == 200


@requirement("REV-2.1-01b")
def test_missing_token_is_refused(no_good_token: Case) -> None:
    """A request without token is answered 400 invalid_request."""
    with case(no_good_token) as requests:
        require(
            step(requests, "revocation").status == 200, "the same request with a token was not answered 200"
        )
        answer = step(requests, "revocation, no token")
        expect(answer.status, "status without a token", answer).to_equal(400)
        expect(error_of(answer), "error without a token", answer).to_equal("invalid_request")


@requirement("REV-2.1-03")
def test_wrong_hint_does_not_hide_a_token(revoked_refresh_token: Case, revoked_with_wrong_hint: Case) -> None:
    """A refresh token is found although the hint says access_token."""
    ignores_hint(revoked_refresh_token, revoked_with_wrong_hint)


@requirement("REV-2.2-03")
def test_invalid_hint_is_ignored(revoked_refresh_token: Case, revoked_with_invalid_hint: Case) -> None:
    """A hint that does not exist is ignored."""
    ignores_hint(revoked_refresh_token, revoked_with_invalid_hint)


def ignores_hint(control: Case, hinted: Case) -> None:
    """Expect that a refresh token dies whatever the hint, where it dies with the right one."""
    with case(hinted) as revoked:
        require(refresh_token_died(control), "revoking a refresh token has no effect here (REV-2-01)")
        worked_before(revoked)
        answer = step(revoked, "revocation")
        expect(answer.status, "status of the revocation", answer).to_equal(200)
        dead(used_late(revoked))


@requirement("REV-2.1-07")
def test_wrong_secret_revokes_nothing(revoked_with_wrong_secret: Case) -> None:
    """A request with a wrong secret does not end the token."""
    survives(revoked_with_wrong_secret, "revocation, wrong secret")


@requirement("REV-2.1-08")
def test_another_client_revokes_nothing(revoked_by_another_client: Case) -> None:
    """A request of another client does not end the token."""
    with case(revoked_by_another_client) as asked:
        require(
            step(asked, "revocation").status == 200, "the other client could not revoke a token of its own"
        )
    survives(revoked_by_another_client, "revocation, another client")


def survives(attempted: Case, purpose: str) -> None:
    """Expect that the token works after somebody tried to revoke it."""
    with case(attempted):
        worked_before(attempted)
        answer, after = step(attempted, purpose), step(attempted, "refresh at once")
        works = brings_tokens(after)
        require(
            works or not refused(answer), "the token is dead although the request was refused", answer, after
        )
        expect(works, "whether the token works afterwards", answer, after).to_be_true()


@requirement("REV-2.1-07b")
def test_wrong_secret_is_refused(revoked_with_wrong_secret: Case) -> None:
    """A request with a wrong secret is answered with an error."""
    with case(revoked_with_wrong_secret) as asked:
        require(
            step(asked, "revocation").status == 200, "the same request with the right secret is not accepted"
        )
        answer = step(asked, "revocation, wrong secret")
        expect(answer.status, "status of the answer", answer).to_be_one_of(range(400, 500), "4xx")


@requirement("REV-2.1-08b")
def test_another_client_is_told(revoked_by_another_client: Case) -> None:
    """The client that submits another's token gets an error."""
    with case(revoked_by_another_client) as asked:
        answer = step(asked, "revocation, another client")
        expect(answer.status, "status of the answer", answer).to_be_one_of(range(300, 500), "an error")
        require(
            refused(answer) and is_oauth_error(answer), "the refusal is no OAuth error (REV-2.2.1-01)", answer
        )


@requirement("REV-2.1-09")
def test_revoked_token_is_dead(revoked_refresh_token: Case) -> None:
    """A revoked refresh token cannot be used again."""
    with case(revoked_refresh_token) as revoked:
        worked_before(revoked)
        require(step(revoked, "revocation").status == 200, "the revocation was not answered 200")
        dead(used_late(revoked))


@requirement("REV-2.1-09b")
def test_revoked_token_is_dead_at_once(revoked_refresh_token: Case) -> None:
    """A revoked refresh token is refused within a second."""
    with case(revoked_refresh_token) as revoked:
        worked_before(revoked)
        answer, use = step(revoked, "revocation"), step(revoked, "refresh at once")
        require(answer.status == 200, "the revocation was not answered 200", answer)
        require(use.at - answer.at - answer.seconds < 1, "the token was not used within a second", use)
        dead(use)


@requirement("REV-2.1-11")
def test_access_tokens_die_with_the_refresh_token(
    revoked_refresh_token: Case, revoked_access_token: Case
) -> None:
    """Revoking a refresh token ends the access token of the grant."""
    with case(revoked_refresh_token) as revoked:
        require(access_token_died(revoked_access_token), "access tokens cannot be revoked here (REV-2-02)")
        require(
            step(revoked, "userinfo before").status == 200, "userinfo did not accept the access token before"
        )
        require(step(revoked, "revocation").status == 200, "the revocation was not answered 200")
        later = step(revoked, "userinfo later", "userinfo at once")
        expect(later.status, "status of userinfo with the access token", later).not_to_equal(200)


@requirement("REV-2.1-12")
def test_refresh_token_dies_with_the_access_token(revoked_access_token: Case) -> None:
    """Revoking an access token ends the refresh token of the grant."""
    with case(revoked_access_token) as revoked:
        require(access_token_died(revoked), "access tokens cannot be revoked here (REV-2-02)")
        dead(step(revoked, "refresh at once"))


@requirement("REV-2.2-01")
def test_revocation_is_answered_200(
    harmless_revocations: list[Exchange], own_revocations: list[Exchange]
) -> None:
    """Revoking a live, a dead or a never issued token is answered 200."""
    require(
        any(x.status == 200 for x in own_revocations),
        "no valid revocation was answered 200",
        *own_revocations,
    )
    for exchange in harmless_revocations:
        status = exchange.status or 599
        require(status < 500 and status != 429, f"a revocation was answered {exchange.status}", exchange)
        expect(exchange.status, f"status of: {exchange.purpose}", exchange).to_equal(200)


@requirement("REV-2.2.1-01")
def test_errors_are_oauth_errors(provoked_errors: list[Picked]) -> None:
    """Errors have status 400 or 401 and a JSON object with error."""
    for error, answer, members in answers(provoked_errors):
        with case(error):
            expect(answer.status, "status", answer).to_be_one_of((400, 401))
            expect(media_type(answer), "media type", answer).to_equal("application/json")
            expect(members.get("error"), "error", answer).to_be_a(str, "a string")


@requirement("REV-2.2.1-02")
def test_refused_token_type_is_named(revoked_access_token: Case, own_revocations: list[Exchange]) -> None:
    """A revocation of an access token is refused, if at all, as unsupported_token_type."""
    with case(revoked_access_token) as revoked:
        require(
            any(x.status == 200 for x in own_revocations), "no revocation of this client was answered 200"
        )
        answer = step(revoked, "revocation")
        told = error_of(answer) if refused(answer) else "accepted"
        expect(told, "answer to the revocation of an access token", answer).to_be_one_of(
            ("accepted", UNSUPPORTED)
        )


# 2.3 Cross-origin support


@requirement("REV-2.3-01")
def test_scripts_of_relying_parties_are_answered(by_script: ByScript) -> None:
    """A script on a page of a relying party can read the answer of the revocation endpoint."""
    with case(by_script.case):
        require(not by_script.doubt, by_script.doubt, by_script.control)
        expect(by_script.read, "the answer that the script got", by_script.report, by_script.sent).to_match(
            r"\d{3}", "a status that it can read"
        )


@requirement("ASM-2-02b")
def test_listed_methods_are_accepted(
    metadata: Metadata, revoking_client: Client, own_revocations: list[Exchange]
) -> None:
    """The client is authenticated by the method that it is registered for, if that is listed."""
    method = revoking_client.metadata.get("token_endpoint_auth_method") or "client_secret_basic"
    listed = metadata["revocation_endpoint_auth_methods_supported"] or ["client_secret_basic"]
    require(
        method in listed, f"The client is registered for {method}, which is not listed", metadata.exchange
    )
    accepted = any(x.status == 200 for x in own_revocations)
    unknown = [x for x in own_revocations if x.status == 401 or error_of(x) == "invalid_client"]
    require(accepted or len(unknown) > 1, "The revocations were refused for other reasons", *own_revocations)
    expect(accepted, f"whether {method} is accepted by the revocation endpoint", *unknown).to_be_true()
