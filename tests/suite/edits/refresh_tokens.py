"""RFC 9700, section 4.14.2: refresh tokens at logout."""

from __future__ import annotations

from tests.suite.edits import Recording, edit
from tests.suite.edits.back_channel import the_refresh_token_outlives_the_session


@edit("BCP-4.14.2-01", also={"BCL-2.7-04": "it is the same refresh"})
def the_refresh_token_is_kept(run: Recording) -> None:
    the_refresh_token_outlives_the_session(run)
