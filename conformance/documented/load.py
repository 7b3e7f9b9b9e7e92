"""Loading a contract: a file in, records out, or every problem of the file at once."""

from pathlib import Path
from typing import Any

import msgspec

from conformance.config.errors import ConfigError, Problem
from conformance.config.model import ContractUse, ProviderConfig
from conformance.config.schema import Rulebook
from conformance.config.source import read
from conformance.documented import rules
from conformance.documented.model import Contract

SCHEMA = Rulebook(Path(__file__).with_name("contract.schema.json"))
SHIPPED = Path(__file__).parent / "contracts"  # in the installed package
SOURCE = Path(__file__).parents[2] / "fixtures" / "contracts"  # in a checkout
_START = "Start with `logout-conformance contract new`."
_LISTS = ("without", "empty", "repeated", "misplaced", "status", "page", "shows")


def load(path: Path) -> Contract:
    """Read a contract (YAML; JSON and TOML by suffix). Raises ConfigError with all that is wrong with it."""
    draft = read(path, "contract", _START)
    SCHEMA.settle(draft)
    SCHEMA.validate(draft)
    rules.check(draft)
    if draft.problems:
        raise ConfigError(draft.problems)
    return records(draft.data)


def records(data: dict[str, Any]) -> Contract:
    """Return the records of sound data: of a draft, or of what a run kept of its contracts."""
    plain = {name: value for name, value in data.items() if not name.startswith(("x-", "$"))}
    return msgspec.convert(_with_lists(plain), Contract)


def plain(contract: Contract) -> dict[str, Any]:
    """Return a contract as data, as a run keeps it."""
    data: dict[str, Any] = msgspec.to_builtins(contract)
    return data


def kept(data: list[dict[str, Any]]) -> list[tuple[ContractUse, Contract]]:
    """Return the contracts of a run that is judged again; nothing is sent, so addresses do not matter."""
    found = [records(one) for one in data]
    return [(ContractUse(name=one.contract, file=Path()), one) for one in found]


def shipped() -> dict[str, Path]:
    """Return the contracts that come with the suite, by name."""
    folder = SHIPPED if SHIPPED.is_dir() else SOURCE
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def used(config: ProviderConfig) -> list[tuple[ContractUse, Contract]]:
    """Load the contracts that a provider config names. Raises ConfigError."""
    found = []
    for use in config.contracts:
        contract = load(_file(use))
        unknown = sorted(use.servers.keys() - contract.servers.keys())
        if unknown:
            known = ", ".join(contract.servers)
            message = f"{contract.contract} has no server {unknown[0]!r}. Expected one of {known}."
            raise ConfigError([Problem(str(config.path), use.line, "contracts", message)])
        servers = {**contract.servers, **use.servers}
        found.append((use, msgspec.structs.replace(contract, servers=servers)))
    return found


def _file(use: ContractUse) -> Path:
    """Return the file that a config names: a path, or the name of a shipped contract."""
    return shipped().get(str(use.name), use.file)


def _with_lists(value: Any, key: str = "") -> Any:
    """Let one value stand for a list of one where lists are allowed."""
    if key in _LISTS and not isinstance(value, list):
        return [value]
    if key in ("json", "json_one_of", "json_schema"):
        return value
    if isinstance(value, dict):
        return {name: _with_lists(member, name) for name, member in value.items()}
    return [_with_lists(member) for member in value] if isinstance(value, list) else value
