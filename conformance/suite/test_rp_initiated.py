"""OpenID Connect RP-Initiated Logout 1.0."""

from conformance.evidence.events import Logout
from conformance.evidence.views import Case, Sent, header, same_target
from conformance.suite import case, expect, require, requirement
from conformance.suite.finding import Undecided
from conformance.suite.views_own_logout import post_logout_redirects
from conformance.suite.views_rp import (
    Borrowed,
    ChosenValue,
    Controlled,
    Methods,
    Silent,
    added_parameters,
    outcome,
    own_query,
)

NOT_THERE = (404, 405, 501)
GUESSED = (
    "sent to a URI that one client registered: the operator's word tells whether that is the provider's means of "
    "confirming a target"
)


def was_alive(logout: Case) -> None:
    require(
        logout.session("before") == "alive",
        "the session was not proven alive before the logout: the witness got no code by prompt=none",
        logout.probe("before"),
    )


def was_decided(logout: Case, when: str) -> None:
    require(
        logout.session(when) in ("alive", "ended"),
        "neither prompt=none nor a request without prompt told whether the session lives",
        logout.probe(when),
    )


def control_redirects(control: Case) -> None:
    require(
        control.redirect is not None,
        "the control did not redirect: a genuine hint with a registered URI ended without it",
        control.last_page,
    )


def ends_session(control: Case) -> None:
    require(
        control.session("after") == "ended", "the control did not end the session", control.probe("after")
    )


def lives_untouched(logout: Case) -> None:
    alive = logout.session("untouched")
    expect(
        alive, "the session while the page was untouched", logout.probe("untouched"), logout.logout
    ).to_equal("alive")


def goes_nowhere(logout: Case) -> None:
    expect(
        logout.sent_to, "address of a relying party that the browser was sent to", logout.logout
    ).to_be_empty()


def redirected(logout: Case) -> Sent:
    """Return the redirect, without which nothing can be said of it."""
    if logout.redirect is None:
        raise Undecided("the logout ended without the redirect", tuple(filter(None, [logout.last_page])))
    return logout.redirect


def carries_its_state(logout: Case) -> None:
    redirect = redirected(logout)
    states = redirect.values("state")
    expect(states, "state on the redirect", redirect.event, logout.logout).to_equal([sent(logout).state])


def was_answered(logout: Case) -> None:
    """Leave the row undecided where the logout request had no answer: where the address is no URL, say."""
    require(logout.answered, "no answer came to the logout request", logout.logout)


def sent(logout: Case) -> Logout:
    """Return the logout request of a case."""
    if logout.logout is None:
        raise Undecided(f"no logout request was sent in {logout.label!r}")
    return logout.logout


@requirement("RPI-1.1-01")
def test_no_value_is_in_quotation_marks(chosen_values: list[ChosenValue]) -> None:
    """No value that the provider chose begins and ends with a quotation mark."""
    for chosen in chosen_values:
        quoted = chosen.value if len(chosen.value) > 1 and chosen.value[0] == chosen.value[-1] == '"' else ""
        expect(quoted, f"a value in quotation marks for {chosen.where}", chosen.event).to_be_empty()


@requirement("RPI-2-05")
def test_unknown_logout_hint_changes_nothing(unknown_logout_hints: Controlled) -> None:
    """A logout_hint that names nobody changes nothing."""
    control = unknown_logout_hints.control
    for logout in unknown_logout_hints:
        with case(logout):
            expect(outcome(logout), "the outcome (asked, session, redirect)", logout.logout).to_equal(
                outcome(control)
            )


@requirement("RPI-2-05b")
def test_unknown_logout_hint_is_no_server_error(unknown_logout_hints: Controlled) -> None:
    """A logout_hint that names nobody is answered with a status below 500."""
    control, (first, second) = unknown_logout_hints.control, unknown_logout_hints.cases
    require(
        (control.status or 500) < 500, "the control, without logout_hint, has a status of 500 or above too"
    )
    require(_failed(first) == _failed(second), "only one of two answers was a server error: repeat the run")
    for logout in (first, second):
        with case(logout):
            expect(logout.status, "the status of the answer", *logout.requests[-1:]).to_be_at_most(
                499, "below 500"
            )


def _failed(logout: Case) -> bool:
    return (logout.status or 0) >= 500


@requirement("RPI-2-07")
def test_client_id_must_match_the_hint(mismatched_client_ids: Controlled) -> None:
    """A client_id that is not that of the hint ends no session unasked and leads to no redirect."""
    control_redirects(mismatched_client_ids.control)
    for logout in mismatched_client_ids:
        with case(logout):
            was_alive(logout)
            was_decided(logout, "untouched")
            lives_untouched(logout)
            goes_nowhere(logout)


@requirement("RPI-2-17")
def test_state_comes_back_unchanged(logouts_with_state: list[Case]) -> None:
    """The state that was sent comes back unchanged, exactly once."""
    for logout in logouts_with_state:
        with case(logout):
            carries_its_state(logout)


@requirement("RPI-2-18")
def test_no_state_is_invented(logout_without_state: Case) -> None:
    """Without a state in the request the redirect has none."""
    with case(logout_without_state) as logout:
        redirect = redirected(logout)
        own = [value for name, value in own_query(sent(logout).post_logout_redirect_uri) if name == "state"]
        invented = [value for value in redirect.values("state") if value and value not in own]
        expect(invented, "state on the redirect, as none was sent", redirect.event).to_be_empty()


@requirement("RPI-2-18b")
def test_nothing_is_added_to_the_redirect(redirects: list[Case]) -> None:
    """The redirect has the registered URI's own parameters and the state that was sent, nothing else."""
    for logout in redirects:
        with case(logout):
            redirect = redirected(logout)
            expect(
                added_parameters(logout), "further parameter on the redirect", redirect.event
            ).to_be_empty()


@requirement("RPI-2-21")
def test_unsupported_locales_are_no_error(unsupported_locales: Controlled) -> None:
    """ui_locales that the provider does not support cause no error."""
    control_redirects(unsupported_locales.control)
    for logout in unsupported_locales:
        with case(logout):
            page = logout.last_page
            expect(
                logout.redirect, "the redirect, which the control had", page, logout.logout
            ).to_be_present()


@requirement("RPI-2-22")
def test_get_is_accepted(plain_logout: Case, methods: Methods) -> None:
    """A logout request by GET is processed."""
    with case(plain_logout) as logout:
        expect(logout.status, "the status of the answer to GET", *logout.requests[-1:]).not_to_be_one_of(
            NOT_THERE, "404, 405 or 501"
        )
        same = outcome(logout) == outcome(methods.post_same_site) and logout.refused
        require(not same, "GET and POST end in the same error", logout.last_page)
        answer = logout.requests[-1:]
        was_answered(logout)
        expect(
            logout.processed, "whether GET was processed: asked, logged out or redirected", *answer
        ).to_be_true()


@requirement("RPI-2-23")
def test_post_is_accepted(methods: Methods) -> None:
    """A logout request by form POST is processed, also from another site."""
    for logout in (methods.post, methods.post_same_site):
        with case(logout):
            answer = logout.requests[-1:]
            control = methods.get if _with_cookies(logout) else methods.get_without_cookies
            expect(logout.status, "the status of the answer to POST", *answer).not_to_be_one_of(
                (*NOT_THERE, 415), "404, 405, 415 or 501"
            )
            require(not (logout.refused and control.refused), "POST gets an error that GET gets too", *answer)
            expect(
                logout.refused, "whether POST is refused, where GET is not", *answer, logout.last_page
            ).to_equal(False)
            ignored = bool(methods.get.redirect) and logout is methods.post_same_site and not logout.redirect
            as_empty = ignored and outcome(logout) == outcome(methods.empty_post)
            expect(as_empty, "whether it ends as an empty POST does, though GET redirects", *answer).to_equal(
                False
            )


def _with_cookies(logout: Case) -> bool:
    return bool(logout.requests) and header(logout.requests[0].request_headers, "cookie") is not None


@requirement("RPI-2-25")
def test_query_is_form_encoded(spellings: list[Case]) -> None:
    """A space in a GET parameter may be written as + or as %20."""
    for logout in spellings:
        with case(logout):
            carries_its_state(logout)


@requirement("RPI-2-26")
def test_post_parameters_are_read_from_the_body(methods: Methods) -> None:
    """Parameters in the body of a POST have the effect of those in the query of a GET."""
    control_redirects(methods.get)
    with case(methods.post_same_site) as logout:
        refused = (
            *NOT_THERE,
            403,
            415,
        )  # 403: as an anti-forgery check refuses any POST, whatever it carries
        require(logout.status not in refused, "the method is refused (RPI-2-23)", *logout.requests[-1:])
        empty = outcome(logout) == outcome(methods.empty_post)
        require(
            logout.redirect or empty,
            "the POST ends neither as the GET nor as an empty POST",
            logout.last_page,
        )
        answer = logout.requests[-1:]
        expect(
            logout.redirect, "the redirect after a POST, which the GET had", logout.logout, *answer
        ).to_be_present()


@requirement("RPI-2-27")
def test_forged_hint_is_not_trusted(forged_hints: Controlled) -> None:
    """A hint that the provider did not issue ends no session unasked and leads to no redirect."""
    control_redirects(forged_hints.control)
    for logout in forged_hints:
        with case(logout):
            was_alive(logout)
            was_decided(logout, "untouched")
            lives_untouched(logout)
            goes_nowhere(logout)


@requirement("RPI-2-29")
def test_hint_of_a_recent_session_is_accepted(old_hint: Controlled) -> None:
    """The hint of a session that has just ended is still accepted."""
    control_redirects(old_hint.control)
    for logout in old_hint:
        with case(logout):
            was_alive(logout)
            require(
                logout.redirect or logout.refused,
                "a page that is neither error nor redirect",
                logout.last_page,
            )
            expect(
                logout.redirect, "the redirect after an old hint", logout.logout, logout.last_page
            ).to_be_present()


@requirement("RPI-2-32")
def test_user_is_asked_also_with_a_hint(plain_logout: Case) -> None:
    """Also with a valid, current hint the user is asked before the session ends."""
    with case(plain_logout) as logout:
        was_alive(logout)
        was_decided(logout, "untouched")
        expect(logout.sent_unasked, "redirects before an answer", logout.logout).to_be_empty()
        lives_untouched(logout)
        require(logout.asked, "the session lives on a page that is not understood", logout.first_page)


@requirement("RPI-2-33")
def test_user_is_asked_without_a_hint(
    logouts_without_hint: list[Case], logout_by_client_id: Case, plain_logout: Case
) -> None:
    """Without a hint nothing ends before the user was asked."""
    ends_session(plain_logout)
    for logout in logouts_without_hint:
        with case(logout):
            _nothing_happens_unasked(logout)
            page = logout.first_page
            expect(
                logout.refused, "whether the request is refused as an error", page, logout.logout
            ).to_equal(False)
            require(
                logout.asked,
                "the session lives on a page that is not understood: typed steps would tell",
                page,
            )
    with case(logout_by_client_id) as logout:
        _nothing_happens_unasked(logout)


def _nothing_happens_unasked(logout: Case) -> None:
    was_alive(logout)
    was_decided(logout, "untouched")
    lives_untouched(logout)
    expect(logout.sent_unasked, "redirects before an answer", logout.logout).to_be_empty()


@requirement("RPI-2-34")
def test_hint_of_another_user_logs_nobody_out(hint_of_another_user: Borrowed) -> None:
    """User A's hint in user B's browser ends neither session before B was asked."""
    ends_session(hint_of_another_user.control)
    with case(hint_of_another_user.logout) as logout:
        was_alive(logout)
        for when, whose in (
            ("untouched", "the session in this browser"),
            ("owner untouched", "the hint's session"),
        ):
            was_decided(logout, when)
            what = f"{whose} while the page was untouched"
            expect(logout.session(when), what, logout.probe(when), logout.logout).to_equal("alive")
        unasked = bool(logout.sent_unasked)
        require(
            not unasked,
            "both sessions live, but the browser went to the relying party unasked",
            logout.logout,
        )


@requirement("RPI-2-34b")
def test_hint_of_another_session_asks_first(hint_of_another_session: Borrowed) -> None:
    """The hint of the same user's session in another browser does not end this one unasked."""
    ends_session(hint_of_another_session.control)
    with case(hint_of_another_session.logout) as logout:
        sids = {token.claims.get("sid") for token in logout.tokens("id_token", "rp1")}
        require(len(sids - {None}) > 1, "the ID Tokens of the two sessions have no sids that differ")
        was_alive(logout)
        was_decided(logout, "untouched")
        lives_untouched(logout)


@requirement("RPI-2-34c")
def test_hint_in_clean_browser_ends_no_session_elsewhere(hint_in_clean_browser: Borrowed) -> None:
    """A hint in a browser where nobody is logged in does not end its session in another browser unasked."""
    ends_session(hint_in_clean_browser.control)
    with case(hint_in_clean_browser.logout) as logout:
        was_alive(logout)
        was_decided(logout, "owner untouched")
        probe = logout.probe("owner untouched")
        alive = logout.session("owner untouched")
        expect(alive, "the hint's own session in the other browser", probe, logout.logout).to_equal("alive")


@requirement("RPI-2-35")
def test_yes_ends_the_session(asked_logout: Case, silent_requests: Silent) -> None:
    """After yes the session at the provider has ended."""
    with case(asked_logout) as logout:
        was_alive(logout)
        require(
            logout.asked,
            "the provider did not ask, with a hint or without (RPI-2-35b judges that)",
            logout.first_page,
        )
        _truly_ended(logout, silent_requests)


@requirement("RPI-2-35b")
def test_redirect_means_logged_out(plain_logout: Case, silent_requests: Silent) -> None:
    """When the post-logout redirect comes, the user has been logged out."""
    with case(plain_logout) as logout:
        was_alive(logout)
        redirected(logout)
        require(
            not logout.asked or logout.session("after") == "ended", "asked, and alive after yes (RPI-2-35)"
        )
        _truly_ended(logout, silent_requests)


def _truly_ended(logout: Case, silent: Silent) -> None:
    was_decided(logout, "after")
    after, virgin = logout.session("after"), silent.first_page
    silently = "a code came after the logout, but virgin browsers are signed in silently too"
    require(after == "ended" or virgin.credentials_asked, silently, virgin)
    expect(after, "the session after the logout", logout.probe("after"), logout.logout).to_equal("ended")


@requirement("RPI-2-36")
def test_no_keeps_the_session(declined_logout: Case, accepted_logout: Case) -> None:
    """After no the session at the provider is alive."""
    ends_session(accepted_logout)
    with case(declined_logout) as logout:
        was_alive(logout)
        require(logout.asked, "the page was not understood as a question", logout.first_page)
        was_decided(logout, "after")
        expect(
            logout.session("after"), "the session after no", logout.probe("after"), logout.logout
        ).to_equal("alive")


@requirement("RPI-3-01")
def test_only_rp_initiated_logout_redirects(
    bare_logout: Case, own_page_logouts: list[Case], plain_logout: Case
) -> None:
    """A logout that names no relying party, or that the user starts at the provider itself, leads to none."""
    control_redirects(plain_logout)
    with case(bare_logout) as logout:
        ends_session(logout)
        goes_nowhere(logout)
    for own in own_page_logouts:
        with case(own) as logout:
            was_alive(logout)
            ends_session(logout)
            sent_back = post_logout_redirects(logout)
            expect(sent_back, "post-logout URI that the browser was sent to", logout.logout).to_be_empty()


@requirement("RPI-3-02")
def test_redirect_goes_to_the_uri_that_was_sent(chosen_targets: list[Case]) -> None:
    """The redirect goes to the post_logout_redirect_uri that was sent, its own query unchanged."""
    for logout in chosen_targets:
        with case(logout):
            was_answered(logout)
            require(not logout.refused, "the request ended in an error", logout.last_page)
            uri = sent(logout).post_logout_redirect_uri or ""
            reached = [sent.url for sent in logout.sent_to] + logout.offers
            expect(
                reached, "redirects or links to a relying party", logout.logout, logout.last_page
            ).to_be_present()
            same = same_target(reached[0], uri) and reached[0].count("?") <= 1
            at = [one.event for one in logout.sent_to[:1]]
            expect(uri if same else reached[0], "the first address of a relying party", *at).to_equal(uri)


@requirement("RPI-3-02b")
def test_no_redirect_without_uri(logout_without_uri: Case, plain_logout: Case) -> None:
    """Without post_logout_redirect_uri there is no redirect to a relying party."""
    control_redirects(plain_logout)
    with case(logout_without_uri) as logout:
        ends_session(logout)
        goes_nowhere(logout)


@requirement("RPI-3-04")
def test_no_redirect_without_hint(targets_without_hint: Controlled) -> None:
    """Without a hint the browser is not sent to a URI that nothing else confirms."""
    control_redirects(targets_without_hint.control)
    for logout in targets_without_hint:
        if logout.label == "registered, client_id":
            continue  # the usual other means of confirming a target: not judged
        with case(logout):
            guessed = logout.label == "registered, no client_id" and bool(logout.sent_to)
            require(not guessed, GUESSED, logout.logout)
            goes_nowhere(logout)


@requirement("RPI-3-05")
def test_near_miss_is_never_followed(near_misses: Controlled) -> None:
    """A near miss of a registered URI is never followed."""
    control_redirects(near_misses.control)
    for logout in near_misses:
        with case(logout):
            goes_nowhere(logout)
            expect(logout.offers, "links to relying parties on the pages", logout.last_page).to_be_empty()


@requirement("RPI-3-06")
def test_another_clients_uri_is_no_target(another_clients_uri: Controlled) -> None:
    """A URI that only another client registered is no target for this one."""
    control_redirects(another_clients_uri.control)
    for logout in another_clients_uri:
        with case(logout):
            goes_nowhere(logout)


@requirement("RPI-4-01")
def test_what_does_not_validate_is_not_done(forged_hints: Controlled, unregistered_uri: Controlled) -> None:
    """Where a hint or a URI does not validate, what needs it is not done."""
    control_redirects(forged_hints.control)
    for logout in forged_hints:
        with case(logout):
            was_alive(logout)
            was_decided(logout, "untouched")
            lives_untouched(logout)
            goes_nowhere(logout)
    for logout in unregistered_uri:
        with case(logout):
            goes_nowhere(logout)


@requirement("RPI-4-03")
def test_logout_without_a_session_is_no_error(
    logout_in_clean_browser: Case, bare_logout: Case, repeated_logout: Case, old_hint: Controlled
) -> None:
    """A logout request for a user who is not logged in is no error."""
    with case(logout_in_clean_browser, "no parameter, nobody logged in") as logout:
        require(
            not (logout.refused and bare_logout.refused),
            "it is an error with a session too",
            logout.first_page,
        )
        expect(logout.refused, "whether the request is refused", logout.first_page, logout.logout).to_equal(
            False
        )
    with case(repeated_logout) as logout:
        accepted = bool(old_hint.cases[0].redirect)
        page = logout.first_page
        require(
            not logout.refused or accepted, "the ended session's hint is refused with a session too", page
        )
        expect(logout.refused, "whether the repeated request is refused", page, logout.logout).to_equal(False)


@requirement("RPI-4-04")
def test_error_leads_to_no_relying_party(erroneous_requests: list[Controlled]) -> None:
    """A request with an error leads to no address of a relying party."""
    for group in erroneous_requests:
        control_redirects(group.control)
        for logout in group:
            with case(logout):
                goes_nowhere(logout)


@requirement("RPI-4-05")
def test_error_shows_a_message(forged_hints: Controlled) -> None:
    """On an error the provider shows a message."""
    for logout in forged_hints:
        with case(logout):
            page = logout.last_page
            require(page is not None, "no page was shown")
            message = page.text if page and logout.refused else ""
            expect(bool(message), "whether an error message is shown", page).to_be_true()


@requirement("RPI-4-06")
def test_error_still_offers_the_logout(forged_hints: Controlled) -> None:
    """On an error the provider asks the user whether to log out."""
    for logout in forged_hints:
        with case(logout):
            require(logout.last_page, "no page was shown")
            expect(logout.asked, "whether a control that logs out is offered", logout.last_page).to_be_true()
