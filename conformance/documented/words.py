"""What a contract expects, in words for reports and for `explain`."""

import json
from typing import Any

import msgspec

from conformance.documented.model import After, Expect, Login, Notified, Redirect


def expected(expect: Expect) -> str:
    """Return all that must be seen, as a sentence."""
    parts = [
        *([f"status {statuses(expect.status)}"] if expect.status else []),
        *([f"content type {expect.content_type}"] if expect.content_type else []),
        *(f"header {name}: {value}" for name, value in expect.headers.items()),
        *_body(expect),
        *(
            [f"a page taken for {' or '.join(kind.replace('_', ' ') for kind in expect.page)}"]
            if expect.page
            else []
        ),
        *([f"the page says {' or '.join(map(repr, expect.shows))}"] if expect.shows else []),
        *([_redirect(expect.redirect)] if expect.redirect else []),
        *(["the browser is sent to no relying party"] if expect.stays else []),
        *([_login(expect.login)] if expect.login else []),
        *([_notified(expect.notified)] if expect.notified else []),
        *(claimed(one) for one in expect.after),
    ]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def statuses(wanted: list[int | str]) -> str:
    """Return status codes in words."""
    return " or ".join(map(str, wanted))


def as_json(value: Any) -> str:
    """Return a JSON value as it is compared: members sorted, blanks in strings visible by their quotes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def claimed(one: After) -> str:
    """Return what must be true afterwards."""
    state = "is alive" if one.is_ == "alive" else "has ended"
    return f"the {one.what} {state} afterwards, shown by {one.by}"


def _body(expect: Expect) -> list[str]:
    if expect.json is not msgspec.UNSET:
        return [f"the body is {as_json(expect.json)}"]
    if expect.json_one_of:
        return [f"the body is {' or '.join(map(as_json, expect.json_one_of))}"]
    if expect.json_schema is not msgspec.UNSET:
        return ["the body fits the JSON Schema of the contract"]
    return [f"the body is {expect.text!r}"] if expect.text is not None else []


def _redirect(redirect: Redirect) -> str:
    told = [f"{name}={value}" for name, value in redirect.parameters.items()]
    more = f" with {', '.join(told)}" if told else ""
    return f"the browser is sent to {redirect.to}{more}{' and nothing else' if redirect.only else ''}"


def _login(login: Login) -> str:
    end = f"a login on the page ends at {login.ends_at}"
    told = [f"{name}={value}" for name, value in login.parameters.items()]
    told += ["a code"] if login.code or login.redeemed else []
    code = f" with {' and '.join(told)}" if told else ""
    return f"{end}{code}{', which the token endpoint takes' if login.redeemed else ''}"


def _notified(notified: Notified) -> str:
    told = [
        f"{name} ({value['is']})" if isinstance(value, dict) else f"{name}={value}"
        for name, value in notified.parameters.items()
    ]
    how = f" by {notified.method}" if notified.method else ""
    more = f" with {', '.join(told)}" if told else ""
    kind = f" as {notified.content_type}" if notified.content_type else ""
    alone = ", nothing else" if notified.only else ""
    return f"a {notified.channel}-channel notification comes{how}{kind}{more}{alone}"
