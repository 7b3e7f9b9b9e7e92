"""OpenID Connect Front-Channel Logout 1.0."""

from collections.abc import Sequence

from conformance.suite import case, expect, require, requirement
from conformance.suite.views import Metadata
from conformance.suite.views_frontchannel import (
    DistinctSession,
    FrontLogout,
    FrontRequest,
    SeenSid,
    SidToken,
    Stranger,
    Unguessable,
    equal_sids,
    offers_front_channel,
    quoted,
    quoted_members,
    second_request_came,
    was_held_back,
    with_session_promised,
    with_value,
)

PRINTABLE = r"[\x20-\x7e]+"


@requirement("FCL-1.1-01")
def test_values_have_no_quotation_marks(
    metadata: Metadata, front_requests_if_any: Sequence[FrontRequest]
) -> None:
    """Names and values of front-channel members and parameters are not wrapped in quotation marks."""
    require(
        offers_front_channel(metadata) or front_requests_if_any, "neither a member nor a parameter was seen"
    )
    expect(quoted_members(metadata), "members in quotation marks", metadata.exchange).to_be_empty()
    for request in front_requests_if_any:
        with case(request.logout):
            expect(
                quoted(request), "names and values wrapped in quotation marks", request.arrival
            ).to_be_empty()


@requirement("FCL-2-05")
def test_registered_query_is_kept(query_requests: Sequence[FrontRequest]) -> None:
    """The query of the registered logout URI is kept when iss and sid are added."""
    for request in query_requests:
        with case(request.logout):
            whole = request.query == request.registered_query
            require(
                request.has or not whole,
                "the query came whole, but neither iss nor sid was added to it",
                request.arrival,
            )
            expect(request.query, "the registered parameters as they came", request.arrival).to_equal(
                request.registered_query
            )


@requirement("FCL-2-07")
def test_logout_uri_is_framed(front_logouts: Sequence[FrontLogout]) -> None:
    """The provider triggers logout at relying parties by an iframe with the registered logout URI."""
    for view in front_logouts:
        with case(view) as logout:
            heard = logout.heard(*logout.logged_in)
            doubt = "" if heard else logout.doubt(*logout.logged_in)
            require(not doubt, doubt, logout.probe("after"))
            expect(heard, logout.wanted, *logout.why_unheard).to_be_present()
            expect(logout.not_framed, "relying parties called by anything but a frame", *heard).to_be_empty()


@requirement("FCL-2-10")
def test_iss_and_sid_may_be_added(unrequired_requests: Sequence[FrontRequest]) -> None:
    """The provider adds iss and sid for a client that did not ask for them."""
    for request in unrequired_requests:
        with case(request.logout):
            expect(request.has, "what was added to the logout URI", request.arrival).to_equal(["iss", "sid"])


@requirement("FCL-2-11")
def test_iss_and_sid_come_together(front_requests: Sequence[FrontRequest]) -> None:
    """Front-channel requests carry both iss and sid, or neither."""
    for request in front_requests:
        with case(request.logout):
            expect(len(request.has), "how many of iss and sid were sent", request.arrival).to_be_one_of(
                (0, 2), "both or neither"
            )


@requirement("FCL-2-12")
def test_iss_is_the_issuer(front_requests: Sequence[FrontRequest]) -> None:
    """The iss parameter is the provider's Issuer Identifier."""
    requests = with_value(front_requests, "iss")
    require(requests, "no front-channel request carried iss")
    for request in requests:
        with case(request.logout):
            expect(len(set(request.values("iss"))), "different values of iss", request.arrival).to_equal(1)
            expect(request.values("iss")[0], "iss", request.arrival, *request.id_tokens).to_be_one_of(
                request.issuers
            )


@requirement("FCL-2-12b")
def test_sid_is_that_of_the_session(front_requests: Sequence[FrontRequest]) -> None:
    """The sid parameter is one that the client got in this browser session."""
    requests = [request for request in with_value(front_requests, "sid") if request.sids]
    require(requests, "no front-channel request carried sid, or no ID Token of its client did")
    for request in requests:
        with case(request.logout):
            expect(len(set(request.values("sid"))), "different values of sid", request.arrival).to_equal(1)
            expect(request.values("sid")[0], "sid", request.arrival, *request.id_tokens).to_be_one_of(
                request.sids
            )


@requirement("FCL-2-22")
def test_required_session_is_sent(front_requests: Sequence[FrontRequest]) -> None:
    """A client that registered frontchannel_logout_session_required gets iss and sid."""
    requests = with_session_promised(front_requests)
    require(
        requests,
        "no front-channel request reached a client whose frontchannel_logout_session_required is confirmed",
    )
    for request in requests:
        with case(request.logout):
            expect(request.has, "what was added to the logout URI", request.arrival).to_equal(["iss", "sid"])


@requirement("FCL-3-01")
def test_relying_parties_are_tracked(front_logouts_of_two: Sequence[FrontLogout]) -> None:
    """Whichever of two relying parties asks for the logout, the other one is contacted."""
    for view in front_logouts_of_two:
        with case(view) as logout:
            require(logout.heard(*logout.logged_in), "no relying party was contacted; FCL-2-07 judges that")
            heard = logout.heard(*logout.others)
            doubt = "" if heard else logout.doubt(*logout.others)
            require(not doubt, doubt, logout.probe("after"))
            expect(
                heard,
                "front-channel requests to the relying party that did not ask",
                *logout.heard(logout.initiator),
            ).to_be_present()


@requirement("FCL-3-02")
def test_relying_parties_are_contacted_in_parallel(held_back: FrontLogout) -> None:
    """The second relying party is called before the first has answered."""
    with case(held_back) as logout:
        framed = logout.framed(*logout.logged_in)
        require(len(framed) >= 2, "fewer than two relying parties were framed", *framed)
        came = second_request_came(logout)
        require(
            came.startswith("before") or was_held_back(logout),
            "the first answer was not held back for long enough to tell",
            *framed,
        )
        expect(came, "the second request came", *framed).to_equal("before the first was answered")


@requirement("FCL-3-03")
def test_strangers_are_not_rendered(stranger: Stranger) -> None:
    """The logout page does not render the logout URI of a relying party that nobody is logged in at."""
    require(
        stranger.reachable,
        "the control failed: the stranger's URI on a page of the harness did not reach the receiver",
    )
    for view in stranger.logouts:
        with case(view) as logout:
            called, control = stranger.calls_in(logout), logout.heard(*logout.logged_in)
            require(called or control, "no relying party was contacted, not even one that is logged in at")
            expect(called, stranger.within, *control).to_be_empty()


@requirement("FCL-3-04")
def test_support_is_told_truly(metadata: Metadata, front_logouts: Sequence[FrontLogout]) -> None:
    """frontchannel_logout_supported is a boolean that tells the truth."""
    name = "frontchannel_logout_supported"
    require(name in metadata, f"{name} is not published; FCL-3-04b judges that", metadata.exchange)
    expect(metadata[name], name, metadata.exchange).to_be_one_of((True, False), "a JSON boolean")
    require(metadata[name] is True, f"{name} is false", metadata.exchange)
    for view in front_logouts:
        with case(view) as logout:
            heard = logout.heard(*logout.logged_in)
            doubt = "" if heard else logout.doubt(*logout.logged_in)
            require(not doubt, doubt, logout.probe("after"))
            expect(heard, f"{name} is true; front-channel requests", metadata.exchange).to_be_present()


@requirement("FCL-3-04b")
def test_support_is_announced(metadata: Metadata, front_requests_if_any: Sequence[FrontRequest]) -> None:
    """A provider that frames relying parties says so in discovery."""
    require(
        front_requests_if_any,
        "no front-channel request was seen: that there is no support is as good an explanation",
    )
    arrivals = [request.arrival for request in front_requests_if_any[:3]]
    name = "frontchannel_logout_supported"
    expect(metadata[name], name, metadata.exchange, *arrivals).to_be_one_of((True, "true"), "true")


@requirement("FCL-3-05")
def test_support_may_be_left_out(metadata: Metadata) -> None:
    """frontchannel_logout_supported is left out."""
    expect(metadata["frontchannel_logout_supported"], "the member", metadata.exchange).to_be_absent()


@requirement("FCL-3-06")
def test_session_support_is_published(metadata: Metadata) -> None:
    """A provider that announces front-channel logout also publishes frontchannel_logout_session_supported."""
    require(
        metadata["frontchannel_logout_supported"] is True,
        "frontchannel_logout_supported is not true in discovery",
        metadata.exchange,
    )
    name = "frontchannel_logout_session_supported"
    expect(metadata[name], name, metadata.exchange).to_be_a(bool, "a JSON boolean")


@requirement("FCL-3-07")
def test_id_tokens_have_sid(front_id_tokens: Sequence[SidToken]) -> None:
    """ID Tokens of clients that registered frontchannel_logout_session_required have a sid."""
    tokens = [seen for seen in front_id_tokens if seen.requires_session]
    require(tokens, "for no client is frontchannel_logout_session_required confirmed")
    for seen in tokens:
        with case(seen.logout):
            expect(seen.sid, f"sid in the ID Token of {seen.client.rp}", seen.token).to_be_present()


@requirement("FCL-3-08")
def test_session_support_may_be_left_out(metadata: Metadata) -> None:
    """frontchannel_logout_session_supported is left out."""
    expect(metadata["frontchannel_logout_session_supported"], "the member", metadata.exchange).to_be_absent()


@requirement("FCL-3-09")
def test_sid_is_optional(
    front_id_tokens: Sequence[SidToken], front_requests_if_any: Sequence[FrontRequest]
) -> None:
    """Some ID Token or front-channel request has no sid."""
    without = [seen.token for seen in front_id_tokens if not seen.sid]
    bare = [request.arrival for request in front_requests_if_any if "sid" not in request.has]
    seen = len(without) + len(bare)
    expect(seen, "ID Tokens and front-channel requests without sid", *without[:3], *bare[:3]).to_be_at_least(
        1
    )


@requirement("FCL-3-10")
def test_sessions_have_sids_of_their_own(distinct_sessions: Sequence[DistinctSession]) -> None:
    """Sessions of another browser, of another user, and after a logout have another sid."""
    sessions = [session for session in distinct_sessions if isinstance(session.sid, str)]
    require(len(sessions) >= 2, "fewer than two sessions of one client had a sid")
    tokens = [session.token for session in sessions]
    expect(equal_sids(sessions), f"equal sids among {len(sessions)} sessions", *tokens).to_be_empty()


@requirement("FCL-3-11")
def test_sids_are_unique(many_sessions: Sequence[DistinctSession]) -> None:
    """No two sessions of the run have the same sid."""
    twice = equal_sids(many_sessions)
    tokens = [session.token for session in many_sessions]
    require(
        twice or len(many_sessions) >= 10,
        f"only {len(many_sessions)} distinct sessions with a sid were recorded; 10 are needed",
    )
    expect(twice, f"equal sids among {len(many_sessions)} sessions", *tokens).to_be_empty()


@requirement("FCL-3-13")
def test_sids_are_printable(front_sids: Sequence[SeenSid]) -> None:
    """Every sid is a string of printable ASCII."""
    for seen in front_sids:
        with case(seen.logout):
            expect(seen.value, f"sid of {seen.rp}", seen.event).to_match(
                PRINTABLE, "a string of printable ASCII"
            )


@requirement("FCL-5-01")
def test_sids_cannot_be_guessed(sids_in_order: Unguessable) -> None:
    """Sids are no names, no counters, and vary by 64 bits or more."""
    expect(sids_in_order.names, "sids made of a name", *sids_in_order.tokens).to_be_empty()
    expect(sids_in_order.counters, "sids that count upwards", *sids_in_order.tokens).to_be_empty()
    require(
        len(sids_in_order.sids) >= 10,
        f"only {len(sids_in_order.sids)} distinct sessions with a sid were recorded; 10 are needed",
    )
    require(not sids_in_order.time_based, "the sids have a time-based shape: their seed cannot be judged")
    bits = sids_in_order.bits
    require(
        not 32 <= bits < 64, f"the part that varies is estimated at {bits:.0f} bits; 32 to 64 decide nothing"
    )
    expect(bits, "bits of the part that varies, estimated", *sids_in_order.tokens).to_be_at_least(64)
