"""What a sid looks like: a name, a counter, a time, and how many bits of it vary (Front-Channel Logout 5)."""

import hashlib
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import log2
from typing import Any

STEP = 1000  # a counter grows by less
RUN = 5  # sessions in a row that have to look like a counter
UUID1 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
OBJECT_ID = re.compile(r"[0-9a-f]{24}", re.IGNORECASE)
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
KSUID = re.compile(r"[0-9A-Za-z]{27}")
ALPHABETS = ((r"[0-9]*", 10), (r"[0-9a-f]*", 16), (r"[0-9A-F]*", 16), (r"[0-9a-z]*", 36), (r"[0-9A-Z]*", 36))


def names_in(claims: Mapping[str, Any]) -> list[str]:
    """Return what names the user or the client in an ID Token."""
    found = (claims.get(name) for name in ("sub", "preferred_username", "email", "name", "aud", "azp"))
    return [value for value in found if isinstance(value, str) and value]


def spellings(names: Iterable[str]) -> set[str]:
    """Return names as they are, in base64 and hex, and their common hashes."""
    found: set[str] = set()
    for name in names:
        raw = name.encode()
        hashed = [
            hashlib.new(kind, raw, usedforsecurity=False) for kind in ("md5", "sha1", "sha256", "sha512")
        ]
        for data in (raw, *(one.digest() for one in hashed)):
            plain, safe = b64encode(data).decode(), urlsafe_b64encode(data).decode()
            found |= {data.hex(), data.hex().upper(), plain, safe, plain.rstrip("="), safe.rstrip("=")}
        found.add(name)
    return found


def counting(sids: Sequence[str]) -> list[str]:
    """Return sids that read as numbers which grow by less than a thousand, five or more in a row."""
    if len(sids) < RUN:
        return []
    tails = _tails(sids)
    for base in (10, 16, 36):
        numbers = [_number(tail, base) for tail in tails]
        run: list[str] = [sids[0]]
        for (before, after), sid in zip(pairwise(numbers), sids[1:], strict=True):
            grows = before is not None and after is not None and 0 < after - before < STEP
            run = [*run, sid] if grows else [sid]
            if len(run) >= RUN:
                return run
    return []


def time_based(sids: Sequence[str]) -> bool:
    """Tell whether all have a shape whose random part may stay the same in a process."""
    return bool(sids) and any(all(shape.fullmatch(sid) for sid in sids) for shape in (UUID1, OBJECT_ID))


def varying_bits(sids: Sequence[str]) -> float:
    """Estimate the bits that vary: positions with at least three characters, a leading time taken out."""
    if not sids:
        return 0.0
    parts = [sid[_time_length(sids) :] for sid in sids]
    length = min(map(len, parts))
    varying = [at for at in range(length) if len({part[at] for part in parts}) >= min(3, len(set(parts)))]
    return len(varying) * log2(_alphabet("".join(part[at] for part in parts for at in varying)))


def _tails(sids: Sequence[str]) -> list[str]:
    """Return what follows the part that is the same in all, back to where a number may begin."""
    first, last = min(sids), max(sids)
    same = first[
        : next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    ]
    start = len(same) - len(re.search(r"[0-9A-Za-z]*$", same)[0])  # type: ignore[index]
    return [sid[start:] for sid in sids]


def _number(text: str, base: int) -> int | None:
    try:
        return int(text, base) if text.isalnum() else None
    except ValueError:
        return None


def _time_length(sids: Sequence[str]) -> int:
    shapes = ((UUID7, 13), (ULID, 10), (KSUID, 6))
    return next((length for shape, length in shapes if all(shape.fullmatch(sid) for sid in sids)), 0)


def _alphabet(text: str) -> int:
    return next((size for pattern, size in ALPHABETS if re.fullmatch(pattern, text)), 64)
