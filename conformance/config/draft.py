"""A config on its way to records: plain data, where each key stands, and what is wrong so far."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.config.errors import Problem

Key = tuple[str | int, ...]

_USERINFO = re.compile(r"//[^/@\s]*@")
_PLAIN = re.compile(r"[\w$.<*-]+")


@dataclass
class Draft:
    """What has been read of one file. Problems are collected, so that all can be told together."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[Key, int]  # of each key and list item
    texts: dict[Key, str] = field(default_factory=dict)  # scalars whose type follows from where they stand
    written: dict[Key, str] = field(default_factory=dict)  # as in the file, before ${…} was filled in
    problems: list[Problem] = field(default_factory=list)
    broken: set[Key] = field(default_factory=set)  # keys that a problem was told of

    @property
    def folder(self) -> Path:
        """Relative paths in the config start here."""
        return self.path.parent

    def problem(self, key: Key, message: str, line: int = 0) -> None:
        """Note a problem, unless one was noted already for this key or for what it stands in."""
        if not self.is_broken(key):
            self.broken.add(key)
            self.problems.append(Problem(str(self.path), line or self.line(key), dotted(key), message))

    def is_broken(self, key: Key) -> bool:
        return any(key[:length] in self.broken for length in range(1, len(key) + 1))

    def line(self, key: Key) -> int:
        """The line of a key or, where it is missing, of what it belongs into."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def get(self, *key: str | int) -> Any:
        """The value at a key; None where there is none or a problem was told of it."""
        value: Any = self.data
        for step in key:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return None if self.is_broken(key) else value

    def items(self, name: str) -> list[tuple[int, dict[str, Any]]]:
        """The sound items of a top-level list of mappings, each with its index."""
        values = self.get(name)
        listed = values if isinstance(values, list) else []
        return [(i, v) for i, v in enumerate(listed) if isinstance(v, dict) and not self.is_broken((name, i))]

    def found(self, key: Key, value: Any) -> str:
        """What stands at a key, for a message; a value from the environment as it was written."""
        return describe(self.written.get(key, value))


def dotted(key: Key) -> str:
    """A key in one word: clients[0].redirect_uris."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{printable(step)}" for step in key)
    return text.removeprefix(".")


def describe(value: Any, *, hidden: bool = False) -> str:
    """A value in a few words; ``hidden`` names its type only."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the boolean {str(value).lower()}"
        case str():
            return "text" if hidden else f"the text {quoted(_USERINFO.sub('//…@', value))}"
        case int() | float():
            return "a number" if hidden else f"the number {shortened(str(value))}"
        case list():
            return "a list"
    return "a mapping"


def quoted(text: str) -> str:
    """Text in quotes, cut, with control characters made visible: the message may end on a terminal."""
    return repr(shortened(text))


def printable(name: str) -> str:
    """A key for a message: as it is, or cut and escaped where it is not a plain word."""
    return name if _PLAIN.fullmatch(name) and len(name) <= 60 else repr(shortened(name))[1:-1]


def shortened(text: str, length: int = 60) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
