"""OpenID Connect Back-Channel Logout 1.0."""

from collections.abc import Sequence
from typing import Any

from conformance.evidence.events import Arrival, Login, Token
from conformance.evidence.views import Case
from conformance.suite import case, expect, require, requirement
from conformance.suite.views import Metadata, SeenToken
from conformance.suite.views_backchannel import (
    FORM,
    Answered,
    BadRound,
    Call,
    Pair,
    Told,
    common_session,
    first_doubt,
    where_it_ended,
)
from conformance.suite.views_encryption import Nested
from conformance.suite.views_logout_tokens import (
    EVENT,
    SKEW,
    Identified,
    KeySet,
    LogoutToken,
    asked_for_sid,
    confirmed_sid,
    repeated_jti,
)
from conformance.suite.views_refresh_tokens import Refreshed

OFFLINE = "offline_access"
SUPPORTED = "backchannel_logout_supported"
SESSION_SUPPORTED = "backchannel_logout_session_supported"
YEAR_3000 = 32_503_680_000
SHORT = 120  # seconds that a Logout Token is good for at most (BCL-4-03)
KNOWN_CLAIMS = frozenset({"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"})
TYPES = ("logout+jwt", "application/logout+jwt")


@requirement("BCL-1.1-01")
def test_literals_come_without_quotation_marks(
    quoted_literals: Sequence[str], both_kinds: Sequence[Token]
) -> None:
    """No name or fixed value of the mechanism is wrapped in quotation marks."""
    expect(quoted_literals, "names and fixed values in quotation marks", *both_kinds[:1]).to_be_empty()


# 2.1 Metadata


@requirement("BCL-2.1-01")
def test_sid_is_in_use(both_kinds: Sequence[Token]) -> None:
    """An ID Token or a Logout Token carries sid."""
    having = [t for t in both_kinds if "sid" in t.claims]
    expect(
        len(having), f"ID Tokens and Logout Tokens with sid, of {len(both_kinds)}", *having[:1]
    ).to_be_at_least(1)


@requirement("BCL-2.1-02a")
def test_support_is_a_boolean(metadata: Metadata) -> None:
    """backchannel_logout_supported, where published, is a JSON boolean."""
    expect(metadata[SUPPORTED], SUPPORTED, metadata.exchange).to_be_a(
        (bool, type(None)), "absent, true or false"
    )


@requirement("BCL-2.1-02b")
def test_support_is_advertised(metadata: Metadata, arrived: Sequence[Arrival]) -> None:
    """A provider that sends Logout Tokens says so in its metadata."""
    require(
        arrived or metadata[SUPPORTED] is True, f"{SUPPORTED} is not true, and no Logout Token came either"
    )
    expect(metadata[SUPPORTED], SUPPORTED, metadata.exchange, *arrived[:1]).to_be_true()


@requirement("BCL-2.1-03")
def test_support_is_left_out(metadata: Metadata) -> None:
    """backchannel_logout_supported is left out."""
    expect(metadata[SUPPORTED], SUPPORTED, metadata.exchange).to_be_absent()


@requirement("BCL-2.1-04")
def test_session_support_is_published(metadata: Metadata) -> None:
    """backchannel_logout_session_supported is published beside backchannel_logout_supported."""
    require(
        metadata[SUPPORTED] is True,
        f"{SUPPORTED} is not true in the metadata (BCL-2.1-02b)",
        metadata.exchange,
    )
    expect(metadata[SESSION_SUPPORTED], SESSION_SUPPORTED, metadata.exchange).to_be_present()


@requirement("BCL-2.1-04b")
def test_session_support_is_a_boolean(metadata: Metadata) -> None:
    """backchannel_logout_session_supported, where published, is a JSON boolean."""
    value = metadata[SESSION_SUPPORTED]
    expect(value, SESSION_SUPPORTED, metadata.exchange).to_be_a((bool, type(None)), "absent, true or false")


@requirement("BCL-2.1-05")
def test_id_tokens_carry_the_sid_that_is_promised(id_tokens_that_need_sid: Sequence[SeenToken]) -> None:
    """Every ID Token of a client that requires sid has one, where sid in Logout Tokens is promised."""
    for seen in id_tokens_that_need_sid:
        has_sid = seen.claims.get("sid") not in (None, "")
        require(
            has_sid or confirmed_sid(seen.client), f"sid is missing, but was not promised to {seen.label}"
        )
        expect(seen.claims.get("sid"), f"sid in the ID Token of {seen.label}", seen.token).to_match(
            ".+", "a string"
        )


@requirement("BCL-2.1-06")
def test_session_support_is_left_out(metadata: Metadata) -> None:
    """backchannel_logout_session_supported is left out."""
    expect(metadata[SESSION_SUPPORTED], SESSION_SUPPORTED, metadata.exchange).to_be_absent()


@requirement("BCL-2.1-07")
def test_sids_are_printable_ascii(every_sid: Sequence[tuple[str, Any, Token]]) -> None:
    """Every sid is a non-empty string of printable ASCII characters."""
    for kind, sid, token in every_sid:
        expect(sid, f"sid in the {kind} of {token.rp}", token).to_match(
            r"[\x20-\x7e]+", "a string of %x20-7E"
        )


@requirement("BCL-2.1-07b")
def test_sessions_have_sids_of_their_own(pairs: Sequence[Pair]) -> None:
    """Two sessions that live at the same time have different sids."""
    for pair in pairs:
        with case(pair.case) as both:
            alive = both.session("before") == both.session("other before") == "alive"
            require(alive, "the two sessions were not both proven alive before the logout")
            first, second = pair.sid("browser 1"), pair.sid("browser 2")
            require(first and second, "the ID Token of one of the two sessions has no sid")
            tokens = [*pair.id_tokens("browser 1")[:1], *pair.id_tokens("browser 2")[:1]]
            expect(second, "sid of the second session", *tokens).not_to_equal(first)


# 2.2 Registration


@requirement("BCL-2.2-04")
def test_query_of_the_uri_is_kept(with_query: tuple[Told, Told]) -> None:
    """The query of the registered back-channel URI is kept in the request."""
    called, control = with_query
    with case(called.case):
        require(
            called.calls or control.requests,
            called.doubt or "the client without a query was not notified either",
        )
        require(called.calls or not called.doubt, called.doubt)
        expect(called.calls, "notifications at the client with a query").to_be_present()
        for call in called.calls:
            expect(call.query, "the query of the request", call.arrival).to_contain(("tenant", "a b"))
            expect(call.query, "the query of the request", call.arrival).to_contain(("x", "1"))


@requirement("BCL-2.2-11")
def test_clients_that_require_sid_get_it(logout_tokens: Sequence[LogoutToken]) -> None:
    """Logout Tokens for clients with backchannel_logout_session_required have a sid."""
    asked = [token for token in logout_tokens if asked_for_sid(token.seen.client)]
    require(
        asked,
        "no Logout Token came for a client that asked for sid (backchannel_logout_session_required: true)",
    )
    for token in asked:
        sid, promised = token.claims.get("sid"), confirmed_sid(token.seen.client)
        require(
            sid or promised, f"sid is missing for {token.label}, where the registration did not confirm it"
        )
        expect(sid, f"sid of {token.name}", token.token).to_match("(?s).+", "a non-empty string")


# 2.3 Remembering logged-in RPs


@requirement("BCL-2.3-01")
def test_every_relying_party_is_told(others_whatever_is_answered: Sequence[Told]) -> None:
    """All relying parties that the user is logged in at are notified, not the initiator alone."""
    for told in others_whatever_is_answered:
        with case(told.case):
            require(
                common_session(told.case),
                "the login at rp2 asked for credentials: there was no common session",
            )
            require(not told.doubt, told.doubt, told.case.probe("after"))
            expect(told.requests, told.within, told.case.probe("after")).to_be_present()


@requirement("BCL-2.3-02")
def test_requests_are_sent_in_parallel(slow_answers: tuple[Case, list[Arrival]]) -> None:
    """A relying party is notified while another one still holds its answer back."""
    slow, arrivals = slow_answers
    with case(slow):
        require(len(arrivals) == 2, "fewer than two Logout Requests came, so there is no order among them")
        waited = round(arrivals[1].at - arrivals[0].at, 3)
        held_back = (arrivals[0].answered_at or float("inf")) - arrivals[0].at
        expect(waited, "seconds from the first request to the second", *arrivals).to_be_at_most(
            min(held_back, 1.9),
            f"less than the {min(held_back, 2.0):.1f} s that the first was not answered for",
        )


@requirement("BCL-2.3-03")
def test_relying_parties_without_login_hear_nothing(
    strangers: Sequence[tuple[Told, Told]], bystanders: Sequence[tuple[Told, Told]]
) -> None:
    """No Logout Token goes to a relying party that the user is not logged in at."""
    for stranger, other in [*strangers, *bystanders]:
        with case(stranger.case):
            require(
                stranger.requests or other.requests,
                f"{other.rp} heard nothing either: {other.doubt or 'BCL-2.5-01'}",
            )
            expect(stranger.requests, stranger.within, *other.requests).to_be_empty()


# 2.4 Logout Token


@requirement("BCL-2.4-01")
def test_iss_is_the_issuer(logout_tokens: Sequence[LogoutToken], metadata: Metadata) -> None:
    """The iss of every Logout Token is that of the client's ID Tokens."""
    for token in logout_tokens:
        issuers = token.isses or [metadata["issuer"]]
        expect(token.claims.get("iss"), f"iss of {token.name}", token.token).to_be_one_of(issuers)


@requirement("BCL-2.4-02")
def test_aud_is_the_client(logout_tokens: Sequence[LogoutToken]) -> None:
    """The aud of every Logout Token contains the client whose URI was called."""
    for token in logout_tokens:
        require(token.seen.client, f"it is not known which client {token.label} is")
        expect(token.audience, f"aud of {token.name}", token.token).to_contain(token.client_id)


@requirement("BCL-2.4-03")
def test_iat_is_the_time_of_issue(logout_tokens: Sequence[LogoutToken]) -> None:
    """The iat of every Logout Token is a number between the start of the session and the arrival."""
    for token in logout_tokens:
        iat, what = token.claims.get("iat"), f"iat of {token.name}"
        expect(iat, what, token.token).to_be_a((int, float), "a number")
        require(not token.iat_doubt, token.iat_doubt, token.token)
        expect(iat, what, token.token).to_be_at_most(token.arrived + SKEW, "not later than its arrival")
        expect(iat, what, token.token).to_be_at_least(token.session_start or 0, "not before the session")


@requirement("BCL-2.4-04")
def test_exp_lies_ahead(logout_tokens: Sequence[LogoutToken]) -> None:
    """The exp of every Logout Token is a number that lies ahead when the token arrives."""
    for token in logout_tokens:
        exp, what = token.claims.get("exp"), f"exp of {token.name}"
        expect(exp, what, token.token).to_be_a((int, float), "a number")
        expect(exp, what, token.token).to_be_at_most(YEAR_3000, "in seconds")
        require(not token.exp_doubt, token.exp_doubt, token.token)
        expect(exp, what, token.token).to_be_at_least(token.arrived, "later than its arrival")


@requirement("BCL-2.4-05")
def test_jti_is_unique(logout_tokens: Sequence[LogoutToken]) -> None:
    """The jti of every Logout Token is a string that no other one has."""
    for token in logout_tokens:
        expect(token.claims.get("jti"), f"jti of {token.name}", token.token).to_match(
            "(?s).+", "a non-empty string"
        )
    require(
        len(logout_tokens) > 1, "only one Logout Token was seen, so there is nothing to compare its jti with"
    )
    expect(repeated_jti(logout_tokens), "Logout Tokens that share a jti").to_be_empty()


@requirement("BCL-2.4-06")
def test_events_has_the_logout_event(logout_tokens: Sequence[LogoutToken]) -> None:
    """The events claim of every Logout Token is an object with the logout event as a member."""
    for token in logout_tokens:
        events, what = token.claims.get("events"), f"events of {token.name}"
        expect(events, what, token.token).to_be_a(dict, "an object")
        expect(list(token.events or {}), f"the members of {what}", token.token).to_contain(EVENT)


@requirement("BCL-2.4-07")
def test_the_logout_event_is_an_object(logout_tokens: Sequence[LogoutToken]) -> None:
    """The value of the logout event is a JSON object."""
    for token in logout_tokens:
        require(
            EVENT in (token.events or {}),
            f"the logout event is missing for {token.label} (BCL-2.4-06)",
            token.token,
        )
        expect(token.logout_event, f"the logout event of {token.name}", token.token).to_be_a(
            dict, "an object"
        )


@requirement("BCL-2.4-08")
def test_the_logout_event_is_empty(logout_tokens: Sequence[LogoutToken]) -> None:
    """The object of the logout event is empty."""
    for token in logout_tokens:
        is_object = isinstance(token.logout_event, dict)
        require(
            is_object,
            f"the logout event for {token.label} is no object (BCL-2.4-06, BCL-2.4-07)",
            token.token,
        )
        expect(token.logout_event, f"the logout event of {token.name}", token.token).to_be_empty()


@requirement("BCL-2.4-09")
def test_sub_is_used(logout_tokens: Sequence[LogoutToken]) -> None:
    """Logout Tokens have sub."""
    having = [t.token for t in logout_tokens if "sub" in t.claims]
    expect(len(having), f"Logout Tokens with sub, of {len(logout_tokens)}", *having[:1]).to_be_at_least(1)


@requirement("BCL-2.4-10")
def test_sid_is_used(logout_tokens: Sequence[LogoutToken]) -> None:
    """Logout Tokens have sid."""
    having = [t.token for t in logout_tokens if "sid" in t.claims]
    expect(len(having), f"Logout Tokens with sid, of {len(logout_tokens)}", *having[:1]).to_be_at_least(1)


@requirement("BCL-2.4-11")
def test_sub_or_sid_is_there(logout_tokens: Sequence[LogoutToken]) -> None:
    """Every Logout Token has sub, sid or both."""
    for token in logout_tokens:
        expect(token.names, f"sub and sid of {token.name}", token.token).to_be_present()


@requirement("BCL-2.4-12")
def test_sub_and_sid_are_used_together(logout_tokens: Sequence[LogoutToken]) -> None:
    """A Logout Token has both sub and sid."""
    both = [t.token for t in logout_tokens if "sub" in t.claims and "sid" in t.claims]
    expect(len(both), f"Logout Tokens with sub and sid, of {len(logout_tokens)}", *both[:1]).to_be_at_least(1)


@requirement("BCL-2.4-15")
def test_there_is_no_nonce(logout_tokens: Sequence[LogoutToken], nonces: Sequence[Login]) -> None:
    """No Logout Token has a nonce, though the logins sent one."""
    require(nonces, "no login of the run sent a nonce")
    for token in logout_tokens:
        expect(list(token.claims), f"the claims of {token.name}", token.token).not_to_contain("nonce")


@requirement("BCL-2.4-16")
def test_other_claims_are_used(logout_tokens: Sequence[LogoutToken]) -> None:
    """Logout Tokens have further claims."""
    further = sorted({name for t in logout_tokens for name in t.claims} - KNOWN_CLAIMS)
    expect(further, "further claims", logout_tokens[0].token).to_be_present()


@requirement("BCL-2.4-18")
def test_logout_tokens_are_signed(logout_tokens: Sequence[LogoutToken]) -> None:
    """Every Logout Token is a compact JWS with a signature that verifies."""
    for token in logout_tokens:
        expect(token.form, f"the Logout Token for {token.label}", token.token).to_equal("a signed JWT")
        require(token.verified, f"no known key verifies the one for {token.label} (BCL-2.4-20)", token.token)


@requirement("BCL-2.4-19")
def test_logout_tokens_are_encrypted_like_id_tokens(nested: Nested) -> None:
    """The Logout Token for a client whose ID Tokens are encrypted is encrypted, too."""
    with case(nested.case):
        require(
            nested.id_token and nested.id_token.encryption,
            f"the ID Token is {nested.control}, though the client registered for encryption",
            nested.id_token,
        )
        require(nested.logout_token, nested.silence)
        expect(nested.encrypted, "whether the Logout Token is a JWE", nested.logout_token).to_be_true()


@requirement("BCL-2.4-20")
def test_keys_are_those_of_id_tokens(logout_tokens: Sequence[LogoutToken], key_set: KeySet) -> None:
    """Every Logout Token verifies with a published key, as ID Tokens do."""
    require(key_set.verifies_id_tokens, "the ID Tokens do not verify with the published keys either")
    for token in logout_tokens:
        require(token.verified or not key_set.changed, "the published keys changed in the course of the run")
        expect(token.signature_found, f"the signature of {token.name}", token.token).to_equal("verified")


@requirement("BCL-2.4-20b")
def test_encryption_is_to_the_key_of_id_tokens(nested: Nested) -> None:
    """An encrypted Logout Token opens with a key by which the client's ID Token opens."""
    with case(nested.case):
        require(nested.logout_token, nested.silence)
        require(
            nested.control_opened or not nested.encrypted,
            f"the control, the ID Token, is {nested.control}",
            nested.id_token,
        )
        expect(nested.form, "the Logout Token", nested.logout_token).to_be_one_of(
            ("not encrypted", "encrypted, to a key of the client")
        )


@requirement("BCL-2.4-21")
def test_encrypted_tokens_repeat_iss(nested: Nested) -> None:
    """The JWE header of an encrypted Logout Token has iss with the value of the claim."""
    with case(nested.case):
        token = nested.logout_token
        require(token, nested.silence)
        require(nested.encrypted, "the Logout Token is not encrypted, so it has no JWE header", token)
        expect(nested.outer.get("iss"), "iss in the JWE header", token).to_be_present()
        require(nested.opened, f"the Logout Token is {nested.form} (BCL-2.4-20b)", token)
        require("iss" in nested.claims, "the token within has no iss to compare with (BCL-2.4-01)", token)
        expect(nested.outer.get("iss"), "iss in the JWE header", token).to_equal(nested.claims["iss"])


@requirement("BCL-2.4-22")
def test_typ_is_logout_jwt(logout_tokens: Sequence[LogoutToken]) -> None:
    """The typ of every Logout Token is logout+jwt."""
    for token in logout_tokens:
        typ, what = token.seen.header.get("typ"), f"typ of {token.name}"
        expect(typ, what, token.token).to_match(r"(?i)(application/)?logout\+jwt", "logout+jwt")


# 2.5 Request


@requirement("BCL-2.5-01")
def test_notification_is_a_post(rounds: Sequence[Sequence[Told]]) -> None:
    """The notification is an HTTP POST to the registered back-channel URI."""
    for told in rounds:
        with case(told[0].case) as logout:
            calls = [call for one in told for call in one.judged_by_method]
            for call in calls:
                expect(call.where, f"the notification of {call.arrival.rp}", call.arrival).to_equal(
                    "POST at the registered URI"
                )
            require(calls or not first_doubt(told), first_doubt(told), logout.probe("after"))
            expect(
                calls, f"notifications within {told[0].window:.1f} s", logout.probe("after")
            ).to_be_present()


@requirement("BCL-2.5-02")
def test_body_is_a_form(all_calls: Sequence[Call]) -> None:
    """The body is application/x-www-form-urlencoded."""
    for call in (one for one in all_calls if one.arrival.method == "POST"):
        expect(call.looks_form_encoded, "whether the body has the form name=value", call.arrival).to_be_true()
        require(call.content_type is not None, "the body is a form but names no Content-Type", call.arrival)
        expect(call.content_type, "Content-Type", call.arrival).to_equal(FORM)


@requirement("BCL-2.5-03")
def test_body_has_the_logout_token(posts: Sequence[Call]) -> None:
    """The body contains logout_token."""
    for call in posts:
        require(call.looks_form_encoded, "the body is not form-encoded (BCL-2.5-02)", call.arrival)
        require(len(call.tokens) < 2, "logout_token occurs more than once in the body", call.arrival)
        expect(call.tokens and call.tokens[0], "logout_token in the body", call.arrival).to_be_present()


@requirement("BCL-2.5-04")
def test_token_names_the_client_and_the_session(identified: Sequence[Identified]) -> None:
    """A Logout Token is made for the client that gets it and names the user or session that was logged out."""
    for one in identified:
        with case(one.case, f"{one.case.label}, {one.token.rp}"):
            expect(one.audience, "aud", one.token).to_contain(one.client_id)
            expect(one.token.claims.get("sub"), "sub", one.token).to_be_one_of(
                [None, *one.subs], "that of the ID Token"
            )
            expect(one.about, "the session that sid names", one.token).not_to_be_one_of(
                one.WRONG, "a wrong one"
            )
            require(
                one.comparable,
                "sub is missing, and this client's ID Token has no sid to compare with",
                one.token,
            )
            require(one.about in one.RIGHT, "sid is that of another session that has ended", one.token)


@requirement("BCL-2.5-05")
def test_further_parameters_are_sent(posts: Sequence[Call]) -> None:
    """A notification has form parameters besides logout_token."""
    requests = [call for call in posts if call.is_request]
    require(requests, "no notification had a logout_token in its body (BCL-2.5-03)")
    further = sorted({name for call in requests for name, _ in call.parameters} - {"logout_token"})
    expect(further, "further form parameters", requests[0].arrival).to_be_present()


@requirement("BCL-2.5-07")
def test_delivered_notifications_are_not_repeated(delivered: Sequence[Answered]) -> None:
    """After a delivered 200 no further request comes for the same client and session."""
    require(delivered, "no Logout Request was answered 200")
    for answered in delivered:
        with case(answered.case, answered.label):
            require(answered.repeated or answered.long_enough, answered.TOO_SHORT, answered.first)
            expect(answered.repeated, answered.within, answered.first).to_be_empty()


@requirement("BCL-2.5-08")
def test_repetition_after_5xx_is_delayed(answered_5xx: Sequence[Answered]) -> None:
    """A repetition after 503, or another server error, comes with a delay, and not without end."""
    for answered in answered_5xx:
        with case(answered.case, answered.label):
            require((answered.status or 0) >= 500, "no Logout Request came that could be answered 503")
            expect(len(answered.repeated), "repetitions", *answered.repeated).to_be_at_most(10)
            for pause, arrival in answered.pauses:
                expect(pause, "seconds from an answer to the next request", arrival).to_be_at_least(0.5)


@requirement("BCL-2.5-09")
def test_nothing_is_repeated_after_4xx(answered_4xx: Sequence[Answered]) -> None:
    """After a delivered 400 or 401 no further request comes for the same client and session."""
    for answered in answered_4xx:
        with case(answered.case, answered.label):
            require((answered.status or 0) // 100 == 4, "no Logout Request came that could be answered 400")
            require(answered.repeated or answered.long_enough, answered.TOO_SHORT, answered.first)
            expect(answered.repeated, answered.within, answered.first).to_be_empty()


# 2.6 Validation


@requirement("BCL-2.6-07")
def test_alg_is_never_none(logout_tokens: Sequence[LogoutToken]) -> None:
    """No Logout Token has alg none."""
    for token in logout_tokens:
        expect(str(token.seen.header.get("alg")).lower(), f"alg of {token.name}", token.token).not_to_equal(
            "none"
        )


# 2.7 Actions


@requirement("BCL-2.7-04")
def test_refresh_tokens_end_with_the_session(session_refresh_token: Refreshed) -> None:
    """A refresh token without offline_access is refused after the logout."""
    with case(session_refresh_token.case):
        used = session_refresh_token
        require(OFFLINE not in used.scope.split(), f"{OFFLINE} was granted without being asked for")
        require(not used.doubt, used.doubt, used.after or used.before)
        expect(used.answer, used.asked, used.after).to_equal("invalid_grant")


@requirement("BCL-2.7-06")
def test_offline_access_survives_the_logout(offline_refresh_token: Refreshed) -> None:
    """A refresh token with offline_access works on after the logout."""
    with case(offline_refresh_token.case):
        used = offline_refresh_token
        require(OFFLINE in used.scope.split(), f"{OFFLINE} was not granted: the scope is {used.scope}")
        require(not used.doubt, used.doubt, used.after or used.before)
        expect(used.answer, used.asked, used.after).to_equal("new tokens")


# 2.8 Response


@requirement("BCL-2.8-02")
def test_204_is_success(answered_204: Answered, answered_200: Answered) -> None:
    """204 is taken for success like 200."""
    with case(answered_204.case):
        require(answered_200.status == 200, "the control, a Logout Request answered 200, did not come")
        require(answered_204.status == 204, "no Logout Request came that could be answered 204")
        expect(answered_204.repeated, answered_204.within, answered_204.first).to_be_empty()
        expect(answered_204.ends, "the end of the logout", answered_204.first).to_equal(answered_200.ends)
        require(answered_204.long_enough, answered_204.TOO_SHORT, answered_204.first)


@requirement("BCL-2.8-10")
def test_error_values_make_no_difference(
    answered_400: Sequence[Answered], answered_400_again: Sequence[Answered]
) -> None:
    """The outcome is the same whatever error value a relying party answers."""
    require(all(one.status == 400 for one in answered_400), "fewer error values than three could be answered")
    first, again = [{one.outcome for one in tries} for tries in (answered_400, answered_400_again)]
    require(len(first) == 1 or len(again) > 1, "one outcome differed, and not once more when it was repeated")
    shown = [f"{one.case.label}: {one.outcome}" for one in answered_400]
    expect(
        len(first), f"different outcomes ({'; '.join(shown)})", *(one.first for one in answered_400)
    ).to_equal(1)


@requirement("BCL-2.8-11")
def test_bad_answers_do_not_stop_the_logout(bad_rounds: Sequence[BadRound], answered_200: Answered) -> None:
    """Relying parties that answer with an error or not at all do not keep the provider from completing the logout."""
    control = "the control, a logout answered 200, did not end the session and come back to the relying party"
    for bad in bad_rounds:
        with case(bad.case):
            require(bad.came, "no Logout Request came that could be answered badly (BCL-2.5-01)")
            require(answered_200.completed, control, answered_200.first)
            after = bad.case.session("after")
            require(after != "undecided", "the probe after the logout decided nothing")
            expect(after, "the session", bad.case.probe("after"), *bad.arrivals).to_equal("ended")
            expect(where_it_ended(bad.case), "where the browser ended", *bad.arrivals).to_equal(
                answered_200.end
            )


# 4 Security


@requirement("BCL-4-03")
def test_exp_is_short(logout_tokens: Sequence[LogoutToken]) -> None:
    """The exp is at most two minutes ahead."""
    for token in logout_tokens:
        require(
            token.lifetime is not None,
            f"exp or iat is missing for {token.label} (BCL-2.4-03, BCL-2.4-04)",
            token.token,
        )
        expect(
            token.lifetime, f"seconds that the one for {token.label} is good for", token.token
        ).to_be_at_most(SHORT)


@requirement("BCL-4.1-02")
def test_typ_leaves_out_the_prefix(logout_tokens: Sequence[LogoutToken]) -> None:
    """The typ is logout+jwt without application/ before it."""
    typed = [token for token in logout_tokens if token.typ in TYPES]
    require(typed, "no Logout Token has the type logout+jwt (BCL-2.4-22)")
    for token in typed:
        typ, what = token.seen.header.get("typ"), f"typ of {token.name}"
        expect(typ, what, token.token).to_match(r"(?i)logout\+jwt", "logout+jwt without application/")
