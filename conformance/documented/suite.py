"""The checks of a contract's rows."""

from collections.abc import Callable, Iterable, Iterator

from conformance.documented.claims import judge
from conformance.documented.model import Contract, Endpoint, Reading, Sentence
from conformance.documented.rows import held_reading, note_id, other_readings, sentence_id
from conformance.documented.scenario import scenario_name
from conformance.documented.trial_case import TrialCase, told
from conformance.documented.trials import Claim, Trial, claim, left_open
from conformance.evidence.events import Documented
from conformance.evidence.store import Evidence
from conformance.suite.finding import Undecided, case, decide
from conformance.suite.registry import Check, View
from conformance.suite.views_backchannel import reach

MODULE = "conformance.suite.test_documented"  # the file that collects them

Trials = Callable[[str], TrialCase]


def checks(contracts: Iterable[Contract]) -> dict[str, Check]:
    """Return the checks of all rows of contracts, by id."""
    return {one.id: one for contract in contracts for one in _checks(contract)}


def _checks(contract: Contract) -> Iterator[Check]:
    for sentence in contract.sentences:
        if one := claim(contract, sentence, held_reading(sentence)):
            yield _of_sentence(contract, sentence, one, sentence_id(contract, sentence))
        for number, reading in other_readings(sentence):
            yield _of_reading(contract, sentence, number, reading)
    for endpoint in contract.endpoints:
        for kind, trials in left_open(contract, endpoint).items():
            yield _of_open(contract, endpoint, note_id(contract, endpoint, kind), trials)


def _of_reading(contract: Contract, sentence: Sentence, number: int, reading: Reading) -> Check:
    one = claim(contract, sentence, reading)
    assert one is not None  # noqa: S101 - a reading expects something
    return _of_sentence(contract, sentence, one, sentence_id(contract, sentence, number))


def _of_sentence(contract: Contract, sentence: Sentence, one: Claim, identifier: str) -> Check:
    def body(trials: Trials) -> None:
        with case(trials(one.label)) as trial:
            judge(trial, one.expect)

    return Check(identifier, body, sentence.says, MODULE, (_view(contract, one.endpoint),))


def _of_open(contract: Contract, endpoint: Endpoint, identifier: str, trials: list[Trial]) -> Check:
    def body(recorded: Trials) -> None:
        for one in trials:
            with case(recorded(one.label)) as trial:
                decide(
                    True,
                    "anything: the document does not say",
                    told(trial),
                    *trial.all(Documented),
                    trial.answer,
                )

    sentence = f"What the document leaves open is tried and told: {', '.join(one.label for one in trials)}."
    return Check(identifier, body, sentence, MODULE, (_view(contract, endpoint),))


def _view(contract: Contract, endpoint: Endpoint) -> View:
    """Return the trials of an endpoint by label."""
    name = scenario_name(contract, endpoint)

    def build(evidence: Evidence) -> Trials:
        recorded = evidence.scenario(name)
        if recorded is None:
            raise Undecided(f"{name} was not recorded")
        unreached = reach(evidence)

        def trial(label: str) -> TrialCase:
            found = TrialCase(recorded, label)
            found.unreached = unreached
            return found

        return trial

    return View(name, (name,), build)
