"""The rows of a contract: one for each documented sentence, and notes on what the document leaves open."""

from collections.abc import Iterable, Iterator, Mapping

from conformance.documented import names
from conformance.documented.model import Contract, Document, Endpoint, Reading, Sentence
from conformance.documented.trials import VARIATIONS, Trial, claim, left_open
from conformance.documented.words import expected
from conformance.requirements import Catalogue, Requirement, Section, Specification

FIRST = -1000  # a provider's own documents stand before the specifications: they were asked for by name


def prefix(contract: Contract) -> str:
    """Return what the ids of its rows begin with."""
    return f"DOC-{contract.contract}"


def with_contracts(source: Catalogue, contracts: Iterable[Contract]) -> Catalogue:
    """Return the catalogue with the rows of contracts before those of the specifications."""
    specifications, sections = list(source.specifications.values()), dict(source.sections)
    rows = list(source.requirements.values())
    for number, contract in enumerate(contracts):
        specifications.append(_specification(contract, FIRST + number))
        sections[_id(contract)] = _sections(contract)
        rows += requirements(contract)
    return Catalogue(specifications, sections, source.conditions.values(), rows)


def requirements(contract: Contract) -> Iterator[Requirement]:
    """Yield every row of a contract: its sentences in their order, then what each endpoint leaves open."""
    for sentence in contract.sentences:
        yield _row(contract, sentence)
        yield from (
            _other(contract, sentence, number, reading) for number, reading in other_readings(sentence)
        )
    for endpoint in contract.endpoints:
        for kind, trials in left_open(contract, endpoint).items():
            yield _note(contract, endpoint, kind, trials)


def held_reading(sentence: Sentence) -> Reading | None:
    """Return the reading that is a demand; None where the sentence has one meaning."""
    return next((reading for reading in sentence.readings if reading.held), None)


def other_readings(sentence: Sentence) -> list[tuple[int, Reading]]:
    """Return the readings that are notes, numbered from 2."""
    return list(enumerate((reading for reading in sentence.readings if not reading.held), 2))


def sentence_id(contract: Contract, sentence: Sentence, reading: int = 0) -> str:
    """Return the id of a sentence's row, or of another reading of it."""
    return f"{prefix(contract)}-{sentence.id}{f'.{reading}' if reading else ''}"


def note_id(contract: Contract, endpoint: Endpoint, kind: str) -> str:
    """Return the id of the row about a kind of variation that is left open."""
    return f"{prefix(contract)}-{endpoint.name}.{kind}"


def _id(contract: Contract) -> str:
    return prefix(contract).lower()


def _specification(contract: Contract, order: int) -> Specification:
    first = contract.documents[0]
    return Specification(
        id=_id(contract), prefix=prefix(contract), title=contract.title, date=first.read, url=first.address,
        role="documented", order=order, introduction=contract.summary,
    )  # fmt: skip


def _headings(contract: Contract) -> Mapping[tuple[Document, str], str]:
    """Return the number of each heading, in the order of the documents; the endpoints' notes stand last."""
    told = [(_cited(contract, sentence), sentence.heading) for sentence in contract.sentences]
    told += [(contract.documents[0], _open_heading(endpoint)) for endpoint in contract.endpoints]
    return {place: str(number) for number, place in enumerate(dict.fromkeys(told), 1)}


def _heading(contract: Contract, sentence: Sentence) -> str:
    return _headings(contract)[_cited(contract, sentence), sentence.heading]


def _cited(contract: Contract, sentence: Sentence) -> Document:
    return next((one for one in contract.documents if one.id == sentence.document), contract.documents[0])


def _open_heading(endpoint: Endpoint) -> str:
    return f"{endpoint.heading}: left open by the document"


def _sections(contract: Contract) -> dict[str, Section]:
    return {
        number: Section(heading, "", document.address)
        for (document, heading), number in _headings(contract).items()
    }


def _row(contract: Contract, sentence: Sentence) -> Requirement:
    one = claim(contract, sentence, held_reading(sentence))
    return Requirement(
        id=sentence_id(contract, sentence), spec=_id(contract), section=_heading(contract, sentence),
        party="OP", level="documented" if sentence.level == "documented" else "observation",
        basis="documented", statement=sentence.says, observable="yes" if one else "no",
        why_not=sentence.excluded or None, note=_notes(contract, sentence),
        act=f"{_request(contract, one.endpoint)}: {one.label}." if one else None,
        held=expected(one.expect) if one else None, broken="Anything else." if one else None,
    )  # fmt: skip


def _request(contract: Contract, endpoint: Endpoint) -> str:
    return f"{endpoint.method} {names.filled(endpoint.url, contract.servers)}"


def _notes(contract: Contract, sentence: Sentence) -> str | None:
    where = f"Stands in {_cited(contract, sentence).title}." if len(contract.documents) > 1 else ""
    contradiction = (
        f"The document contradicts itself: {sentence.contradiction}" if sentence.contradiction else ""
    )
    return " ".join(part for part in (contradiction, sentence.note, where) if part) or None


def _other(contract: Contract, sentence: Sentence, number: int, reading: Reading) -> Requirement:
    one = claim(contract, sentence, reading)
    return Requirement(
        id=sentence_id(contract, sentence, number), spec=_id(contract),
        section=_heading(contract, sentence), party="OP", level="observation", basis="documented",
        statement=f"Another reading: {reading.says}", observable="yes", note=_notes(contract, sentence),
        act=f"{_request(contract, one.endpoint)}: {one.label}." if one else None,
        held=expected(reading.expect), broken="Anything else: the provider does not behave by this reading.",
    )  # fmt: skip


def _note(contract: Contract, endpoint: Endpoint, kind: str, trials: list[Trial]) -> Requirement:
    number = _headings(contract)[contract.documents[0], _open_heading(endpoint)]
    return Requirement(
        id=note_id(contract, endpoint, kind), spec=_id(contract), section=number,
        party="OP", level="observation", basis="open", observable="yes",
        statement=f"{endpoint.heading}: what happens when {VARIATIONS[kind]}.",
        act=f"{_request(contract, endpoint)}: {'; '.join(trial.label for trial in trials)}.",
        held="Whatever is answered: the document does not say.",
    )  # fmt: skip
