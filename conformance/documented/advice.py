"""Words that the messages about a contract share."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from conformance.config.draft import Draft, Key, printable


def near(name: Any, known: Iterable[str]) -> str:
    """Return a question for the nearest valid word; "" where none is near."""
    by_lower = {one.lower(): one for one in known}
    found = get_close_matches(str(name).lower(), by_lower, 1)
    return f" Did you mean {by_lower[found[0]]!r}?" if found else ""


def listed(values: Iterable[Any]) -> str:
    """Return words with commas between them."""
    return ", ".join(printable(str(one)) for one in values) or "none"


def expected(known: Iterable[str]) -> str:
    """Return a sentence with the valid words."""
    words = list(known)
    return f"Expected {f'one of {listed(words)}' if len(words) > 1 else listed(words)}."


def unknown(draft: Draft, key: Key, what: str, name: Any, known: list[str]) -> None:
    """Note that a name stands for nothing, with those that do."""
    draft.problem(key, f"{what} {name!r}.{near(name, known)} {expected(known)}")


def as_list(value: Any) -> list[str]:
    """Return what a key holds that takes one word or a list of them."""
    if isinstance(value, dict | list):
        return [one for one in value if isinstance(one, str)]
    return [value] if isinstance(value, str) else []
