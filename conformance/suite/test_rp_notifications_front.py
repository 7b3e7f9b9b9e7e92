"""RP-Initiated Logout 1.0: whom the provider tells by front-channel, and when."""

from collections.abc import Sequence

from conformance.suite import case, expect, require, requirement
from conformance.suite.views_frontchannel import BothChannels, FrontLogout, Orders, Stranger


@requirement("RPI-2-37b")
def test_front_channel_tells_the_others(front_logouts_of_two: Sequence[FrontLogout]) -> None:
    """Relying parties that registered for front-channel logout are framed while the user is logged out."""
    for view in front_logouts_of_two:
        with case(view) as logout:
            framed = logout.framed(*logout.others)
            require(
                framed or not logout.doubt(*logout.others),
                logout.doubt(*logout.others),
                logout.probe("after"),
            )
            expect(
                framed, "framed requests to the relying party that did not ask", logout.probe("after")
            ).to_be_present()


@requirement("RPI-2-38b")
def test_front_channel_tells_the_initiator(redirected_logouts: Sequence[FrontLogout]) -> None:
    """The relying party that initiated the logout is framed too."""
    for view in redirected_logouts:
        with case(view) as logout:
            framed = logout.framed(logout.initiator)
            require(
                framed or logout.came_back,
                "neither a frame nor the post-logout redirect reached the receiver",
            )
            require(
                framed or not logout.doubt(logout.initiator),
                logout.doubt(logout.initiator),
                logout.probe("after"),
            )
            expect(framed, "framed requests to the initiator", *logout.came_back).to_be_present()


@requirement("RPI-2-39b")
def test_front_channel_tells_no_stranger(stranger: Stranger) -> None:
    """A relying party that the user is not logged in at gets no front-channel notification."""
    for view in stranger.logouts:
        with case(view) as logout:
            called, control = stranger.calls_in(logout), logout.framed(*logout.logged_in)
            require(called or control, "no relying party was framed, not even one that is logged in at")
            expect(called, stranger.within, *control).to_be_empty()


@requirement("RPI-3-07b")
def test_frames_come_before_the_redirect(front_orders: Orders) -> None:
    """The redirect is performed after the front-channel notifications were issued."""
    control = front_orders.control
    require(
        control.framed(*control.others), "without a redirect, too, rp2 was not framed; RPI-2-37b judges that"
    )
    require("no redirect" not in front_orders.found, "not every logout ended in the post-logout redirect")
    require(len(front_orders.found) == 1, "in some logouts the frame came first, in others the redirect")
    expect(front_orders.order, "the order in all three logouts", *front_orders.requests).to_equal(
        "framed before the redirect"
    )


@requirement("RPI-2-37c")
def test_both_channels_are_used(both_channels: BothChannels) -> None:
    """A relying party that registered both logout URIs hears by both."""
    with case(both_channels) as logout:
        require(
            logout.kept_both or len(logout.by) == 2,
            "the provider did not keep both logout URIs at registration",
        )
        require(
            logout.ended,
            "the session was not proven to have ended. RPI-2-35 judges that",
            logout.probe("after"),
        )
        require(
            logout.framed("front"),
            "the control failed: a client with a front-channel URI alone was not framed",
        )
        require(
            logout.back("back"), "the control failed: a client with a back-channel URI alone was not told"
        )
        require(logout.by, "the client with both heard by neither; RPI-2-37a and RPI-2-37b judge that")
        expect(
            logout.by,
            "channels by which it heard",
            *logout.framed("both"),
            *logout.back("both"),
            logout.clients["both"],
        ).to_equal(["front", "back"])
