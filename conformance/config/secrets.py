"""Secrets: filled in from the environment, kept out of files that git tracks, collected for redaction."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.config.draft import Draft, Key
from conformance.config.schema import CONFIG

_REFERENCE = re.compile(
    r"\$\$\{"  # $${ stands for ${ itself
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}"
    r"|\$\{"
)
_SECRET_VARIABLE = re.compile(r"SECRET|PASS|TOKEN|CREDENTIAL|KEY", re.IGNORECASE)
_SECRET_HEADER = re.compile(r"auth|cookie|key|token|secret", re.IGNORECASE)
_SECRET_MEMBER = re.compile(r"secret|passw|token$|statement|api_?key|private_key", re.IGNORECASE)


def fill_in(draft: Draft, environ: Mapping[str, str]) -> None:
    """Replace every ``${NAME}`` and ``${NAME:-default}`` in text by what the environment holds."""
    for key, text in list(strings(draft.data)):
        if "${" in text and not str(key[0]).startswith("x-"):
            _put(draft, key, _Filling(draft, key, environ).filled(text))
            draft.written[key] = text


def _put(draft: Draft, key: Key, text: str) -> None:
    target: Any = draft.data
    for step in key[:-1]:
        target = target[step]
    target[key[-1]] = draft.texts[key] = text


def _kept(key: Key) -> tuple[str, ...]:
    """What stands for the user's own in a value, and is filled in when it is used."""
    if key[0] == "pages" or key[:2] == ("own_logout", "steps"):
        return ("username", "password")
    return ("sid", "sub") if key == ("own_logout", "request", "url") else ()


class _Filling:
    """Fills in the references of one value."""

    def __init__(self, draft: Draft, key: Key, environ: Mapping[str, str]) -> None:
        self.draft, self.key, self.environ = draft, key, environ

    def filled(self, text: str) -> str:
        return _REFERENCE.sub(self._value, text)

    def _value(self, match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        if match[0] == "$${":
            return "${"
        if name is None:
            return self._malformed()
        if name in _kept(self.key):
            return match[0]
        # As in a shell, an empty variable counts as missing: CI gives forks empty secrets.
        return self.environ.get(name) or (self._missing(name) if default is None else default)

    def _malformed(self) -> str:
        found = "found ${ followed by something else. Write $${ for a literal ${."
        self.draft.problem(self.key, f"expected ${{NAME}} or ${{NAME:-default}}, {found}")
        return ""

    def _missing(self, name: str) -> str:
        state = "empty" if name in self.environ else "not set"
        advice = f"Set it before the run: `export {name}=…` in a shell, or a secret of that name in CI."
        self.draft.problem(self.key, f"the environment variable {name} is {state}. {advice}")
        return ""


def strings(value: Any, key: Key = ()) -> Iterator[tuple[Key, str]]:
    """Every text in the data with its key."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict | list):
        for step, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from strings(member, (*key, step))


def refuse_tracked(draft: Draft) -> None:
    """Inline secrets in a file that git tracks are refused, unless they are said to be test credentials."""
    inline = [key for key, _ in strings(draft.data) if is_inline(draft, key)]
    if inline and _is_tracked(draft.path):
        for key in inline:
            advice = f"Write `{key[-1]}: ${{NAME}}` and set the environment variable NAME, or add"
            yielding = "`test_credentials: true` if it opens nothing but a test system."
            draft.problem(key, f"found a secret in a file that git tracks. {advice} {yielding}")


def is_inline(draft: Draft, key: Key) -> bool:
    """Whether a secret stands in the file itself, with nobody's word that it is a test credential."""
    if not (CONFIG.annotated(key, "x-secret") or _is_credential(key)) or _is_test_credential(draft, key):
        return False
    references = _REFERENCE.finditer(draft.written.get(key, ""))
    return not any(match["name"] and match["default"] is None for match in references)


def _is_test_credential(draft: Draft, key: Key) -> bool:
    return draft.get("test_credentials") is True or draft.get(*key[:-1], "test_credentials") is True


def _is_tracked(path: Path) -> bool:
    """What git says; without git, or outside a repository, nothing is tracked."""
    real = path.resolve()
    # A repository's own configuration may name a program for fsmonitor: it is not run.
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "--error-unmatch", "--", real.name]
    quiet: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        done = subprocess.run(command, cwd=real.parent, timeout=5, check=False, **quiet)
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def collect(draft: Draft, environ: Mapping[str, str]) -> list[str]:
    """Every secret of the config, longest first, so that none hides a part of another."""
    texts = {text for key, text in strings(draft.data) if _is_secret(draft, key)}
    names = {name for key in draft.written for name in _secret_variables(draft, key)}
    texts |= {environ.get(name, "") for name in names}
    return sorted((text for text in texts if text), key=lambda text: (-len(text), text))


def _is_secret(draft: Draft, key: Key) -> bool:
    if CONFIG.annotated(key, "x-secret") or _is_credential(key):
        return True
    # A text to type from the environment is an answer that only the user knows.
    if key[0] in ("pages", "own_logout") and key[-1] == "fill":
        return bool(set(_variables(draft, key)) - {"username", "password"})
    return "metadata" in key[:-1] and bool(_SECRET_MEMBER.search(str(key[-1])))


def _is_credential(key: Key) -> bool:
    """Whether a value is a header that lets a caller in, by its name."""
    own = key[:-1] == ("own_logout", "request", "headers")
    return own and bool(_SECRET_HEADER.search(str(key[-1])))


def _secret_variables(draft: Draft, key: Key) -> list[str]:
    if CONFIG.annotated(key, "x-file") or key[-1] == "username":
        return []
    return [name for name in _variables(draft, key) if _SECRET_VARIABLE.search(name)]


def _variables(draft: Draft, key: Key) -> list[str]:
    return [match["name"] for match in _REFERENCE.finditer(draft.written.get(key, "")) if match["name"]]
