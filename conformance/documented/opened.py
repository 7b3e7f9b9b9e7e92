"""Contracts for `list` and `explain`: their rows beside those of the specifications, and where each stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.config.source import read
from conformance.documented.load import load, shipped
from conformance.documented.model import Contract
from conformance.documented.rows import other_readings, prefix, sentence_id, with_contracts
from conformance.documented.scenario import record_contract
from conformance.documented.suite import checks
from conformance.requirements import Catalogue, Check, catalogue
from conformance.requirements.checks import place
from conformance.requirements.explain import Recording


@dataclass(frozen=True)
class OpenedContract:
    """The catalogue with a contract's rows, and what is known of their checks."""

    path: Path
    contract: Contract
    catalogue: Catalogue
    checks: Mapping[str, Check]
    recordings: Mapping[str, tuple[Recording, ...]]

    @property
    def name(self) -> str:
        return self.contract.contract

    @property
    def specification(self) -> str:
        """What its rows stand under in the catalogue."""
        return prefix(self.contract)


def opened(name: str) -> OpenedContract:
    """Open a contract by its path, or by its name if it comes with the suite. Raises ConfigError."""
    path = shipped().get(name, Path(name))
    contract = load(path)
    found = checks([contract])
    lines = _lines(path, contract)
    rows = with_contracts(catalogue(), [contract])
    told = {
        one.id: Check(
            one.id, path, one.id.removeprefix(f"{prefix(contract)}-"), lines.get(one.id, 1), one.sentence, ()
        )
        for one in found.values()
    }
    where = place(record_contract)
    recordings = {one.id: tuple(Recording(n, where) for n in one.scenarios) for one in found.values()}
    return OpenedContract(path, contract, rows, told, recordings)


def opened_by_row(identifier: str) -> OpenedContract | None:
    """Return the contract that comes with the suite and has a row of this id."""
    names = [name for name in shipped() if identifier.startswith(f"DOC-{name}-")]
    return opened(max(names, key=len)) if names else None  # a name may begin with another one


def _lines(path: Path, contract: Contract) -> dict[str, int]:
    draft = read(path, "contract")
    found: dict[str, int] = {}
    for number, sentence in enumerate(contract.sentences):
        line = draft.line(("sentences", number))
        readings = [0, *(other for other, _ in other_readings(sentence))]
        found |= {sentence_id(contract, sentence, reading): line for reading in readings}
    return found
