"""OpenID Connect Session Management 1.0: the check_session_iframe and its answers."""

from collections.abc import Sequence

from conformance.evidence.events import Exchange, Framed, Poll
from conformance.suite import case, expect, require, requirement
from conformance.suite.views import Metadata
from conformance.suite.views_session_iframe import (
    WORDS,
    Polls,
    ReadableCookies,
    Watched,
    in_quotes,
    newest_unchanged,
    word,
)

ABSOLUTE = r"https?://[^/?#\s]+[^#\s]*"


def can_see(polls: Polls) -> None:
    """Leave the row undecided where the browser keeps the iframe from its state (section 5.1)."""
    require(not polls.blind, polls.blind, polls.storage)


def has_controls(polls: Polls) -> None:
    """Leave the row undecided unless the genuine newest value was answered unchanged before and after."""
    can_see(polls)
    require(
        polls.control_holds,
        "the genuine session_state was not answered unchanged. SM-2-06, SM-3.2-09 and SM-3.3-05 judge that",
        *polls.controls,
    )


def comparable(found: str) -> None:
    """Leave the row undecided where the answer is neither changed nor unchanged."""
    require(
        found in ("changed", "unchanged"),
        f"the answer was {found or 'none'}, which says nothing of the comparison. SM-3.2-08 and SM-3.2-09 judge that",
    )


@requirement("SM-3.3-02")
def test_discovery_names_the_iframe(metadata: Metadata, named_iframe: Sequence[Poll]) -> None:
    """Discovery has check_session_iframe, an absolute URL, where session management is supported."""
    named = metadata["check_session_iframe"]
    require(
        isinstance(named, str) or named_iframe,
        "the operator names an iframe that discovery does not, but it answered no value with unchanged",
        metadata.exchange,
    )
    expect(named, "check_session_iframe in discovery", metadata.exchange, *named_iframe).to_match(
        ABSOLUTE, "an absolute URL"
    )


def framing(polls: Polls) -> tuple[Exchange, Framed]:
    """Return the request for the iframe and its frame, or leave the row undecided."""
    request, frame = polls.frame_request, polls.frame
    require(request and frame, "the browser did not ask for the iframe: see the page's events", frame)
    assert request is not None and frame is not None  # noqa: PT018 - just required
    return request, frame


@requirement("SM-3.3-05")
def test_iframe_loads_and_answers(fresh_session: Polls) -> None:
    """The page can be framed by a relying party, and answers it."""
    with case(fresh_session):
        request, frame = framing(fresh_session)
        expect(
            fresh_session.shut_out_by, "headers that forbid the relying party to frame the page", request
        ).to_be_empty()
        require(
            frame.loaded.startswith("http"),
            f"the browser did not load the iframe: {request.error or frame.loaded}",
            request,
            frame,
        )
        expect(request.status, "status of the iframe's page", request).to_be_at_most(
            399, "one that is no error"
        )
        require(fresh_session.answered or not fresh_session.blind, fresh_session.blind, frame)
        expect(
            fresh_session.answered, "whether a message was answered within 10 s", *fresh_session.controls
        ).to_be_true()


@requirement("SM-1.1-01")
def test_answers_have_no_quotation_marks(every_answer: Sequence[Poll]) -> None:
    """The answers are changed, unchanged and error, without quotation marks."""
    quoted = [poll for poll in every_answer if in_quotes(poll)]
    expect(
        sorted({text for poll in quoted for text in in_quotes(poll)}),
        "answers in quotation marks",
        *(quoted or every_answer)[:3],
    ).to_be_empty()


@requirement("SM-2-06")
def test_fresh_value_matches(fresh_session: Polls) -> None:
    """The session_state that the server calculated is the one that the iframe calculates."""
    with case(fresh_session):
        can_see(fresh_session)
        words = fresh_session.words("correct")
        require(
            "unchanged" in words or "changed" in words,
            f"the answer was {words[-1:] or 'none'}. SM-3.2-09 and SM-3.3-05 judge that",
            *fresh_session.controls,
        )
        require(
            not any(word(poll) == "unchanged" for poll in fresh_session.elsewhere),
            "the value matches on an origin that the operator declared. SM-2-08 judges that",
            *fresh_session.elsewhere,
        )
        require("unchanged" in words or fresh_session.alive, "the session was not proven alive afterwards")
        expect(
            words, f"answers to a fresh session_state{fresh_session.cause}", *fresh_session.controls
        ).to_contain("unchanged")


@requirement("SM-2-08")
def test_origin_is_that_of_the_redirect_uri(fresh_session: Polls) -> None:
    """The origin in the calculation is that of the redirect URI."""
    with case(fresh_session):
        can_see(fresh_session)
        matches_elsewhere = any(word(poll) == "unchanged" for poll in fresh_session.elsewhere)
        require(
            "unchanged" in fresh_session.words("correct") or matches_elsewhere,
            "a fresh value was not answered unchanged on the origin of the redirect URI, and on no other that "
            "the operator declared (web_origins of a client). SM-2-06 judges that",
            *fresh_session.controls,
        )
        expect(
            fresh_session.words("correct"),
            "answers on the origin of the redirect URI",
            *fresh_session.controls,
        ).to_contain("unchanged")


@requirement("SM-3.2-03")
def test_foreign_origins_get_no_unchanged(foreign_pages: Polls) -> None:
    """A page on an origin that is registered nowhere is not told that the session is unchanged."""
    with case(foreign_pages):
        has_controls(foreign_pages)
        require(foreign_pages.elsewhere, "no page of another origin could be loaded", *foreign_pages.controls)
        told = [poll for poll in foreign_pages.elsewhere if word(poll) == "unchanged"]
        expect(
            [poll.page for poll in told],
            "foreign origins that were answered unchanged",
            *(told or foreign_pages.elsewhere),
        ).to_be_empty()


@requirement("SM-3.2-05")
def test_client_id_counts(two_clients_asked: Polls) -> None:
    """The value of one client does not match with the client_id of another."""
    with case(two_clients_asked):
        has_controls(two_clients_asked)
        values = {str(poll.data).rpartition(" ")[2] for poll in two_clients_asked.controls}
        require(len(values) > 1, "both clients have the same value. SM-3.2-06 judges that")
        crossed = two_clients_asked.posted("crossed")
        comparable(word(crossed[-1]))
        expect(
            word(crossed[-1]), "answer to the value of another client", *crossed, *two_clients_asked.controls
        ).to_equal("changed")


@requirement("SM-3.2-05b")
def test_current_state_counts(iframe_login_again: Polls) -> None:
    """An iframe that was loaded before a new login answers by the state that is in force now."""
    with case(iframe_login_again):
        can_see(iframe_login_again)
        loaded = iframe_login_again.posted("loaded")
        fresh = iframe_login_again.posted("new")[: len(loaded)]
        require(
            newest_unchanged(fresh),
            "the control failed: a new iframe did not answer the new value with unchanged. SM-2-06 judges that",
            *fresh,
        )
        words = [word(poll) for poll in loaded]
        comparable(words[-1])
        expect(
            words, "answers of the iframe that was loaded before, to the new value", *loaded, *fresh
        ).to_contain("unchanged")


@requirement("SM-3.2-07")
def test_malformed_message_is_an_error(without_space: Sequence[Polls]) -> None:
    """A message without a space is answered with error."""
    for polls in without_space:
        with case(polls):
            require(
                all(word(poll) in WORDS for poll in polls.controls),
                "the control failed: the correct message was not answered. SM-3.3-05 judges that",
                *polls.controls,
            )
            asked = polls.posted("no space")
            expect(word(asked[-1]), "answer to a message without a space", *asked).to_equal("error")


@requirement("SM-3.2-07b")
def test_malformed_message_is_never_unchanged(malformed_messages: Polls) -> None:
    """No malformed message is answered with unchanged."""
    with case(malformed_messages):
        has_controls(malformed_messages)
        asked = [p for p in malformed_messages.all(Poll) if p.what != "correct"]
        wrong = [poll for poll in asked if word(poll) == "unchanged"]
        expect(
            [poll.what for poll in wrong],
            "malformed messages that were answered unchanged",
            *(wrong or asked),
        ).to_be_empty()


@requirement("SM-3.2-08")
def test_altered_value_is_changed(altered_value: Polls) -> None:
    """A value that does not match is answered with changed."""
    with case(altered_value):
        has_controls(altered_value)
        asked = altered_value.posted("of another browser") or altered_value.posted("altered")
        found, genuine = word(asked[-1]), asked[-1].what != "altered"
        require(
            genuine or found != "error",
            "the altered value was answered error, as one of wrong syntax may be, and no value of another browser "
            "could be had",
            *asked,
        )
        require(found in (*WORDS, ""), f"the answer was {found}. SM-3.2-09 judges that", *asked)
        expect(found, "answer to a value that does not match", *asked).to_equal("changed")


@requirement("SM-3.2-09")
def test_matching_value_is_always_unchanged(watched_sessions: Sequence[Watched]) -> None:
    """A value that matches is answered with unchanged, each time that it is posted."""
    for watched in watched_sessions:
        with case(watched):
            can_see(watched)
            require(watched.alive, "the session was not proven alive afterwards", watched.probe("alive"))
            require(watched.has_value, "the login brought no session_state to post. SM-2-01 judges that")
            require(watched.answered, "no message at all was answered. SM-3.3-05 judges that")
            require(
                not watched.turned and not watched.stray,
                "the answer changed without an event. SM-3.2-12 judges that",
                *watched.turned,
            )
            expect(
                [word(poll) or "no answer" for poll in watched.otherwise],
                f"answers to the matching value other than unchanged{watched.cause}",
                *(watched.otherwise or watched.started),
            ).to_be_empty()


@requirement("SM-3.2-10")
def test_answer_goes_to_the_asking_window(windows_asked: Polls) -> None:
    """The answer goes to the window that asked."""
    with case(windows_asked):
        asked = [poll for poll in windows_asked.controls if poll.window == "rp"]
        around = [poll for poll in windows_asked.controls if poll.window == "parent"]
        require(
            any(poll.answers for poll in asked) and any(poll.answers for poll in around),
            "no answer came anywhere. SM-3.3-05 judges that",
            *windows_asked.controls,
        )
        heard = sorted({answer.window for poll in asked for answer in poll.answers})
        expect(heard, "windows that heard the answer to the relying party's frame", *asked).to_contain("rp")


@requirement("SM-3.2-10b")
def test_answer_is_not_for_everybody(windows_asked: Polls) -> None:
    """The answer is posted to the origin that asked, not to any."""
    with case(windows_asked):
        noting = [poll for poll in windows_asked.controls if poll.targets]
        require(noting, "it was not seen to which origin the iframe posts its answer")
        targets = sorted({target for poll in noting for target in poll.targets})
        require(
            set(targets) <= {"*", windows_asked.home},
            f"the answer was posted to {targets}, and the page is on {windows_asked.home}",
            *noting,
        )
        expect(targets, "target origins of the answer", *noting).not_to_contain("*")


@requirement("SM-3.2-11")
def test_logout_changes_the_state(iframe_logout: Polls) -> None:
    """After a logout the earlier session_state is answered with changed."""
    with case(iframe_logout):
        has_controls(iframe_logout)
        require(
            iframe_logout.session("after") == "ended",
            "the logout was not proven: the session did not end. RPI-2-35 judges that",
            iframe_logout.probe("after"),
        )
        asked = iframe_logout.posted("loaded", "new")
        expect(
            [word(poll) for poll in asked], "answers to the earlier session_state after the logout", *asked
        ).to_contain("changed")


@requirement("SM-3.2-11b")
def test_login_changes_the_state(iframe_login_again: Polls, fresh_session: Polls) -> None:
    """A login and a change of user change the state: an earlier session_state is answered with changed."""
    with case(iframe_login_again):
        can_see(iframe_login_again)
        subjects = {e.sub for e in (*fresh_session.logins, *iframe_login_again.logins) if e.rp == "rp1"} - {
            ""
        }
        require(len(subjects) == 2, "another user was not proven by the sub of the ID Token")
        judge_earlier(iframe_login_again, "of before", "new")
    with case(fresh_session):
        can_see(fresh_session)
        judge_earlier(fresh_session, "of an error", "correct")


def judge_earlier(polls: Polls, earlier: str, newest: str) -> None:
    """Expect an earlier value to be answered changed where the newest one is answered unchanged."""
    require(
        newest_unchanged(polls.posted(newest)),
        "the control failed: the newest value was not answered unchanged. SM-2-06 judges that",
        *polls.posted(newest),
    )
    for poll in polls.posted(earlier):
        comparable(word(poll))
        expect(word(poll), f"answer to the value {earlier}", poll).to_equal("changed")


@requirement("SM-3.2-12")
def test_state_does_not_change_often(watched_sessions: Sequence[Watched]) -> None:
    """The state does not change while nothing happens."""
    for watched in watched_sessions:
        can_see(watched)
        require(watched.alive, f"the session in {watched.label} was not proven alive afterwards")
        require(
            "unchanged" in watched.words("correct"),
            f"no value was answered unchanged in {watched.label}. SM-2-06 judges that",
        )
    turned = [watched for watched in watched_sessions if watched.turned]
    require(
        len(turned) != 1,
        "one of two sessions was said to have changed: run again, or set receiver.window longer",
        *(poll for watched in turned for poll in watched.turned),
    )
    seconds = min(watched.seconds for watched in watched_sessions)
    expect(
        [watched.label for watched in turned],
        f"sessions that were said to have changed within {seconds:.0f} s without an event",
        *(poll for watched in (turned or watched_sessions) for poll in watched.posted("correct")[-1:]),
    ).to_be_empty()


@requirement("SM-3.2-19")
def test_several_values_may_be_valid(several_values: Polls) -> None:
    """An older session_state of the same session is valid beside a newer one."""
    with case(several_values):
        can_see(several_values)
        newer, older = several_values.posted("newer"), several_values.posted("older")
        require(
            all(word(poll) == "unchanged" for poll in newer),
            "the newer value was not answered unchanged. SM-2-06 judges that",
            *newer,
        )
        require(
            {poll.data for poll in newer}.isdisjoint(poll.data for poll in older), "both values are the same"
        )
        comparable(word(older[-1]))
        expect(word(older[-1]), "answer to the older value", *older, *newer).to_equal("unchanged")


@requirement("SM-3.2-20")
def test_state_cookie_names_nobody(readable_cookies: ReadableCookies, fresh_session: Polls) -> None:
    """The cookie with the state, where script can read it, shows nothing of who the user is."""
    with case(fresh_session, "cookies"):
        naming = readable_cookies.naming
        require(
            not naming or "unchanged" in fresh_session.words("correct"),
            "cookies show who the user is, but which of them holds the state cannot be told: no value was "
            "answered unchanged. SM-2-06 judges that",
            *naming,
        )
        expect(
            readable_cookies.named_by_state,
            "identifiers of the user in the cookie with the state",
            *readable_cookies.disclosures,
        ).to_be_empty()
        require(
            not naming or readable_cookies.state_cookies,
            "cookies show who the user is, but without none of them unchanged became changed",
            *naming,
        )
