"""Where the browser is looked for, how it is started, and what is done when there is none."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conformance.provider import chromium
from conformance.provider.chromium import Browser, BrowserMissing, find, install, launch_options, main

Machine = Callable[..., Path]
FULL = "chromium-{}/chrome-linux64/chrome"
SHELL = "chromium_headless_shell-{}/chrome-headless-shell-linux64/chrome-headless-shell"
BROKEN = "exit 1"


def says(version: str) -> str:
    return f'[ "$1" = --version ] && echo "Chromium {version} built on Somewhere"'


def make_program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No browser anywhere, nobody is root, and no command is run."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloads"))
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(chromium, "_run", lambda *_: pytest.fail("a command was run"))
    monkeypatch.setattr(chromium, "_wanted_revision", lambda: "1200")
    chromium._sandbox_works.cache_clear()


@pytest.fixture
def on_path(tmp_path: Path) -> Machine:
    return lambda name, script: make_program(tmp_path / "bin" / name, script)


@pytest.fixture
def downloaded(tmp_path: Path) -> Machine:
    def put(pattern: str, revision: int, script: str, *, finished: bool = True) -> Path:
        program = make_program(tmp_path / "downloads" / pattern.format(revision), script)
        if finished:
            (program.parents[1] / "INSTALLATION_COMPLETE").touch()
        return program

    return put


def test_the_config_comes_first(
    tmp_path: Path, on_path: Machine, downloaded: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = make_program(tmp_path / "mine", says("1.2.3.4"))
    monkeypatch.setenv(chromium.VARIABLE, str(make_program(tmp_path / "other", says("2.0.0.0"))))
    downloaded(FULL, 1200, says("3.0.0.0"))
    on_path("chromium", says("4.0.0.0"))
    assert find(mine) == Browser(mine, "config", "1.2.3.4")


def test_then_the_environment(
    tmp_path: Path, on_path: Machine, downloaded: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = make_program(tmp_path / "other", says("2.0.0.0"))
    monkeypatch.setenv(chromium.VARIABLE, str(named))
    downloaded(FULL, 1200, says("3.0.0.0"))
    on_path("chromium", says("4.0.0.0"))
    assert find() == Browser(named, "environment", "2.0.0.0")


def test_then_a_download_of_playwright(on_path: Machine, downloaded: Machine) -> None:
    program = downloaded(FULL, 1200, says("3.0.0.0"))
    on_path("chromium", says("4.0.0.0"))
    assert find() == Browser(program, "playwright", "3.0.0.0")


def test_then_the_system(on_path: Machine) -> None:
    on_path("google-chrome", says("5.0.0.0"))
    program = on_path("chromium", says("4.0.0.0"))
    assert find() == Browser(program, "system", "4.0.0.0")


@pytest.mark.parametrize("name", chromium.SYSTEM_NAMES)
def test_each_name_on_the_system(name: str, on_path: Machine) -> None:
    program = on_path(name, says("4.0.0.0"))
    assert find().path == program


def test_a_name_on_the_path_will_do(on_path: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    program = on_path("brave", says("6.0.0.0"))
    monkeypatch.setenv(chromium.VARIABLE, "brave")
    assert find().path == program


def test_a_path_with_spaces(tmp_path: Path) -> None:
    program = make_program(tmp_path / "my browsers" / "chrome", says("1.2.3.4"))
    assert find(program).path == program


def test_downloads_by_kind_then_revision(downloaded: Machine) -> None:
    shell = downloaded(SHELL, 1200, says("1.0.0.0"))
    assert find().path == shell
    older = downloaded(FULL, 999, says("1.0.0.0"))
    assert find().path == older
    newer = downloaded(FULL, 1300, says("1.0.0.0"))
    assert find().path == newer
    wanted = downloaded(FULL, 1200, says("1.0.0.0"))
    assert find().path == wanted


def test_an_unfinished_download_is_none(downloaded: Machine) -> None:
    downloaded(FULL, 1200, says("1.0.0.0"), finished=False)
    with pytest.raises(BrowserMissing):
        find()


@pytest.mark.parametrize("script", [BROKEN, "echo snap install chromium", f"{says('1.2.3.4')}; exit 3"])
def test_what_does_not_start_is_passed_over(script: str, on_path: Machine) -> None:
    on_path("chromium", script)
    chrome = on_path("google-chrome-stable", says("4.0.0.0"))
    assert find().path == chrome


def test_what_is_named_is_never_passed_over(
    tmp_path: Path, on_path: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path("chromium", says("4.0.0.0"))
    with pytest.raises(
        BrowserMissing, match=r"^browser\.executable in the config names .*gone, which does not start"
    ):
        find(tmp_path / "gone")
    monkeypatch.setenv(chromium.VARIABLE, str(make_program(tmp_path / "broken", BROKEN)))
    with pytest.raises(BrowserMissing, match=rf"^{chromium.VARIABLE} names .*broken"):
        find()
    with pytest.raises(BrowserMissing, match=chromium.VARIABLE):
        install()


def test_none_gives_one_line_with_the_command() -> None:
    with pytest.raises(BrowserMissing) as missing:
        find()
    message = str(missing.value)
    assert "\n" not in message
    assert "playwright install chromium`" in message
    assert "`sudo apt-get install chromium`" in message


def test_an_active_environment_shortens_the_command(on_path: Machine) -> None:
    on_path("playwright", "")
    with pytest.raises(BrowserMissing, match="run `playwright install chromium`"):
        find()


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"PLAYWRIGHT_BROWSERS_PATH": "/srv/browsers"}, "/srv/browsers"),
        ({"PLAYWRIGHT_BROWSERS_PATH": "", "XDG_CACHE_HOME": "/srv/cache"}, "/srv/cache/ms-playwright"),
        (
            {"PLAYWRIGHT_BROWSERS_PATH": "", "XDG_CACHE_HOME": "", "HOME": "/home/x"},
            "/home/x/.cache/ms-playwright",
        ),
    ],
)
def test_playwrights_folder(variables: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert chromium._browsers_folder() == Path(folder)


def test_playwrights_folder_within_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "0")
    folder = chromium._browsers_folder()
    assert folder.name == ".local-browsers"
    assert (folder.parent / "browsers.json").is_file()


def test_the_revision_is_read_from_playwright(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    assert chromium._wanted_revision().isdigit()
    monkeypatch.setattr(chromium, "_driver", lambda: tmp_path)
    assert chromium._wanted_revision() == ""
    (tmp_path / "browsers.json").write_text(json.dumps({"browsers": [{"name": "chromium"}]}))
    assert chromium._wanted_revision() == ""


BROWSER = Browser(Path("/opt/chrome"), "system", "1.2.3.4")


def test_launch_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "_sandbox_works", lambda: True)
    options = launch_options(BROWSER, ["--lang=de", "--no-first-run"])
    assert options["executable_path"] == "/opt/chrome"
    assert [a for a in options["args"] if not a.startswith(chromium.FEATURES)] == [
        *chromium.COMMON_ARGUMENTS,
        "--lang=de",
    ]
    assert options["chromium_sandbox"] is True


def test_the_sandbox_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "_sandbox_works", lambda: True)
    assert launch_options(BROWSER, ["--no-sandbox"])["chromium_sandbox"] is False


def test_root_has_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert launch_options(BROWSER)["chromium_sandbox"] is False


@pytest.mark.parametrize(("script", "works"), [("exit 0", True), (BROKEN, False)])
def test_the_sandbox_needs_user_namespaces(script: str, works: bool, on_path: Machine) -> None:
    on_path("unshare", script)
    assert launch_options(BROWSER)["chromium_sandbox"] is works


class Commands:
    """Stands in for running commands: remembers them, and does what a command is scripted to do."""

    def __init__(self, effects: dict[str, Callable[[], object]]) -> None:
        self.effects = effects
        self.ran: list[str] = []

    def __call__(self, command: Sequence[str], environment: object = None) -> bool:
        options = ("-m", "-o", "--no-install-recommends")
        line = " ".join(word for word in command[1:] if word not in options and "::" not in word)
        self.ran.append(line)
        return any(name in line and effect() is not False for name, effect in self.effects.items())


@pytest.fixture
def root_on_debian(on_path: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path("apt-get", "")
    monkeypatch.setattr("os.geteuid", lambda: 0)


def test_nothing_is_installed_where_one_is_found(on_path: Machine) -> None:
    program = on_path("chromium", says("4.0.0.0"))
    assert install().path == program


def test_playwright_is_asked_first(downloaded: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Commands({"playwright install chromium": lambda: downloaded(FULL, 1200, says("3.0.0.0"))})
    monkeypatch.setattr(chromium, "_run", run)
    assert install().source == "playwright"
    assert run.ran == ["playwright install chromium"]


@pytest.mark.usefixtures("root_on_debian")
def test_a_download_without_its_libraries(downloaded: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Commands(
        {
            "playwright install chromium": lambda: downloaded(FULL, 1200, BROKEN),
            "playwright install-deps chromium": lambda: downloaded(FULL, 1200, says("3.0.0.0")),
        }
    )
    monkeypatch.setattr(chromium, "_run", run)
    assert install().source == "playwright"
    assert len(run.ran) == 2


@pytest.mark.usefixtures("root_on_debian")
def test_then_debian(
    on_path: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Commands({"install -y chromium": lambda: on_path("chromium", says("4.0.0.0"))})
    monkeypatch.setattr(chromium, "_run", run)
    assert install().source == "system"
    assert run.ran == ["playwright install chromium", "update", "install -y chromium"]
    assert "apt-get install chromium" in capsys.readouterr().err


def test_who_is_not_root_is_told_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], on_path: Machine
) -> None:
    on_path("apt-get", "")
    monkeypatch.setattr(chromium, "_run", lambda *_: False)
    assert main(["--install"]) == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "`sudo apt-get install chromium`" in printed.err.splitlines()[-1]


def test_the_path_alone_goes_to_stdout(on_path: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    program = on_path("chromium", says("4.0.0.0"))
    assert main([]) == 0
    assert capsys.readouterr().out == f"{program}\n"


def test_unknown_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--instal"]) == 4
    assert "usage:" in capsys.readouterr().err


def test_progress_is_shown_and_a_failure_explained(
    on_path: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    program = on_path(
        "get", 'echo chatter; echo "|####| 10% of 170 MiB"; echo "Error: no way"; echo at line 3; exit 1'
    )
    assert chromium._run([str(program)]) is False
    assert capsys.readouterr().err.splitlines() == ["|####| 10% of 170 MiB", "That failed: Error: no way"]
    silent = on_path("silent", "exit 7")
    assert chromium._run([str(silent)]) is False
    assert "exit status 7" in capsys.readouterr().err
    assert chromium._run([str(on_path("fine", "exit 0"))]) is True


def test_what_playwright_switches_off_stays_off() -> None:
    import playwright

    bundle = Path(playwright.__file__).parent / "driver" / "package" / "lib" / "coreBundle.js"
    listed = re.search(r"disabledFeatures = \[(.*?)\]", bundle.read_text(encoding="utf-8"), re.DOTALL)
    assert listed
    assert re.findall(r'^\s*"(\w+)"', listed[1], re.MULTILINE) == list(chromium.PLAYWRIGHT_SWITCHES_OFF)


def test_features_of_the_config_are_switched_off_too() -> None:
    browser = Browser(Path("/chromium"), "system", "1.2.3.4")
    arguments = launch_options(browser, ["--disable-features=One,Two", "--lang=de"])["args"]
    features = [a for a in arguments if a.startswith("--disable-features=")]
    assert len(features) == 1
    assert features[0].endswith(",One,Two")
    assert "PaintHolding" in features[0]
