"""RP-Initiated Logout 1.0: hints that are old or forged, errors, and native applications."""

from conformance.suite import case, expect, require, requirement
from conformance.suite.finding import Undecided
from conformance.suite.test_rp_initiated import (
    control_redirects,
    ends_session,
    was_alive,
    was_answered,
    was_decided,
)
from conformance.suite.views_rp import Borrowed, Controlled, NativeLogout


@requirement("RPI-2-13")
def test_custom_scheme_is_redirected_to(native_logout: NativeLogout) -> None:
    """A post_logout_redirect_uri of a native application's own scheme is registered and redirected to."""
    expect(
        native_logout.registered, "whether a custom scheme is registered", native_logout.registration
    ).to_be_true()
    with case(native_logout.logout) as logout:
        require(logout.logout, "no logout request was sent: the login at the native client failed")
        was_answered(logout)
        reached = bool(native_logout.reached)
        what = "whether a redirect or a link leads to the custom scheme"
        expect(reached, what, logout.logout, logout.last_page).to_be_true()


@requirement("RPI-2-28")
def test_expired_hint_is_accepted(expired_hint: Borrowed) -> None:
    """An expired ID Token is accepted as hint while its session lives."""
    control_redirects(expired_hint.control)
    with case(expired_hint.logout) as logout:
        was_alive(logout)
        expect(
            logout.redirect, "the redirect after an expired hint", logout.logout, logout.last_page
        ).to_be_present()


@requirement("RPI-4-02")
def test_forged_hint_is_not_used(forged_hint_in_clean_browser: Borrowed) -> None:
    """What a forged hint says is not used: the session that it names lives, and nobody is told that it ended."""
    ends_session(forged_hint_in_clean_browser.control)
    with case(forged_hint_in_clean_browser.logout) as logout:
        was_alive(logout)
        was_decided(logout, "owner untouched")
        told = [*logout.notifications("backchannel"), *logout.notifications("frontchannel")]
        expect(told, "notifications about the session that a forged hint named", logout.logout).to_be_empty()
        expect(
            logout.session("owner untouched"), "the session that a forged hint named",
            logout.probe("owner untouched"), logout.logout,
        ).to_equal("alive")  # fmt: skip


@requirement("RPI-4-07")
def test_error_leaves_a_way_to_log_out(erroneous_requests: list[Controlled]) -> None:
    """After an erroneous request the session can still be ended by what the provider shows."""
    every = [logout for group in erroneous_requests for logout in group if logout.refused]
    if not every:
        raise Undecided("no erroneous request ended in an error")
    understood = [c for c in every if c.last_page and c.last_page.kind != "unknown"]
    ended = [logout for logout in every if logout.session("after") == "ended"]
    require(ended or understood, "no page was understood: typed steps would tell", every[0].last_page)
    what = "whether the session could be ended after an error"
    expect(bool(ended), what, *(logout.last_page for logout in every[:3])).to_be_true()
