"""Security Event Token (RFC 8417), as far as Logout Tokens follow it."""

from collections.abc import Sequence

from conformance.suite import expect, require, requirement
from conformance.suite.views_logout_tokens import LogoutToken, duplicate_events, foreign_subjects

SET_TYPES = ("logout+jwt", "secevent+jwt", "application/logout+jwt", "application/secevent+jwt")
URI = r"[A-Za-z][A-Za-z0-9+.-]*:\S+"


def events_of(token: LogoutToken) -> dict[str, object]:
    """Return the events of a token; where it has none, the row is undecided."""
    require(
        token.events is not None,
        f"events is no object in the Logout Token for {token.label} (BCL-2.4-06)",
        token.token,
    )
    return token.events or {}


@requirement("SET-1.2-01a")
def test_event_names_are_uris(logout_tokens: Sequence[LogoutToken]) -> None:
    """Every member name of events is a URI."""
    for token in logout_tokens:
        for name in events_of(token):
            expect(name, f"an event for {token.label}", token.token).to_match(URI, "a URI with a scheme")


@requirement("SET-2.2-05")
def test_aud_is_present(logout_tokens: Sequence[LogoutToken]) -> None:
    """An aud is present."""
    for token in logout_tokens:
        expect(token.claims.get("aud"), f"aud for {token.label}", token.token).to_be_present()


@requirement("SET-2.2-07")
def test_no_event_occurs_twice(logout_tokens: Sequence[LogoutToken]) -> None:
    """No member name occurs twice in events."""
    for token in logout_tokens:
        expect(
            duplicate_events(token), f"events that occur twice for {token.label}", token.token
        ).to_be_empty()


@requirement("SET-2.2-08")
def test_events_are_about_one_subject(logout_tokens: Sequence[LogoutToken]) -> None:
    """The events say nothing about another subject."""
    for token in logout_tokens:
        expect(
            foreign_subjects(token), f"events about another subject for {token.label}", token.token
        ).to_be_empty()
        relation = (
            f"whether the further events for {token.label} belong to the logout has to be read by somebody"
        )
        require(len(events_of(token)) == 1, relation, token.token)


@requirement("SET-2.2-08b")
def test_events_has_one_member(logout_tokens: Sequence[LogoutToken]) -> None:
    """The events have no member beside the logout event."""
    for token in logout_tokens:
        require(events_of(token), f"events is empty for {token.label} (BCL-2.4-06)", token.token)
        expect(list(events_of(token)), f"events for {token.label}", token.token).to_have_length(1)


@requirement("SET-2.2-09")
def test_event_payloads_are_objects(logout_tokens: Sequence[LogoutToken]) -> None:
    """Every member value of events is a JSON object."""
    for token in logout_tokens:
        for name, payload in events_of(token).items():
            expect(payload, f"the event {name} for {token.label}", token.token).to_be_a(dict, "an object")


@requirement("SET-2.3-01")
def test_typ_declares_a_set(logout_tokens: Sequence[LogoutToken]) -> None:
    """The typ declares the token a Security Event Token."""
    typed = [t.token for t in logout_tokens if t.typ in SET_TYPES]
    expect(len(typed), f"Logout Tokens with such a type, of {len(logout_tokens)}", *typed[:1]).to_be_at_least(
        1
    )
