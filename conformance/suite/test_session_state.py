"""OpenID Connect Session Management 1.0: session_state of authorization responses."""

from collections.abc import Sequence

from conformance.evidence.events import Disclosure, Exchange
from conformance.suite import case, expect, require, requirement
from conformance.suite.views_session_state import (
    ErrorStates,
    State,
    States,
    members,
)

NO_STATE = "the error responses carry no session_state, or fewer than two came. SM-2-02 judges that"


@requirement("SM-2-01")
def test_successful_responses_have_a_state(successful_responses: Sequence[State]) -> None:
    """Every authorization response with a code has a session_state."""
    missing = [one for one in successful_responses if not one.value]
    expect(
        [one.label for one in missing],
        "authorization responses without session_state",
        *(one.login for one in missing),
    ).to_be_empty()


@requirement("SM-2-02")
def test_error_responses_have_a_state(error_states: ErrorStates, first_logins: States) -> None:
    """An authorization error response has a session_state, too."""
    with case(error_states):
        errors = [e for e in error_states.logins if e.outcome == "error"]
        require(errors, "prompt=none in a virgin browser brought no error to the redirect URI")
        require(
            all(e.session_state for e in first_logins.logins),
            "successful responses have none either. SM-2-01 judges that",
            *first_logins.logins,
        )
        without = [e for e in errors if not e.session_state]
        expect(without, "error responses without session_state").to_be_empty()


@requirement("SM-2-03")
def test_state_has_no_space(responses_with_state: Sequence[State]) -> None:
    """No session_state has a space in it."""
    spaced = [one for one in responses_with_state if " " in one.value]
    unsure = [one.label for one in spaced if one.fragment and "+" in one.raw and "%20" not in one.raw]
    require(
        not unsure,
        f"session_state came with a bare + in a fragment, which relying parties decode differently: {unsure}",
    )
    expect(
        [f"{one.value}{one.cause}" for one in spaced],
        "values of session_state with a space",
        *(one.login for one in spaced),
    ).to_be_empty()


@requirement("SM-2-07")
def test_state_depends_on_the_browser_and_names_nobody(first_logins: States) -> None:
    """Two browsers get different values of session_state, and none shows who the user is."""
    with case(first_logins):
        here, there = (first_logins.values(browser) for browser in ("browser 1", "browser 2"))
        require(
            here and there and all((*here, *there)),
            "session_state is missing in one of the browsers. SM-2-01 judges that",
            *first_logins.logins,
        )
        shared = sorted({*here} & {*there})
        expect(shared, "values of session_state that two browsers share", *first_logins.logins).to_be_empty()
        for disclosure in first_logins.all(Disclosure):
            expect(
                disclosure.found, f"identifiers of the user that {disclosure.value} shows", disclosure
            ).to_be_empty()


@requirement("SM-3.2-06")
def test_clients_have_different_states(first_logins: States) -> None:
    """Two clients in one browser have different values of session_state."""
    with case(first_logins):
        mine, others = (first_logins.values("browser 1", rp) for rp in ("rp1", "witness"))
        require(others, "there was no second client to log in at: the config needs two", *first_logins.logins)
        require(
            all((*mine, *others)),
            "session_state is missing at one of the clients. SM-2-01 judges that",
            *first_logins.logins,
        )
        expect(
            sorted({*mine} & {*others}), "values that both clients got", *first_logins.logins
        ).to_be_empty()


@requirement("SM-3.2-13")
def test_error_states_do_not_recognise_a_browser(error_states: ErrorStates) -> None:
    """Nothing in the session_state of error responses recurs by which a browser could be recognised."""
    with case(error_states):
        for browser in error_states.browsers:
            require(len(error_states.with_value(browser)) > 1, NO_STATE, *error_states.logins)
        for browser in error_states.browsers:
            own = error_states.of(browser, "rp1", "error")
            expect(error_states.repeated(browser), f"values that {browser} got twice", *own).to_be_empty()
            expect(
                error_states.recurring(browser), f"pieces in every value of {browser} alone", *own
            ).to_be_empty()
            partly = error_states.now_and_then(browser)
            require(not partly, f"some values of {browser} share pieces, but not all: {partly}", *own)


@requirement("SM-3.2-18")
def test_error_states_differ(error_states: ErrorStates) -> None:
    """Each unsuccessful authorization response has a session_state of its own."""
    with case(error_states):
        browser = error_states.browsers[0]
        require(len(error_states.with_value(browser)) > 1, NO_STATE, *error_states.logins)
        expect(
            error_states.repeated(browser),
            "values of session_state in more than one error response",
            *error_states.of(browser, "rp1", "error"),
        ).to_be_empty()


@requirement("SM-3.2-14")
def test_state_differs_after_a_logout(first_logins: States, later_login: States) -> None:
    """After a logout the next login brings another session_state."""
    with case(later_login):
        require(
            later_login.session("after") == "ended",
            "the logout was not proven: the session did not end. RPI-2-35 judges that",
            later_login.probe("after"),
        )
        before, after = first_logins.values("browser 1"), later_login.values("browser 1")
        require(
            before and after and all((*before, *after)),
            "session_state is missing. SM-2-01 judges that",
            *later_login.logins,
        )
        expect(after[-1], "session_state of the next login", *later_login.logins).not_to_equal(before[0])


@requirement("SM-7.1-01")
def test_token_responses_may_have_a_state(token_responses: Sequence[Exchange]) -> None:
    """A token response has a session_state, too."""
    having = [one for one in token_responses if "session_state" in members(one)]
    expect(
        bool(having), "whether a token response has session_state", *(having or token_responses)[:3]
    ).to_be_true()


# The iframe
