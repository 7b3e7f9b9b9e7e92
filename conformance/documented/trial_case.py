"""What checks of a contract look at: a request to a documented endpoint, and what came of it."""

from collections.abc import Mapping
from functools import cached_property

from conformance.documented.model import After
from conformance.evidence.events import DOCUMENTED, Arrival, Documented, Exchange, Login, Page, Probe
from conformance.evidence.views import Case, header

AFTER_LOGOUT = "after the logout"  # the login that is made on the page that the request led to


class TrialCase(Case):
    """A request to a documented endpoint, and what came of it."""

    unreached = ""  # why it is not known that the provider can reach the receiver

    @cached_property
    def request(self) -> Documented | None:
        return next(iter(self.all(Documented)), None)

    @property
    def values(self) -> Mapping[str, str]:
        """What the contract's names stood for."""
        return self.request.values if self.request else {}

    @cached_property
    def answer(self) -> Exchange | None:
        """The first answer to the request itself, redirects not followed."""
        if self.request is None:
            return None
        since, purposes = self.request.at, (DOCUMENTED, "logout")
        sent = [x for x in self.all(Exchange) if x.at >= since and x.purpose in purposes]
        return next((x for x in sent if x.destination == "document"), None)

    def notifications(self, endpoint: str, rp: str | None = None) -> list[Arrival]:
        """Return what came since the request: before it, an attempt may have been made by plain HTTP."""
        since = self.request.at if self.request else 0.0
        return [one for one in super().notifications(endpoint, rp) if one.at >= since]

    @property
    def shown(self) -> Page | None:
        """The page at which the browser ended."""
        return self.last_page

    @property
    def relogin(self) -> Login | None:
        """What came of filling in the login form of the answer."""
        return next((one for one in self.all(Login) if one.login == AFTER_LOGOUT), None)

    def probe_of(self, one: After, when: str) -> Probe | None:
        """Return the last probe before or after that shows what a contract claims."""
        same = [
            probe for probe in self.probes if (probe.what, probe.by, probe.when) == (one.what, one.by, when)
        ]
        return same[-1] if same else None


def told(trial: TrialCase) -> str:
    """Say in a line what came of a request: for notes on what the document leaves open."""
    answer = trial.answer
    if answer is None or answer.status is None:
        return f"no answer ({answer.error})" if answer else "not sent"
    parts = [f"{answer.status} {media_type(answer) or 'without content type'}"]
    if trial.sent_to:
        parts.append(targets(trial))
    elif trial.shown is not None:
        parts.append(f"a page taken for {trial.shown.kind.replace('_', ' ')}")
    elif answer.response_body.text and "html" not in media_type(answer):
        parts.append(answer.response_body.text.strip()[:120])
    parts += [f"{one.method} to {one.rp}: {one.url.partition('?')[0]}" for one in _heard(trial)]
    if trial.relogin is not None:
        parts.append(f"the login afterwards ended at {trial.relogin.ended_at or 'no relying party'}")
    parts += [f"{one.what} {one.outcome} afterwards" for one in trial.probes if one.when == "after"]
    return "; ".join(parts)


def _heard(trial: TrialCase) -> list[Arrival]:
    return [*trial.notifications("frontchannel"), *trial.notifications("backchannel")]


def media_type(answer: Exchange) -> str:
    """Return the content type of an answer without its parameters; "" where it has none."""
    return (header(answer.response_headers, "content-type") or "").partition(";")[0].strip().lower()


def targets(trial: TrialCase) -> str:
    """Say which addresses of relying parties the browser was sent to."""
    sent = [one.url for one in trial.sent_to]
    return f"sent to {', '.join(dict.fromkeys(sent))}" if sent else "sent to no relying party"
