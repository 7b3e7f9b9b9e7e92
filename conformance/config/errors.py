"""What is wrong with a config, in words for the person who wrote it."""

from collections.abc import Iterable

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing to put right. ``line`` 0: the file as a whole; ``column`` 0: the whole line."""

    file: str
    line: int
    key: str  # dotted, such as clients[0].redirect_uris; empty: no key
    message: str  # what was expected, what was found, what to do next
    column: int = 0

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{place}: key '{self.key}': {self.message}" if self.key else f"{place}: {self.message}"


class ConfigError(Exception):
    """A config that cannot be used. ``problems`` holds everything that is wrong with it, sorted by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.line, problem.column))
        super().__init__("\n".join(str(problem) for problem in self.problems))
