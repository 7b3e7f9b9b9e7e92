"""What a schema cannot say: rules about several keys of a contract.

Each rule looks at what is sound so far and notes what is wrong.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from conformance.config.draft import Draft, Key
from conformance.documented import names
from conformance.documented.model import SHOWN_BY, Place

BODYLESS = ("GET", "DELETE")


def check(draft: Draft) -> None:
    """Apply every rule."""
    for rule in (_documents, _unique, _endpoints, _parameters, _sentences, _claims, _names):
        rule(draft)


def _documents(draft: Draft) -> None:
    known = [str(one.get("id")) for _, one in draft.items("documents")]
    for number, sentence in draft.items("sentences"):
        cited = sentence.get("document")
        if cited is not None and cited not in known:
            key = ("sentences", number, "document")
            draft.problem(
                key, f"there is no document {cited!r}.{_near(cited, known)} Expected one of {_list(known)}."
            )


def _unique(draft: Draft) -> None:
    for name, member in (("documents", "id"), ("endpoints", "name"), ("sentences", "id")):
        seen: dict[str, int] = {}
        for number, one in draft.items(name):
            value = str(one.get(member))
            if value in seen:
                line = draft.line((name, seen[value], member))
                draft.problem(
                    (name, number, member), f"{value!r} is used in line {line} already. Give each its own."
                )
            seen.setdefault(value, number)


def _endpoints(draft: Draft) -> None:
    servers = list(draft.get("servers") or {})
    for number, endpoint in draft.items("endpoints"):
        key = ("endpoints", number, "url")
        url = str(endpoint.get("url", ""))
        found = names.used(url)
        for name in found:
            if name not in servers and name not in names.KNOWN:
                draft.problem(
                    key,
                    f"there is no server {name!r}.{_near(name, servers)} Expected one of {_list(servers)}.",
                )
        if not found and not url.startswith("https://"):
            draft.problem(key, "expected ${server} and a path, such as ${op}/logout.")


def _parameters(draft: Draft) -> None:
    for number, endpoint in draft.items("endpoints"):
        places: dict[str, set[Any]] = {}
        for place, parameter in enumerate(endpoint.get("parameters") or []):
            if not isinstance(parameter, dict):
                continue
            key = ("endpoints", number, "parameters", place)
            where, name = parameter.get("in"), str(parameter.get("name"))
            if where == "form" and endpoint.get("method") in BODYLESS:
                draft.problem((*key, "in"), f"a {endpoint['method']} request has no form. Write `in: query`.")
            if where in places.get(name, ()):
                draft.problem((*key, "name"), f"{name!r} is listed twice in the same place.")
            elif name in places and where in get_args(Place):
                draft.problem(
                    (*key, "in"),
                    f"{name!r} stands in two places. List it once; where the document contradicts itself, write a "
                    "sentence with readings.",
                )
            places.setdefault(name, set()).add(where)


def _sentences(draft: Draft) -> None:
    """A sentence is shown by what is expected, or by readings, or is excluded with a reason."""
    endpoints = [str(one.get("name")) for _, one in draft.items("endpoints")]
    for number, sentence in draft.items("sentences"):
        key = ("sentences", number)
        ways = [way for way in ("expect", "readings", "excluded") if way in sentence]
        if len(ways) != 1:
            told = f"found {_list(ways)}" if ways else "found none of them"
            draft.problem(key, f"expected one of expect, readings and excluded, {told}.")
            continue
        named = sentence.get("endpoint")
        if named is None and ways != ["excluded"]:
            draft.problem((*key, "endpoint"), f"missing. Say which endpoint it is about: {_list(endpoints)}.")
        elif named is not None and named not in endpoints:
            _unknown(draft, (*key, "endpoint"), "endpoint", named, endpoints)
        if ways == ["readings"]:
            _readings(draft, key, sentence)


def _readings(draft: Draft, key: Key, sentence: dict[str, Any]) -> None:
    held = [one for one in sentence["readings"] if isinstance(one, dict) and one.get("held")]
    if len(held) != 1:
        draft.problem(
            (*key, "readings"), f"expected exactly one reading with `held: yes`, found {len(held)}."
        )
    if not sentence.get("contradiction"):
        draft.problem((*key, "contradiction"), "missing. Say what contradicts what, and which is held.")


def _claims(draft: Draft) -> None:
    for key, endpoint, one in _claimed(draft):
        _when(draft, key, endpoint, one.get("when") or {})
        expect = one.get("expect")
        if isinstance(expect, dict):
            _expect(draft, (*key, "expect"), endpoint, expect)


def _claimed(draft: Draft) -> Iterator[tuple[Key, dict[str, Any], dict[str, Any]]]:
    """Yield every place with `when` and `expect`, and the endpoint that it is about."""
    endpoints = {str(one.get("name")): one for _, one in draft.items("endpoints")}
    for number, sentence in draft.items("sentences"):
        endpoint = endpoints.get(str(sentence.get("endpoint")))
        if endpoint is None:
            continue
        readings = sentence.get("readings")
        for place, reading in enumerate(readings if isinstance(readings, list) else []):
            if isinstance(reading, dict):
                yield ("sentences", number, "readings", place), endpoint, reading
        yield ("sentences", number), endpoint, sentence


def _when(draft: Draft, key: Key, endpoint: dict[str, Any], when: Any) -> None:
    if not isinstance(when, dict):
        return
    known = [str(one.get("name")) for one in endpoint.get("parameters") or [] if isinstance(one, dict)]
    for member in ("without", "empty", "repeated", "misplaced", "set"):
        for name in _as_list(when.get(member)):
            if name not in known and not (member == "misplaced" and name == "all"):
                _unknown(draft, (*key, "when", member), "parameter", name, known)
    left_out = set(_as_list(when.get("without")))
    for member in ("empty", "repeated", "misplaced", "set"):
        for name in sorted(left_out & set(_as_list(when.get(member)))):
            draft.problem((*key, "when"), f"{name!r} is left out and {member} at once. Keep one of them.")


def _expect(draft: Draft, key: Key, endpoint: dict[str, Any], expect: dict[str, Any]) -> None:
    bodies = [name for name in ("json", "json_one_of", "json_schema", "text") if name in expect]
    if len(bodies) > 1:
        draft.problem((*key, bodies[1]), f"the body is described by {bodies[0]} already. Keep one of them.")
    if expect.get("stays") and ("redirect" in expect or "login" in expect):
        draft.problem(
            (*key, "stays"),
            "the browser stays, or is sent to a relying party. Keep one of them.",
        )
    if endpoint.get("by") == "server":
        for name in ("page", "shows", "login"):
            if name in expect:
                draft.problem(
                    (*key, name), f"{endpoint.get('name')} is called by a server, which sees no page."
                )
    if isinstance(expect.get("json_schema"), dict):
        _json_schema(draft, (*key, "json_schema"), expect["json_schema"])
    after = expect.get("after")
    for place, one in enumerate(after if isinstance(after, list) else []):
        means = _means(one)
        if means and one.get("by") not in means:
            draft.problem(
                (*key, "after", place, "by"),
                f"this probe does not show {one['what']}. Expected one of {_list(means)}.",
            )


def _means(one: Any) -> tuple[str, ...]:
    """Return the probes that show what a claim is about."""
    probes: dict[str, tuple[str, ...]] = {**SHOWN_BY}
    return probes.get(str(one.get("what")), ()) if isinstance(one, dict) else ()


def _json_schema(draft: Draft, key: Key, schema: dict[str, Any]) -> None:
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        where = ".".join(str(step) for step in error.absolute_path)
        at = f" at {where}" if where else ""
        draft.problem((*key, *error.absolute_path), f"not a JSON Schema{at}: {error.message}.")


def _names(draft: Draft) -> None:
    """Every ``${name}`` in what is sent or expected must be one that has a value."""
    for key, text in [*_sent(draft)]:
        for name in names.used(text):
            if name not in names.KNOWN:
                draft.problem(
                    key,
                    f"${{{name}}} has no value.{_near(name, names.KNOWN)} Expected one of {_list(names.KNOWN)}.",
                )
        for form in names.forms(text):
            if form not in names.FORMS:
                draft.problem(
                    key,
                    f"no value has the form {form!r}.{_near(form, names.FORMS)} Expected one of {_list(names.FORMS)}.",
                )


def _sent(draft: Draft) -> Iterator[tuple[Key, str]]:
    for number, endpoint in draft.items("endpoints"):
        yield from _texts(("endpoints", number, "parameters"), endpoint.get("parameters"))
    for key, _, one in _claimed(draft):
        for member in ("when", "expect"):
            yield from _texts((*key, member), one.get(member))


def _texts(key: Key, value: Any) -> Iterator[tuple[Key, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict | list):
        for step, member in value.items() if isinstance(value, dict) else enumerate(value):
            if step not in ("json", "json_one_of", "json_schema", "text", "format", "example"):
                yield from _texts((*key, step), member)


def _unknown(draft: Draft, key: Key, what: str, name: Any, known: list[str]) -> None:
    draft.problem(key, f"there is no {what} {name!r}.{_near(name, known)} Expected one of {_list(known)}.")


def _as_list(value: Any) -> list[str]:
    if isinstance(value, dict):
        return list(value)
    return value if isinstance(value, list) else [] if value is None else [value]


def _near(name: Any, known: Any) -> str:
    near = get_close_matches(str(name), list(known), 1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _list(values: Any) -> str:
    return ", ".join(map(str, values)) or "none"
