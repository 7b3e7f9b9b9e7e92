"""Whether a value shows who the user is: looked for at capture, since evidence hides such values."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

PIECE = re.compile(r"[A-Za-z0-9+/_-]{4,}={0,2}")


def of_user(username: str, claims: Mapping[str, Any]) -> dict[str, str]:
    """Return what identifies a user, by its name: sub, user name, e-mail address."""
    found = {"sub": claims.get("sub"), "user name": username, "e-mail address": claims.get("email")}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def shown(value: str, identifiers: Mapping[str, str]) -> list[str]:
    """Return which identifiers a value shows, as sent or after plain decoding, and how."""
    spellings = list(_spellings(value))
    return [
        f"{name}, {how}"
        for name, identifier in identifiers.items()
        for how in [next((how for how, text in spellings if identifier.lower() in text.lower()), "")]
        if how
    ]


def _spellings(value: str) -> Iterator[tuple[str, str]]:
    plain = unquote(value)
    yield "as sent", value
    yield "decoded from the URL", plain
    for piece in PIECE.findall(plain):
        yield from _decoded(piece)


def _decoded(piece: str) -> Iterator[tuple[str, str]]:
    for how, alphabet in (("base64", b"+/"), ("base64url", b"-_")):
        bare = piece.rstrip("=")
        try:
            raw = base64.b64decode(bare + "=" * (-len(bare) % 4), alphabet, validate=True)
        except (binascii.Error, ValueError):
            continue
        yield f"decoded from {how}", raw.decode("utf-8", "replace")
    try:
        yield "decoded from hex", bytes.fromhex(piece).decode("utf-8", "replace")
    except ValueError:
        return
