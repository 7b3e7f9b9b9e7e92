"""Views of RP-initiated logouts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.evidence.events import Event, Login, Registration
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, Sent
from conformance.suite.finding import Undecided
from conformance.suite.registry import view
from conformance.suite.views import SeenToken, id_tokens, metadata, one, scenario_cases, tokens_of

CONTROL = "control"


@dataclass(frozen=True)
class Controlled:
    """Cases and the positive control that has to have worked for their absences to count."""

    cases: list[Case]
    control: Case

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)


def controlled(evidence: Evidence, scenario: str, *labels: str) -> Controlled:
    """Return cases of a scenario (all but the control, where none is named) with its control."""
    found = scenario_cases(evidence, scenario)
    names = labels or [label for label in found if label not in ("", CONTROL)]
    return Controlled([one(evidence, scenario, label) for label in names], one(evidence, scenario, CONTROL))


@view("logout_get", "declined")
def asked_logout(evidence: Evidence) -> Case:
    """A logout that the user was asked about and agreed to: without a hint, where a valid one is not asked about."""
    plain = one(evidence, "logout_get", "plain")
    return plain if plain.asked else one(evidence, "declined", "yes")


@view("logout_get")
def repeated_logout(evidence: Evidence) -> Case:
    """The same logout request again, after the session has ended."""
    return one(evidence, "logout_get", "repeated")


@view("logout_get")
def login_after_logout(evidence: Evidence) -> Case:
    """An authorization request without prompt, directly after a logout."""
    return one(evidence, "logout_get", "login after logout")


@view("logout_states")
def logout_without_state(evidence: Evidence) -> Case:
    """Logout with hint and URI, without state."""
    return one(evidence, "logout_states", "no state")


@view("logout_get", "logout_states")
def logouts_with_state(evidence: Evidence) -> list[Case]:
    """Logouts with a state: a plain one, and one of reserved characters where a redirect came of it."""
    awkward = one(evidence, "logout_states", "state with reserved characters")
    return [one(evidence, "logout_get", "plain"), *([awkward] if awkward.redirect else [])]


@view("logout_states")
def spellings(evidence: Evidence) -> list[Case]:
    """Logouts with one state in two spellings: a space as + and as %20."""
    return [
        one(evidence, "logout_states", "state with reserved characters"),
        one(evidence, "logout_states", "space written as %20"),
    ]


@view("logout_get", "logout_states")
def redirects(evidence: Evidence) -> list[Case]:
    """Logouts that should end in the redirect, with and without a state."""
    return [one(evidence, "logout_get", "plain"), one(evidence, "logout_states", "no state")]


@view("logout_targets")
def logout_without_uri(evidence: Evidence) -> Case:
    """Logout with a hint but without post_logout_redirect_uri."""
    return one(evidence, "logout_targets", "no URI")


@view("logout_get", "logout_targets")
def chosen_targets(evidence: Evidence) -> list[Case]:
    """Logouts to different registered URIs, one with a query of its own where registration allows."""
    cases = scenario_cases(evidence, "logout_targets")
    more = [cases[label] for label in ("second URI with a query", "first URI of two") if label in cases]
    return [one(evidence, "logout_get", "plain"), *(case for case in more if not case.gap)]


@view("logout_parameters")
def unsupported_locales(evidence: Evidence) -> Controlled:
    """Logout with ui_locales that nobody supports."""
    return controlled(evidence, "logout_parameters", "unsupported ui_locales")


@view("logout_parameters")
def unknown_logout_hints(evidence: Evidence) -> Controlled:
    """Logouts with a logout_hint that names nobody, twice."""
    return controlled(evidence, "logout_parameters", "unknown logout_hint", "unknown logout_hint again")


@view("logout_parameters")
def unknown_parameters(evidence: Evidence) -> Controlled:
    """Logouts with a parameter of a made-up name, twice."""
    return controlled(evidence, "logout_parameters", "unknown parameter", "unknown parameter again")


@dataclass(frozen=True)
class Methods:
    """The same logout by GET and by POST."""

    get: Case
    get_without_cookies: Case
    post: Case  # from the relying party's page: cross-site
    post_same_site: Case  # from a page of the provider's origin: with all cookies
    empty_post: Case


@view("logout_post")
def methods(evidence: Evidence) -> Methods:
    """Logouts by GET, by cross-site POST, by same-site POST, and a POST with an empty body."""
    return Methods(
        *(
            one(evidence, "logout_post", label)
            for label in (
                "GET", "GET without cookies", "POST from the relying party", "POST from the provider", "empty POST",
            )
        )
    )  # fmt: skip


@view("forged_hints")
def forged_hints(evidence: Evidence) -> Controlled:
    """Logouts with hints that the provider did not issue (RPI-2-27 a to e)."""
    found = controlled(evidence, "forged_hints")
    return Controlled([case for case in found if case.label != "not a token"], found.control)


@view("mismatched_client_id")
def mismatched_client_ids(evidence: Evidence) -> Controlled:
    """Logouts with a hint and a client_id that do not belong together."""
    labels = ("client_id and URI of rp2", "client_id of rp2, URI of rp1", "unknown client_id")
    return controlled(evidence, "mismatched_client_id", *labels)


@view("mismatched_client_id")
def another_clients_uri(evidence: Evidence) -> Controlled:
    """Logouts to a URI that only another client registered."""
    return controlled(evidence, "mismatched_client_id", "URI of rp2", "client_id of rp1, URI of rp2")


@view("near_misses")
def near_misses(evidence: Evidence) -> Controlled:
    """Logouts to near misses of a registered URI."""
    return controlled(evidence, "near_misses")


@view("near_misses")
def unregistered_uri(evidence: Evidence) -> Controlled:
    """Logout with a genuine hint to a URI that is not registered."""
    return controlled(evidence, "near_misses", "path suffix")


@view("forged_hints", "mismatched_client_id", "near_misses")
def erroneous_requests(evidence: Evidence) -> list[Controlled]:
    """Requests with an error in them: forged hints, client_id that does not match, URI not registered."""
    found = [controlled(evidence, "forged_hints"), controlled(evidence, "near_misses")]
    try:
        return [*found, controlled(evidence, "mismatched_client_id")]
    except Exception as problem:
        if isinstance(problem, Undecided):
            raise
        return found


@view("open_redirects")
def repeated_uris(evidence: Evidence) -> Controlled:
    """Logouts that name post_logout_redirect_uri twice, once registered and once not."""
    return controlled(evidence, "open_redirects", "unregistered last", "unregistered first")


@view("open_redirects")
def open_redirects(evidence: Evidence) -> Controlled:
    """Logouts with an unregistered host in parameters that could forward to it."""
    return controlled(evidence, "open_redirects")


@view("targets_without_hint")
def targets_without_hint(evidence: Evidence) -> Controlled:
    """Logouts with a URI and without a hint."""
    return controlled(evidence, "targets_without_hint")


@view("without_hint")
def bare_logout(evidence: Evidence) -> Case:
    """Logout without any parameter, answered yes."""
    return one(evidence, "without_hint", "no parameter")


@view("without_hint")
def logouts_without_hint(evidence: Evidence) -> list[Case]:
    """Logout requests with no parameter and with only a state."""
    return [one(evidence, "without_hint", "no parameter"), one(evidence, "without_hint", "only a state")]


@view("without_hint")
def logout_by_client_id(evidence: Evidence) -> Case:
    """Logout request with client_id and a registered URI, without a hint."""
    return one(evidence, "without_hint", "client_id and URI")


@view("declined")
def declined_logout(evidence: Evidence) -> Case:
    """A logout that the user declined."""
    return one(evidence, "declined", "no")


@view("declined")
def accepted_logout(evidence: Evidence) -> Case:
    """The same logout, which the user accepted."""
    return one(evidence, "declined", "yes")


@view("no_session")
def logout_in_clean_browser(evidence: Evidence) -> Case:
    """Logout request without parameters where nobody is logged in."""
    return one(evidence, "no_session", "no parameter")


@view("old_hints")
def old_hint(evidence: Evidence) -> Controlled:
    """Logout with the hint of a session that has just ended, of a user who is logged in again."""
    return controlled(evidence, "old_hints", "hint of the ended session")


@dataclass(frozen=True)
class Borrowed:
    """A logout with another browser's hint, and the control that shows that an own one works."""

    logout: Case
    control: Case


def _borrowed(evidence: Evidence, label: str, control: str) -> Borrowed:
    return Borrowed(one(evidence, "others_hints", label), one(evidence, "others_hints", control))


@view("others_hints")
def hint_of_another_user(evidence: Evidence) -> Borrowed:
    """User B's browser sends user A's hint."""
    return _borrowed(evidence, "hint of another user", "own hint of the other user")


@view("others_hints")
def hint_of_another_session(evidence: Evidence) -> Borrowed:
    """A browser sends the hint of the same user's session in another browser."""
    return _borrowed(evidence, "hint of another session of the user", "own hint of the second session")


@view("others_hints")
def hint_in_clean_browser(evidence: Evidence) -> Borrowed:
    """A browser in which nobody is logged in sends the hint of a session elsewhere."""
    return _borrowed(evidence, "hint in a clean browser", "the same hint in its own browser")


@dataclass(frozen=True)
class Silent:
    """How prompt=none ended in a virgin browser, in one that is logged in, and what a virgin one meets."""

    virgin: Login
    logged_in: Login
    first_page: Login


@view("silent_requests")
def silent_requests(evidence: Evidence) -> Silent:
    """Authorization requests with prompt=none."""
    return Silent(
        _login(evidence, "virgin browser", "silent"), _login(evidence, "logged in", "silent"),
        _login(evidence, "virgin browser, no prompt", "first page"),
    )  # fmt: skip


def _login(evidence: Evidence, label: str, name: str) -> Login:
    case = one(evidence, "silent_requests", label)
    found = [login for login in case.logins if login.login == name]
    if not found:
        raise Undecided(f"silent_requests has no {name!r} in {label!r}")
    return found[-1]


@dataclass(frozen=True)
class ChosenValue:
    """A value that the provider chose, where it was seen."""

    where: str
    value: str
    event: Event


@view("discovery", "logout_get", "backchannel_fan_out")
def chosen_values(evidence: Evidence) -> list[ChosenValue]:
    """Values that the provider chose: metadata members, redirect parameters, token claims."""
    published = metadata(evidence)
    found = [
        ChosenValue(f"the metadata member {name}", value, published.exchange)
        for name, value in (published.document or {}).items()
        if isinstance(value, str)
    ]
    for seen in [*id_tokens(evidence), *tokens_of(evidence, "logout_token")]:
        kind = "an ID Token" if seen.token.kind == "id_token" else "a Logout Token"
        found += [
            ChosenValue(f"{name} in {kind} of {seen.label}", value, seen.token)
            for name, value in seen.claims.items()
            if isinstance(value, str) and name != "nonce"
        ]
    redirect = one(evidence, "logout_get", "plain").redirect
    return found + (
        [] if redirect is None else [_parameter(redirect, *p) for p in redirect.parameters if p[0] != "state"]
    )


def _parameter(sent: Sent, name: str, value: str) -> ChosenValue:
    return ChosenValue(f"{name} on the redirect", value, sent.event)


def own_query(uri: str | None) -> list[tuple[str, str]]:
    """Return the parameters of a registered URI's own query."""
    return parse_qsl(urlsplit(uri or "").query, keep_blank_values=True)


def added_parameters(logout: Case) -> list[str]:
    """Return names on the redirect that are neither the registered URI's own nor a state that was sent."""
    if logout.redirect is None or logout.logout is None:
        return []
    allowed = {name for name, _ in own_query(logout.logout.post_logout_redirect_uri)}
    allowed |= {"state"} if logout.logout.state is not None else set()
    return [name for name, _ in logout.redirect.parameters if name not in allowed]


def outcome(logout: Case) -> tuple[Any, ...]:
    """Return what a logout came to, for comparison with a control."""
    page = logout.last_page
    return (
        logout.asked,
        logout.session("after"),
        bool(logout.redirect),
        page.kind if page and not logout.redirect else "",
    )


@view("others_hints")
def forged_hint_in_clean_browser(evidence: Evidence) -> Borrowed:
    """A token of our own that names a session elsewhere, in a browser where nobody is logged in."""
    return _borrowed(evidence, "forged hint in a clean browser", "the same hint in its own browser")


@view("expired_hints")
def expired_hint(evidence: Evidence) -> Borrowed:
    """A session's own hint after its exp has gone by."""
    return Borrowed(one(evidence, "expired_hints", "expired hint"), one(evidence, "expired_hints", CONTROL))


@dataclass(frozen=True)
class NativeLogout:
    """The registration of a native client, and the logout at it if it was registered."""

    registration: Registration | None  # None: registered by hand
    logout: Case

    @property
    def registered(self) -> bool:
        return self.registration is None or (self.registration.status or 0) in (200, 201)

    @property
    def reached(self) -> list[str]:
        """Return where the browser was sent, and the links that were offered, of the client's scheme."""
        links = [c.value for page in self.logout.pages for c in page.controls if c.role == "link"]
        uri = self.logout.logout.post_logout_redirect_uri or "" if self.logout.logout else ""
        return [url for url in [*(s.url for s in self.logout.sent_to), *links] if uri and url.startswith(uri)]


@view("native_client")
def native_logout(evidence: Evidence) -> NativeLogout:
    """Logout to a post_logout_redirect_uri of a custom scheme."""
    logout = one(evidence, "native_client", "custom scheme")
    tried = logout.all(Registration)
    return NativeLogout(tried[-1] if tried else None, logout)


@dataclass(frozen=True)
class OnlineLogins:
    """Logins of the run whose scope lacks offline_access, and the refresh tokens that they brought."""

    logins: list[Login]
    refresh_tokens: list[SeenToken]


@view("logout_get")
def online_logins(evidence: Evidence) -> OnlineLogins:
    """Logins with the scopes of the config, where these lack offline_access."""
    if "offline_access" in (evidence.run.config.get("scopes") or []):
        raise Undecided("the config's scopes have offline_access: leave it out of scopes to see")
    seen = [seen for seen in tokens_of(evidence, "refresh_token") if seen.scenario == "logout_get"]
    return OnlineLogins(one(evidence, "logout_get", "plain").logins, seen)
