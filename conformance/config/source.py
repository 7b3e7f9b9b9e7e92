"""From a YAML, JSON or TOML file to plain data with line numbers; what the keys mean is not known here."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from conformance.config.draft import Draft, Key
from conformance.config.errors import ConfigError, Problem
from conformance.config.yamltree import Tree, Unreadable, read_yaml

LIMIT = 256 * 1024  # bytes; a config of real life has a few thousand
DEPTH = 40
_START = "Start with `issuer: https://op.example.com`."


def read(path: Path, what: str = "provider config", start: str = _START) -> Draft:
    """Read a user's file; raises ConfigError where it is not a mapping in YAML, JSON or TOML."""
    text = _decoded(path, _content(path, what))
    try:
        tree = _parser(path)(text)
    except Unreadable as error:
        raise _refused(path, error.message, error.line, error.column) from None
    if tree.data is None:
        raise _refused(path, f"the file is empty. Expected a {what}. {start}")
    if not isinstance(tree.data, dict):
        raise _refused(path, f"expected keys at the top level, found {_kind(tree.data)}. {start}", 1)
    draft = Draft(path=path, data=tree.data, lines=tree.lines, texts=tree.texts)
    for key, message, line in tree.oddities:
        draft.problem(key, message, line)
    return draft


def _refused(path: Path, message: str, line: int = 0, column: int = 0) -> ConfigError:
    return ConfigError([Problem(str(path), line, "", " ".join(message.split()), column)])


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else "a single value"


def _content(path: Path, what: str) -> bytes:
    try:
        # Bounded, so that a huge file or /dev/zero costs nothing; a pipe has no size to ask for.
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise _refused(path, f"there is no such file. Give the path of a {what}.") from None
    except IsADirectoryError:
        raise _refused(path, f"this is a folder. Give the path of a {what} in it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(path, f"cannot be read: {reason}. Check the path and its permissions.") from None
    if len(content) > LIMIT:
        raise _refused(
            path, f"larger than {LIMIT // 1024} KiB. Expected a few lines; is this the right file?"
        )
    return content


def _decoded(path: Path, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refused(path, "the text is UTF-16. Save the file as UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _refused(path, f"not UTF-8 text (byte {error.start}). Save it as UTF-8.", line) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _refused(path, "a binary file. Expected YAML, JSON or TOML.", line)
    return text


def _parser(path: Path) -> Callable[[str], Tree]:
    return {".json": _json, ".toml": _toml}.get(path.suffix.lower(), read_yaml)


def _json(text: str) -> Tree:
    if not text.strip():
        return Tree(None)
    try:
        data = json.loads(text, parse_constant=_no_constant)
        _check_depth(data)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}.", error.lineno, error.colno) from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON that can be used: {error}.") from None
    return _with_lines(Tree(data), text)


def _with_lines(tree: Tree, text: str) -> Tree:
    # JSON is YAML but for tabs, which JSON allows between tokens only.
    try:
        positions = read_yaml(text.replace("\t", " "))
    except Unreadable:
        return tree
    return Tree(tree.data, positions.lines, oddities=positions.oddities)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(DEPTH):
        level = [child for value in level for child in _children(value)]
    if level:
        raise ValueError(f"nested more than {DEPTH} levels deep")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


def _toml(text: str) -> Tree:
    try:
        data = tomllib.loads(text)
        _check_depth(data)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        message = f"not TOML: {_TOML_PLACE.sub('', str(error))}."
        line, column = (int(group or 0) for group in place.groups()) if place else (0, 0)
        raise Unreadable(message, line, column) from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not TOML that can be used: {error}.") from None
    plain = _without_dates(data)
    return Tree(plain or None, dict(_toml_lines(plain, text.splitlines())))


def _without_dates(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_dates(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_without_dates(member) for member in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _toml_lines(data: dict[str, Any], lines: list[str]) -> Iterator[tuple[Key, int]]:
    """A key's line is its first occurrence at or below the line of its table: tomllib tells no positions."""
    stack: list[tuple[Key, Any, int]] = [((), data, 1)]
    while stack:
        key, value, line = stack.pop()
        yield key, line
        below = line
        for step, member in _toml_members(value):
            found = _toml_search(lines, key, step, below)
            below = found if isinstance(step, int) else below
            stack.append(((*key, step), member, found))


def _toml_members(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _toml_search(lines: list[str], key: Key, step: str | int, start: int) -> int:
    names = [re.escape(str(part)) for part in (*key, step) if isinstance(part, str)]
    dots = r"[\"']?\s*\.\s*[\"']?".join(names)
    header = rf"^\s*\[\[?\s*[\"']?{dots}[\"']?\s*[\].]"
    # An item of an array of tables has a header of its own; one of a plain array stands where the array does.
    assignment = rf"(?:^|[\s{{,.\"']){names[-1]}[\"']?\s*[=.]" if isinstance(step, str) else "(?!)"
    first = start if step == 0 or isinstance(step, str) else start + 1
    for number in range(first, len(lines) + 1):
        if re.search(f"{header}|{assignment}", lines[number - 1]):
            return number
    return start
