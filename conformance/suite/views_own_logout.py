"""Views of logouts that no relying party asked for: who was told, and where the browser went."""

from collections.abc import Sequence

from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, Sent, same_target
from conformance.suite.finding import Undecided, not_carried_out
from conformance.suite.registry import view
from conformance.suite.views import one, scenario_cases
from conformance.suite.views_backchannel import Told, cases_if_any, told
from conformance.suite.views_frontchannel import FrontLogout

OWN = "own_logout"
PAGE, API = "own page", "admin API"


@view(OWN)
def told_of_own_logouts(evidence: Evidence) -> Sequence[Told]:
    """What a relying party heard by back-channel of logouts by the provider's own page and by its admin API."""
    found = scenario_cases(evidence, OWN)
    carried_out = [found[label] for label in (PAGE, API) if label in found]
    if not carried_out:
        raise Undecided("no logout of the provider's own was carried out")
    return [told(evidence, case, "back") for case in carried_out]


@view(OWN)
def bystanders(evidence: Evidence) -> Sequence[tuple[Told, Told]]:
    """What a client heard of them where nobody ever was, beside what another one heard; none where nobody heard."""
    cases = cases_if_any(evidence, OWN).values()
    taking_part = [case for case in cases if {"back", "bystander"} <= case.clients.keys() and not case.gap]
    pairs = [(told(evidence, case, "bystander"), told(evidence, case, "back")) for case in taking_part]
    return [pair for pair in pairs if pair[0].requests or pair[1].requests]


@view(OWN)
def framed_by_own_page(evidence: Evidence) -> FrontLogout:
    """What a relying party heard by front-channel of a logout by the provider's own page."""
    logout = one(evidence, OWN, PAGE).as_a(FrontLogout)
    gap = scenario_cases(evidence, OWN).get("front")
    if gap is not None and gap.gap is not None:
        raise not_carried_out(gap.gap)
    return logout


@view(OWN)
def own_page_logouts(evidence: Evidence) -> list[Case]:
    """Logouts by the provider's own page; none where the config has none."""
    own = evidence.run.config.get("own_logout") or {}
    return [one(evidence, OWN, PAGE)] if own.get("page") else []


def post_logout_redirects(logout: Case) -> list[Sent]:
    """Return where the browser was sent to a post-logout URI of a relying party."""
    clients = logout.clients.values()
    known = [
        {**client.requested, **client.metadata}.get("post_logout_redirect_uris") or [] for client in clients
    ]
    uris = [uri for own in known for uri in own]
    return [sent for sent in logout.sent_to if any(same_target(sent.url, uri) for uri in uris)]
