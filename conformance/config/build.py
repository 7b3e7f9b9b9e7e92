"""From sound data to records."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from conformance.config import urls
from conformance.config.draft import Draft
from conformance.config.model import ProviderConfig, Secret
from conformance.config.rules import program, resolved
from conformance.config.secrets import collect


def build(draft: Draft, environ: Mapping[str, str]) -> ProviderConfig:
    """The records of a draft without problems; msgspec.ValidationError if the schema and they differ."""
    data = {name: value for name, value in draft.data.items() if not name.startswith(("x-", "$"))}
    data.pop("test_credentials", None)
    data["path"] = str(draft.path.absolute())
    data.setdefault("provider", _name(data["issuer"]))
    data["loopback_http_allowed"] = data.pop("loopback", None) == "http-allowed"
    data["selection"] = data.pop("select", {})
    if data.get("registration") == "dynamic":
        data["registration"] = {}
    data["users"] = [{"key": f"user{n}", **user} for n, user in enumerate(data.get("users", []), 1)]
    data["waivers"] = [
        {**waiver, "line": draft.line(("waivers", n))} for n, waiver in enumerate(data.get("waivers", []))
    ]
    data["contracts"] = [_contract(use, draft, n) for n, use in enumerate(data.get("contracts", []))]
    _receiver(data)
    _browser(data, draft.folder)
    data["secrets"] = collect(draft, environ) + _key_texts(data, draft.folder)
    return msgspec.convert(data, ProviderConfig, dec_hook=_Hook(draft.folder.absolute()))


def _contract(use: str | dict[str, Any], draft: Draft, number: int) -> dict[str, Any]:
    """A contract by its name alone, or with what it needs here."""
    members = {"file": use} if isinstance(use, str) else use
    return {**members, "name": members["file"], "line": draft.line(("contracts", number))}


def _name(issuer: str) -> str:
    # The name becomes a folder's: a port's colon and an IPv6 address's brackets are no good there.
    return urls.host_of(issuer).replace("[", "").replace("]", "").replace(":", "-").strip("-.")


def _receiver(data: dict[str, Any]) -> None:
    if "listen" in data.get("receiver", {}):
        receiver = dict(data["receiver"])
        host, _, port = receiver.pop("listen").rpartition(":")
        data["receiver"] = {**receiver, "host": host.strip("[]"), "port": int(port)}


def _browser(data: dict[str, Any], folder: Path) -> None:
    if "executable" in data.get("browser", {}):
        found = program(folder.absolute(), data["browser"]["executable"])
        data["browser"] = {**data["browser"], "executable": str(found)}


def _key_texts(data: dict[str, Any], folder: Path) -> list[str]:
    """The content of every private key file: it must not show up in evidence either."""
    holders = [*data.get("clients", []), data.get("receiver", {})]
    paths = [holder["private_key"] for holder in holders if "private_key" in holder]
    return [resolved(folder, path).read_text(encoding="utf-8", errors="replace").strip() for path in paths]


class _Hook:
    """Makes the types that msgspec does not know."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, kind: type, value: Any) -> Any:
        if kind is Secret:
            return Secret(value)
        if issubclass(kind, Path):
            return resolved(self.folder, value)
        raise NotImplementedError(kind)
