"""MUST rows that stay undecided at a provider which conforms, by profile, each with the reason; none may be red."""

from __future__ import annotations

CONFORMING = "ok"

UNDECIDED: dict[str, dict[str, str]] = {}
