"""RFC 6749, section 5.2: error answers of the revocation endpoint and of the token endpoint."""

import re

from conformance.evidence.events import Exchange
from conformance.evidence.views import Case
from conformance.suite import case, expect, require, requirement
from conformance.suite.views_client_errors import WrongSecret
from conformance.suite.views_registration import Picked, media_type
from conformance.suite.views_revocation import (
    answers,
    basic_challenge,
    brings_tokens,
    error_of,
    refresh_refusals,
    refused,
    right_status,
    step,
    uses_basic,
)

ALLOWED = r"[\x20-\x21\x23-\x5B\x5D-\x7E]"
BREAKS = re.compile(r"[\t\r\n]")


@requirement("OA-5.2-01")
def test_error_status_is_400(error_answers: list[Picked]) -> None:
    """An error has status 400, or 401 where the client is not authenticated."""
    for error, answer, _ in answers(error_answers):
        with case(error):
            expect(
                right_status(answer), f"whether {answer.status} fits {error_of(answer)}", answer
            ).to_be_true()


@requirement("OA-5.2-02")
def test_error_is_one_ascii_code(error_answers: list[Picked]) -> None:
    """Every 400 or 401 has an error that is one ASCII string."""
    for error, answer, members in answers(error_answers):
        with case(error):
            require(answer.status in (400, 401), f"status {answer.status} (OA-5.2-01)", answer)
            expect(members.get("error"), "error", answer).to_match(r"[\x00-\x7F]+", "an ASCII string")


@requirement("OA-5.2-03")
def test_error_uses_its_characters(error_answers: list[Picked]) -> None:
    """No error has a character outside of its set."""
    for error, answer, members in answers(error_answers):
        with case(error):
            expect(str(members.get("error", "")), "error", answer).to_match(
                f"{ALLOWED}*", "of the allowed characters"
            )


@requirement("OA-5.2-04")
def test_error_description_uses_its_characters(error_answers: list[Picked]) -> None:
    """No error_description has a character outside of its set, line breaks and tabs apart."""
    for error, answer, members in answers(error_answers):
        with case(error):
            text = BREAKS.sub(" ", str(members.get("error_description", "")))
            expect(text, "error_description", answer).to_match(f"{ALLOWED}*", "of the allowed characters")


@requirement("OA-5.2-04b")
def test_error_description_has_no_line_break(error_answers: list[Picked]) -> None:
    """No error_description has a tab, CR or LF."""
    for error, answer, members in answers(error_answers):
        with case(error):
            breaks = BREAKS.findall(str(members.get("error_description", "")))
            expect(breaks, "tabs and line breaks in error_description", answer).to_be_empty()


@requirement("OA-5.2-05")
def test_error_uri_is_a_uri(error_answers: list[Picked]) -> None:
    """Every error_uri is a URI-reference."""
    for error, answer, members in answers(error_answers):
        with case(error):
            uri = members.get("error_uri", "")
            expect(uri, "error_uri", answer).to_match(r"[\x21\x23-\x5B\x5D-\x7E]*", "a URI-reference")


@requirement("OA-5.2-06")
def test_error_is_json(error_answers: list[Picked]) -> None:
    """Every 400 or 401 is application/json, with error at the top of one object."""
    for error, answer, members in answers(error_answers):
        with case(error):
            require(answer.status in (400, 401), f"status {answer.status} (OA-5.2-01)", answer)
            expect(media_type(answer), "media type", answer).to_equal("application/json")
            expect("error" in members, "whether a JSON object has error at its top", answer).to_be_true()


@requirement("OA-5.2-07")
def test_wrong_basic_credentials_are_challenged(revoked_with_wrong_secret: Case) -> None:
    """Wrong credentials in the Authorization header are answered 401 with a Basic challenge."""
    with case(revoked_with_wrong_secret) as asked:
        answer = step(asked, "revocation, wrong secret")
        require(uses_basic(answer), "the client does not authenticate by HTTP Basic", answer)
        require(step(asked, "revocation").status == 200, "the right secret is not accepted")
        require(refused(answer), f"it was answered {answer.status} (REV-2.1-07b)", answer)
        expect(answer.status, "status", answer).to_equal(401)
        expect(basic_challenge(answer), "whether WWW-Authenticate has a Basic challenge", answer).to_be_true()


@requirement("OA-5.2-09")
def test_bad_refresh_token_is_an_invalid_grant(
    revoked_refresh_token: Case, no_good_token: Case, refresh_tokens_tried: list[Exchange]
) -> None:
    """A refresh token that was revoked or altered gives invalid_grant."""
    require(any(brings_tokens(x) for x in refresh_tokens_tried), "no refresh succeeded in this run")
    revoked, altered = refresh_refusals(revoked_refresh_token, no_good_token)
    require(revoked or altered, "no refresh was refused")
    for answer in revoked:
        expect(error_of(answer), "error for a revoked token", answer).to_equal("invalid_grant")
    for answer in altered:
        malformed = error_of(answer) == "invalid_request"
        require(
            not malformed or revoked, "an altered token gives invalid_request: it may be malformed", answer
        )
        expect(error_of(answer), "error for an altered token", answer).to_be_one_of(
            ("invalid_grant", "invalid_request")
        )


@requirement("OA-5.2-08")
def test_invalid_client_is_401(wrong_secret_in_the_body: WrongSecret) -> None:
    """invalid_client of a client that authenticates in the body has status 401."""
    right, wrong = wrong_secret_in_the_body.right, wrong_secret_in_the_body.wrong
    require(right.status == 200, f"the right secret in the body was answered {right.status}", right)
    require(error_of(wrong) == "invalid_client", f"a wrong secret was answered {wrong.status}", wrong)
    expect(wrong.status, "status of invalid_client", wrong).to_equal(401)
