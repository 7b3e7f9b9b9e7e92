"""Judging what a contract claims of a request, by what was recorded of it."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from conformance.documented import names
from conformance.documented.difference import difference
from conformance.documented.model import After, Expect, Form, Login, Notified, Redirect
from conformance.documented.trial_case import TrialCase, media_type, targets, told
from conformance.documented.words import as_json, claimed, expected, statuses
from conformance.evidence.events import Arrival, Documented, Event, Exchange
from conformance.evidence.views import header
from conformance.suite.finding import NotTested, decide, require

SHAPES: dict[Form, str] = {
    "anything": r".*",
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "jwt": r"[\w-]+\.[\w-]+\.[\w-]*|.*\[.*\].*",  # evidence hides a part of a token that still counts
    "url": r"https?://\S+",
}
HIDDEN = re.compile(r"\[\w+:[0-9a-f]{12}\]")  # what redaction puts in the place of a value


def judge(trial: TrialCase, expect: Expect) -> None:
    """Find whether a trial shows what is expected, part by part."""
    answer = trial.answer
    require(answer is not None and answer.status is not None, "no answer came to the request", answer)
    assert answer is not None  # noqa: S101 - required above
    decide(
        True, "the request of the contract is sent", f"{answer.method} {answer.url}", trial.request, answer
    )
    _status(answer, expect)
    _head(trial, answer, expect)
    _body(answer, expect)
    _page(trial, expect)
    if expect.redirect:
        _redirect(trial, expect.redirect)
    if expect.stays:
        sent = trial.sent_to
        decide(
            not sent, "the browser is sent to no relying party", targets(trial), *(one.event for one in sent)
        )
    if expect.login:
        _login(trial, expect.login)
    if expect.notified:
        _notified(trial, expect.notified)
    for one in expect.after:
        _after(trial, one)
    decide(True, names.spoken(expected(expect)), told(trial), *trial.all(Documented), answer)


def _status(answer: Exchange, expect: Expect) -> None:
    if expect.status:
        held = any(_is(answer.status, wanted) for wanted in expect.status)
        decide(held, f"status {statuses(expect.status)}", f"status {answer.status}", answer)


def _is(status: int | None, wanted: int | str) -> bool:
    return status == wanted if isinstance(wanted, int) else str(status)[:1] == wanted[:1]


def _head(trial: TrialCase, answer: Exchange, expect: Expect) -> None:
    if expect.content_type:
        found = media_type(answer)
        decide(
            found == expect.content_type.lower(),
            f"content type {expect.content_type}",
            found or "none",
            answer,
        )
    for name, stated in expect.headers.items():
        value, found = names.filled(stated, trial.values), header(answer.response_headers, name) or ""
        decide(found == value, f"{name}: {value}", f"{name}: {found or '(absent)'}", answer)


def _body(answer: Exchange, expect: Expect) -> None:
    text = answer.response_body.text
    if _about_body(expect):
        loaded = answer.sender == "browser" and "html" in media_type(answer)
        require(
            not loaded, "a page that Chromium loads is kept as it was shown: write `shows` or `page`", answer
        )
        whole = not answer.response_body.truncated and not answer.error
        require(
            whole, f"the body is not whole: {answer.error or 'it is longer than what evidence keeps'}", answer
        )
    if expect.text is not None:
        decide(text == expect.text, f"the body {expect.text!r}", f"the body {text[:300]!r}", answer)
    wanted = expect.json_one_of or ([] if expect.json is msgspec.UNSET else [expect.json])
    if not wanted and expect.json_schema is msgspec.UNSET:
        return
    found = _parsed(text)
    if found is msgspec.UNSET:
        decide(False, "a body in JSON", f"the body {text[:300]!r}", answer)
    if wanted:
        decide(_found_in(found, wanted), _wanted(wanted), _observed(found, wanted), answer)
    else:
        _schema(found, expect.json_schema, answer)


def _about_body(expect: Expect) -> bool:
    exact = expect.json is not msgspec.UNSET or expect.json_schema is not msgspec.UNSET
    return exact or bool(expect.json_one_of) or expect.text is not None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return msgspec.UNSET


def _found_in(found: Any, wanted: Sequence[Any]) -> bool:
    return as_json(found) in [as_json(one) for one in wanted]


def _wanted(wanted: Sequence[Any]) -> str:
    return f"the body {' or '.join(map(as_json, wanted))}"


def _observed(found: Any, wanted: Sequence[Any]) -> str:
    """Return where the body differs from the nearest that was expected, and the body."""
    differences = min((difference(one, found) for one in wanted), key=len)
    told = "; ".join(differences)
    return f"{told}; the body is {as_json(found)}" if told else f"the body {as_json(found)}"


def _schema(found: Any, schema: Any, answer: Exchange) -> None:
    import jsonschema

    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(found))
    hidden = error is not None and isinstance(error.instance, str) and HIDDEN.fullmatch(error.instance)
    require(not hidden, "evidence hides the value that the JSON Schema of the contract speaks of", answer)
    where = ".".join(map(str, error.absolute_path)) if error else ""
    problem = f"{where or 'the body'}: {error.message}" if error else "it fits"
    decide(error is None, "a body that fits the JSON Schema of the contract", problem, answer)


def _page(trial: TrialCase, expect: Expect) -> None:
    page = trial.shown
    if expect.page:
        kinds = " or ".join(kind.replace("_", " ") for kind in expect.page)
        found = f"a page taken for {page.kind.replace('_', ' ')}" if page else "no page"
        decide(
            page is not None and page.kind in expect.page,
            f"a page taken for {kinds}",
            found,
            page or trial.answer,
        )
    if expect.shows:
        text = f"{page.title} {page.text}".casefold() if page else ""
        shows = [names.filled(one, trial.values) for one in expect.shows]
        held = any(one.casefold() in text for one in shows)
        words = " or ".join(map(repr, shows))
        decide(held, f"a page that says {words}", f"it says {page.text[:200]!r}" if page else "no page", page)


def _redirect(trial: TrialCase, redirect: Redirect) -> None:
    target = names.filled(redirect.to, trial.values)
    sent = next(iter(trial.sent_to), None)
    event = sent.event if sent else trial.answer
    decide(
        sent is not None and _reaches(sent.url, target),
        f"the browser is sent to {target}",
        targets(trial),
        event,
    )
    assert sent is not None  # noqa: S101 - decided above
    own = _query(target)
    got = [pair for pair in _query(sent.url) if pair not in own]
    _parameters(trial, redirect.parameters, sent.url, event)
    if redirect.only:
        more = [f"{name}={value}" for name, value in got if name not in redirect.parameters]
        decide(not more, "no other parameter", ", ".join(more) or "none", event)


def _parameters(trial: TrialCase, parameters: Mapping[str, str], url: str, event: Event | None) -> None:
    """Compare parameters of an address, decoded."""
    for name, value in parameters.items():
        wanted = names.filled(value, trial.values)
        found = [given for key, given in _query(url) if key == name]
        decide(found == [wanted], f"{name}={wanted}", f"{name}={', '.join(found) or '(absent)'}", event)


def _reaches(url: str, target: str) -> bool:
    """Compare as written: what follows the target may only be parameters."""
    base, _, _ = target.partition("?")
    got, _, _ = url.partition("?")
    return got == base and all(pair in _query(url) for pair in _query(target))


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def _login(trial: TrialCase, login: Login) -> None:
    page, after = trial.shown, trial.relogin
    require(
        page is not None and page.kind == "login", "the answer is no login form that could be filled in", page
    )
    require(after is not None, "the login form was not filled in", page)
    assert after is not None  # noqa: S101 - required above
    target = names.filled(login.ends_at, trial.values)
    ends = _reaches(after.ended_at, target)
    with_code = login.code or login.redeemed
    observed = f"it ended at {after.ended_at or 'no relying party'} ({after.error or after.outcome})"
    if not with_code and not login.parameters:
        decide(ends, f"a login on the page ends at {target}", observed, after)
        return
    require(ends, f"the login on the page did not end at {target}", after)
    _parameters(trial, login.parameters, after.ended_at, after)
    if not with_code:
        return
    has_code = any(name == "code" for name, _ in _query(after.ended_at))
    if not login.redeemed:
        decide(has_code, "an authorization code comes with it", observed, after)
        return
    require(has_code, "no code came that could be redeemed", after)
    decide(after.outcome == "code", "the token endpoint takes the code", after.error or "it does", after)


def _notified(trial: TrialCase, notified: Notified) -> None:
    endpoint = f"{notified.channel}channel"
    heard = trial.notifications(endpoint)
    watch = trial.watched(endpoint)
    within = f" within {watch.seconds:.1f} s" if watch else ""
    found = f"{len(heard)} came" if heard else f"none came{within}"
    if notified.channel == "back" and not heard:
        require(not trial.unreached, trial.unreached, watch)
    decide(bool(heard), f"a {notified.channel}-channel notification", found, watch, trial.answer)
    for arrival in heard:
        _notification(trial, arrival, notified)


def _notification(trial: TrialCase, arrival: Arrival, notified: Notified) -> None:
    if notified.method:
        decide(arrival.method == notified.method, f"by {notified.method}", f"by {arrival.method}", arrival)
    if notified.content_type:
        found = (header(arrival.headers, "content-type") or "none").partition(";")[0].strip().lower()
        decide(
            found == notified.content_type.lower(), f"content type {notified.content_type}", found, arrival
        )
    # Where a channel has its parameters does not depend on the method, which is a claim of its own.
    in_body = notified.channel == "back"
    given = parse_qsl(arrival.body.text, keep_blank_values=True) if in_body else _query(arrival.url)
    for name, wanted in notified.parameters.items():
        _parameter([value for key, value in given if key == name], name, wanted, trial, arrival)
    if notified.only:
        own = {name for client in trial.clients.values() for use in client.uses for name, _ in _query(use)}
        more = sorted({name for name, _ in given} - notified.parameters.keys() - own)
        decide(not more, "no other parameter", ", ".join(more) or "none", arrival)


def _parameter(
    found: list[str], name: str, wanted: str | dict[str, Form], trial: TrialCase, arrival: Arrival
) -> None:
    if isinstance(wanted, str):
        value = names.filled(wanted, trial.values)
        decide(found == [value], f"{name}={value}", f"{name}={', '.join(found) or '(absent)'}", arrival)
        return
    shape = wanted["is"]
    held = len(found) == 1 and re.fullmatch(SHAPES[shape], found[0], re.DOTALL) is not None
    words = f"{name}, once" if shape == "anything" else f"{name}, once, as a {shape}"
    decide(held, words, f"{name}={', '.join(found) or '(absent)'}"[:200], arrival)


def _after(trial: TrialCase, one: After) -> None:
    before, after = (trial.probe_of(one, when) for when in ("before", "after"))
    if before is None or after is None:
        raise NotTested(f"the {one.what} was not probed by {one.by}")
    require(
        before.outcome == "alive",
        f"the {one.what} was not alive before the request ({before.answer})",
        before,
    )
    require(
        after.outcome != "undecided",
        f"{one.by} did not tell what became of the {one.what}: {after.answer}",
        after,
    )
    decide(
        after.outcome == one.is_,
        claimed(one),
        f"{after.outcome}: {after.method} was answered {after.answer}",
        after,
    )
