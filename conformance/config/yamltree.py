"""YAML to plain data that keeps the line of each key, and the text of each plain scalar.

Read from ruamel.yaml's nodes, not its objects: whether ``yes``, ``007`` or ``2027-01-31`` is a boolean, a
number or text depends on what its key expects, so that users need no quotes.
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.config.draft import Key

NODES = 20_000  # aliases may multiply what a few lines hold
DEPTH = 40

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]{1,18}|[0-9]{1,18}(\.[0-9]{0,18})?)([eE][-+]?[0-9]{1,2})?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_NAMED = re.compile(r"'([^']*)'")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*(?::-[^}\n]*)?)\}")
_MASK = "\ue000\ue001\ue002"  # of private use: plain text to YAML, and in nobody's config
_MERGE = "tag:yaml.org,2002:merge"
_CORE = "tag:yaml.org,2002:"


class Unreadable(Exception):
    """Text that is not of the format; line and column where known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass
class Tree:
    """Plain data, the line of each key, the text of plain scalars, and what is odd though readable."""

    data: Any
    lines: dict[Key, int] = field(default_factory=dict)
    texts: dict[Key, str] = field(default_factory=dict)
    oddities: list[tuple[Key, str, int]] = field(default_factory=list)


def read_yaml(text: str) -> Tree:
    """Parse one YAML document; raises Unreadable."""
    node = _composed(_masked(text))
    tree = Tree(None)
    if node is not None:
        tree.data = _Builder(tree).value(node, ())
    return tree


def _masked(text: str) -> str:
    """``${NAME}`` so that its braces are no YAML: ``{password: ${NAME}}`` needs no quotes."""
    return _VARIABLE.sub(rf"{_MASK[:2]}\1{_MASK[2]}", text)


def _unmasked(text: str) -> str:
    return text.replace(_MASK[:2], "${").replace(_MASK[2], "}")


def number(text: str) -> int | float | None:
    """The number that a plain scalar spells, if it does. Bounded, so that no digits of a user overflow."""
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else None


def _composed(text: str) -> Any:
    from ruamel.yaml import YAML  # slow, and needed only where a config is read
    from ruamel.yaml.error import MarkedYAMLError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise _syntax(error) from None
    except RecursionError:
        raise Unreadable(f"nested more than {DEPTH} levels deep.") from None
    except Exception as error:  # noqa: BLE001 - ruamel.yaml fails in many ways on text that is not YAML at all
        raise Unreadable(f"not YAML ({type(error).__name__}). Expected lines of `key: value`.") from None


def _syntax(error: Any) -> Unreadable:
    mark = error.problem_mark or error.context_mark
    # What stands in quotes may be a piece of a password; tokens like '<block end>' may stay.
    problem = (
        " ".join(filter(None, (error.context if _goes_on(error) else "", error.problem))) or "unexpected end"
    )
    told = _NAMED.sub(lambda m: m[0] if len(m[1]) == 1 or m[1].startswith("<") else "'…'", problem)
    advice = "Check indentation; text that begins with one of * & ! % @ ` or holds ': ' needs quotes."
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return Unreadable(f"not YAML: {told}. {advice}", line, column)


def _goes_on(error: Any) -> bool:
    return str(error.problem).startswith("but ")


class _Builder:
    """Walks nodes once, filling a tree."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.count = 0

    def value(self, node: Any, key: Key) -> Any:
        self.count += 1
        line = node.start_mark.line + 1
        if self.count > NODES:
            raise Unreadable(f"more than {NODES} values, aliases followed. Use fewer aliases.", line)
        if len(key) > DEPTH:
            raise Unreadable(f"more than {DEPTH} levels deep, or an alias contains itself.", line)
        self.tree.lines.setdefault(key, line)
        self._refuse_tag(node, key)
        if isinstance(node.value, str):
            return self._scalar(node, key)
        return self._mapping(node, key) if node.id == "mapping" else self._sequence(node, key)

    def _refuse_tag(self, node: Any, key: Key) -> None:
        if not str(node.tag).startswith(_CORE):
            message = "found a YAML tag (a word that begins with !). Put quotes around the text."
            self.tree.oddities.append((key, message, 0))

    def _scalar(self, node: Any, key: Key) -> Any:
        text = _unmasked(node.value)
        if node.style is not None:
            return text
        self.tree.texts[key] = text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        found = number(text)
        return text if found is None else found

    def _sequence(self, node: Any, key: Key) -> list[Any]:
        return [self.value(item, (*key, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: Any, key: Key) -> dict[str, Any]:
        data: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for name, line, member in self._pairs(node):
            if name in lines:
                message = f"given twice, first on line {lines[name]}. Keep one of the two."
                self.tree.oddities.append(((*key, name), message, line))
                continue
            lines[name] = self.tree.lines[(*key, name)] = line
            data[name] = self.value(member, (*key, name))
        return self._merged(node, key, data)

    def _pairs(self, node: Any) -> Iterator[tuple[str, int, Any]]:
        for name, member in node.value:
            line = name.start_mark.line + 1
            if not isinstance(name.value, str):
                raise Unreadable("a key that is itself a list or a mapping. Expected `key: value`.", line)
            if name.tag != _MERGE:
                yield _unmasked(name.value), line, member

    def _merged(self, node: Any, key: Key, data: dict[str, Any]) -> dict[str, Any]:
        for name, member in node.value:
            if name.tag == _MERGE:
                for source in member.value if member.id == "sequence" else [member]:
                    self._merge(source, key, data)
        return data

    def _merge(self, source: Any, key: Key, data: dict[str, Any]) -> None:
        if source.id != "mapping":
            line = source.start_mark.line + 1
            raise Unreadable("<< merges mappings only. Expected an alias of a mapping.", line)
        if len(key) > DEPTH:
            raise Unreadable("an alias contains itself.", source.start_mark.line + 1)
        for name, line, member in self._pairs(source):
            if name not in data:
                self.tree.lines[(*key, name)] = line
                data[name] = self.value(member, (*key, name))
        self._merged(source, key, data)
