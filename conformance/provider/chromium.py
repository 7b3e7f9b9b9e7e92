"""The browser: where it is, how it is started, and how ``make`` gets one where there is none.

Looked for in this order: the config, the environment, Playwright's own download, the system. What the first
two name is taken or refused, never passed over in silence.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from playwright.async_api import Browser as RunningBrowser
    from playwright.async_api import Playwright

VARIABLE = "LOGOUT_CONFORMANCE_CHROMIUM"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

COMMON_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",  # would go past the host mapping's TCP receiver
    "--disable-site-isolation-trials",  # a process less per frame; what a frame may do is the same
)

FEATURES = "--disable-features="
# The last such switch wins, so what Playwright switches off is repeated here (a test compares).
PLAYWRIGHT_SWITCHES_OFF = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "TcpPortRandomizationWin"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    *("msForceBrowserSignIn", "msEdgeUpdateLaunchServicesPreferredVersion"),
)
# Pages of the address bar that nobody sees: two processes for every context, half of what a context costs.
UNSEEN = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")

# In a browsers folder, best first: the headless shell treats cookies and frames less like a user's browser.
_DOWNLOADS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium_headless_shell-*/chrome-headless-shell-linux*/chrome-headless-shell",
    "chromium_headless_shell-*/chrome-linux/headless_shell",
)
_VERSION = re.compile(r"\b\d+(?:\.\d+){3}\b")
_START_SECONDS = 30
_CONNECT_MILLISECONDS = 10_000  # five attempts are made, so a closed network costs under a minute at worst
_APT = (
    "-o",
    "DPkg::Lock::Timeout=120",
    "-o",
    "Acquire::http::Timeout=20",
    "-o",
    "Acquire::https::Timeout=20",
)

Source = Literal["config", "environment", "playwright", "system"]


@dataclass(frozen=True)
class Browser:
    """A Chromium or Chrome that starts. ``version`` has four numbers, as in 156.0.8078.79."""

    path: Path
    source: Source
    version: str


class BrowserMissing(RuntimeError):
    """There is no browser to start. The message is one line and says what to do."""


def find(configured: Path | None = None) -> Browser:
    """The browser to use; ``configured`` is the config's ``browser.executable``. Raises BrowserMissing."""
    if configured is not None:
        return _named(str(configured), "config", "browser.executable in the config")
    if named := os.environ.get(VARIABLE):
        return _named(named, "environment", VARIABLE)
    if browser := _look_around():
        return browser
    raise BrowserMissing(
        f"No Chromium or Chrome was found: run `{_playwright('install', 'chromium')}` "
        f"or `sudo apt-get install chromium`, or name one in {VARIABLE}."
    )


def launch_options(browser: Browser, extra_args: Sequence[str] = ()) -> dict[str, Any]:
    """Keyword arguments for Playwright's ``chromium.launch``; ``extra_args`` come last, so they win."""
    extra = [a for a in extra_args if a not in COMMON_ARGUMENTS and not a.startswith(FEATURES)]
    asked = (a.removeprefix(FEATURES) for a in extra_args if a.startswith(FEATURES))
    features = FEATURES + ",".join([*PLAYWRIGHT_SWITCHES_OFF, *UNSEEN, *asked])
    arguments = [*COMMON_ARGUMENTS, features, *extra]
    return {
        "executable_path": str(browser.path),
        "args": arguments,
        "chromium_sandbox": "--no-sandbox" not in arguments and _sandbox_works(),
    }


async def launch_with_third_party_cookies(
    playwright: Playwright, profile: Path, options: dict[str, Any]
) -> RunningBrowser:
    """Start it on a profile of its own that allows third-party cookies; isolated contexts take that over."""
    preferences = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
    (profile / "Default").mkdir()
    (profile / "Default" / "Preferences").write_text(json.dumps(preferences))
    context = await playwright.chromium.launch_persistent_context(profile, **options)
    if context.browser is None:
        raise BrowserMissing("This Playwright gives no browser for a profile: use 1.50 or newer.")
    return context.browser


def install() -> Browser:
    """The browser that ``find`` finds, after one was installed if need be. Says on stderr what it does."""
    if os.environ.get(VARIABLE):
        return find()
    return _look_around() or _download() or _from_debian() or find()


def _named(name: str, source: Source, where: str) -> Browser:
    program = shutil.which(os.path.expanduser(name))  # noqa: PTH111  # a bare name must stay one
    version = program and _version(Path(program))
    if not program or not version:
        raise BrowserMissing(
            f"{where} names {name}, which does not start as a browser: correct it or leave it out."
        )
    return Browser(Path(program), source, version)


def _look_around() -> Browser | None:
    """The first that starts: a snap's stand-in and a download without its libraries are there, but do not."""
    for source, path in _candidates():
        if version := _version(path):
            return Browser(path, source, version)
    return None


def _candidates() -> Iterator[tuple[Source, Path]]:
    for path in _downloaded(_browsers_folder(), _wanted_revision()):
        yield "playwright", path
    for name in SYSTEM_NAMES:
        if program := shutil.which(name):
            yield "system", Path(program)


def _version(path: Path) -> str | None:
    """What ``--version`` says; None if it does not start or is no browser."""
    try:
        done = subprocess.run(
            [path, "--version"],
            check=False,
            capture_output=True,
            text=True,
            timeout=_START_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout)
    return found.group() if found and done.returncode == 0 else None


@cache
def _sandbox_works() -> bool:
    """Whether Chromium can make its sandbox: never as root, and not where user namespaces are forbidden."""
    if os.geteuid() == 0:
        return False
    try:
        unshare = ["unshare", "--user", "--map-root-user", "true"]
        done = subprocess.run(unshare, check=False, capture_output=True, timeout=_START_SECONDS)
    except OSError:
        return sys.platform != "linux"  # other systems have sandboxes of another kind
    return done.returncode == 0


# Playwright's own downloads. Asking its driver would start Node, which takes longer than all the rest here.


def _driver() -> Path | None:
    spec = find_spec("playwright")
    return Path(spec.origin).parent / "driver" / "package" if spec and spec.origin else None


def _browsers_folder() -> Path:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if named == "0":  # Playwright's word for: inside the package
        return (_driver() or Path()) / ".local-browsers"
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def _wanted_revision() -> str:
    """The revision that the installed Playwright was made for; empty if that cannot be read."""
    try:
        text = ((_driver() or Path()) / "browsers.json").read_text(encoding="utf-8")
        browsers = {entry["name"]: entry["revision"] for entry in json.loads(text)["browsers"]}
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return str(browsers.get("chromium", ""))


def _downloaded(folder: Path, wanted: str) -> Iterator[Path]:
    """Finished downloads: full browsers first, and of each kind the wanted revision, then the newest."""

    def home(path: Path) -> Path:
        return folder / path.relative_to(folder).parts[0]

    def rank(path: Path) -> tuple[bool, int]:
        revision = home(path).name.rpartition("-")[2]
        return revision == wanted, int(revision) if revision.isdigit() else 0

    for pattern in _DOWNLOADS:
        finished = [p for p in folder.glob(pattern) if (home(p) / "INSTALLATION_COMPLETE").exists()]
        yield from sorted(finished, key=rank, reverse=True)


# Getting one.


def _playwright(*arguments: str) -> str:
    """Playwright's command line as a person can type it here, also where the environment is not active."""
    program = ["playwright"] if shutil.which("playwright") else [sys.executable, "-m", "playwright"]
    return shlex.join([*program, *arguments])


def _download() -> Browser | None:
    _say("No browser was found: downloading Chromium with `playwright install chromium` (about 170 MB) ...")
    patience = os.environ.get("PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT", str(_CONNECT_MILLISECONDS))
    playwright = [sys.executable, "-m", "playwright"]
    if not _run([*playwright, "install", "chromium"], {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": patience}):
        return None
    browser = _look_around()
    if browser is None and _can_use_apt():
        _say("It lacks libraries: installing them with `playwright install-deps chromium` ...")
        _run([*playwright, "install-deps", "chromium"])
        browser = _look_around()
    return browser


def _from_debian() -> Browser | None:
    if not _can_use_apt():
        return None
    _say("Installing Debian's Chromium with `apt-get install chromium` ...")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", *_APT, "update"], environment)
    _run(["apt-get", *_APT, "install", "-y", "--no-install-recommends", "chromium"], environment)
    return _look_around()


def _can_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> bool:
    """Run a command, showing its progress alone; where it fails, also the first line that says why."""
    error = ""
    with subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            if "% of " in line:
                _say(line.rstrip())
            elif line.startswith(("Error", "E:")):
                error = error or line.strip()
    if process.returncode:
        _say(f"That failed: {error or f'exit status {process.returncode}'}")
    return process.returncode == 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the browser's path; with ``--install`` get one first. 4 if there is none."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given not in ([], ["--install"]):
        _say("usage: python -m conformance.provider.chromium [--install]")
        return 4
    try:
        browser = install() if given else find()
    except BrowserMissing as missing:
        _say(str(missing))
        return 4
    print(browser.path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
