"""Views of inert markers that were sent in parameters."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.evidence.events import INERT_HEADER, Exchange, Reflection
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, header
from conformance.suite.registry import view
from conformance.suite.views import one, scenario_cases


@dataclass(frozen=True)
class Marked:
    """A logout request with the marker in one parameter, and what came of it."""

    logout: Case
    control: Case

    @property
    def elements(self) -> list[str]:
        """Return the pages of which the marker became part."""
        return [found.url for found in self.logout.all(Reflection) if found.as_element]

    @property
    def headers(self) -> list[Exchange]:
        """Return the answers that have the made-up header."""
        names = {found.header for found in self.logout.all(Reflection)} or {INERT_HEADER}
        answers = self.logout.all(Exchange)
        return [e for e in answers if any(header(e.response_headers, name) is not None for name in names)]


@dataclass(frozen=True)
class Markers:
    """Every request with a marker."""

    cases: list[Marked]

    def __iter__(self) -> Iterator[Marked]:
        return iter(self.cases)


@view("markers")
def markers(evidence: Evidence) -> Markers:
    """Logout requests with an inert marker in state, ui_locales, logout_hint, client_id, post_logout_redirect_uri."""
    labels = [label for label in scenario_cases(evidence, "markers") if label and "control" not in label]
    return Markers([
        Marked(one(evidence, "markers", label), one(evidence, "markers", f"control by {label.split()[-1]}"))
        for label in labels
    ])  # fmt: skip
