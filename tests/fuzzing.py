"""What the fuzz tests of users' files share: strategies for their content, and what a loader may do with it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, settings
from hypothesis import strategies as st

from conformance.config.errors import ConfigError, Problem

SUFFIXES = st.sampled_from([".yaml", ".json", ".toml"])
STRUCTURED = st.sampled_from([".yaml", ".json"])
TEXT = st.text(alphabet=st.sampled_from("ab:-[]{}#&*!|>'\"%@`<~?, \n\t=.01\\$"), max_size=60)
Test = Callable[..., None]


def quick(number: int) -> Callable[[Test], Test]:
    """Try so many examples, however busy the machine is."""
    health = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=number, deadline=None, suppress_health_check=health)


def nested(test: Test) -> Test:
    """Try what is nested too deep as well."""
    for suffix, text in ((".yaml", "[" * 1000), (".json", "[" * 5000), (".toml", "a = " + "[" * 5000)):
        test = example(suffix, text)(test)
    return test


def words(schema: Any) -> set[str]:
    """Return the keys that a JSON Schema knows."""
    if isinstance(schema, list):
        return set().union(*map(words, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())) | set().union(*map(words, schema.values()))


def values(names: st.SearchStrategy[str], scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return values of every kind, with these names as keys."""
    usual = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    return st.recursive(
        usual | scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
        max_leaves=12,
    )


def places(data: Any) -> list[tuple[Any, ...]]:
    """Return the path of everything within."""
    return list(_paths(data, ()))[1:]


def holder(data: Any, path: tuple[Any, ...]) -> Any:
    """Return what a path's last step leads out of."""
    for step in path[:-1]:
        data = data[step]
    return data


def loaded(load: Callable[[Path], Any], path: Path, content: bytes) -> Any:
    """Return what a loader makes of a file; None where it refuses, which it may in printable words alone."""
    path.write_bytes(content)
    try:
        return load(path)
    except ConfigError as error:
        problems = error.problems or [Problem("", 0, "", "\0")]
        assert all(str(problem).isprintable() for problem in problems)
        return None


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield path
    for step, member in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _paths(member, (*path, step))
