"""What a JSON Schema says about a user's file: types of plain scalars, and all that does not fit."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance.config.draft import Draft, Key, describe, printable
from conformance.config.yamltree import number

FILE = Path(__file__).with_name("config.schema.json")

Shape = Mapping[str, Any]

_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Rulebook:
    """A JSON Schema of ours, and what it says about drafts of files of its kind."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema that ships with the package."""
        content: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return content

    def shapes_at(self, key: Key) -> list[Shape]:
        """The parts of the schema that speak of a key; more than one where there is a choice."""
        shapes = self._choices(self.schema)
        for step in key:
            shapes = [choice for shape in shapes for choice in self._step(shape, step)]
        return shapes

    def annotated(self, key: Key, name: str) -> Any:
        """An annotation of ours (x-secret, x-file, …) on a key, or None."""
        return next((shape[name] for shape in self.shapes_at(key) if name in shape), None)

    def _choices(self, shape: Shape) -> list[Shape]:
        """A part of the schema with references followed and its alternatives listed beside it."""
        found = [shape]
        if "$ref" in shape:
            found += self._choices(self.schema["$defs"][shape["$ref"].removeprefix("#/$defs/")])
        for alternative in shape.get("anyOf", ()):
            found += self._choices(alternative)
        return found

    def _step(self, shape: Shape, step: str | int) -> list[Shape]:
        # Where names are the user's own (headers), additionalProperties says what each of them is.
        other = shape.get("additionalProperties")
        child = shape.get("items") if isinstance(step, int) else shape.get("properties", {}).get(step, other)
        return self._choices(child) if child else []

    def settle(self, draft: Draft) -> None:
        """Give every scalar without a type of its own (unquoted YAML, ``${…}``) the type that its key expects."""
        for key, text in draft.texts.items():
            parent = _parent(draft.data, key)
            if parent is not None:
                parent[key[-1]] = self._typed(key, text, parent[key[-1]])

    def _typed(self, key: Key, text: str, value: Any) -> Any:
        types = {
            shape.get("type") or ("string" if "enum" in shape else None) for shape in self.shapes_at(key)
        }
        if value is None:
            return None
        if ("boolean" in types or self._is_switch(key, types)) and text.lower() in _BOOLEANS:
            return _BOOLEANS[text.lower()]
        if types & {"integer", "number"}:
            found = number(text)
            return text if found is None else found
        return text if "string" in types else value

    def _is_switch(self, key: Key, types: set[str | None]) -> bool:
        # Free metadata: these names of OpenID Connect are booleans, while [no] in ui_locales is Norwegian.
        return not types - {None} and str(key[-1]).endswith(("_supported", "_required"))

    def validate(self, draft: Draft) -> None:
        """Note every way in which the data does not fit the schema."""
        place = {key: number for number, key in enumerate(draft.lines)}
        # jsonschema keeps what stands under free names in a set, whose order is another one in each process.
        found = sorted(
            self._validator.iter_errors(draft.data), key=lambda e: place.get(tuple(e.absolute_path), 0)
        )
        for error in _in_order(found):
            self._tell(draft, error)
        for key, value in _floats(draft.data, ()):
            if not math.isfinite(value):
                draft.problem(key, "expected a finite number.")

    @cached_property
    def _validator(self) -> Any:
        import jsonschema  # slow, and needed only where a config is read

        base: Any = jsonschema.Draft202012Validator
        # To jsonschema 4.0 is an integer, to the records it is not.
        checker = base.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
        extend: Any = jsonschema.validators.extend
        return extend(base, type_checker=checker)(self.schema)

    def _tell(self, draft: Draft, error: Any) -> None:
        key: Key = tuple(error.absolute_path)
        if error.validator == "anyOf":
            self._tell_choice(draft, error, key)
        elif error.validator == "additionalProperties":
            for name in error.instance:
                if name not in error.schema["properties"] and (key or not name.startswith("x-")):
                    self._tell_unknown(draft, (*key, name), list(error.schema["properties"]))
        elif error.validator == "required":
            for name in error.validator_value:
                if name not in error.instance:
                    self._tell_missing(draft, (*key, name))
        else:
            draft.problem(key, self._unexpected(draft, key, error.instance))

    def _tell_choice(self, draft: Draft, error: Any, key: Key) -> None:
        """A choice failed: speak of the alternative that has the type of what was found, else of the choice."""
        whole = ("type", "enum", "pattern")
        causes = [cause for cause in error.context if cause.path or cause.validator not in whole]
        for cause in _in_order(causes):
            self._tell(draft, cause)
        if not causes:
            draft.problem(key, self._unexpected(draft, key, error.instance))

    def _tell_unknown(self, draft: Draft, key: Key, known: list[str]) -> None:
        name = str(key[-1])
        places = self._places(name)
        near = get_close_matches(name.lower().replace("-", "_"), known, 1)
        hint = ""
        if places:
            hint = f" It belongs under {' or '.join(places)}."
        elif near:
            hint = f" Did you mean '{near[0]}'?"
            draft.broken.add((*key[:-1], near[0]))
        listed = ", ".join(name for name in known if name != "$schema")
        draft.problem(key, f"unknown key.{hint} Expected one of {listed}.")

    def _places(self, name: str) -> list[str]:
        """Where in the config a key of this name belongs."""
        return sorted({f"'{place}'" for place in self._parents if name in self._parents[place]})

    @cached_property
    def _parents(self) -> dict[str, set[str]]:
        names = {name: self.shapes_at((name,)) for name in self.schema["properties"]}
        lists = {f"{name}[…]": self.shapes_at((name, 0)) for name in names}
        return {
            place: {key for shape in shapes for key in shape.get("properties", ())}
            for place, shapes in (names | lists).items()
        }

    def _tell_missing(self, draft: Draft, key: Key) -> None:
        draft.problem(key, f"missing. Expected {self._expectation(key)}. {self._example(key)}")

    def _unexpected(self, draft: Draft, key: Key, value: Any) -> str:
        hidden = bool(
            self.annotated(key, "x-secret") or self.annotated(key, "x-file")
        ) or not self._holds_scalars(key)
        found = describe(value, hidden=True) if hidden else draft.found(key, value)
        if value in ([], {}, ""):
            found = {"list": "an empty list", "dict": "an empty mapping"}.get(
                type(value).__name__, "empty text"
            )
        return f"expected {self._expectation(key)}, found {found}. {self._nearest(key, value) or self._example(key)}"

    def _nearest(self, key: Key, value: Any) -> str:
        """Ask for the word that was probably meant, where one of a few is expected."""
        words = {str(word).lower(): word for shape in self.shapes_at(key) for word in shape.get("enum", ())}
        near = get_close_matches(value.lower(), words, 1) if isinstance(value, str) else []
        return f"Did you mean '{words[near[0]]}'?" if near else ""

    def _holds_scalars(self, key: Key) -> bool:
        # A scalar where a list of users belongs may be a password that slipped: it is not shown.
        return any("enum" in s or s.get("type") not in (None, "object", "array") for s in self.shapes_at(key))

    def _expectation(self, key: Key) -> str:
        shapes = self.shapes_at(key)
        for shape in shapes:
            if "x-expected" in shape:
                return str(shape["x-expected"])
        for shape in shapes:
            if "enum" in shape:
                return _one_of(shape["enum"])
        kinds = {"boolean": "true or false", "array": "a list", "object": _object(shapes), "string": "text"}
        return next(
            (kinds[shape["type"]] for shape in shapes if shape.get("type") in kinds), "something else"
        )

    def _example(self, key: Key) -> str:
        example = next((shape["examples"][0] for shape in self.shapes_at(key) if "examples" in shape), None)
        if example is None:
            return self._example(key[:-1]) if key else ""
        prefix = "- " if isinstance(key[-1], int) else f"{printable(str(key[-1]))}: "
        return f"Write for example `{prefix}{flow(example)}`."


def _parent(data: Any, key: Key) -> Any:
    if not key:
        return None
    for step in key[:-1]:
        data = data[step]
    return data


def _in_order(errors: Iterable[Any]) -> list[Any]:
    # Unknown keys first: what a misspelt key would have given is then not told as missing too.
    return sorted(errors, key=lambda error: error.validator != "additionalProperties")


def _floats(value: Any, key: Key) -> Iterator[tuple[Key, float]]:
    if isinstance(value, float):
        yield key, value
    elif isinstance(value, dict | list):
        for step, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _floats(member, (*key, step))


def _one_of(values: Iterable[str]) -> str:
    listed = list(values)
    return listed[0] if len(listed) == 1 else f"one of {', '.join(listed)}"


def _object(shapes: Iterable[Shape]) -> str:
    known = [name for shape in shapes for name in shape.get("properties", ())]
    return f"a mapping with keys out of {', '.join(known)}"


def flow(value: Any) -> str:
    """A value of the schema's examples in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {flow(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(member) for member in value) + "]"
    if isinstance(value, str):
        return f'"{value}"' if value.startswith(("*", "#")) or ", " in value else value
    return json.dumps(value)


CONFIG = Rulebook(FILE)
