"""What must not reach a file: passwords, secrets, codes, cookies, tokens, personal claims.

A secret is replaced by ``[kind:digest]``. The digest is an HMAC under a key that is thrown away after
the run: equal placeholders were equal secrets, and nothing else can be learned from them.
"""

import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from conformance.evidence.events import Headers

# Claims that say something about a person; protocol claims are kept for the checks.
PERSONAL_CLAIMS = frozenset({
    "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "email", "gender", "birthdate", "phone_number", "address", "upn", "unique_name",
})  # fmt: skip
SECRET_MEMBERS = {
    "code": "code", "access_token": "access_token", "refresh_token": "refresh_token", "client_secret": "secret",
    "password": "password", "registration_access_token": "secret", "client_assertion": "secret",
    "code_verifier": "secret",
}  # fmt: skip
_SHORT = 8  # a shorter secret is replaced as a whole value only, or it would garble the evidence

_JWT = re.compile(r"eyJ[\w-]{4,}\.[\w-]*\.[\w-]*(?:\.[\w-]*\.[\w-]*)?")
_NAMES = "|".join(SECRET_MEMBERS)
_PARAMETER = re.compile(rf"(?<![\w-])({_NAMES})=([^&\s\"'<>#;]+)")
_ALL_NAMES = "|".join(sorted({*SECRET_MEMBERS, *PERSONAL_CLAIMS}))
_MEMBER = re.compile(rf'"({_ALL_NAMES})"(\s*:\s*)"((?:[^"\\]|\\.)*)"')
_WORD = re.compile(r"%[0-9A-Fa-f]{2}|[\w-]{8,}")  # what a token is made of; an escape ends a word
_COOKIE = re.compile(r"([^=;\s]+)=([^;]*)")


class Redactor:
    """Replaces secrets in whatever is about to be written down."""

    def __init__(self, *, keep_pii: bool = False) -> None:
        self._key = os.urandom(32)
        self._keep_pii = keep_pii
        self._words: dict[str, str] = {}  # secrets of word characters: found by looking words up
        self._long: dict[str, str] = {}  # other secrets: searched for one by one
        self._short: dict[str, str] = {}
        self._public: set[str] = set()

    def digest(self, value: str) -> str:
        """Return the keyed digest by which equal secrets are recognised within this run."""
        return hmac.new(self._key, value.encode(errors="backslashreplace"), hashlib.sha256).hexdigest()[:12]

    def placeholder(self, kind: str, value: str) -> str:
        return f"[{kind}:{self.digest(value)}]"

    def secret(self, value: str, kind: str) -> None:
        """Remember a secret so that it is replaced wherever it shows up from now on."""
        if not value:
            return
        mark = self.placeholder(kind, value)
        if _WORD.fullmatch(value):
            self._words[value] = mark
            return
        known = self._long if len(value) >= _SHORT else self._short
        for spelling in {value, quote(value, safe=""), quote_plus(value)}:
            known[spelling] = mark

    def publish(self, texts: Iterable[str]) -> None:
        """Let texts that a public document promises stand where only the name of their member hides them."""
        self._public |= set(texts)

    def personal(self, claims: dict[str, Any]) -> dict[str, Any]:
        """Return claims without personal ones, and remember their values."""
        if self._keep_pii:
            return claims
        kept = {}
        for name, value in claims.items():
            kept[name] = value if name not in PERSONAL_CLAIMS else "[personal]"
            if name in PERSONAL_CLAIMS and isinstance(value, str) and len(value) >= _SHORT:
                self.secret(value, "personal")
        return kept

    def text(self, text: str) -> str:
        """Return text without secrets."""
        if not text:
            return text
        text = _JWT.sub(lambda m: self.placeholder("jwt", m[0]), text)
        text = _PARAMETER.sub(self._parameter, text)
        text = _MEMBER.sub(self._member, text)
        if self._words:
            text = _WORD.sub(lambda m: self._words.get(m[0], m[0]), text)
        for value, mark in self._long.items():
            text = text.replace(value, mark)
        return self._whole_values(text) if self._short else text

    def headers(self, headers: Iterable[tuple[str, str]]) -> Headers:
        """Return headers with credentials and cookie values replaced; names and attributes stay."""
        return [(name, self._header(name.lower(), value)) for name, value in headers]

    def holds_personal(self, text: str) -> bool:
        """Tell whether a text shows a personal value that this run came to know."""
        known = [*self._long.items(), *self._words.items()]
        return any(mark.startswith("[personal") and value in text for value, mark in known)

    def _whole_values(self, text: str) -> str:
        values = "|".join(map(re.escape, sorted(self._short, key=len, reverse=True)))
        whole = re.compile(rf"(?<=[=\"'])({values})(?=[&\"'\s]|$)")
        return whole.sub(lambda m: self._short[m[0]], text)

    def _parameter(self, match: re.Match[str]) -> str:
        name, value = match.groups()
        return (
            match[0]
            if value.startswith("[") or unquote_plus(value) in self._public
            else f"{name}={self.placeholder(SECRET_MEMBERS[name], value)}"
        )

    def _member(self, match: re.Match[str]) -> str:
        name, colon, value = match.groups()
        if value.startswith("[") or (name in PERSONAL_CLAIMS and self._keep_pii) or self._is_public(value):
            return match[0]
        kind = SECRET_MEMBERS.get(name, "personal")
        return f'"{name}"{colon}"{self.placeholder(kind, value)}"'

    def _is_public(self, escaped: str) -> bool:
        try:
            return bool(self._public) and json.loads(f'"{escaped}"', strict=False) in self._public
        except ValueError:
            return False

    def _header(self, name: str, value: str) -> str:
        special: dict[str, Callable[[str], str]] = {
            "authorization": self._authorization,
            "cookie": self._cookies,
            "set-cookie": self._set_cookie,
        }
        return special.get(name, self.text)(value)

    def _authorization(self, value: str) -> str:
        scheme, _, credentials = value.partition(" ")
        return f"{scheme} {self.placeholder('credentials', credentials)}"

    def _cookies(self, value: str) -> str:
        return _COOKIE.sub(lambda m: f"{m[1]}={self.placeholder('cookie', m[2])}", value)

    def _set_cookie(self, value: str) -> str:
        pair, semicolon, attributes = value.partition(";")
        return self._cookies(pair) + semicolon + attributes
