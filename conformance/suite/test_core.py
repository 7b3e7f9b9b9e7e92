"""OpenID Connect Core 1.0: what logout leans on."""

from conformance.evidence.views import Case
from conformance.suite import case, expect, require, requirement
from conformance.suite.views_rp import OnlineLogins, Silent


def _control(silent: Silent) -> None:
    require(
        silent.logged_in.outcome == "code",
        f"the control got no code by prompt=none while logged in: {silent.logged_in.error}",
        silent.logged_in,
    )


@requirement("CORE-3.1.2.1-01")
def test_prompt_none_shows_no_page(silent_requests: Silent) -> None:
    """prompt=none ends at the redirect_uri without a page that asks for something."""
    _control(silent_requests)
    virgin = silent_requests.virgin
    asked = virgin.credentials_asked or "consent" in virgin.error
    require(virgin.outcome != "stuck" or asked, f"prompt=none ended on {virgin.error}", virgin)
    expect(virgin.outcome, "how prompt=none ended in a virgin browser", virgin).not_to_equal("stuck")


@requirement("CORE-3.1.2.1-02")
def test_prompt_none_without_a_session_is_an_error(silent_requests: Silent) -> None:
    """prompt=none without a session returns an error to the redirect_uri."""
    _control(silent_requests)
    virgin = silent_requests.virgin
    require(
        virgin.outcome != "code",
        "virgin browsers are signed in silently: session probes prove nothing here",
        virgin,
    )
    require(
        "status 5" not in virgin.error and "status 429" not in virgin.error,
        f"prompt=none ended on {virgin.error}",
        virgin,
    )
    expect(virgin.outcome, "how prompt=none ended in a virgin browser", virgin).to_equal("error")


@requirement("CORE-3.1.2.6-01")
def test_error_is_login_required(silent_requests: Silent) -> None:
    """The error of prompt=none without a session is login_required."""
    virgin = silent_requests.virgin
    require(virgin.outcome == "error", f"no error came back: {virgin.error or virgin.outcome}", virgin)
    expect(virgin.error, "the error of prompt=none", virgin).to_equal("login_required")


@requirement("CORE-3.1.2.3-01")
def test_credentials_are_asked_after_a_logout(
    login_after_logout: Case, plain_logout: Case, silent_requests: Silent
) -> None:
    """After a logout the user has to authenticate again."""
    first = silent_requests.first_page
    require(first.credentials_asked, "a virgin browser is not asked for credentials either", first)
    require(
        plain_logout.session("after") == "ended",
        "the session did not end (RPI-2-35 judges that)",
        plain_logout.probe("after"),
    )
    with case(login_after_logout) as login:
        after = login.logins[-1]
        require(
            after.outcome == "code" or after.credentials_asked,
            f"neither a code nor a login page: {after.error}",
            after,
        )
        expect(after.credentials_asked, "whether credentials are asked for", after).to_be_true()


@requirement("CORE-11-03")
def test_refresh_token_without_offline_access(online_logins: OnlineLogins) -> None:
    """A refresh token is issued to a login that did not ask for offline_access."""
    require(online_logins.logins, "no login without offline_access was seen")
    issued = [seen.token for seen in online_logins.refresh_tokens]
    expect(bool(issued), "whether a refresh token was issued", *issued[:1]).to_be_true()
