"""One run of the suite within a pytest session: record, judge, write results and reports."""

import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

from conformance.config.errors import ConfigError
from conformance.config.load import load
from conformance.config.model import ContractUse, ProviderConfig, Waiver
from conformance.documented import load as contracts
from conformance.documented.model import Contract
from conformance.documented.rows import with_contracts
from conformance.documented.suite import checks as documented_checks
from conformance.evidence.store import Evidence, EvidenceError, encode, write_atomically
from conformance.folders import evidence_of, new_folder, point_latest
from conformance.judge import judge
from conformance.outcome import assemble
from conformance.plugin import VERDICT, RequirementItem
from conformance.requirements import UnknownRequirement, catalogue
from conformance.results import RequirementResult, Results
from conformance.suite.finding import only_case
from conformance.suite.registry import checks


class SuiteSession:
    """Registered as a plugin when ``--provider`` or ``--evidence`` is given."""

    def __init__(self, config: pytest.Config) -> None:
        self._pytest = config
        self._worker = hasattr(config, "workerinput")
        self.config = self._load_config()
        self.source = config.getoption("--provider") or ""
        self.folder = self._folder()
        self.evidence: Evidence | None = None
        self.used = self._contracts()
        own = [contract for _, contract in self.used]
        self.catalogue = with_contracts(catalogue(), own)
        self.checks = {**checks(), **documented_checks(own)}
        self.judged: dict[str, RequirementResult] = {}
        self.items: list[RequirementItem] = []
        self.results: Results | None = None
        self._interrupted = False
        self._make_folder()

    # What is to be run

    def _load_config(self) -> ProviderConfig | None:
        path = self._pytest.getoption("--provider")
        if not path:
            return None
        try:
            return load(Path(path))
        except ConfigError as error:
            raise pytest.UsageError(str(error)) from None

    def _contracts(self) -> list[tuple[ContractUse, Contract]]:
        """Return the contracts of the config, or those that were in force when the evidence was recorded."""
        try:
            if self.config is not None:
                return contracts.used(self.config)
            return contracts.kept(self._read().run.contracts)
        except ConfigError as error:
            raise pytest.UsageError(str(error)) from None

    def _folder(self) -> Path:
        if self._worker:
            return Path(self._pytest.workerinput["logout_conformance_folder"])  # type: ignore[attr-defined]
        out = self._pytest.getoption("--out")
        replayed = self._pytest.getoption("--evidence")
        if replayed:
            try:
                found = evidence_of(Path(replayed))
            except EvidenceError as error:
                raise pytest.UsageError(str(error)) from None
            self._evidence_folder = found
            return Path(out) if out else found.parent
        assert self.config is not None  # noqa: S101
        folder = Path(out) if out else new_folder(self.config.provider)
        self._evidence_folder = folder / "evidence"
        return folder

    def _make_folder(self) -> None:
        if self._worker:
            self._evidence_folder = self.folder / "evidence"
            return
        if not self._pytest.option.collectonly:
            self.folder.mkdir(parents=True, exist_ok=True)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell the workers of pytest-xdist where the run is kept."""
        node.workerinput["logout_conformance_folder"] = str(self.folder)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        wanted = self._selected()
        rank = {identifier: number for number, identifier in enumerate(self.catalogue.requirements)}
        mine = [item for item in items if isinstance(item, RequirementItem)]
        dropped = [item for item in mine if wanted is not None and item.row.id not in wanted]
        kept = sorted((item for item in mine if item not in dropped), key=lambda item: rank[item.row.id])
        if dropped:
            config.hook.pytest_deselected(items=dropped)
        items[:] = [*kept, *(item for item in items if not isinstance(item, RequirementItem))]

    def _selected(self) -> set[str] | None:
        """Return the ids that config and command line select; None: all."""
        only = list(self._pytest.getoption("--only"))
        if self.config is None and not only:
            only = self._read().run.selection
        config_only = self.config.selection.only if self.config else []
        skip = self.config.selection.skip if self.config else []
        if not (only or config_only or skip):
            return None
        try:
            chosen = set(self.catalogue.select(only or config_only or ["*"]))
            return chosen - set(self.catalogue.select(skip) if skip else ())
        except UnknownRequirement as error:
            raise pytest.UsageError(str(error)) from None

    # Record, then judge

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, Any, Any]:
        self.items = [item for item in session.items if isinstance(item, RequirementItem)]
        if self.items and not session.config.option.collectonly and not self._is_controller():
            with self._stoppable():
                self._record()
        return (yield)

    def _is_controller(self) -> bool:
        return not self._worker and bool(getattr(self._pytest.option, "numprocesses", None))

    def _record(self) -> None:
        if self.config is not None:
            from conformance.recording import record_once

            names = {name for item in self.items for name in item.check.scenarios}
            rows = sorted(item.row.id for item in self.items)
            record_once(
                self.config, names, self._evidence_folder, self._pytest, jobs=self._pytest.getoption("--jobs"),
                selection=rows if len(rows) < len(self.checks) else (), used=self.used,
            )  # fmt: skip
        self.evidence = self._read()

    def _read(self) -> Evidence:
        try:
            return Evidence(self._evidence_folder)
        except EvidenceError as error:
            raise pytest.UsageError(str(error)) from None

    @contextmanager
    def _stoppable(self) -> Generator[None]:
        """Treat SIGTERM as Ctrl-C while recording, so that what there is gets written."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            signal.raise_signal(signal.SIGINT)  # asyncio then cancels the recording in order

        before = signal.signal(signal.SIGTERM, stop)
        try:
            yield
        except KeyboardInterrupt:
            self._interrupted = True
            pytest.exit("stopped: what was recorded so far is kept and judged", returncode=2)
        finally:
            signal.signal(signal.SIGTERM, before)

    def judge(self, item: RequirementItem) -> RequirementResult:
        """Return the verdict on an item, from what was read back from disk."""
        if self.evidence is None:
            self.evidence = self._read()
        token = only_case.set(self._pytest.getoption("--case") or "")
        try:
            return judge(item.row, item.check, self.evidence, self.catalogue)
        finally:
            only_case.reset(token)

    def encode(self, result: RequirementResult) -> str:
        return msgspec.json.encode(result).decode()

    def decode(self, text: str) -> RequirementResult:
        return msgspec.json.decode(text, type=RequirementResult)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        text = dict(report.user_properties).get(VERDICT)
        if text is not None:
            result = self.decode(str(text))
            self.judged[result.id] = result

    # Results and reports

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, Any, Any]:
        if (
            not self._worker
            and not session.config.option.collectonly
            and exitstatus != pytest.ExitCode.USAGE_ERROR
        ):
            self._finish(session, exitstatus)
        return (yield)

    def _finish(self, session: pytest.Session, exitstatus: int) -> None:
        if not self.items and not self.judged:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
            self._say("No requirement was selected: nothing was run.")
            return
        self._interrupted |= exitstatus == pytest.ExitCode.INTERRUPTED
        self._judge_what_is_left()
        self.results = self._assemble()
        self._write(self.results)
        session.exitstatus = self.results.exit_code
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
            session.exitstatus = 3

    def _judge_what_is_left(self) -> None:
        """After an interruption the items have not run; what was recorded is judged all the same."""
        for item in self.items:
            if item.row.id not in self.judged:
                self.judged[item.row.id] = self.judge(item)

    def _assemble(self) -> Results:
        evidence = self.evidence or self._read()
        self.evidence = evidence
        partial = len(self.judged) < len(self.checks)
        return assemble(
            evidence, self.judged, self.catalogue, waivers=self._waivers(evidence),
            fail_on=self._pytest.getoption("--fail-on"), interrupted=self._interrupted, command=self._command(evidence),
            selection=sorted(self.judged) if partial else (),
        )  # fmt: skip

    def _waivers(self, evidence: Evidence) -> Sequence[Waiver]:
        if self.config is not None:
            return self.config.waivers
        return [msgspec.convert(w, Waiver) for w in evidence.run.config.get("waivers", [])]

    def _command(self, evidence: Evidence) -> str:
        """Return what runs this provider again; a replay knows it from the run."""
        return str(self._pytest.getoption("--reproduce") or evidence.run.command)

    def _write(self, results: Results) -> None:
        from conformance.reports.html import write_html

        assert self.evidence is not None  # noqa: S101
        write_atomically(self.folder / "results.json", encode(results))
        write_html(results, self.evidence, self.folder / "report.html")
        if not self._pytest.getoption("--out") and not self._pytest.getoption("--evidence"):
            point_latest(self.folder)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.results is None:
            return
        from conformance.reports.terminal import summary

        terminalreporter.write_line("")
        for line in summary(self.results, width=min(terminalreporter._tw.fullwidth, 100)).splitlines():  # noqa: SLF001
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"\nReport: {self.folder / 'report.html'}")

    def _say(self, text: str) -> None:
        reporter = self._pytest.pluginmanager.get_plugin("terminalreporter")
        print(text, file=sys.stderr) if reporter is None else reporter.write_line(text)
