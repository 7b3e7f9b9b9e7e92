"""What a conforming profile does to single rows, each with the reason. No row may fail, and no other be undecided."""

from __future__ import annotations

CONFORMING = "ok"

# MUST rows that stay undecided.
UNDECIDED: dict[str, dict[str, str]] = {
    "profile-no-sid": {
        "FCL-2-05": "without iss and sid there is nothing that is added to the query",
        "FCL-2-12": "no request has an iss",
    },
    "profile-no-kid": {"REG-3.2-02b": "with one algorithm there is no other to register"},
    "profile-async-notifications": {
        "RPI-2-38c": "the notification leaves with the redirect, so that either may come first",
        "RPI-3-07a": "likewise",
    },
}

# SHOULD rows that the profile has decided against: a warning is the right verdict.
WARNED: dict[str, dict[str, str]] = {
    "profile-no-confirmation": {
        "RPI-2-32": "the OP SHOULD ask also where the hint is valid, and this one does not"
    },
}
