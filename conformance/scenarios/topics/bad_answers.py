"""Relying parties that answer notifications badly, or not at all, beside one that is as it should be."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from conformance.provider.relying_party import RelyingParty
from conformance.receiver import Answer
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.backchannel import BACK, Round

GIVEN_UP = 12.0  # seconds after which a relying party that does not answer closes the connection
ELSEWHERE = "/elsewhere"
BINARY = bytes(range(256))
NO_ANSWER = Answer(name="no answer", delay=GIVEN_UP, drop=True)
ANSWERS = {
    "400": Answer(name="400", status=400, headers=[("Content-Type", "application/json")],
                  body=json.dumps({"error": "invalid_request", "error_description": "made up"})),
    "401": Answer(name="401", status=401, headers=[("WWW-Authenticate", "Bearer")]),
    "500": Answer(name="500", status=500, headers=[("Content-Type", "text/html")], body="<h1>Internal error</h1>"),
    "501": Answer(name="501", status=501),
    "504": Answer(name="504", status=504),
    "garbage": Answer(name="garbage", headers=[("Content-Type", ";;"), ("Content-Encoding", "gzip")], body=BINARY),
    "1 MB": Answer(name="1 MB", headers=[("Content-Type", "text/plain")], body="x" * 2**20),
}  # fmt: skip
REDIRECT = "redirect"


class Rounds:
    """Logouts at rp1, with a good answer of rp1 and rp2 and bad ones of the others."""

    def __init__(self, lab: Lab, rps: list[RelyingParty], dead: list[RelyingParty]) -> None:
        self.lab, self.good, self.others, self.dead = lab, rps[:2], rps[2:], dead
        self.answers = {**ANSWERS, REDIRECT: _redirect(lab, self.others[0]), NO_ANSWER.name: NO_ANSWER}
        self.all_told = True  # who was silent once is not waited for again

    async def together(self, names: list[str]) -> None:
        """Let each answer be given by a relying party of its own; alone once more where that ends badly."""
        for size in range(0, len(names), len(self.others)):
            some = names[size : size + len(self.others)]
            if len(some) == 1:
                await self.one(some[0], some)
            elif not await self.one("all at once", some, self.dead):
                await self._each_alone(some)

    async def _each_alone(self, names: list[str]) -> None:
        """Find out which of them keep the logout from being completed."""
        for name in names:
            await self.one(f"{name} alone", [name])
        for rp in self.dead:
            await self.one(f"{rp.role} alone", [], [rp])

    async def one(self, label: str, names: list[str], unheard: Sequence[RelyingParty] = ()) -> bool:
        """Log in everywhere and log out by rp1; returns whether the session ended and the browser came back."""
        bad = dict(zip(names, self.others, strict=False))
        for name, rp in bad.items():
            self.lab.receiver.script(rp.key, "backchannel", self.answers[name])
        with self.lab.case(label):
            round_ = Round(self.lab, [*self.good, *bad.values()], self.good[1], unheard)
            await round_.begin(f"browser for {label}")
            await round_.logout(label.replace(" ", "-"))
            self.all_told = await round_.end(wait=self.all_told) and self.all_told
        for rp in bad.values():
            self.lab.receiver.script(rp.key, "backchannel")
        return round_.landing.kind == "rp" and round_.after.outcome == "ended"


@scenario(watches=True, scripts=True)
async def backchannel_bad_answers(lab: Lab) -> None:
    """Log out where relying parties answer badly, all in one session, and where one does not answer at all."""
    rps = await _well_behaved_and_others(lab)
    async with _unreachable(lab) as dead:
        rounds = Rounds(lab, rps, dead)
        await rounds.together([*ANSWERS, REDIRECT])
        await rounds.together([NO_ANSWER.name])


async def _well_behaved_and_others(lab: Lab) -> list[RelyingParty]:
    """Return rp1 and rp2, and one for each bad answer where clients can be registered; otherwise one more."""
    dynamic = lab.config.registration and lab.provider.endpoint("registration_endpoint")
    number = len(ANSWERS) + 1 if dynamic else 1
    return await lab.relying_parties(**{f"rp{n}": BACK for n in range(1, number + 3)})


def _redirect(lab: Lab, rp: RelyingParty) -> Answer:
    """Return a redirect that keeps method and body, to an address that nobody registered."""
    target = lab.receiver.backchannel_uri(rp.key, ELSEWHERE)
    return Answer(name=REDIRECT, status=307, headers=[("Location", target)])


# Relying parties that cannot be reached


@asynccontextmanager
async def _unreachable(lab: Lab) -> AsyncIterator[list[RelyingParty]]:
    """Register a client whose logout URI nobody listens at, and one whose server speaks no TLS."""
    if not lab.config.registration or lab.config.receiver.public_url:
        yield []  # what stands between the provider and the receiver would answer in their place
        return
    host = urlsplit(lab.receiver.public_url).hostname
    tries: list[str] = []
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and not listening: a connection is refused
        async with await asyncio.start_server(_no_tls(tries), "127.0.0.1", 0) as no_tls:
            ports = {"refused": nobody.getsockname()[1], "no-tls": no_tls.sockets[0].getsockname()[1]}
            found = [await _dead(lab, role, f"https://{host}:{port}/logout") for role, port in ports.items()]
            yield [rp for rp in found if rp is not None]
    lab.remark(f"{len(tries)} connection(s) came to the server that speaks no TLS")


async def _dead(lab: Lab, role: str, uri: str) -> RelyingParty | None:
    try:
        return await lab.relying_party(
            role, Want(channels=frozenset({"back"}), extra={"backchannel_logout_uri": uri})
        )
    except (NotTestedError, InconclusiveError) as problem:
        lab.remark(f"{role}: {problem}")
        return None


def _no_tls(tries: list[str]) -> "asyncio.streams._ClientConnectedCallback":
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append("came")
        await reader.read(1)
        writer.write(b"This server speaks no TLS.\r\n")
        writer.close()

    return answer
