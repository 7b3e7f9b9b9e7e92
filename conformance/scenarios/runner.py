"""Records scenarios: side by side where leases allow it, each into a file of its own."""

import asyncio
import os
import random
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal, Protocol

from conformance.config.model import Pages, ProviderConfig
from conformance.config.redact import redacted
from conformance.evidence.events import SCHEMA_VERSION, Arrival, Body, Run
from conformance.evidence.recorder import utc_now
from conformance.evidence.store import write_index, write_scenario
from conformance.provider.agent import AgentError, NeedsBrowserError
from conformance.provider.provider import ProviderDownError
from conformance.provider.wire import Api
from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.registrar import Registrar
from conformance.scenarios.registry import Scenario, scenarios
from conformance.scenarios.world import World
from conformance.version import VERSION

FOUNDATION = "discovery"  # every run has it: conditions are read from its evidence
GIVE_UP = 3  # scenarios that needed a browser after all, before plain HTTP is no longer tried
SHUFFLE = "LOGOUT_CONFORMANCE_SHUFFLE"  # a seed: verdicts must not depend on the order of scenarios
NOT_KEPT = "{} requests were more than the receiver keeps: no absence can be judged by what it has"
Status = Literal["complete", "interrupted", "failed"]


class Progress(Protocol):
    """Told what happens, for a bar or for lines."""

    def begin(self, names: Sequence[str]) -> None: ...

    def started(self, name: str) -> None: ...

    def ended(self, name: str, status: str, seconds: float) -> None: ...

    def say(self, text: str) -> None: ...

    def end(self) -> None: ...


async def record(
    config: ProviderConfig, names: Iterable[str], folder: Path, progress: Progress, *, jobs: int | None = None,
    command: str = "", selection: Sequence[str] = (), more: Mapping[str, Scenario] | None = None,
    contracts: Sequence[dict[str, Any]] = (),
) -> Run:  # fmt: skip
    """Record scenarios by name into a folder and return the index that was written there.

    ``more`` are scenarios made of the provider's own contracts, which stand in ``contracts``.
    """
    known = {**scenarios(), **(more or {})}
    chosen = [known[FOUNDATION], *_in_order(known[name] for name in set(names) - {FOUNDATION})]
    async with World(config, folder) as world:
        session = _Session(world, chosen, progress, asyncio.Semaphore(jobs or config.jobs))
        session.command, session.selection, session.contracts = command, list(selection), list(contracts)
        progress.begin([one.name for one in chosen])
        try:
            await session.run()
        finally:
            progress.end()
        return session.index()


def _in_order(chosen: Iterable[Scenario]) -> list[Scenario]:
    """Those that show what may be shared first, then the slow, then those that watch for absence, then the rest."""
    if seed := os.environ.get(SHUFFLE):
        in_order = sorted(chosen, key=lambda s: s.name)
        return random.Random(seed).sample(in_order, len(in_order))  # noqa: S311 - no secret
    return sorted(
        chosen, key=lambda s: (not s.probes_sharing, not s.slow, not s.watches, not s.browser, s.name)
    )


class _Session:
    """One recording: the scenarios still to do and those that are written."""

    def __init__(
        self, world: World, chosen: list[Scenario], progress: Progress, slots: asyncio.Semaphore
    ) -> None:
        self.command, self.selection, self.contracts = (
            "",
            list[str](),
            list[dict[str, Any]](),
        )  # for the index
        self._world, self._chosen, self._progress, self._slots = world, chosen, progress, slots
        self._labs: list[tuple[Lab, Status, str]] = []
        self._complete = False

    async def run(self) -> None:
        self._write_index()
        try:
            foundation, *others = self._chosen
            await self._scenario(foundation)
            if self._world.provider.metadata.get("token_endpoint"):
                if any(one.browser for one in others):
                    self._world.start_browser()
                await self._side_by_side(others)
                await self._watch_to_the_end()
            self._complete = True
        finally:
            await asyncio.shield(self._wind_up())

    async def _side_by_side(self, others: list[Scenario]) -> None:
        first = [s for s in others if s.probes_sharing or s.alone]
        async with asyncio.TaskGroup() as group:
            for one in first:
                await self._scenario(one)
            for one in others:
                if one not in first:
                    group.create_task(self._in_turn(one))

    async def _in_turn(self, one: Scenario) -> None:
        async with nullcontext() if one.slow else self._slots:
            await self._scenario(one)

    async def _scenario(self, one: Scenario) -> None:
        self._progress.started(one.name)
        began = self._world.clock()
        lab, status, reason = await self._attempt(one, browser=one.browser or self._browser_first)
        if status == "failed" and reason.startswith("needs a browser: "):
            why = reason.removeprefix("needs a browser: ")
            self._world.needed_browser += 1
            lab, status, reason = await self._attempt(one, browser=True)
            lab.remark(f"Repeated in Chromium: {why}")
        self._labs.append((lab, status, reason))
        self._write(lab, status, reason)
        self._progress.ended(one.name, _shown_status(lab, status), self._world.clock() - began)

    @property
    def _browser_first(self) -> bool:
        pages = self._world.config.pages
        gave_up = self._world.needed_browser >= GIVE_UP
        return self._world.config.browser.always or pages != Pages() or gave_up

    async def _attempt(self, one: Scenario, *, browser: bool) -> tuple[Lab, Status, str]:
        lab = Lab(self._world, one.name, browser=browser)
        status, reason = "complete", ""
        try:
            await one.body(lab)
        except NeedsBrowserError as problem:
            status, reason = "failed", f"needs a browser: {problem}"
        except (NotTestedError, InconclusiveError, AgentError, ProviderDownError) as problem:
            lab.gap(
                problem if not isinstance(problem, ProviderDownError) else InconclusiveError(str(problem))
            )
            reason = str(problem)
        except asyncio.CancelledError:
            status, reason = "interrupted", "the run was stopped"
            raise
        except Exception as problem:  # noqa: BLE001 - a fault of the harness must not lose the run
            lab.gap(problem)
            status, reason = "failed", _where(problem)
        finally:
            await self._leave(lab, status, reason)
        return lab, status, reason  # type: ignore[return-value]

    async def _leave(self, lab: Lab, status: str, reason: str) -> None:
        try:
            await lab.collect()
        finally:
            await lab.close()
            if status == "interrupted":
                self._write(lab, "interrupted", reason)

    def _write(self, lab: Lab, status: Status, reason: str) -> None:
        write_scenario(self._world.folder, lab.recorder.evidence(status, reason), lab.recorder.files)

    async def _watch_to_the_end(self) -> None:
        """Keep the receiver open until the last absence was watched for the whole window."""
        watching = {one.name for one in self._chosen if one.watches}
        begun = [_last_logout(lab) for lab, _, _ in self._labs if lab.name in watching]
        if not begun:
            return
        left = max(begun) + self._world.config.receiver.window - self._world.clock()
        if left > 0:
            self._progress.say(f"watching {left:.0f} s more for notifications that should not come")
            await asyncio.sleep(left)

    async def _wind_up(self) -> None:
        """File late arrivals back, delete clients, write the index."""
        await self._delete_clients()
        for lab, status, reason in self._labs:
            before = len(lab.recorder.events)
            await lab.collect()
            if len(lab.recorder.events) > before:
                self._write(lab, status, reason)
        self._write_index()

    async def _delete_clients(self) -> None:
        if not self._world.registered:
            return
        lab = Lab(self._world, "clean-up", browser=False)
        registrar = Registrar(
            Api(lab.http, lab.recorder, self._world.pace), self._world.provider, lab.recorder
        )
        pairs = [(rp.registration_client_uri, rp.registration_access_token) for rp in self._world.registered]
        reasons = await asyncio.gather(*(registrar.delete(*pair) for pair in pairs))
        for rp, reason in zip(self._world.registered, reasons, strict=True):
            if reason:
                self._world.left_over.append(f"client {rp.client_id} ({rp.key}): {reason}")
        await lab.close()

    def index(self) -> Run:
        world = self._world
        lost = world.receiver.not_kept
        left_over = [*world.left_over, *([NOT_KEPT.format(lost)] if lost else [])]
        strays = [_unattributed(world, seen, number) for number, seen in enumerate(world.unattributed, 1)]
        return Run(
            schema_version=SCHEMA_VERSION, suite_version=VERSION, provider=world.config.provider,
            issuer=world.config.issuer, started=world.clock.started, finished=utc_now() if self._complete else "",
            complete=self._complete and not lost,
            config=redacted(world.config), scenarios=[s.name for s in self._chosen],
            contracts=self.contracts, duration=world.clock(), command=self.command, selection=self.selection,
            left_over=left_over, unattributed=strays,
        )  # fmt: skip

    def _write_index(self) -> None:
        write_index(self._world.folder, self.index())


def _last_logout(lab: Lab) -> float:
    from conformance.evidence.events import Logout

    return max((e.at for e in lab.recorder.events if isinstance(e, Logout)), default=0.0)


def _unattributed(world: World, seen: Any, number: int) -> Arrival:
    return Arrival(
        id=number, at=seen.at, rp="", endpoint=seen.endpoint, method=seen.method, url=world.redactor.text(seen.url),
        headers=world.redactor.headers(seen.headers), problem=seen.problem, peer=seen.peer, answer=seen.answer,
        body=Body(text=world.redactor.text(seen.body.text), size=seen.body.size, truncated=seen.body.truncated),
    )  # fmt: skip


def _shown_status(lab: Lab, status: str) -> str:
    from conformance.evidence.events import Gap

    gaps = [event.kind for event in lab.recorder.events if isinstance(event, Gap) and not event.case]
    return gaps[0].replace("_", " ") if gaps and status == "complete" else status


def _where(problem: Exception) -> str:
    last = traceback.extract_tb(problem.__traceback__)[-1]
    return f"{type(problem).__name__}: {problem} ({Path(last.filename).name}:{last.lineno})"
