"""What is wrong with the way in which a provider config uses contracts: told with the lines of the config."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from conformance.config import urls
from conformance.config.errors import ConfigError, Problem
from conformance.config.model import ContractUse, ProviderConfig
from conformance.documented.advice import expected, near
from conformance.documented.model import Contract
from conformance.documented.rows import with_contracts
from conformance.requirements import Catalogue, UnknownRequirement, catalogue

Found = Sequence[tuple[ContractUse, Contract]]


def file_of(config: ProviderConfig, use: ContractUse, shipped: Mapping[str, Path]) -> Path:
    """Return the file that a config names: a path, or the name of a shipped contract. Raises ConfigError."""
    name = str(use.name)
    if name in shipped or use.file.exists():
        return shipped.get(name, use.file)
    message = (
        f"there is no file {name!r} beside this config, and no contract of that name comes with the suite."
        f"{near(name, shipped)} {expected(shipped)}"
    )
    raise ConfigError([Problem(str(config.path), use.line, "contracts", message)])


def check(config: ProviderConfig, found: Found) -> None:
    """Raise ConfigError with all that is wrong."""
    problems = [*_alike(config, found), *_servers(config, found), *_rows(config, found)]
    if problems:
        raise ConfigError(problems)


def _alike(config: ProviderConfig, found: Found) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for use, contract in found:
        if contract.contract in seen:
            told = f"{contract.contract!r} is the name of the contract on line {seen[contract.contract]}, too"
            yield Problem(str(config.path), use.line, "contracts", f"{told}: their rows would be alike.")
        seen.setdefault(contract.contract, use.line)


def _servers(config: ProviderConfig, found: Found) -> Iterator[Problem]:
    for use, contract in found:
        for name in use.servers:
            if name not in contract.servers:
                told = f"{contract.contract} has no server {name!r}.{near(name, contract.servers)}"
                yield Problem(str(config.path), use.line, "contracts", f"{told} {expected(contract.servers)}")
        for name, address in {**contract.servers, **use.servers}.items():
            if name in contract.servers and (complaint := _unfit(config, name, address)):
                yield Problem(str(config.path), use.line, "contracts", complaint)


def _unfit(config: ProviderConfig, name: str, address: str) -> str:
    """Return why nothing may be sent to a server; its own addresses need the operator's word as the issuer does."""
    if urls.is_loopback(address):
        return ""
    if address.startswith("http:"):
        return f"{address} is an http address on another machine: secrets are never sent without TLS."
    if not config.i_may_test:
        return (
            f"{urls.host_of(address)} is not this machine. Write where it is here, `servers: {{{name}: …}}`, or, "
            "if you may test it, `i_may_test: true`."
        )
    return ""


def _rows(config: ProviderConfig, found: Found) -> Iterator[Problem]:
    """Ids of contracts in waivers and in the selection; the others were looked at when the config was read."""
    rows = with_contracts(catalogue(), [contract for _, contract in found])
    for waiver in config.waivers:
        if waiver.requirement not in rows.requirements:
            yield Problem(str(config.path), waiver.line, "waivers", _unknown(waiver.requirement, rows))
    for key, patterns in (("only", config.selection.only), ("skip", config.selection.skip)):
        for pattern in patterns:
            try:
                rows.select([pattern])
            except UnknownRequirement:
                yield Problem(str(config.path), 0, f"select.{key}", _unknown(pattern, rows))


def _unknown(name: str, rows: Catalogue) -> str:
    return (
        f"there is no requirement {name!r}.{near(name, [*rows.specifications, *rows.requirements])} "
        "`logout-conformance list --contract FILE` lists those of a contract."
    )
