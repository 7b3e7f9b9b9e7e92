"""Back-channel logout: who is told, about whom, and what the provider makes of the answers."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs

from conformance.provider import forgery
from conformance.provider.agent import UserAgent
from conformance.provider.flows import SignIn
from conformance.provider.relying_party import RelyingParty
from conformance.receiver import Answer
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import parties

BACK = Want(channels=frozenset({"back"}))
UNUSED = Want(channels=frozenset({"back"}), unused=True)
QUERY = Want(channels=frozenset({"back"}), query=True)
HELD_BACK = 2.0  # seconds that a relying party takes to answer (BCL-2.3-02)


class Round:
    """One session at several relying parties, and its logout by the first of them.

    ``unheard``: where the user is logged in too, and nothing can be heard.
    """

    def __init__(
        self, lab: Lab, rps: list[RelyingParty], witness: RelyingParty, unheard: Sequence[RelyingParty] = ()
    ) -> None:
        self.lab, self.rps, self.witness, self.unheard = lab, rps, witness, unheard

    async def begin(self, label: str = "browser 1", user: int = 1) -> None:
        """Log in everywhere in a user agent without cookies, and probe."""
        self.heard = {rp.key: len(self.lab.receiver.seen(rp.key, "backchannel")) for rp in self.rps}
        person = await self.lab.user(user)
        self.agent: UserAgent = await self.lab.agent(label)
        everywhere = dict.fromkeys([*self.rps, *self.unheard, self.witness])
        logins: list[SignIn] = [await self.lab.sign_in(self.agent, rp, person) for rp in everywhere]
        self.login = logins[0]
        await self.lab.probe(self.agent, self.witness, "before")

    async def logout(self, state: str) -> None:
        """Log out by the first relying party with hint, URI and state."""
        rp = self.rps[0]
        landing = await self.lab.logout(
            self.agent, rp, hint=self.login.id_token, uri=rp.post_logout_redirect_uri, state=state
        )
        self.landing = await self.lab.finish(self.agent, landing)

    async def end(self, *, wait: bool = True) -> bool:
        """Wait until everybody has been told, and probe; False: somebody was not told."""
        more = 1 if wait else 0
        told = (self.lab.hears(rp, "backchannel", self.heard[rp.key] + more) for rp in self.rps)
        heard = await asyncio.gather(*told)
        self.after = await self.lab.probe(self.agent, self.witness, "after")
        return all(heard)


@scenario(watches=True, scripts=True)
async def backchannel_fan_out(lab: Lab) -> None:
    """Log out three times at one of two relying parties, a third is never used; once more with a 400."""
    rps = await _as_many_as_there_are(lab)
    all_told = True
    for number, label in enumerate(("first", "second", "third", "400 from rp1"), 1):
        with (
            lab.case(label),
            _answering(lab, rps[0], *([Answer(name="400", status=400)] if number == 4 else [])),
        ):
            round_ = Round(lab, rps, rps[-1])
            await round_.begin(f"browser {number}")
            await round_.logout(label.replace(" ", "-"))
            # Who was silent once is not waited for again: the receiver stays open to the end of the run.
            all_told = await round_.end(wait=all_told) and all_told


@contextmanager
def _answering(lab: Lab, rp: RelyingParty, *answers: Answer) -> Iterator[None]:
    """Let a relying party answer notifications in another way for a while."""
    lab.receiver.script(rp.key, "backchannel", *answers)
    try:
        yield
    finally:
        lab.receiver.script(rp.key, "backchannel")


async def _as_many_as_there_are(lab: Lab) -> list[RelyingParty]:
    """Return rp1 and rp2, or rp1 alone; rp3 is there and is left alone."""
    wants = {"rp1": BACK, "rp2": BACK, "rp3": UNUSED}
    while True:
        try:
            return (await lab.relying_parties(**wants))[:2]
        except NotTestedError as problem:
            if len(wants) == 1:
                raise
            with lab.case(wants.popitem()[0]):
                lab.gap(problem)


@scenario(watches=True)
async def backchannel_many(lab: Lab) -> None:
    """Log out at one of five relying parties, the last of which has no logout URI and is the witness."""
    back = {f"rp{number}": BACK for number in range(1, 5)}
    *told, witness = await lab.relying_parties(**back, plain=Want())
    with lab.case("five relying parties"):
        round_ = Round(lab, told, witness)
        await round_.begin()
        await round_.logout("many")
        await round_.end()


@scenario(watches=True)
async def backchannel_query(lab: Lab) -> None:
    """Log out at a relying party whose back-channel URI has a query, beside one whose has none."""
    rps = await lab.relying_parties(rp1=BACK, rp2=QUERY)
    with lab.case("query"):
        round_ = Round(lab, rps, rps[1])
        await round_.begin()
        await round_.logout("query")
        await round_.end()


@scenario(probes_sharing=True)
async def two_browsers(lab: Lab) -> None:
    """Log in as one user in two browsers, log out in the first, and see what becomes of the second and its hint."""
    rp, witness = await told_and_witness(lab)
    with lab.case("one user, two browsers"):
        first, second = Round(lab, [rp], witness), Round(lab, [rp], witness)
        await first.begin("browser 1")
        await second.begin("browser 2")
        await lab.probe(second.agent, witness, "other before")
        await first.logout("two-browsers")
        ended = await lab.probe(first.agent, witness, "after")
        other = await lab.probe(second.agent, witness, "other after")
    if other.outcome == "alive":
        with lab.case("the other browser"):
            # Some providers revoke the user's ID Tokens of all sessions: these are not separate either.
            await second.logout("the-other-browser")
            after = await lab.probe(second.agent, witness, "after")
            alike = second.landing.kind == first.landing.kind and after.outcome == ended.outcome
            lab.world.users_are_shared = alike


async def told_and_witness(lab: Lab) -> list[RelyingParty]:
    """Return a client that is told by back-channel, and a witness.

    Some providers give a sid only to clients that ask for it; and a witness that is told by front-channel
    would need a browser.
    """
    for witness in (BACK, Want()):
        with suppress(NotTestedError):
            return await lab.relying_parties(rp1=BACK, witness=witness)
    return await parties(lab)


@scenario(watches=True)
async def two_users(lab: Lab) -> None:
    """Log in as two users in two browsers and log the first one out; only the second is known at rp2."""
    await lab.user(2)
    rp1, rp2 = await lab.relying_parties(rp1=BACK, rp2=BACK)
    with lab.case("two users, two browsers"):
        first, second = Round(lab, [rp1], rp1), Round(lab, [rp1, rp2], rp2)
        await first.begin("browser 1", 1)
        await second.begin("browser 2", 2)
        await lab.probe(second.agent, rp2, "other before")
        await first.logout("two-users")
        await first.end()
        await lab.probe(second.agent, rp2, "other after")


@scenario(watches=True)
async def backchannel_declined(lab: Lab) -> None:
    """Ask for logout without a hint at two relying parties: answer no, and yes from another browser."""
    rps = await lab.relying_parties(rp1=BACK, rp2=BACK)
    with lab.case("no"):
        round_ = Round(lab, rps, rps[1])
        await round_.begin("browser 1")
        landing = await lab.logout(round_.agent, rps[0], client_id=rps[0].client_id, answer="no")
        await lab.finish(round_.agent, landing, "no")
        await lab.probe(round_.agent, rps[1], "after")
    with lab.case("yes"):
        round_ = Round(lab, rps, rps[1])
        await round_.begin("browser 2")
        landing = await lab.logout(round_.agent, rps[0], client_id=rps[0].client_id)
        await lab.finish(round_.agent, landing)
        await round_.end()


@scenario(slow=True, scripts=True)
async def backchannel_slow(lab: Lab) -> None:
    """Log out at two relying parties that both take their time to answer."""
    rps = await lab.relying_parties(rp1=BACK, rp2=BACK)
    slow = Answer(name="slow 200", delay=HELD_BACK)
    with lab.case("slow"), _answering(lab, rps[0], slow), _answering(lab, rps[1], slow):
        round_ = Round(lab, rps, rps[1])
        await round_.begin()
        await round_.logout("slow")
        await round_.end()


def _refusal(error: str) -> Answer:
    body = json.dumps({"error": error})
    return Answer(name=f"400 {error}", status=400, headers=[("Content-Type", "application/json")], body=body)


ERRORS = {f"400 {error}": _refusal(error) for error in ("invalid_request", "invalid_token", "made_up_value")}
ANSWERS = {"200": Answer(name="200"), "204": Answer(name="204", status=204), **ERRORS}


@scenario(watches=True, scripts=True)
async def backchannel_answers(lab: Lab) -> None:
    """Log out at a relying party that answers the notification with 200, 204 and 400."""
    rp, witness = await told_and_witness(lab)
    ends = {label: await _answered(lab, rp, witness, label, answer) for label, answer in ANSWERS.items()}
    if len({ends[label] for label in ERRORS}) > 1:  # what differs once has to differ again (BCL-2.8-10)
        for label, answer in ERRORS.items():
            await _answered(lab, rp, witness, f"{label} again", answer)


async def _answered(
    lab: Lab, rp: RelyingParty, witness: RelyingParty, label: str, answer: Answer
) -> tuple[str, str]:
    """Log out once; returns where the browser ended and what became of the session."""
    with lab.case(label), _answering(lab, rp, answer):
        round_ = Round(lab, [rp], witness)
        await round_.begin()
        await round_.logout(label.replace(" ", "-"))
        if not await round_.end():
            raise InconclusiveError(
                f"No notification came to be answered {answer.status} (BCL-2.5-01 judges the silence)."
            )
        return round_.landing.kind, round_.after.outcome


@scenario(watches=True, scripts=True)
async def backchannel_unavailable(lab: Lab) -> None:
    """Log out at a relying party that answers the first notification with 503, and 200 from then on."""
    rp, witness = await told_and_witness(lab)
    with lab.case("503"), _answering(lab, rp, Answer(name="503", status=503, times=1)):
        round_ = Round(lab, [rp], witness)
        await round_.begin()
        await round_.logout("unavailable")
        await round_.end()


@scenario()
async def logout_token_as_hint(lab: Lab) -> None:
    """Log out by the ID Token of an ended session, the same with an altered signature, and its Logout Token."""
    rp = await lab.relying_party("rp1", BACK)
    with lab.case("the session that both are kept of"):
        ended = Round(lab, [rp], rp)
        await ended.begin("browser 1")
        await ended.logout("kept")
        await ended.end()
    id_token, logout_token = ended.login.id_token, _logout_token(lab, rp)
    hints = {
        "ID Token": id_token,
        "altered signature": forgery.tampered(id_token),
        "Logout Token": logout_token,
    }
    for number, (label, hint) in enumerate(hints.items(), 2):
        with lab.case(label):
            session = Round(lab, [rp], rp)
            await session.begin(f"browser {number}")
            uri, state = rp.post_logout_redirect_uri, label.replace(" ", "-")
            landing = await lab.logout(session.agent, rp, hint=hint, hint_is=label, uri=uri, state=state)
            await lab.finish(session.agent, landing)


def _logout_token(lab: Lab, rp: RelyingParty) -> str:
    found = [
        parse_qs(seen.body.text).get("logout_token", []) for seen in lab.receiver.seen(rp.key, "backchannel")
    ]
    tokens = [token for each in found for token in each]
    if not tokens:
        raise InconclusiveError(
            "No Logout Token came that could be sent as a hint (BCL-2.5-01 judges the silence)."
        )
    return tokens[0]
