"""RP-Initiated Logout 1.0: whom the provider tells by back-channel, and when."""

from collections.abc import Sequence

from conformance.suite import case, expect, require, requirement
from conformance.suite.views_backchannel import Order, Pair, Told


@requirement("RPI-2-36b")
def test_no_tells_nobody_else(declined_and_confirmed: tuple[Told, Told]) -> None:
    """After no, relying parties other than the initiator are not told to log the user out."""
    after_no, after_yes = declined_and_confirmed
    with case(after_no.case) as logout:
        require(
            logout.asked,
            "the provider did not ask whether to log out, so nobody could answer no",
            logout.logout,
        )
        require(
            after_no.of_this_session or after_yes.requests,
            f"rp2 was not told after yes either: {after_yes.doubt}",
        )
        expect(after_no.of_this_session, after_no.within, *after_yes.requests).to_be_empty()


@requirement("RPI-2-37a")
def test_back_channel_tells_the_others(others: Sequence[Told]) -> None:
    """Relying parties that registered for back-channel logout are notified while the user is logged out."""
    for told in others:
        with case(told.case):
            require(not told.doubt, told.doubt, told.case.probe("after"))
            expect(told.requests, told.within, told.case.probe("after")).to_be_present()


@requirement("RPI-2-38a")
def test_back_channel_tells_the_initiator(initiators: Sequence[Told]) -> None:
    """The relying party that initiated the logout is notified by back-channel too."""
    for told in initiators:
        with case(told.case):
            require(not told.doubt, told.doubt, told.case.probe("after"))
            expect(told.requests, told.within, told.case.probe("after")).to_be_present()


@requirement("RPI-2-38c")
def test_initiator_is_told_before_the_redirect(order_of_initiator: Order) -> None:
    """The initiator's notification comes before the post-logout redirect."""
    _before(order_of_initiator)


@requirement("RPI-2-39a")
def test_back_channel_tells_no_stranger(strangers: Sequence[tuple[Told, Told]]) -> None:
    """A relying party that the user is not logged in at gets no back-channel notification."""
    for stranger, initiator in strangers:
        with case(stranger.case):
            require(
                stranger.requests or initiator.requests,
                f"rp1 heard nothing either: {initiator.doubt or 'BCL-2.5-01'}",
            )
            expect(stranger.requests, stranger.within, *initiator.requests).to_be_empty()


@requirement("RPI-2-39c")
def test_other_users_sessions_are_left_alone(sessions_of_two_users: Pair) -> None:
    """The logout of one user brings no notification about another user's session."""
    pair = sessions_of_two_users
    with case(pair.case):
        require(
            pair.about_the_other or pair.about_the_first, "no notification of the first user's logout came"
        )
        about = [f"at {t.rp} for {t.claims.get('sub', 'no sub')}" for t in pair.about_the_other]
        what = f"Logout Tokens for the second user {pair.within}"
        expect(about, what, *pair.about_the_first, *pair.about_the_other).to_be_empty()


@requirement("RPI-3-07a")
def test_others_are_told_before_the_redirect(order_of_others: Order) -> None:
    """The redirect is performed after the back-channel notifications were sent."""
    _before(order_of_others)


def _before(order: Order) -> None:
    require(not order.missing, order.missing)
    mixed = f"the order is mixed or close ({order.shown} after the redirect): repeat, or ask whether sending is queued"
    require(order.decides, mixed, *order.arrivals)
    latest = max(order.lags)
    expect(
        latest, f"seconds from the redirect to the notification ({order.shown})", *order.arrivals
    ).to_be_at_most(0)
