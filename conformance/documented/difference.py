"""How two JSON values differ, member by member, for a reader."""

import difflib
from typing import Any

from conformance.documented.words import as_json

GLANCE = 40  # characters that are compared at a glance


def difference(wanted: Any, found: Any, where: str = "") -> list[str]:
    """Say member by member how two JSON values differ."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        both = dict.fromkeys([*wanted, *found])
        return [line for name in both for line in _member(wanted, found, name, f"{where}.{name}".lstrip("."))]
    if as_json(wanted) == as_json(found):
        return []
    close = _marked(wanted, found) if isinstance(wanted, str) and isinstance(found, str) else ""
    return [f"{where or 'it'} is {as_json(found)}, not {as_json(wanted)}{close}"]


def _member(wanted: dict[str, Any], found: dict[str, Any], name: str, where: str) -> list[str]:
    if name not in found:
        return [f"{where} is missing"]
    if name not in wanted:
        return [f"{where} is not documented"]
    return difference(wanted[name], found[name], where)


def _marked(wanted: str, found: str) -> str:
    """Name a difference that the eye misses: blanks at the end, one letter."""
    if wanted.strip() == found.strip():
        return " (they differ in blanks at the beginning or end)"
    opcodes = difflib.SequenceMatcher(None, wanted, found).get_opcodes()
    changed = [(wanted[a:b], found[c:d]) for tag, a, b, c, d in opcodes if tag != "equal"]
    if len(changed) == 1 and max(map(len, changed[0])) <= GLANCE:
        return f" ({changed[0][1]!r} where {changed[0][0]!r} is documented)"
    return ""
