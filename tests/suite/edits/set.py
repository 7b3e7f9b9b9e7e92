"""Security Event Token (RFC 8417)."""

from __future__ import annotations

from tests.suite.edits import Recording, edit
from tests.suite.edits.back_channel import EVENT, all_logout_tokens, token
from tests.suite.edits.discovery import because

FURTHER = "https://events.example/session-ended"
SECOND_EVENT = because("there is a second event", "SET-2.2-08", "SET-2.2-08b")


@edit("SET-1.2-01a", also=SECOND_EVENT)
def an_event_name_is_no_uri(run: Recording) -> None:
    token(run)["claims"]["events"]["logout"] = {}


@edit("SET-2.2-05", also=because("aud is not there", "BCL-2.4-02"))
def aud_is_missing(run: Recording) -> None:
    token(run)["claims"].pop("aud")


@edit("SET-2.2-07")
def an_event_occurs_twice(run: Recording) -> None:
    token(run)["duplicates"] = [EVENT]


@edit("SET-2.2-08", also=SECOND_EVENT)
def an_event_is_about_somebody_else(run: Recording) -> None:
    token(run)["claims"]["events"][FURTHER] = {"sub": "somebody-else"}


@edit("SET-2.2-08b", also=SECOND_EVENT)
def there_is_a_second_event(run: Recording) -> None:
    token(run)["claims"]["events"][FURTHER] = {}


@edit("SET-2.2-09", also=SECOND_EVENT)
def an_event_is_null(run: Recording) -> None:
    token(run)["claims"]["events"][FURTHER] = None


@edit("SET-2.3-01", also=because("typ is another", "BCL-2.4-22", "BCL-4.1-02"))
def no_token_is_typed(run: Recording) -> None:
    for one in all_logout_tokens(run):
        one["header"]["typ"] = "JWT"
