"""Views of what another site makes the browser send."""

from dataclasses import dataclass

from conformance.evidence.events import Answer, Framed
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case
from conformance.suite.registry import view
from conformance.suite.views import one, scenario_cases
from conformance.suite.views_rp import CONTROL, Controlled, controlled


@view("cross_site_requests")
def cross_site_requests(evidence: Evidence) -> Controlled:
    """Logout requests by a link on another site, and by an image and a frame there."""
    labels = ("link without a hint", "link with a forged hint", "embedded without a hint")
    return controlled(evidence, "cross_site_requests", *labels)


@view("cross_site_requests")
def forged_answers(evidence: Evidence) -> Controlled:
    """Answers to the question that another site sent."""
    labels = ("answer without the hidden fields", "answer with another session's fields")
    found = [one(evidence, "cross_site_requests", label) for label in labels]
    return Controlled(found, _asked_control(evidence, "cross_site_requests"))


def _asked_control(evidence: Evidence, scenario: str) -> Case:
    """Return the control whose question was answered: without a hint, where a hint is not asked about."""
    without = "control without a hint"
    return one(evidence, scenario, without if without in scenario_cases(evidence, scenario) else CONTROL)


@dataclass(frozen=True)
class FramedQuestion:
    """The question in a frame of a foreign site, and the control at top level."""

    case: Case
    control: Case

    @property
    def frame(self) -> Framed | None:
        return next(iter(self.case.all(Framed)), None)

    @property
    def asks(self) -> bool:
        """Tell whether the frame shows the question: else the browser refused it, or it has no session's cookie."""
        return self.frame is not None and self.frame.shows == "confirmation"

    @property
    def clicked(self) -> bool:
        return bool(self.case.all(Answer))


@view("framed_question")
def framed_question(evidence: Evidence) -> FramedQuestion:
    """A logout request in a frame of a site that belongs to no client."""
    control = _asked_control(evidence, "framed_question")
    return FramedQuestion(one(evidence, "framed_question", "framed"), control)
