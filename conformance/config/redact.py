"""The config as a report may show it."""

from pathlib import Path
from typing import Any

import msgspec

from conformance.config.model import ProviderConfig, Secret

HIDDEN = "…"

_SHORT = 6  # a secret of fewer characters is hidden where it stands alone, not inside other words


def redacted(config: ProviderConfig) -> dict[str, Any]:
    """The config as plain data: secrets as …, usernames kept, paths relative to the config's folder."""
    plain: dict[str, Any] = msgspec.to_builtins(config, enc_hook=_Shown(config.path.parent))
    del plain["secrets"]
    plain = _without(plain, [secret.reveal() for secret in config.secrets])
    # Kept although a password may be the same word; the identity of a run is no secret either.
    plain |= {"issuer": config.issuer, "provider": config.provider}
    for shown, user in zip(plain["users"], config.users, strict=True):
        shown["username"] = user.username.reveal()
    return plain


class _Shown:
    """Turns the types that msgspec does not know into text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, value: Any) -> str:
        if isinstance(value, Path):
            # Folders of the machine, and with them the user's name, stay out of reports.
            return str(value.relative_to(self.folder)) if value.is_relative_to(self.folder) else value.name
        if isinstance(value, Secret):
            return HIDDEN
        raise NotImplementedError(type(value))


def _without(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(member, secrets) for name, member in value.items()}
    if isinstance(value, list):
        return [_without(member, secrets) for member in value]
    return _hidden(value, secrets) if isinstance(value, str) else value


def _hidden(text: str, secrets: list[str]) -> str:
    if text in secrets:
        return HIDDEN
    for secret in secrets:
        if len(secret) >= _SHORT:
            text = text.replace(secret, HIDDEN)
    return text
