"""What a schema cannot say: rules about several keys of a contract.

Each rule looks at what is sound so far and notes what is wrong.
"""

import re
from collections.abc import Iterator
from typing import Any, get_args

from conformance.config import urls
from conformance.config.draft import Draft, Key, printable
from conformance.config.secrets import strings
from conformance.documented import names, rules_claims
from conformance.documented.advice import expected, listed, near, unknown
from conformance.documented.model import Place
from conformance.documented.trials import BODYLESS, VARIATIONS

BROWSERS = ("GET", "POST")  # all that a browser sends by itself
AS_THEY_ARE = {*rules_claims.BODIES, "format", "example"}
_SERVER = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def check(draft: Draft) -> None:
    """Apply every rule."""
    own = (_writable, _documents, _unique, _row_ids, _servers, _endpoints, _parameters, _sentences)
    for rule in (*own, rules_claims.check, _names):
        rule(draft)


def _writable(draft: Draft) -> None:
    """Text must fit into the files of a run; YAML and JSON can spell half a character."""
    for key, text in _every_text((), draft.data):
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            draft.problem(key, r"half of a character (an escape such as \ud800). Write the character itself.")


def _every_text(key: Key, value: Any) -> Iterator[tuple[Key, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict | list):
        for step, member in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(step, str):
                yield (*key, step), step
            yield from _every_text((*key, step), member)


def _documents(draft: Draft) -> None:
    known = [str(one.get("id")) for _, one in draft.items("documents")]
    for number, sentence in draft.items("sentences"):
        cited = sentence.get("document")
        if cited is not None and cited not in known:
            unknown(draft, ("sentences", number, "document"), "there is no document", cited, known)


def _unique(draft: Draft) -> None:
    for name, member in (("documents", "id"), ("endpoints", "name"), ("sentences", "id")):
        seen: dict[str, int] = {}
        for number, one in draft.items(name):
            value = str(one.get(member))
            if value in seen and member in one:
                line = draft.line((name, seen[value], member))
                draft.problem(
                    (name, number, member), f"{value!r} is used on line {line} already. Give each its own."
                )
            seen.setdefault(value, number)


def _row_ids(draft: Draft) -> None:
    """A sentence must not have the id of a row that is made of another one, or of an endpoint."""
    taken = {
        f"{one.get('name')}.{kind}": "what is left open"
        for _, one in draft.items("endpoints")
        for kind in VARIATIONS
    }
    for _, one in draft.items("sentences"):
        others = one.get("readings")
        count = len(others) if isinstance(others, list) else 0
        taken |= {
            f"{one.get('id')}.{number}": f"another reading of {one.get('id')}"
            for number in range(2, count + 1)
        }
    for number, one in draft.items("sentences"):
        if about := taken.get(str(one.get("id"))):
            draft.problem(
                ("sentences", number, "id"), f"the row about {about} is called so. Give it another id."
            )


def _servers(draft: Draft) -> None:
    servers = draft.get("servers")
    for name, address in servers.items() if isinstance(servers, dict) else ():
        if name in names.KNOWN:
            draft.problem(
                ("servers", name),
                f"${{{name}}} stands for something else: {name} {names.KNOWN[name]}. Use another name.",
            )
        elif not _SERVER.fullmatch(name):
            draft.problem(
                ("servers", name), "expected a name of letters, digits, hyphens and underscores, such as op."
            )
        complaint = urls.web_complaint(address) if isinstance(address, str) else None
        if complaint:
            found = draft.found(("servers", name), address)
            draft.problem(
                ("servers", name), f"{complaint}, found {found}. Write one like https://op.example.com."
            )


def _endpoints(draft: Draft) -> None:
    servers = _server_names(draft)
    for number, endpoint in draft.items("endpoints"):
        key: Key = ("endpoints", number, "url")
        url = endpoint.get("url")
        if isinstance(url, str):
            for name in names.used(url):
                if name not in servers and name not in names.KNOWN:
                    unknown(draft, key, "there is no server", name, servers)
            if not names.NAME.match(url) and urls.web_complaint(url):
                example = f"${{{servers[0]}}}" if servers else "${op}"
                draft.problem(
                    key,
                    f"expected ${{server}} and a path, found {draft.found(key, url)}. Write one like {example}/logout.",
                )
        if endpoint.get("by") == "browser" and endpoint.get("method") in ("PUT", "PATCH", "DELETE"):
            draft.problem(
                ("endpoints", number, "method"),
                f"a browser sends GET and POST only, found {endpoint['method']!r}. Write `by: server` if the "
                "application sends it.",
            )


def _server_names(draft: Draft) -> list[str]:
    servers = draft.get("servers")
    own = servers if isinstance(servers, dict) else {}
    return [name for name in own if name not in names.KNOWN and _SERVER.fullmatch(name)]


def _parameters(draft: Draft) -> None:
    for number, endpoint in draft.items("endpoints"):
        seen: dict[str, int] = {}
        for place, parameter in enumerate(_listed(endpoint.get("parameters"))):
            key = ("endpoints", number, "parameters", place)
            if isinstance(parameter, dict):
                _parameter(draft, key, endpoint, parameter)
                _once(draft, key, parameter, seen)


def _parameter(draft: Draft, key: Key, endpoint: dict[str, Any], parameter: dict[str, Any]) -> None:
    if parameter.get("in") == "form" and endpoint.get("method") in BODYLESS:
        draft.problem(
            (*key, "in"),
            f"a {endpoint['method']} request has no body for a form. Write `in: query`, or another method.",
        )
    if parameter.get("required") is True and parameter.get("sent") is False:
        draft.problem(
            (*key, "sent"),
            "the parameter is required, so the documented request has it. Keep one of the two keys.",
        )


def _once(draft: Draft, key: Key, parameter: dict[str, Any], seen: dict[str, int]) -> None:
    name, place = parameter.get("name"), parameter.get("in")
    if not isinstance(name, str):
        return
    if name in seen:
        first = (*key[:-1], seen[name])
        line, other = draft.line((*first, "name")), draft.get(*first, "in")
        if other == place:
            draft.problem((*key, "name"), f"{name!r} is listed on line {line} already. Keep one of the two.")
        elif place in get_args(Place):
            draft.problem(
                (*key, "in"),
                f"{name!r} stands in two places: line {line} has it in the {other}. List it once; where the document "
                "contradicts itself, write a sentence with readings, one of them with `misplaced`.",
            )
    seen.setdefault(name, int(key[-1]))


def _sentences(draft: Draft) -> None:
    """A sentence is shown by what is expected, or by readings, or is excluded with a reason."""
    endpoints = [str(one.get("name")) for _, one in draft.items("endpoints")]
    for number, sentence in draft.items("sentences"):
        key: Key = ("sentences", number)
        ways = [way for way in ("expect", "readings", "excluded") if way in sentence]
        if not ways and any(draft.is_broken((*key, way)) for way in ("expect", "readings", "excluded")):
            continue  # one of them is misspelt, and told of
        if len(ways) != 1:
            told = f"found {' and '.join(ways)}" if ways else "found none of them"
            advice = "Keep one." if ways else "Where no test can show it, write `excluded:` with the reason."
            draft.problem(key, f"expected one of expect, readings and excluded, {told}. {advice}")
            continue
        named = sentence.get("endpoint")
        if named is None and ways != ["excluded"]:
            draft.problem(
                (*key, "endpoint"), f"missing. Say which endpoint it is about: {listed(endpoints)}."
            )
        elif isinstance(named, str) and named not in endpoints:
            unknown(draft, (*key, "endpoint"), "there is no endpoint", named, endpoints)
        if ways != ["expect"] and "when" in sentence:
            advice = (
                "Write it in each reading that needs it."
                if ways == ["readings"]
                else "Nothing is sent for it."
            )
            draft.problem((*key, "when"), f"beside {ways[0]} it has no effect. {advice}")
        if ways == ["readings"]:
            _readings(draft, key, sentence)


def _readings(draft: Draft, key: Key, sentence: dict[str, Any]) -> None:
    readings = _listed(sentence["readings"])
    held = [place for place, one in enumerate(readings) if isinstance(one, dict) and one.get("held")]
    if len(held) > 1:
        line = draft.line((*key, "readings", held[0], "held"))
        draft.problem(
            (*key, "readings", held[1], "held"),
            f"the reading of line {line} is held already. Keep one: the others are tried and noted.",
        )
    if not held:
        draft.problem(
            (*key, "readings"),
            "expected exactly one reading with `held: yes`, found none. The provider is held to that one.",
        )
    if not sentence.get("contradiction"):
        draft.problem((*key, "contradiction"), "missing. Say what contradicts what, and which is held.")


def _names(draft: Draft) -> None:
    """Every ``${name}`` in what is sent or expected must be one that has a value."""
    known = [*names.KNOWN, *_server_names(draft)]
    for key, text in [*_sent(draft)]:
        for name in names.used(text):
            if name not in known:
                draft.problem(
                    key, f"${{{printable(name)}}} has no value.{near(name, known)} {expected(known)}"
                )
        for form in names.forms(text):
            if form not in names.FORMS:
                draft.problem(
                    key,
                    f"no value has the form {form!r}.{near(form, names.FORMS)} {expected(names.FORMS)}",
                )


def _sent(draft: Draft) -> Iterator[tuple[Key, str]]:
    """Yield every text in which names are filled in: bodies, formats and examples are taken as they are."""
    for number, endpoint in draft.items("endpoints"):
        yield from _named(endpoint.get("parameters"), ("endpoints", number, "parameters"))
    for key, _, one in rules_claims.claimed(draft):
        for member in ("when", "expect"):
            yield from _named(one.get(member), (*key, member))


def _named(value: Any, at: Key) -> Iterator[tuple[Key, str]]:
    return (found for found in strings(value, at) if not AS_THEY_ARE & set(found[0][len(at) :]))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
