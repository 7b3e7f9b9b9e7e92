"""Views of clients that authenticate wrongly."""

from dataclasses import dataclass

from conformance.evidence.events import Exchange
from conformance.evidence.store import Evidence
from conformance.suite.finding import Undecided
from conformance.suite.registry import view
from conformance.suite.views import one


@dataclass(frozen=True)
class WrongSecret:
    """Answers to a revocation request with the right secret in the body, and with a wrong one."""

    right: Exchange
    wrong: Exchange


@view("wrong_secret_in_the_body")
def wrong_secret_in_the_body(evidence: Evidence) -> WrongSecret:
    """Revocation requests of a client that authenticates in the body."""
    return WrongSecret(_answer(evidence, "right secret"), _answer(evidence, "wrong secret"))


def _answer(evidence: Evidence, label: str) -> Exchange:
    found = [e for e in one(evidence, "wrong_secret_in_the_body", label).all(Exchange) if label in e.purpose]
    if not found:
        raise Undecided("no client that authenticates in the body was to be had")
    return found[-1]
