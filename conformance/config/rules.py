"""What a schema cannot say: rules about several keys, files, addresses and the catalogue.

Each rule looks at what is sound so far and notes what is wrong.
"""

import re
import shutil
from collections.abc import Callable, Iterable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.config import functions, urls
from conformance.config.draft import Draft, Key, quoted
from conformance.config.schema import CONFIG
from conformance.config.secrets import strings
from conformance.requirements.load import UnknownRequirement, catalogue

_URLS: tuple[tuple[str, Callable[[str], str | None], str], ...] = (
    (r"issuer", urls.issuer_complaint, "https://op.example.com"),
    (r"own_logout\.(page|request\.url)", urls.web_complaint, "https://op.example.com/account"),
    (r"contracts\.\d+\.(servers\..+|resource\.url)", urls.web_complaint, "https://op.example.com"),
    (r"receiver\.public_url", urls.web_complaint, "https://ci.example.com:8443"),
    (r"clients\.\d+\.(back|front)channel_logout_uri", urls.web_complaint, "https://rp1.test/logout"),
    (
        r"clients\.\d+\.(post_logout_)?redirect_uris\.\d+",
        urls.redirect_complaint,
        "https://rp1.test/callback",
    ),
)


def check(draft: Draft) -> None:
    """Apply every rule."""
    for rule in (
        _urls,
        _permission,
        _transport,
        _ways_in,
        _clients,
        _users,
        _steps,
        _own_logout,
        _login_function,
        _receiver,
        _answers,
        _files,
        _executable,
        _discovery,
        _waivers,
        _selection,
    ):
        rule(draft)


def _urls(draft: Draft) -> None:
    for key, text in list(strings(draft.data)):
        name = ".".join(str(step) for step in key)
        for pattern, complaint, example in _URLS:
            if not draft.is_broken(key) and re.fullmatch(pattern, name) and (told := complaint(text)):
                draft.problem(key, f"{told}, found {draft.found(key, text)}. Write one like {example}.")


def _permission(draft: Draft) -> None:
    issuer = draft.get("issuer")
    if issuer is None or urls.is_loopback(issuer) or draft.is_broken(("i_may_test",)):
        return
    if draft.get("i_may_test") is not True:
        draft.problem(
            ("i_may_test",),
            f"{urls.host_of(issuer)} is not this machine, and a run logs in and out there and "
            "tries bad requests. If you may test it, write `i_may_test: true`.",
        )


def _transport(draft: Draft) -> None:
    issuer = draft.get("issuer")
    if issuer is None or not issuer.startswith("http:") or draft.is_broken(("loopback",)):
        return
    if not urls.is_loopback(issuer):
        draft.problem(
            ("issuer",),
            "an http issuer on another machine: secrets are never sent without TLS. "
            "Use the provider's https address.",
        )
    elif draft.get("loopback") != "http-allowed":
        draft.problem(
            ("issuer",),
            "an http issuer, where OpenID Connect requires https. For a provider on this machine "
            "write `loopback: http-allowed`, which waives the https rows for loopback hosts.",
        )


def _ways_in(draft: Draft) -> None:
    if any(name in draft.data or draft.is_broken((name,)) for name in ("registration", "clients")):
        return
    draft.problem(
        ("clients",),
        "missing, and so is 'registration'. Write `registration: dynamic` if the provider "
        "registers clients dynamically, or list the clients it knows under `clients:`.",
    )


def _clients(draft: Draft) -> None:
    seen: dict[str, int] = {}
    for index, client in draft.items("clients"):
        _credentials(draft, index, client)
        client_id = draft.get("clients", index, "client_id")
        if client_id in seen:
            message = f"{quoted(client_id)} is on line {seen[client_id]} already. Give each client once."
            draft.problem(("clients", index, "client_id"), message)
        elif client_id is not None:
            seen[client_id] = draft.line(("clients", index, "client_id"))


def _credentials(draft: Draft, index: int, client: dict[str, Any]) -> None:
    method = client.get("auth_method", "client_secret_basic")
    if draft.is_broken(("clients", index, "auth_method")):
        return
    if method in ("client_secret_basic", "client_secret_post") and "client_secret" not in client:
        chosen = "" if "auth_method" in client else " (the default)"
        draft.problem(
            ("clients", index, "client_secret"),
            f"missing, and auth_method {method}{chosen} needs it. Write "
            "`client_secret: ${NAME}`, or `auth_method: none` for a public client.",
        )
    if method == "private_key_jwt" and "private_key" not in client:
        draft.problem(
            ("clients", index, "private_key"),
            "missing, and auth_method private_key_jwt needs it. Write "
            "the path of the client's key file, such as `private_key: rp1.key.pem`.",
        )


def _users(draft: Draft) -> None:
    seen: dict[str, int] = {}
    for index, _ in draft.items("users"):
        key = ("users", index, "username")
        name = draft.get(*key)
        if name in seen:
            draft.problem(key, f"{quoted(name)} is on line {seen[name]} already. Give each user once.")
        elif name is not None:
            seen[name] = draft.line(key)
    if "users" not in draft.data and not draft.is_broken(("users",)) and not _has_login_function(draft):
        draft.problem(
            ("users",),
            "missing. Expected at least one test user: write "
            "`users: [{username: alice, password: ${ALICE_PASSWORD}}]`, or let your own code log in with "
            "`pages: {login: python:module:function}`.",
        )


def _has_login_function(draft: Draft) -> bool:
    login = draft.get("pages", "login")
    # A login that is wrong in itself is told of; whether users are missing too shows once it is right.
    return draft.is_broken(("pages", "login")) or str(login).startswith(functions.PREFIX)


def _steps(draft: Draft) -> None:
    pages = draft.get("pages")
    members = [("pages", page) for page in (pages if isinstance(pages, dict) else ())]
    for key in (*members, ("own_logout", "steps")):
        steps = draft.get(*key)
        for index, step in enumerate(steps) if isinstance(steps, list) else ():
            if isinstance(step, dict) and not _any_broken(draft, (*key, index), step):
                _step(draft, (*key, index), step)


def _own_logout(draft: Draft) -> None:
    own = draft.get("own_logout")
    if not isinstance(own, dict) or _any_broken(draft, ("own_logout",), own):
        return
    if not own:
        draft.problem(
            ("own_logout", "page"),
            "missing, and so is 'request'. Write the page that has a log-out control of its own and the "
            "steps on it, or the request to the admin API.",
        )
    for given, other, why in (
        ("page", "steps", "what is pressed there, such as `steps: [{match: text=Log out, click: true}]`"),
        ("steps", "page", "where they are done, such as `page: https://op.example.com/account`"),
    ):
        if given in own and other not in own:
            draft.problem(("own_logout", other), f"missing, and {given} needs it. Write {why}.")
    for key in (("own_logout", "page"), ("own_logout", "request", "url")):
        _without_tls(draft, key)


def _without_tls(draft: Draft, key: Key) -> None:
    url = draft.get(*key)
    if isinstance(url, str) and url.startswith("http:") and not urls.is_loopback(url):
        draft.problem(
            key,
            "an http address on another machine: sessions and secrets are never sent without TLS. "
            "Use its https address.",
        )


def _any_broken(draft: Draft, key: Key, members: dict[str, Any]) -> bool:
    return any(draft.is_broken((*key, name)) for name in members)


def _step(draft: Draft, key: Key, step: dict[str, Any]) -> None:
    actions = [name for name in ("fill", "click", "wait") if step.get(name) not in (None, False)]
    if len(actions) > 1:
        draft.problem(key, f"expected one action, found {' and '.join(actions)}. Make a step of each.")
    elif not actions:
        draft.problem(
            key, "expected one action (fill, click or wait), found none. Write for example `click: true`."
        )
    elif "match" not in step and actions != ["wait"]:
        draft.problem(
            (*key, "match"),
            f"missing, and {actions[0]} needs it. Write what it acts on: "
            "a CSS selector, or text=…, label=…, role=….",
        )


def _login_function(draft: Draft) -> None:
    login = draft.get("pages", "login")
    if (
        isinstance(login, str)
        and login.startswith(functions.PREFIX)
        and not functions.exists(login, draft.folder)
    ):
        module = login.split(":")[1]
        draft.problem(
            ("pages", "login"),
            f"there is no module {quoted(module)} that can be imported. Put {module}.py "
            "beside this file, or install it where logout-conformance is installed.",
        )


def _receiver(draft: Draft) -> None:
    listen = draft.get("receiver", "listen")
    if isinstance(listen, str) and int(listen.rpartition(":")[2]) > 65535:
        key = ("receiver", "listen")
        found = draft.found(key, listen)
        draft.problem(key, f"expected a port up to 65535, found {found}. Port 0 takes any free one.")
    receiver = draft.get("receiver") or {}
    for given, other in (("certificate", "private_key"), ("private_key", "certificate")):
        if given in receiver and other not in receiver:
            draft.problem(
                ("receiver", other),
                f"missing, and {given} needs it. Give both, or neither for a "
                "certificate of the harness's own.",
            )


def _answers(draft: Draft) -> None:
    clients = {draft.get("clients", n, "client_id"): None for n, _ in draft.items("clients")}
    seen: dict[tuple[str, str], int] = {}
    for index, answer in enumerate(draft.get("receiver", "answers") or []):
        key: Key = ("receiver", "answers", index)
        if not isinstance(answer, dict) or draft.is_broken(key) or _any_broken(draft, key, answer):
            continue
        _answer(draft, key, answer, clients)
        whose = (answer.get("client_id", "*"), answer.get("channel", ""))
        if whose in seen:
            draft.problem(key, f"line {seen[whose]} says already what is answered here. Keep one of the two.")
        else:
            seen[whose] = draft.line(key)


def _answer(draft: Draft, key: Key, answer: dict[str, Any], clients: Iterable[str]) -> None:
    client_id = answer.get("client_id", "*")
    if client_id not in ("*", *clients):
        draft.problem(
            (*key, "client_id"),
            f"there is no client {quoted(client_id)} under 'clients'.{_hint(client_id, filter(None, clients))} "
            'Write `client_id: "*"` for every client, also those that the harness registers.',
        )
    silent = [name for name in ("hang", "refuse") if answer.get(name)]
    said = [name for name in ("status", "body", "content_type") if name in answer]
    if silent and len(silent + said) > 1:
        draft.problem(
            (*key, silent[0]),
            f"contradicts {' and '.join([*silent[1:], *said])}: nothing is answered. Keep one of them.",
        )


def _files(draft: Draft) -> None:
    for key, text in list(strings(draft.data)):
        kind = CONFIG.annotated(key, "x-file")
        if kind and not draft.is_broken(key) and (told := _file_complaint(draft, text, kind)):
            draft.problem(key, told)


def _file_complaint(draft: Draft, text: str, kind: str) -> str | None:
    if "-----BEGIN" in text or "\n" in text:
        return "expected the path of a file, found its content. Save it in a file and write the path."
    try:
        content = resolved(draft.folder, text).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        return (
            f"the file {quoted(text)} cannot be read: {reason}. Relative paths start at this config's folder."
        )
    if b"-----BEGIN" not in content and not (kind.endswith("JWK") and content.lstrip().startswith(b"{")):
        return f"the file {quoted(text)} does not look like {kind}. Check that it is the right file."
    return None


def resolved(folder: Path, text: str) -> Path:
    """A path of the config: ~ is the home folder, a relative one starts at the folder of the config."""
    try:
        return folder / Path(text).expanduser()
    except RuntimeError as error:  # ~name of nobody
        raise ValueError(str(error)) from None


def program(folder: Path, text: str) -> Path | None:
    """The browser: a path as any other, or a bare name that is looked up on PATH."""
    try:
        path = resolved(folder, text)
        if path.is_file():
            return path
        found = None if "/" in text or "\\" in text else shutil.which(text)
    except (OSError, ValueError):
        return None
    return Path(found) if found else None


def _executable(draft: Draft) -> None:
    key = ("browser", "executable")
    text = draft.get(*key)
    if isinstance(text, str) and program(draft.folder, text) is None:
        draft.problem(
            key,
            f"there is no browser at {quoted(text)}. Give its path, or leave the key out: "
            "Playwright's and the system's Chromium are found without it.",
        )


def _discovery(draft: Draft) -> None:
    if draft.get("discovery") is False and not draft.data.get("metadata"):
        draft.problem(
            ("metadata",),
            "missing, and `discovery: false` needs it. Write the endpoints: `metadata: "
            "{authorization_endpoint: …, token_endpoint: …, jwks_uri: …, end_session_endpoint: …}`.",
        )


def _waivers(draft: Draft) -> None:
    seen: dict[str, int] = {}
    for index, _ in draft.items("waivers"):
        _date(draft, ("waivers", index, "expires"))
        key = ("waivers", index, "requirement")
        name = draft.get(*key)
        if name in seen:
            draft.problem(key, f"{quoted(name)} is waived on line {seen[name]} already. Keep one of the two.")
        elif name is not None:
            seen[name] = draft.line(key)
            _known_requirement(draft, key, name)


def _date(draft: Draft, key: Key) -> None:
    text = draft.get(*key)
    try:
        date.fromisoformat(text or "2000-01-01")
    except ValueError:
        draft.problem(
            key, f"expected a day of the calendar, found {draft.found(key, text)}. Write it as YYYY-MM-DD."
        )


def _known_requirement(draft: Draft, key: Key, id: str) -> None:
    known = catalogue().requirements
    if id not in known and not _is_of_a_contract(draft, id):
        # BCL-2.4-4 means BCL-2.4-04, which to difflib is as near as BCL-2.4-14.
        hint = _hint(re.sub(r"-(\d)$", r"-0\1", id.upper()), known)
        draft.problem(key, f"there is no requirement {quoted(id)}.{hint} {_LIST}")


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f" Did you mean '{near[0]}'?" if near else ""


_LIST = "`logout-conformance list` shows all ids."


def _is_of_a_contract(draft: Draft, name: str) -> bool:
    """Tell whether a row may be one of the config's contracts: they are looked up when those are read."""
    return name.upper().startswith("DOC") and bool(draft.data.get("contracts"))


def _selection(draft: Draft) -> None:
    selection = draft.get("select") or {}
    for name, patterns in selection.items():
        for index, pattern in enumerate(patterns) if isinstance(patterns, list) else ():
            key = ("select", name, index)
            if (
                isinstance(pattern, str)
                and not draft.is_broken(key)
                and not _is_of_a_contract(draft, pattern)
            ):
                _known_selection(draft, key, pattern)


def _known_selection(draft: Draft, key: Key, pattern: str) -> None:
    known = catalogue()
    try:
        known.select([pattern])
    except UnknownRequirement:
        hint = _hint(pattern, [*known.specifications, *known.requirements])
        draft.problem(
            key, f"no requirement's id, glob or specification, found {quoted(pattern)}.{hint} {_LIST}"
        )
