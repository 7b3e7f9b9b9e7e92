"""Session Management: how the provider's iframe answered a relying party's page."""

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from urllib.parse import urlsplit

from conformance.evidence.events import (
    Cookie,
    Disclosure,
    Exchange,
    Framed,
    Poll,
    Probe,
)
from conformance.evidence.store import Evidence
from conformance.evidence.views import Case, header
from conformance.suite.finding import NotTested, Undecided
from conformance.suite.registry import view
from conformance.suite.views import nothing, one

IFRAME, BLOCKED, WATCH = "session_iframe", "session_iframe_blocked", "session_watch"
WORDS = ("changed", "unchanged", "error")
QUOTED = re.compile(r"""["'‘’“”](changed|unchanged|error)["'‘’“”]""")
READABLE = "cookie readable, storage readable"
SHUT_OUT = "chrome-error:"
STORAGE = "storage control"
REQUEST = re.compile(r"[?&]nonce=([^&#]+)")


class Polls(Case):
    """A case in which a relying party's page asked the provider's iframe."""

    def posted(self, *what: str) -> list[Poll]:
        """Return the questions of these names, by the page on the origin of the redirect URI."""
        return [p for p in self.all(Poll) if p.what in what and p.page == self.home]

    def words(self, *what: str) -> list[str]:
        """Return what came back to these questions."""
        return [word(poll) for poll in self.posted(*what)]

    @property
    def controls(self) -> list[Poll]:
        """The questions with the genuine newest value, by which the others are measured."""
        return self.posted("correct")

    @property
    def control_holds(self) -> bool:
        """Tell whether each of them was answered unchanged."""
        return bool(self.controls) and all(word(poll) == "unchanged" for poll in self.controls)

    @property
    def elsewhere(self) -> list[Poll]:
        """Questions by pages on other origins than that of the redirect URI."""
        return [p for p in self.all(Poll) if p.page != self.home]

    @cached_property
    def home(self) -> str:
        """The origin of the relying party's page: that of the first question in the scenario."""
        return next((e.page for e in self._whole.events if isinstance(e, Poll)), "")

    # Whether the iframe could know its state at all

    @cached_property
    def storage(self) -> Poll | None:
        """The control: what a framed page of another site could read of what it had stored."""
        return next((e for e in self._whole.events if isinstance(e, Poll) and e.what == STORAGE), None)

    @property
    def blind(self) -> str:
        """Why the provider's iframe cannot know its state in this browser; "" where it can."""
        found = str(self.storage.answers[-1].data) if self.storage and self.storage.answers else "no answer"
        if found != READABLE:
            return (
                f"the browser keeps a framed page from what it has stored ({found}), so that the provider's iframe "
                "cannot know its state either: section 5.1 of the specification warns of that. Allow such cookies"
            )
        if self.lost_parts:
            part = self.lost_parts[0]
            return f"the iframe needs {part.url}, which could not be fetched ({part.error}): serve it, or give access"
        if self.insecure:
            return (
                "the provider is plain http and has no cookie that its iframe can see on another site: such a cookie "
                "is SameSite=None, which browsers keep over https alone. Run the provider over https"
            )
        return ""

    @property
    def lost_parts(self) -> list[Exchange]:
        """What the iframe asked another host for, and did not get."""
        mine = [e for e in self._whole.events if isinstance(e, Exchange) and e.purpose == "rp page"]
        host = urlsplit(self.target).netloc
        return [
            x
            for x in mine
            if x.error and x.destination not in ("document", "iframe") and urlsplit(x.url).netloc != host
        ]

    @property
    def target(self) -> str:
        """The origin of the provider's iframe."""
        polls = (e for e in self._whole.events if isinstance(e, Poll) and e.what != STORAGE)
        return next((poll.target for poll in polls), "")

    @property
    def insecure(self) -> bool:
        cookies = [e for e in self._whole.events if isinstance(e, Cookie)]
        return self.target.startswith("http:") and all(c.same_site != "None" for c in cookies)

    @property
    def hidden_cookies(self) -> list[str]:
        """Cookies of the provider that its iframe cannot see on another site, though script may read them."""
        cookies = [e for e in self._whole.events if isinstance(e, Cookie)]
        return sorted({c.name for c in cookies if c.same_site != "None" and not c.http_only})

    @property
    def cause(self) -> str:
        """What is known of why a fresh value is not answered unchanged, as an addition to a sentence."""
        names = ", ".join(self.hidden_cookies)
        return f" (its iframe cannot see the cookies {names}, which are not SameSite=None)" if names else ""

    @property
    def alive(self) -> bool:
        """Tell whether the session was proven alive after the questions."""
        probes = [e for e in self._whole.events if isinstance(e, Probe) and e.when == "alive"]
        return bool(probes) and all(probe.outcome == "alive" for probe in probes)

    @cached_property
    def frame(self) -> Framed | None:
        """The first framing of the provider's page."""
        return next((f for f in self.all(Framed) if f.frame != "storage"), None)

    @cached_property
    def frame_request(self) -> Exchange | None:
        """The last request that the first framing led to."""
        url = self.frame.url if self.frame else ""
        mine = [x for x in self.all(Exchange) if x.purpose == "rp page" and x.destination == "iframe"]
        first = next((i for i, x in enumerate(mine) if url and x.url == url), None)
        if first is None:
            return None
        chain = mine[first : first + 1]
        while (target := header(chain[-1].response_headers, "location")) and len(chain) < len(mine):
            following = [x for x in mine if x.url.endswith(target) and x not in chain]
            if not following:
                break
            chain.append(following[0])
        return chain[-1]

    @property
    def shut_out_by(self) -> list[str]:
        """The headers by which the provider forbade the relying party to frame its page."""
        request, frame = self.frame_request, self.frame
        if request is None or frame is None or not frame.loaded.startswith(SHUT_OUT):
            return []
        policy = header(request.response_headers, "content-security-policy") or ""
        ancestors = [part.strip() for part in policy.split(";") if part.strip().startswith("frame-ancestors")]
        options = header(request.response_headers, "x-frame-options")
        return [*ancestors, *([f"X-Frame-Options: {options}"] if options and not ancestors else [])]

    @property
    def answered(self) -> bool:
        """Tell whether any question of the case was answered with one of the three words."""
        return any(word(p) in WORDS for p in self.all(Poll) if p is not self.storage)


class Watched(Polls):
    """What one browser saw while it asked again and again without any event."""

    agent = ""

    def of(self, agent: str) -> "Watched":
        """Return what that browser saw."""
        found = self.as_a(Watched)
        found.label, found.agent = agent, agent
        found.events = [e for e in self.events if getattr(e, "agent", "") == agent]
        return found

    @property
    def started(self) -> list[Poll]:
        """The correct questions from the first that was answered on."""
        asked = self.posted("correct")
        first = next((i for i, poll in enumerate(asked) if poll.answers), len(asked))
        return asked[first:]

    @property
    def otherwise(self) -> list[Poll]:
        """Those of them, or all where none was answered, that were not answered unchanged."""
        return [p for p in self.started or self.posted("correct") if word(p) != "unchanged"]

    @property
    def turned(self) -> list[Poll]:
        """Answers changed to a value that had been answered unchanged before."""
        words = [word(poll) for poll in self.started]
        first = words.index("unchanged") if "unchanged" in words else len(words)
        return [p for p in self.started[first:] if word(p) == "changed"]

    @property
    def has_value(self) -> bool:
        """Tell whether there was a session_state to post."""
        return all(str(poll.data).rpartition(" ")[2] for poll in self.posted("correct"))

    @property
    def stray(self) -> bool:
        """Tell whether changed was followed by unchanged."""
        words = [word(poll) for poll in self.started]
        return any(a == "changed" and b == "unchanged" for a, b in pairwise(words))

    @property
    def alive(self) -> bool:
        probe = self.probe("alive")
        return probe is not None and probe.outcome == "alive"

    @property
    def seconds(self) -> float:
        """How long it was watched."""
        asked = self.posted("correct")
        return asked[-1].at - asked[0].at if asked else 0.0


def word(poll: Poll) -> str:
    """What came back: one of the three words, else what else came, else an empty string."""
    texts = [one.data if isinstance(one.data, str) else repr(one.data) for one in poll.answers]
    return next((text for text in reversed(texts) if text in WORDS), texts[-1] if texts else "")


def newest_unchanged(polls: Sequence[Poll]) -> bool:
    """Tell whether the last of these questions was answered unchanged."""
    return bool(polls) and word(polls[-1]) == "unchanged"


def _polls(evidence: Evidence, label: str, scenario: str = IFRAME) -> Polls:
    return one(evidence, scenario, label).as_a(Polls)


@view(IFRAME)
def fresh_session(evidence: Evidence) -> Polls:
    """A fresh login, its value posted until it was answered unchanged, for up to 10 seconds."""
    return _polls(evidence, "fresh")


@view(IFRAME)
def altered_value(evidence: Evidence) -> Polls:
    """The value with its first letter or digit altered."""
    return _polls(evidence, "altered")


@view(IFRAME)
def malformed_messages(evidence: Evidence) -> Polls:
    """Five messages that are none."""
    return _polls(evidence, "malformed")


@view(IFRAME, BLOCKED)
def without_space(evidence: Evidence) -> list[Polls]:
    """A string without a space; where third-party cookies are blocked, only if the control was answered there."""
    blocked = _polls(evidence, "blocked", BLOCKED)
    also = [blocked] if any(w in WORDS for w in blocked.words("correct")) else []
    return [_polls(evidence, "malformed"), *also]


@view(IFRAME)
def windows_asked(evidence: Evidence) -> Polls:
    """The correct message, posted by the relying party's frame and by the page around it."""
    return _polls(evidence, "windows")


@view(IFRAME)
def foreign_pages(evidence: Evidence) -> Polls:
    """The correct message, posted by pages on origins that are registered nowhere."""
    return _polls(evidence, "foreign")


@view(IFRAME)
def two_clients_asked(evidence: Evidence) -> Polls:
    """The value of one client with the client_id of another on the same origin."""
    return _polls(evidence, "two clients")


@view(IFRAME)
def several_values(evidence: Evidence) -> Polls:
    """Two values of one session, both posted."""
    return _polls(evidence, "several values")


@view(IFRAME)
def iframe_logout(evidence: Evidence) -> Polls:
    """The value of before, posted after a logout in another tab."""
    return _polls(evidence, "logout")


@view(IFRAME)
def iframe_login_again(evidence: Evidence) -> Polls:
    """A new login in another tab, its value posted to the frame of before and to a new one."""
    return _polls(evidence, "logged in again")


@view(WATCH)
def watched_sessions(evidence: Evidence) -> list[Watched]:
    """Two sessions that were asked about every two seconds, without any event."""
    watch = one(evidence, WATCH, "watch")
    agents = dict.fromkeys(poll.agent for poll in watch.all(Poll))
    if len(agents) < 2:
        raise Undecided("the iframe was not asked about two sessions")
    return [watch.as_a(Watched).of(agent) for agent in agents]


@view(IFRAME, BLOCKED, WATCH)
def every_answer(evidence: Evidence) -> list[Poll]:
    """Every question of the run to which one of the three words came, in quotation marks or not."""
    found = [e for s in evidence.recorded() for e in s.events if isinstance(e, Poll)]
    answers = [p for p in found if p.what != STORAGE and (word(p) in WORDS or in_quotes(p))]
    if not answers:
        raise nothing(evidence, IFRAME, "fresh", "the iframe gave no answer. SM-3.3-05 judges that")
    return answers


def in_quotes(poll: Poll) -> list[str]:
    """Return the answers that are one of the three words in quotation marks."""
    return [a.data for a in poll.answers if isinstance(a.data, str) and QUOTED.fullmatch(a.data)]


# The cookie that holds the state


class ReadableCookies(Polls):
    """The provider's cookies that script can read, and what the iframe says without each."""

    @property
    def disclosures(self) -> list[Disclosure]:
        return self.all(Disclosure)

    @property
    def naming(self) -> list[Disclosure]:
        """Cookies that show an identifier of the user."""
        return [d for d in self.disclosures if d.found]

    @property
    def state_cookies(self) -> list[str]:
        """Those without which unchanged became changed."""
        names = [p.what.removeprefix("without ") for p in self.all(Poll) if word(p) == "changed"]
        return [f"cookie {name}" for name in names]

    @property
    def named_by_state(self) -> list[str]:
        return [f"{d.value}: {', '.join(d.found)}" for d in self.naming if d.value in self.state_cookies]


@view(IFRAME)
def readable_cookies(evidence: Evidence) -> ReadableCookies:
    """The cookies that the iframe's script can read after a login."""
    # The case itself has no events where there are no such cookies.
    return one(evidence, IFRAME, "alive").as_a(ReadableCookies, "cookies")


@view(IFRAME)
def named_iframe(evidence: Evidence) -> list[Poll]:
    """Answers unchanged of the iframe that discovery or the operator named."""
    try:
        return [p for p in _polls(evidence, "fresh").posted("correct") if word(p) == "unchanged"]
    except (Undecided, NotTested):
        return []
