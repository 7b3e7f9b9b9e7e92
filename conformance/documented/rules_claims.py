"""Rules about what a sentence, or a reading of it, sends and expects."""

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.config.draft import Draft, Key
from conformance.documented import names
from conformance.documented.advice import as_list, listed, near, unknown
from conformance.documented.model import SHOWN_BY
from conformance.documented.trials import BODYLESS

ALL = "all"
TOO_MANY = 429
# What `when` does to parameters, in words.
CHANGES = {
    "without": "left out",
    "empty": "sent empty",
    "repeated": "repeated",
    "misplaced": "misplaced",
    "set": "set",
}
BODIES = ("json", "json_one_of", "json_schema", "text")
# A server follows no redirect and sees no page: its answer is all that there is.
SEEN_BY_BROWSERS = ("page", "shows", "login", "redirect", "stays")
OF_A_LOGIN = ("id_token", "access_token", "refresh_token", "sid", "sub")


def check(draft: Draft) -> None:
    """Apply the rules to every `when` and `expect`."""
    for key, endpoint, one in claimed(draft):
        when, expect = one.get("when"), one.get("expect")
        if isinstance(when, dict):
            _when(draft, (*key, "when"), endpoint, when)
        if isinstance(expect, dict):
            _expect(draft, (*key, "expect"), endpoint, expect)
        if isinstance(when, dict) and when.get("nobody") is True:
            _nobody(draft, key, endpoint, when, expect)


def claimed(draft: Draft) -> Iterator[tuple[Key, dict[str, Any], dict[str, Any]]]:
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


def _parameters(endpoint: dict[str, Any]) -> dict[str, dict[str, Any]]:
    listed_ones = endpoint.get("parameters")
    found = [one for one in (listed_ones if isinstance(listed_ones, list) else []) if isinstance(one, dict)]
    return {str(one.get("name")): one for one in found}


def _when(draft: Draft, key: Key, endpoint: dict[str, Any], when: dict[str, Any]) -> None:
    known = _parameters(endpoint)
    for member in CHANGES:
        for place, name in _named(key, when, member):
            if member == "misplaced" and name == ALL:
                _misplaced(draft, place, endpoint, when, {})
            elif name not in known:
                unknown(draft, place, f"{endpoint.get('name')} has no parameter", name, list(known))
            else:
                _changed(draft, place, endpoint, when, known[name])
    _at_once(draft, key, when)
    _public(draft, key, endpoint, when)
    _method(draft, key, endpoint, when)


def _named(key: Key, when: dict[str, Any], member: str) -> Iterator[tuple[Key, str]]:
    """Yield the parameters that a word of `when` is about, each with its place in the file."""
    value = when.get(member)
    if isinstance(value, list):
        yield from (
            ((*key, member, number), name) for number, name in enumerate(value) if isinstance(name, str)
        )
    elif isinstance(value, dict):
        yield from (((*key, member, name), name) for name in value)
    elif isinstance(value, str):
        yield (*key, member), value


def _changed(
    draft: Draft, key: Key, endpoint: dict[str, Any], when: dict[str, Any], parameter: dict[str, Any]
) -> None:
    """Refuse what would change nothing, as the trial would be another one than its name says."""
    member, name = next(step for step in reversed(key) if step in CHANGES), parameter.get("name")
    if member != "set" and parameter.get("sent") is False and name not in as_list(when.get("set")):
        draft.problem(
            key, f"{name!r} is no part of the documented request (`sent: no`). Give it a value with `set`."
        )
    elif member == "repeated" and parameter.get("in") == "header":
        draft.problem(
            key, f"{name!r} is a header, which is sent once. Only parameters of query and form repeat."
        )
    elif member == "misplaced":
        _misplaced(draft, key, endpoint, when, parameter)


def _misplaced(
    draft: Draft, key: Key, endpoint: dict[str, Any], when: dict[str, Any], parameter: dict[str, Any]
) -> None:
    method = when.get("method") or endpoint.get("method")
    if parameter.get("in") == "header":
        draft.problem(
            key,
            f"{parameter.get('name')!r} is a header. Only parameters of query and form have another place.",
        )
    elif method in BODYLESS:
        draft.problem(
            key, f"a {method} request has no body, so there is no other place. Use a method with a body."
        )


def _at_once(draft: Draft, key: Key, when: dict[str, Any]) -> None:
    """Refuse two words about one parameter that cannot both be done."""
    apart = [("without", other) for other in CHANGES if other != "without"] + [("empty", "set")]
    for first, other in apart:
        for place, name in _named(key, when, other):
            if name in as_list(when.get(first)):
                draft.problem(
                    place, f"{name!r} is {CHANGES[first]} and {CHANGES[other]} at once. Keep one of them."
                )


def _method(draft: Draft, key: Key, endpoint: dict[str, Any], when: dict[str, Any]) -> None:
    method, by = when.get("method"), endpoint.get("by")
    if by == "browser" and method in ("PUT", "PATCH", "DELETE"):
        draft.problem(
            (*key, "method"), f"{endpoint.get('name')} is called by a browser, which sends GET and POST only."
        )
    if "content_type" not in when:
        return
    if by == "browser":
        draft.problem(
            (*key, "content_type"),
            f"{endpoint.get('name')} is called by a browser, which chooses the content type itself.",
        )
    elif not any(one.get("in") == "form" for one in _parameters(endpoint).values()) or method in BODYLESS:
        draft.problem((*key, "content_type"), "the request has no body. It needs parameters with `in: form`.")


def _nobody(draft: Draft, key: Key, endpoint: dict[str, Any], when: dict[str, Any], expect: Any) -> None:
    """Without a login there is nothing that could end, and there are no tokens to send."""
    if isinstance(expect, dict) and "after" in expect:
        draft.problem(
            (*key, "expect", "after"), "nobody is logged in (`nobody: yes`), so nothing is alive before."
        )
    for name, needed in _sent_of(endpoint, when, OF_A_LOGIN):
        draft.problem(
            (*key, "when"),
            f"nobody is logged in, so {name!r} has no value: ${{{needed}}} comes of a login. Add it to "
            "`without`, or set it.",
        )


def _public(draft: Draft, key: Key, endpoint: dict[str, Any], when: dict[str, Any]) -> None:
    """A public client has no secret that it could send."""
    if when.get("client") != "public":
        return
    for name, _ in _sent_of(endpoint, when, ("client_secret",)):
        draft.problem(
            (*key, "client"),
            f"a public client has no secret, and {name!r} is ${{client_secret}}. Add it to `without`, or set it.",
        )


def _sent_of(
    endpoint: dict[str, Any], when: dict[str, Any], wanted: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield the parameters that are sent with one of these names in their value, and the name."""
    set_to, gone = when.get("set"), [*as_list(when.get("without")), *as_list(when.get("empty"))]
    changed: dict[str, Any] = set_to if isinstance(set_to, dict) else {}
    for name, parameter in _parameters(endpoint).items():
        usual = None if parameter.get("sent") is False else parameter.get("value")
        value = changed.get(name, usual)
        used = [one for one in names.used(value) if one in wanted] if isinstance(value, str) else []
        if used and name not in gone:
            yield name, used[0]


def _expect(draft: Draft, key: Key, endpoint: dict[str, Any], expect: dict[str, Any]) -> None:
    bodies = [name for name in BODIES if name in expect]
    if len(bodies) > 1:
        draft.problem((*key, bodies[1]), f"the body is described by {bodies[0]} already. Keep one of them.")
    _whereto(draft, key, expect)
    if expect.get("status") in (TOO_MANY, [TOO_MANY]):
        draft.problem(
            (*key, "status"), "429 limits the rate: it is waited for and never judged. Write `excluded`."
        )
    if endpoint.get("by") == "server":
        for name in SEEN_BY_BROWSERS:
            if name in expect:
                draft.problem(
                    (*key, name),
                    f"{endpoint.get('name')} is called by a server, which sees no page and goes nowhere. Expect "
                    "status, headers or a body.",
                )
    if isinstance(expect.get("json_schema"), dict):
        _json_schema(draft, (*key, "json_schema"), expect["json_schema"])
    _after(draft, (*key, "after"), expect.get("after"))
    _company(draft, key, expect)


def _whereto(draft: Draft, key: Key, expect: dict[str, Any]) -> None:
    if expect.get("stays") is False:
        draft.problem(
            (*key, "stays"),
            "`stays: no` expects nothing. Write `redirect` with the address, or leave it out.",
        )
    for other in ("redirect", "login"):
        if expect.get("stays") and other in expect:
            draft.problem(
                (*key, "stays"),
                f"`stays` is that the browser is sent to no application, {other} that it is. Keep one.",
            )


def _company(draft: Draft, key: Key, expect: dict[str, Any]) -> None:
    """Each of these makes a trial of its own, with what it needs to be seen."""
    after = expect.get("after")
    about = [one.get("what") for one in after if isinstance(one, dict)] if isinstance(after, list) else []
    alone: list[str] = [name for name in ("login", "notified") if name in expect]
    alone += ["after: second application"] if "second application" in about else []
    if len(alone) > 1:
        draft.problem(
            key,
            f"{' and '.join(alone)} need a request each, as other clients take part. Write a sentence for each.",
        )


def _after(draft: Draft, key: Key, after: Any) -> None:
    said: dict[tuple[Any, Any], Any] = {}
    for place, one in enumerate(after if isinstance(after, list) else []):
        if not isinstance(one, dict):
            continue
        what, by, state = (str(one.get(name)) for name in ("what", "by", "is"))
        means = SHOWN_BY.get(what, ())
        if means and by not in means and "by" in one:
            draft.problem(
                (*key, place, "by"),
                f"{by} does not show whether the {what} is alive. Expected one of {listed(means)}.",
            )
        if said.setdefault((what, by), state) != state:
            draft.problem(
                (*key, place, "is"), f"the {what} is said to be {said[what, by]} above. Keep one of them."
            )


def _json_schema(draft: Draft, key: Key, schema: dict[str, Any]) -> None:
    import jsonschema

    validator = jsonschema.Draft202012Validator
    try:
        validator.check_schema(schema, format_checker=validator.FORMAT_CHECKER)
    except jsonschema.SchemaError as error:
        path = list(error.absolute_path)
        at = f" at {'.'.join(map(str, path))}" if path else ""
        draft.problem((*key, *path), f"not a JSON Schema{at}: {_complaint(error)}")
        return
    for step, reference in _references((), schema):
        if not _leads_somewhere(schema, reference):
            draft.problem(
                (*key, *step), f"{reference!r} leads nowhere in this schema. Expected one like #/$defs/name."
            )


def _complaint(error: Any) -> str:
    """Return what is wrong with a schema; where a word is expected, the words."""
    choices = [cause.validator_value for cause in error.context if cause.validator == "enum"]
    if not choices:
        return f"{error.message}."
    found, words = error.instance, listed(choices[0])
    return f"expected one of {words}, found {found!r}.{near(found, choices[0])}"


def _references(key: Key, value: Any) -> Iterator[tuple[Key, str]]:
    for step, member in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        if step in ("$ref", "$dynamicRef") and isinstance(member, str):
            yield (*key, step), member
        elif step not in ("const", "enum", "default", "examples"):
            yield from _references((*key, step), member)


def _leads_somewhere(schema: dict[str, Any], reference: str) -> bool:
    """Look a reference up; nothing is fetched."""
    from referencing import Registry, exceptions
    from referencing.jsonschema import DRAFT202012

    registry: Any = Registry().with_resource("", DRAFT202012.create_resource(schema))
    try:
        registry.resolver().lookup(reference)
    except exceptions.Unresolvable:
        return False
    return True
