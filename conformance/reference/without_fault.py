"""Rows that no fault turns: their checks are proven by edits of recorded evidence alone. Why, row by row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WithoutFault:
    """Rows that share a reason; ``switches`` name faults and profiles that show their other side."""

    reason: str
    rows: tuple[str, ...]
    switches: tuple[str, ...] = ()


_OTHER_SIDE = "A permission that the reference does not use; the switch shows the other side."
WITHOUT_FAULT = (
    WithoutFault(
        "The reference has no response type that delivers an ID Token at the authorization endpoint.",
        ("REG-2-01",),
    ),
    WithoutFault("The reference encrypts nothing by a shared secret.", ("RPI-2-08",)),
    WithoutFault(
        "An observation that reads *does not* from the start: the cookie that the check-session iframe compares "
        "with is there for script to read.",
        ("OBS-3-01",),
    ),
    WithoutFault(
        "An observation. Back leads to the question, and nothing at the reference opens a session without credentials "
        "but the authorization endpoint.",
        ("OBS-5-05",),
    ),
    WithoutFault(
        "An observation of other software: `tests/real/test_applications.py` has an application that listens, and one "
        "that does not.",
        ("OBS-8-01",),
    ),
    WithoutFault(
        "A permission that the reference does not use: the row reads *does not* from the start.",
        ("BCL-2.4-16", "BCL-2.5-05", "REV-2.1-12", "RPI-4-06", "RPI-4-07", "SM-7.1-01"),
    ),
    WithoutFault(
        _OTHER_SIDE,
        ("BCL-2.1-03", "BCL-2.1-06", "FCL-3-05", "FCL-3-08"),
        ("logout-unannounced",),
    ),
    WithoutFault(_OTHER_SIDE, ("FCL-3-09",), ("profile-no-sid",)),
    WithoutFault(_OTHER_SIDE, ("BCP-4.12-02b",), ("profile-redirect-303",)),
    WithoutFault(
        "A permission that a conforming profile does not use, and no failure.",
        ("BCL-2.1-01",),
        ("profile-no-sid",),
    ),
    WithoutFault(
        "A permission. A provider that does not use it has nothing that its neighbours could be seen by: "
        "no revocation endpoint, no refresh tokens, no logout members in discovery.",
        ("ASM-2-01", "CORE-11-03", "DISC-3-03"),
    ),
    WithoutFault(
        "A permission. A provider that refuses and replaces nothing breaks rows that demand a refusal.",
        ("REG-3.2-02",),
    ),
    WithoutFault(
        "A permission. Its other side takes an operator who declares a second origin of the client, "
        "and clients of the reference have one.",
        ("SM-2-08",),
    ),
)
