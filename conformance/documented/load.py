"""Loading a contract: a file in, records out, or every problem of the file at once."""

from pathlib import Path
from typing import Any

import msgspec

from conformance.config.errors import ConfigError
from conformance.config.model import ContractUse, ProviderConfig
from conformance.config.schema import Rulebook
from conformance.config.source import read
from conformance.documented import rules, use_rules
from conformance.documented.model import Contract

SCHEMA = Rulebook(Path(__file__).with_name("contract.schema.json"))
SHIPPED = Path(__file__).parent / "contracts"  # in the installed package
SOURCE = Path(__file__).parents[2] / "fixtures" / "contracts"  # in a checkout
_START = "Start with `logout-conformance contract new`."
# Where one value stands for a list of one.
_LISTS = {"when": ("without", "empty", "repeated", "misplaced"), "expect": ("status", "page", "shows")}


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
    named = [(use, load(use_rules.file_of(config, use, shipped()))) for use in config.contracts]
    use_rules.check(config, named)
    return [
        (use, msgspec.structs.replace(contract, servers={**contract.servers, **use.servers}))
        for use, contract in named
    ]


def _with_lists(contract: dict[str, Any]) -> dict[str, Any]:
    """Let one value stand for a list of one where lists are allowed."""
    return {**contract, "sentences": [_sentence(one) for one in contract["sentences"]]}


def _sentence(one: dict[str, Any]) -> dict[str, Any]:
    """Return a sentence, or a reading of one, with lists in its `when` and `expect`."""
    listed: dict[str, Any] = {name: _listed(one[name], _LISTS[name]) for name in _LISTS if one.get(name)}
    if "readings" in one:
        listed["readings"] = [_sentence(reading) for reading in one["readings"]]
    return {**one, **listed}


def _listed(value: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    single = {name: [value[name]] for name in names if name in value and not isinstance(value[name], list)}
    return {**value, **single}
