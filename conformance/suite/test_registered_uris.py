"""Which logout URIs a provider takes over at registration: rows of three logout specifications."""

from conformance.evidence.views import Case
from conformance.suite import case, expect, require, requirement
from conformance.suite.views_registration import Attempt, Attempts, arrivals_at, kept_uris, reached

BACK, FRONT, POST = "backchannel_logout_uri", "frontchannel_logout_uri", "post_logout_redirect_uris"
BACK_FLAG, FRONT_FLAG = "backchannel_logout_session_required", "frontchannel_logout_session_required"


def controlled(control: Attempt, variant: Attempt, member: str) -> None:
    """Leave a row undecided unless the control was taken over and the variant answered for its metadata."""
    require(control.accepted, f"The control was not accepted: {control.words}", control.registration)
    unseen = f"The control ({control.label}) was accepted, but the response does not show its {member}"
    require(control.kept(member) is not None, unseen, control.registration)
    require(variant.answered, f"No answer that concerns the metadata: {variant.words}", variant.registration)


def not_taken_over(control: Attempt, variant: Attempt, member: str) -> None:
    """Expect that a bad value is refused, left out or replaced."""
    with case(variant):
        controlled(control, variant, member)
        expect(variant.kept(member), f"{member} as the response shows it", variant.exchange).to_be_absent()


def taken_over(control: Attempt, variant: Attempt, member: str) -> None:
    """Expect that a value is accepted and echoed as it was sent."""
    with case(variant):
        controlled(control, variant, member)
        expect(
            variant.kept(member), f"{member} as it was sent, in the response", variant.exchange
        ).to_be_present()


def not_for_public(control: Attempt, variant: Attempt, member: str) -> None:
    """Expect that an http address is not taken over from a public client."""
    require(control.public, f"No public clients: {control.words}", control.registration)
    made_confidential = variant.accepted and not variant.public
    require(
        not made_confidential, "The provider made the public client a confidential one", variant.registration
    )
    not_taken_over(control, variant, member)


# Back-Channel Logout


@requirement("BCL-2.2-02b")
def test_relative_backchannel_uri_is_not_taken_over(attempts: Attempts) -> None:
    """A relative backchannel_logout_uri is not taken over."""
    not_taken_over(attempts["back-channel"], attempts["back-channel relative"], BACK)


@requirement("BCL-2.2-05b")
def test_backchannel_fragment_is_not_taken_over(attempts: Attempts) -> None:
    """A backchannel_logout_uri with a fragment is not taken over."""
    not_taken_over(attempts["back-channel"], attempts["back-channel with fragment"], BACK)


@requirement("BCL-2.2-08")
def test_backchannel_uri_may_have_port_path_and_query(attempts: Attempts, first_uri: Case) -> None:
    """A URI with port, path and query is registered, and a Logout Token arrives there."""
    control, variant = attempts["back-channel"], attempts["back-channel with port, path and query"]
    with case(variant):
        controlled(control, variant, BACK)
        expect(variant.accepted, "whether such a URI is accepted", variant.exchange).to_be_true()
    with case(first_uri) as logout:
        arrived = arrivals_at(logout, "rp1", BACK)
        require(arrived, "no Logout Token arrived, so that its address cannot be seen")
        expect(arrived, "Logout Tokens at the registered port and path").to_be_present()


@requirement("BCL-2.2-09a")
def test_http_backchannel_uri_of_a_confidential_client(attempts: Attempts) -> None:
    """An http backchannel_logout_uri of a confidential client is taken over."""
    taken_over(attempts["back-channel"], attempts["back-channel http, confidential"], BACK)


@requirement("BCL-2.2-09b")
def test_http_backchannel_uri_of_a_public_client(attempts: Attempts) -> None:
    """An http backchannel_logout_uri of a public client is not taken over."""
    not_for_public(attempts["back-channel https, public"], attempts["back-channel http, public"], BACK)


@requirement("BCL-2.2-12")
def test_backchannel_session_required_may_be_left_out(attempts: Attempts) -> None:
    """A registration without backchannel_logout_session_required is accepted."""
    control, variant = attempts["back-channel"], attempts["back-channel without flag"]
    require(control.accepted, f"The control was not accepted: {control.words}", control.registration)
    require(variant.answered, f"No answer that concerns the metadata: {variant.words}", variant.registration)
    expect(variant.accepted, f"whether it is accepted without {BACK_FLAG}", variant.exchange).to_be_true()


# Front-Channel Logout


@requirement("FCL-2-02b")
def test_foreign_frontchannel_uri_is_not_taken_over(attempts: Attempts) -> None:
    """A frontchannel_logout_uri on the origin of no redirect URI is not taken over."""
    for difference in ("on another host", "on another port", "by another scheme"):
        not_taken_over(attempts["front-channel"], attempts[f"front-channel {difference}"], FRONT)


@requirement("FCL-2-03b")
def test_relative_frontchannel_uri_is_not_taken_over(attempts: Attempts) -> None:
    """A relative frontchannel_logout_uri is not taken over."""
    not_taken_over(attempts["front-channel"], attempts["front-channel relative"], FRONT)


@requirement("FCL-2-06b")
def test_frontchannel_fragment_is_not_taken_over(attempts: Attempts) -> None:
    """A frontchannel_logout_uri with a fragment is not taken over."""
    not_taken_over(attempts["front-channel"], attempts["front-channel with fragment"], FRONT)


@requirement("FCL-2-18")
def test_frontchannel_uri_may_have_port_path_and_query(attempts: Attempts) -> None:
    """A frontchannel_logout_uri with port, path and query is taken over as sent."""
    taken_over(
        attempts["front-channel at a port"], attempts["front-channel with port, path and query"], FRONT
    )


@requirement("FCL-2-19")
def test_http_frontchannel_uri_of_a_confidential_client(attempts: Attempts) -> None:
    """An http frontchannel_logout_uri of a confidential client is taken over."""
    taken_over(attempts["front-channel"], attempts["front-channel http, confidential"], FRONT)


@requirement("FCL-2-19b")
def test_http_frontchannel_uri_of_a_public_client(attempts: Attempts) -> None:
    """An http frontchannel_logout_uri of a public client is not taken over."""
    not_for_public(attempts["front-channel https, public"], attempts["front-channel http, public"], FRONT)


@requirement("FCL-2-23")
def test_frontchannel_session_required_defaults_to_false(attempts: Attempts) -> None:
    """frontchannel_logout_session_required may be left out, and is then not true."""
    control, variant = attempts["front-channel"], attempts["front-channel without flag"]
    require(control.accepted or variant.accepted, f"All were refused: {variant.words}", variant.registration)
    require(variant.answered, f"No answer that concerns the metadata: {variant.words}", variant.registration)
    expect(variant.accepted, f"whether it is accepted without {FRONT_FLAG}", variant.exchange).to_be_true()
    told = variant.returned(FRONT_FLAG)
    require(
        told is not True,
        "The response shows true: the provider may have replaced the value",
        variant.exchange,
    )
    expect(told, FRONT_FLAG, variant.exchange).to_be_one_of((None, False), "absent or false")


# RP-Initiated Logout


@requirement("RPI-2-11")
def test_post_logout_uri_may_have_port_path_and_query(
    attempts: Attempts, first_uri: Case, uri_with_port: Case
) -> None:
    """A post-logout URI with port, path and query is registered and redirected to."""
    control, variant = (
        attempts["post-logout https, confidential"],
        attempts["post-logout with port, path and query"],
    )
    taken_over(control, variant, POST)
    with case(uri_with_port) as logout:
        require(reached(first_uri), "the plain URI of the same client was not redirected to either")
        expect(reached(logout), "redirects to that host, port and path", logout.logout).to_be_present()


@requirement("RPI-2-12")
def test_http_post_logout_uri_of_a_confidential_client(attempts: Attempts) -> None:
    """An http post-logout URI of a confidential client is taken over."""
    taken_over(attempts["post-logout https, confidential"], attempts["post-logout http, confidential"], POST)


@requirement("RPI-2-12b")
def test_http_post_logout_uri_of_a_public_client(attempts: Attempts) -> None:
    """An http post-logout URI of a public client is not taken over."""
    not_for_public(attempts["post-logout https, public"], attempts["post-logout http, public"], POST)


@requirement("RPI-3.1-02")
def test_registered_post_logout_uris_are_kept(first_uri: Case, uri_with_port: Case) -> None:
    """Logouts redirect to each of two URIs that were registered."""
    with case(first_uri), case(uri_with_port):
        both = [found[0] for found in (reached(first_uri), reached(uri_with_port)) if found]
        dropped = not both and not kept_uris(first_uri)
        require(
            len(both) == 2 or dropped,
            f"{len(both)} of 2 logouts redirected although the registration response shows the URIs",
            first_uri.logout,
        )
        expect(both, "redirects to the two registered URIs", first_uri.logout).to_have_length(2)
