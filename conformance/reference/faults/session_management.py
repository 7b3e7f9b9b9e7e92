"""Faults of session_state and of the page that relying parties poll."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from conformance.reference.faults.reasons import because
from conformance.reference.switches import fault

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.sessions import Session
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit

_ONE_VALUE = because("there is one value of session_state", "SM-3.2-13", "SM-3.2-18", "SM-3.2-19")
_EARLIER = because("an earlier value is the one of now", "SM-3.2-11", "SM-3.2-11b", "SM-3.2-14", "SM-3.2-16")


def of_browser(visit: Visit) -> str:
    """What is the same in every response to a browser."""
    return hashlib.sha256(visit.browser.encode()).hexdigest()[:32]


def state_of_browser(visit: Visit, _session: Session) -> str:
    """A state that outlives sessions."""
    return of_browser(visit)


@fault(
    "session-state-of-client",
    "SM-2-07",
    does="session_state depends on the client alone: every browser gets the same.",
    companions={**_ONE_VALUE, **_EARLIER},
)
def session_state_of_client(behaviour: Behaviour) -> None:
    behaviour.session_status.parts = behaviour.session_status.compared = ("client_id", "origin")
    behaviour.session_status.salt = lambda _visit, _granted: "constant"


@fault(
    "session-state-names-user",
    "SM-2-07",
    does="The salt of session_state is the user's sub.",
    companions=_ONE_VALUE,
)
def session_state_names_user(behaviour: Behaviour) -> None:
    def salt(visit: Visit, _granted: bool) -> str:
        if visit.session is None:
            return secrets.token_hex(16)
        return hashlib.sha256(f"{visit.tenant.secret}\0{visit.session.user.username}".encode()).hexdigest()[
            :32
        ]

    behaviour.session_status.salt = salt


@fault(
    "session-state-same-for-clients",
    "SM-3.2-06",
    "SM-3.2-03",
    does="All clients get one session_state, and their origins do not matter.",
    companions=_ONE_VALUE,
)
def session_state_same_for_clients(behaviour: Behaviour) -> None:
    behaviour.session_status.parts = behaviour.session_status.compared = ("state",)
    behaviour.session_status.salt = lambda visit, _granted: of_browser(visit)


@fault(
    "session-state-errors-repeat",
    "SM-3.2-18",
    "SM-3.2-13",
    does="All error responses to a browser have one session_state.",
)
def session_state_errors_repeat(behaviour: Behaviour) -> None:
    behaviour.session_status.salt = lambda visit, granted: (
        secrets.token_hex(16) if granted else of_browser(visit)
    )


@fault(
    "session-state-recognises-browser",
    "SM-3.2-13",
    does="The salt of session_state has a part by which the browser is recognised.",
)
def session_state_recognises_browser(behaviour: Behaviour) -> None:
    behaviour.session_status.salt = lambda visit, _granted: f"{of_browser(visit)}-{secrets.token_hex(4)}"


@fault(
    "session-state-constant-in-browser",
    "SM-3.2-14",
    "SM-3.2-11",
    "SM-3.2-11b",
    does="A browser has one session_state for good, whoever logs in or out.",
    companions={**_ONE_VALUE, **_EARLIER},
)
def session_state_constant_in_browser(behaviour: Behaviour) -> None:
    behaviour.session_status.salt = lambda visit, _granted: of_browser(visit)
    behaviour.session_status.browser_state = state_of_browser
    behaviour.session_status.ends_with_session = False


@fault(
    "session-state-survives-logout",
    "SM-3.2-11",
    does="The state in the browser stays as it is at a logout.",
    companions=because("it repeats that row", "SM-3.2-16"),
)
def session_state_survives_logout(behaviour: Behaviour) -> None:
    behaviour.session_status.ends_with_session = False


@fault(
    "session-state-survives-login",
    "SM-3.2-11b",
    does="The state in the browser is the same for all who log in there.",
)
def session_state_survives_login(behaviour: Behaviour) -> None:
    behaviour.session_status.browser_state = state_of_browser


@fault(
    "session-state-runs-out",
    "SM-3.2-12",
    does="Some seconds after it first matched, a state is taken for another, while the session goes on.",
    companions={
        **because("it repeats that row", "SM-3.2-17"),
        **because(
            "there is no state left that a logout or login could change",
            "SM-3.2-11",
            "SM-3.2-11b",
            "SM-3.2-16",
        ),
    },
)
def session_state_runs_out(behaviour: Behaviour) -> None:
    behaviour.session_status.runs_out = 7


@fault(
    "session-state-newest-only",
    "SM-3.2-19",
    does="Each successful response renews the state, so that earlier values no longer match.",
)
def session_state_newest_only(behaviour: Behaviour) -> None:
    behaviour.session_status.renewed = True


@fault(
    "session-state-cookie-names-user",
    "SM-3.2-20",
    does="The cookie that the page compares with holds the user's sub.",
)
def session_state_cookie_names_user(behaviour: Behaviour) -> None:
    def state(visit: Visit, session: Session) -> str:
        sub = hashlib.sha256(f"{visit.tenant.secret}\0{session.user.username}".encode()).hexdigest()[:32]
        return f"{sub}.{session.browser_state}"

    behaviour.session_status.browser_state = state


@fault(
    "check-session-unannounced",
    "SM-3.3-02",
    does="There is session management, but discovery lacks check_session_iframe.",
    companions=because("there is no address to look at", "SM-3.3-03"),
)
def check_session_unannounced(behaviour: Behaviour) -> None:
    def drop(_tenant: Tenant, document: dict[str, Any]) -> None:
        document.pop("check_session_iframe", None)

    behaviour.discovery.edits.append(drop)


@fault("check-session-not-framable", "SM-3.3-05", does="The headers of the page forbid to frame it.")
def check_session_not_framable(behaviour: Behaviour) -> None:
    behaviour.session_status.framable = False


@fault("check-session-silent", "SM-3.3-05", does="The page answers nobody.",
       companions=because("no message is answered", "SM-3.2-07", "SM-3.2-08", "SM-3.2-09"))  # fmt: skip
def check_session_silent(behaviour: Behaviour) -> None:
    behaviour.session_status.window = "({ postMessage() {} })"


@fault(
    "check-session-quotes-answers",
    "SM-1.1-01",
    does="Answers of the page are in quotation marks.",
    companions=because("what comes is none of the three words", "SM-3.2-07", "SM-3.2-09", "SM-3.3-05"),
)
def check_session_quotes_answers(behaviour: Behaviour) -> None:
    words = behaviour.session_status.words
    behaviour.session_status.words = {name: f'"{word}"' for name, word in words.items()}


@fault(
    "check-session-calculates-otherwise",
    "SM-2-06",
    "SM-3.2-09",
    does="The page hashes what it compares in another order than the server.",
)
def check_session_calculates_otherwise(behaviour: Behaviour) -> None:
    behaviour.session_status.compared = ("state", "origin", "client_id")


@fault("check-session-any-origin", "SM-3.2-03", does="The origin of who asks does not matter.",
       companions=because("these rows repeat it", "SM-3.2-04", "SM-6-01"))  # fmt: skip
def check_session_any_origin(behaviour: Behaviour) -> None:
    behaviour.session_status.parts = behaviour.session_status.compared = ("client_id", "state")


@fault("check-session-any-client", "SM-3.2-05", does="The client_id of the message does not matter.")
def check_session_any_client(behaviour: Behaviour) -> None:
    behaviour.session_status.parts = behaviour.session_status.compared = ("origin", "state")


@fault(
    "check-session-remembers",
    "SM-3.2-05b",
    does="The page goes by the state that it read when it was loaded.",
)
def check_session_remembers(behaviour: Behaviour) -> None:
    behaviour.session_status.read_once = True


@fault("check-session-malformed-changed", "SM-3.2-07", does="A malformed message is answered with changed.")
def check_session_malformed_changed(behaviour: Behaviour) -> None:
    behaviour.session_status.words["malformed"] = "changed"


@fault(
    "check-session-malformed-unchanged",
    "SM-3.2-07b",
    "SM-3.2-07",
    does="A malformed message is answered with unchanged.",
)
def check_session_malformed_unchanged(behaviour: Behaviour) -> None:
    behaviour.session_status.words["malformed"] = "unchanged"


@fault(
    "check-session-always-unchanged",
    "SM-3.2-08",
    does="Whatever the value is, the answer is unchanged.",
    companions=because(
        "no value is answered with changed",
        *("SM-3.2-03", "SM-3.2-04", "SM-6-01", "SM-3.2-05", "SM-3.2-11", "SM-3.2-11b", "SM-3.2-16"),
    ),
)
def check_session_always_unchanged(behaviour: Behaviour) -> None:
    behaviour.session_status.words["mismatch"] = "unchanged"


@fault(
    "check-session-answers-parent",
    "SM-3.2-10",
    does="The answer goes to the page around, whichever frame asked.",
)
def check_session_answers_parent(behaviour: Behaviour) -> None:
    behaviour.session_status.window = "parent"


@fault("check-session-answers-anybody", "SM-3.2-10b", does="The answer is posted with the target origin *.")
def check_session_answers_anybody(behaviour: Behaviour) -> None:
    behaviour.session_status.target = '"*"'
