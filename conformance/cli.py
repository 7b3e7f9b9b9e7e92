"""The command line. Thin: every judging is a pytest session, everything else is a view."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from conformance.version import VERSION

USAGE = 4


class _Cli(click.Group):
    """A group whose usage errors end with our exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            kwargs["standalone_mode"] = False
            return super().main(*args, **kwargs)
        except click.ClickException as error:
            error.show()
            return sys.exit(USAGE)
        except click.exceptions.Exit as error:
            return sys.exit(error.exit_code)
        except click.Abort:
            return sys.exit(2)
        except BrokenPipeError:
            return sys.exit(0)


@click.group(cls=_Cli, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="logout-conformance")
def main() -> None:
    """Conformance tests for logout endpoints of OpenID providers.

    Exit codes: 0 conformant, 1 non-conformant, 2 incomplete, 3 fault of the harness, 4 usage or configuration.
    """


def _selecting(command: Any) -> Any:
    for option in (
        click.option("--only", multiple=True, metavar="ID", help="requirements by id, glob (RPI-3-*) or prefix (RPI)"),
        click.option("--case", metavar="NAME", help="judge this case of a check alone"),
        click.option("--out", metavar="DIR", help="folder of the run (default: reports/<provider>/<UTC time>/)"),
        click.option("--jobs", metavar="N", type=int, help="scenarios recorded side by side"),
        click.option("--fail-on", type=click.Choice(["logout", "all"]), default="logout", show_default=True,
                     help="which specifications decide the exit code"),
        click.option("-v", "--verbose", is_flag=True, help="one line for each requirement"),
    ):  # fmt: skip
        command = option(command)
    return command


@main.command()
@click.argument("config", type=click.Path(path_type=Path))
@_selecting
def run(config: Path, **options: Any) -> None:
    """Run the suite on the provider that CONFIG describes."""
    sys.exit(_pytest(["--provider", str(config)], **options))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_selecting
def replay(folder: Path, **options: Any) -> None:
    """Judge the evidence of an earlier run again, offline."""
    sys.exit(_pytest(["--evidence", str(folder)], **options))


@main.command()
@click.option(
    "--fault", "faults", multiple=True, metavar="NAME", help="make the embedded provider break something"
)
@click.option("--profile", "profiles", multiple=True, metavar="NAME", help="a conforming variant of it")
@click.option("--speak", metavar="CONTRACT", help="make it speak the documentation of another provider")
@_selecting
def demo(faults: tuple[str, ...], profiles: tuple[str, ...], speak: str | None, **options: Any) -> None:
    """Run the suite on the embedded reference provider."""
    from conformance.demo import DemoError, check_switches, demo_config

    try:
        switches = [*([f"speak-{speak}"] if speak else []), *faults, *profiles]
        check_switches(switches)
        with demo_config(switches) as config:
            told = [("speak", speak)] if speak else []
            told += [*(("fault", name) for name in faults), *(("profile", name) for name in profiles)]
            words = "".join(f" --{option} {name}" for option, name in told)
            again = f"--reproduce=logout-conformance demo{words}"
            code = _pytest(["--provider", str(config), again], **options)
    except DemoError as error:
        raise click.UsageError(str(error)) from None
    sys.exit(code)


@main.command(name="list")
@click.option("--spec", metavar="S", help="one specification, by id or prefix")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--contract", metavar="FILE", help="the rows of a contract: its path or name")
def list_rows(spec: str | None, form: str, contract: str | None) -> None:
    """List requirements and whether they have a check."""
    from conformance.requirements.listing import as_json, as_table, listing
    from conformance.requirements.load import UnknownRequirement

    if spec and contract:
        raise click.UsageError("--spec and --contract list different rows. Give one of them.")
    found = _opened(contract) if contract else None
    try:
        own = {"source": found.catalogue, "checks": found.checks} if found else {}
        rows = listing(found.specification if found else spec, **own)
    except (UnknownRequirement, KeyError) as error:
        raise click.UsageError(str(error)) from None
    click.echo(as_json(rows) if form == "json" else as_table(rows, found.catalogue if found else None))


@main.command()
@click.argument("identifier", metavar="ID")
@click.option(
    "--contract", metavar="FILE", help="the contract of the row, where it is not one of the suite's"
)
def explain(identifier: str, contract: str | None) -> None:
    """Explain a requirement to a reader: sentence, source, how it is observed, where it is recorded, its fault."""
    from conformance.proofs import faults_by_row, reasons_without_fault
    from conformance.requirements import explain as explaining
    from conformance.requirements.load import UnknownRequirement

    try:
        found = _opened(contract) if contract else _opened_by_row(identifier)
        if found:
            explanation = explaining.explain(
                identifier, faults_by_row(found.name), {}, found.recordings,
                source=found.catalogue, checks=found.checks, speaks=found.name,
            )  # fmt: skip
        else:
            proofs = faults_by_row(), reasons_without_fault(), _recordings()
            explanation = explaining.explain(identifier, *proofs)
    except UnknownRequirement as error:
        without = identifier.startswith("DOC-") and not contract
        hint = ". Rows of a contract of your own need --contract FILE" if without else ""
        raise click.UsageError(f"{error}{hint}") from None
    click.echo(explaining.render(explanation))


def _recordings() -> dict[str, list[Any]]:
    """Return the scenarios that record what the check of a row reads, by the row's id."""
    from conformance.requirements.checks import place
    from conformance.requirements.explain import Recording
    from conformance.scenarios.registry import scenarios
    from conformance.suite.registry import checks

    known = {name: Recording(name, place(one.body)) for name, one in scenarios().items()}
    return {row: [known[name] for name in check.scenarios] for row, check in checks().items()}


def _opened(name: str) -> Any:
    """Open a contract; what is wrong with it is told line by line."""
    from conformance.config.errors import ConfigError
    from conformance.documented.opened import opened

    try:
        return opened(name)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


def _opened_by_row(identifier: str) -> Any:
    from conformance.documented.opened import opened_by_row

    return opened_by_row(identifier) if identifier.startswith("DOC-") else None


@main.group()
def contract() -> None:
    """Contracts: what a provider's own documentation says, as data."""


@contract.command()
@click.argument("file")
def check(file: str) -> None:
    """Validate a contract, and say what is made of it."""
    from conformance.documented.skeleton import summary

    click.echo(summary(_opened(file)))


@contract.command()
@click.argument("name", default="my-provider")
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="where to write it (default: NAME.yaml)"
)
def new(name: str, out: Path | None) -> None:
    """Write a contract with comments, to begin with."""
    from conformance.documented.skeleton import skeleton

    target = out or Path(f"{name}.yaml")
    try:
        text = skeleton(name)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if target.exists():
        raise click.UsageError(f"{target} is there already. Give another place by --out.")
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{target} cannot be written: {error.strerror}.") from None
    click.echo(f"Wrote {target}. Fill it in, then: logout-conformance contract check {target}")


@main.command()
@click.option("--port", type=int, default=0, help="port to listen on (default: any free one)")
@click.option(
    "--fault", "faults", multiple=True, metavar="NAME", help="a fault or profile of the tenant to show"
)
@click.option("--speak", metavar="CONTRACT", help="make it speak the documentation of another provider")
@click.option("--list-faults", is_flag=True, help="list faults: name, rows it must turn, what it does")
def reference(port: int, faults: tuple[str, ...], speak: str | None, *, list_faults: bool) -> None:
    """Serve the embedded reference provider."""
    from conformance.demo import DemoError, check_switches, fault_lines, serve_reference

    switches = [*([f"speak-{speak}"] if speak else []), *faults]
    try:
        check_switches(switches)
        if list_faults:
            click.echo("\n".join(fault_lines(speak or "")))
            return
        serve_reference(port, switches)
    except DemoError as error:
        raise click.UsageError(str(error)) from None


def _pytest(
    arguments: Sequence[str], *, only: Sequence[str] = (), case: str | None = None, out: str | None = None,
    jobs: int | None = None, fail_on: str = "logout", verbose: bool = False,
) -> int:  # fmt: skip
    """Run a pytest session of the suite, undisturbed by the settings of the folder it is started in."""
    import os

    import pytest

    from conformance.suite.registry import files

    command = [*arguments, *(f"--only={name}" for name in only), f"--fail-on={fail_on}"]
    command += [f"--out={out}"] if out else []
    command += [f"--jobs={jobs}"] if jobs else []
    command += [f"--case={case}"] if case else []
    command += ["-v"] if verbose else ["-q", "--no-header"]
    quiet = [
        "--assert=plain",  # what is imported is not rewritten: half of the start-up otherwise
        "--tb=no",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        os.curdir,
        "-c",
        os.devnull,
        "-W",
        "ignore",
        "--no-summary",
    ]
    plugins = ["--disable-plugin-autoload", "-p", "allure_pytest.plugin", "-p", "conformance.plugin"]
    return int(pytest.main([*command, *quiet, *plugins, *map(str, files())]))
