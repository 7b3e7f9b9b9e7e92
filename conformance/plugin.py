"""pytest plugin: ``pytest --provider CONFIG`` runs the suite, ``pytest --evidence FOLDER`` judges it again.

Collection touches no network. After deselection the scenarios that the selected items need are
recorded once, then the items judge what was written, each in microseconds.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.requirements import Catalogue, Requirement
    from conformance.session import SuiteSession

SUITE = Path(__file__).parent / "suite"
VERDICT = "conformance"  # name of the property that carries a verdict on a report
MARKERS = {
    "must": "rows of level MUST, MUST NOT, REQUIRED",
    "should": "rows of level SHOULD, SHOULD NOT, RECOMMENDED",
    "may": "rows of level MAY and observations",
}


class Inconclusive(Exception):
    """The run should have shown it and did not."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("logout-conformance", "conformance of logout endpoints")
    group.addoption(
        "--provider", metavar="CONFIG", help="run the suite on the provider that this config describes"
    )
    group.addoption(
        "--evidence", metavar="FOLDER", help="judge the evidence of an earlier run again; sends nothing"
    )
    group.addoption(
        "--out", metavar="DIR", help="folder of the run (default: reports/<provider>/<UTC time>/)"
    )
    group.addoption(
        "--only", metavar="ID", action="append", default=[], help="requirements by id, glob or prefix"
    )
    group.addoption("--jobs", metavar="N", type=int, help="scenarios recorded side by side")
    group.addoption(
        "--fail-on",
        choices=["logout", "all"],
        default="logout",
        help="which specifications decide the exit code",
    )
    group.addoption("--case", metavar="NAME", help="judge this case of a check alone")
    group.addoption(
        "--reproduce", metavar="COMMAND", default="", help="what the report names as the command of this run"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not (config.getoption("--provider") or config.getoption("--evidence")):
        if config.getoption("--markers"):
            from conformance.requirements import catalogue

            _register_markers(config, catalogue())
        return
    from conformance.session import SuiteSession

    session = SuiteSession(config)
    _register_markers(config, session.catalogue)
    config.pluginmanager.register(session, "logout-conformance-session")
    _point_reporters(config, session.folder)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        from conformance.suite.registry import files

        config.args[:] = [str(path) for path in files()]


def _point_reporters(config: pytest.Config, folder: Path) -> None:
    """Have pytest write junit.xml, and allure-pytest its results, beside results.json."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if not config.option.xmlpath:
        config.option.xmlpath = str(folder / "junit.xml")
    if not getattr(config.option, "allure_report_dir", None):
        config.option.allure_report_dir = str(folder / "allure-results")
        config.option.clean_alluredir = True


def _register_markers(config: pytest.Config, source: "Catalogue") -> None:
    """Name the markers of levels, and one for the rows of each specification."""
    rows = source.requirements.values()
    own = {_prefix(row): f"rows of {source.specifications[row.spec].title}" for row in rows}
    for name, meaning in {**MARKERS, **own}.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def _prefix(row: "Requirement") -> str:
    return row.id.partition("-")[0].lower()


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if module_path.parent == SUITE and module_path.name.startswith("test_"):
        return SuiteFile.from_parent(parent, path=module_path, nodeid=f"conformance/suite/{module_path.name}")
    return None


def session_of(config: pytest.Config) -> "SuiteSession | None":
    """Return the session of a run of the suite; None in any other run of pytest."""
    return config.pluginmanager.get_plugin("logout-conformance-session")


class SuiteFile(pytest.File):
    """One file of checks; its items are requirements."""

    def collect(self) -> Iterator[pytest.Item]:
        session = session_of(self.config)
        if session is None:
            return
        module = f"conformance.suite.{self.path.stem}"
        for check in session.checks.values():
            if check.module == module:
                row = session.catalogue.requirements[check.id]
                yield RequirementItem.from_parent(self, name=check.id, check=check, row=row)


class RequirementItem(pytest.Item):
    """One requirement."""

    def __init__(self, *, check: Any, row: Any, **fields: Any) -> None:
        super().__init__(**fields)
        self.check, self.row = check, row
        self.add_marker(row.power)
        self.add_marker(_prefix(row))

    @property
    def obj(self) -> Any:
        """What allure-pytest reads title and description from."""
        return self.check.body

    def runtest(self) -> None:
        session = session_of(self.config)
        assert session is not None  # noqa: S101 - items exist only in a run of the suite
        result = session.judge(self)
        self.user_properties.append((VERDICT, session.encode(result)))
        raise_for(result)

    def reportinfo(self) -> tuple[Path, int, str]:
        code = self.check.body.__code__
        return self.path, code.co_firstlineno - 1, f"{self.row.id} {self.check.sentence}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        return str(excinfo.value)


def raise_for(result: Any) -> None:
    """Turn a verdict into what pytest, JUnit and Allure understand."""
    if result.verdict == "fail":
        raise AssertionError(_told(result))
    if result.verdict in ("inconclusive", "error"):
        raise Inconclusive(f"{result.id} is {result.verdict}: {result.reason}")
    if result.verdict in ("not_tested", "not_applicable", "waived"):
        pytest.skip(f"{result.verdict.replace('_', ' ')}: {result.reason}")


def _told(result: Any) -> str:
    return (
        f"{result.id} ({result.level}): {result.statement}\n"
        f"{result.reason}\n  expected: {result.expected}\n  observed: {result.observed}"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, Any, Any]:
    report = yield
    if (
        isinstance(item, RequirementItem)
        and call.excinfo
        and call.excinfo.errisinstance(pytest.skip.Exception)
    ):
        report.longrepr = (str(item.path), item.reportinfo()[1] + 1, str(call.excinfo.value))
    return report


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> Any:
    verdict = dict(getattr(report, "user_properties", ())).get(VERDICT)
    if report.when != "call" or verdict is None or session_of(config) is None:
        return None
    word = session_of(config).decode(verdict).verdict  # type: ignore[union-attr]
    letters = {"pass": ".", "fail": "F", "warning": "w", "note": "n", "inconclusive": "?", "error": "E"}
    category = {"pass": "passed", "fail": "failed", "error": "failed"}.get(word, word.replace("_", " "))
    return category, letters.get(word, "s"), word.upper().replace("_", " ")
