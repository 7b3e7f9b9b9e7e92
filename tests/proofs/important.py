"""The faults that every test run walks: each scenario is proven by one at least, MUST rows first."""

from __future__ import annotations

IMPORTANT = {
    # What a logout is for: the session ends if the user wants it, and only then.
    "yes-keeps-session": "a logout that does not log out",
    "unasked-redirect-keeps-session": "a redirect that says logged out, and is not true",
    "no-ends-session": "the user's no is not heard",
    "no-question-without-hint": "any link logs the user out",
    "no-question-foreign-hint": "one user's hint logs another one out",
    "hint-ends-other-browser": "whoever has an old ID Token ends the session it came from",
    "session-revived-silently": "after the logout nobody has to log in again",
    "prompt-none-shows-login": "the question by which sessions are probed is itself broken",
    # Hints and clients.
    "hint-signature-unchecked": "anybody can write a hint",
    "hint-alg-none-accepted": "anybody can write a hint, the classic way",
    "client-id-unchecked": "one client speaks for another",
    "hint-of-ended-session-refused": "users meet an error page when their session is over already",
    "second-logout-is-error": "likewise, without a hint",
    "hint-expired-refused": "likewise, after an hour",
    "forged-hint-ends-other-browser": "anybody can end anybody's session",
    "authorization-ignores-hint": "a relying party takes one user for another",
    # What other sites can do.
    "confirmation-without-csrf": "any site answers the question for the user",
    "confirmation-framable": "any site gets the user to press yes",
    "forged-logout-cross-site": "any site logs the user out",
    "error-page-unescaped": "any site writes on the provider's pages",
    # What is left after the logout.
    "logout-forgets-cookie-only": "whoever copied the cookie is still logged in",
    "old-question-ends-next-session": "an old tab ends the session of the next user",
    "access-token-as-hint": "any token of the provider is taken for an ID Token",
    "ui-locales-ignored": "no failure: the user is asked in a language that was not wanted",
    # Where the browser goes afterwards.
    "redirect-prefix-match": "an open redirector by the most frequent mistake",
    "redirect-other-clients-uri": "a redirect to an address that belongs to another client",
    "redirect-without-hint": "a redirect to an address that belongs to nobody",
    "repeated-uri-takes-last-unchecked": "a check of one value and a redirect to another",
    "redirect-unrequested": "a logout that is the user's own ends at some relying party",
    "redirect-return-to": "an open redirector by a parameter of another standard",
    "redirect-uri-prefix-match": "a code goes to an address that nobody registered",
    "state-dropped": "the relying party cannot tell its own logout from a forged one",
    "redirect-loses-query": "the registered address is altered",
    "ui-locales-error": "an unknown language is no error",
    "post-body-ignored": "a POST whose parameters are lost; needs the browser",
    # Back channel.
    "backchannel-silent": "nobody is told",
    "backchannel-loses-query": "a relying party with many tenants cannot tell which one is meant",
    "backchannel-sequential": "one slow relying party keeps all others waiting",
    "backchannel-400-keeps-session": "a relying party can keep the user logged in",
    "backchannel-unreachable-keeps-session": "likewise, by being down",
    "backchannel-retries-at-once": "a relying party that is down is hammered",
    "no-notifies": "relying parties log out a user who said no",
    "logout-token-alg-none": "a Logout Token that anybody could have written",
    "logout-token-wrong-aud": "a Logout Token for somebody else",
    "logout-token-other-user": "a Logout Token that logs out the wrong user",
    "logout-token-encrypted-to-foreign-key": "a Logout Token that the relying party cannot read",
    "logout-token-encrypted-unsigned": "a Logout Token that anybody could have written, in an envelope",
    "sid-shared-across-browsers": "logging out in one browser logs out in all",
    # Front channel.
    "frontchannel-silent": "nobody is told",
    "frontchannel-loses-query": "as in the back channel",
    "frontchannel-not-beside-backchannel": "a relying party that clears its cookies by one channel is not called by it",
    "frontchannel-wrong-sid": "a front-channel request about a session that nobody has",
    "frontchannel-credentialless-iframes": "a front-channel request without the cookie that it is to clear",
    "own-logout-silent": "who signs out at the provider stays logged in everywhere else",
    # Session management.
    "session-state-same-for-clients": "relying parties can tell that two users are one, and any site can ask",
    "check-session-malformed-unchanged": "whoever asks wrongly is told that all is well",
    # Revocation, and tokens in the wrong place.
    "revocation-no-effect": "a revoked token still works",
    "revocation-refuses-unknown-hint": "a token lives on since a hint was not understood",
    "revocation-token-in-query": "a token is refused in the body, and wanted where logs are kept",
    "refresh-error-invalid-token": "the relying party cannot tell that it has to log in again",
    "revocation-without-cors": "no failure: a permission that is not used is noted; needs the browser",
    "logout-keeps-refresh-tokens": "who logged out is still represented for as long as a refresh token lives",
    "logout-token-as-hint": "a Logout Token, which relying parties hold, logs users out",
    # Metadata and registration.
    "discovery-string-booleans": "a promise that no relying party can read",
    "id-token-wrong-iss": "relying parties refuse the ID Token, or take any issuer",
    "end-session-endpoint-http": "hints are sent in clear",
    "registration-needs-session-flags": "a member that may be left out is demanded",
    "registration-refuses-queries": "a permission that is not used hides no other row",
    "registration-accepts-fragment": "a logout URI that can never work is taken",
    "registration-other-default-enc": "the client is told nothing of how its tokens are encrypted",
    "registration-refuses-custom-schemes": "native applications cannot be come back to",
    "registration-drops-post-logout-uris": "the client is told less than it has",
}

# Scenarios whose checks are turned by edits of evidence alone, and why the reference provider cannot do it.
BY_EDITS_ALONE = {
    "applications": "other software is logged out: tests/real/test_applications.py has it, listening and not",
    "session_watch": "its fault shows only after many seconds; `make faults` has it",
    "encrypted_hint": "it encrypts nothing by a shared secret",
    "unsigned_id_tokens": "it has no response type that delivers an ID Token at the authorization endpoint",
    "wrong_secret_in_the_body": "400 and 401 are both right: there is no fault in either",
}
