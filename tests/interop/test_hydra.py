"""Hydra's folder of `make interop`, as far as it can be tried without a Hydra: config, pages, start and end."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import pytest
import yaml
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from interop import hydra as folder
from interop.hydra import pages, server
from interop.hydra.pages import USERS, Admin, application
from interop.hydra.server import CONFIG, Ports, configuration, metadata
from interop.run import AS_CONFIRMED, MISSING, OTHERWISE, _unconfirmed, main
from tests.real.launcher import ProviderError

if TYPE_CHECKING:
    from starlette.requests import Request

SCHEMA = json.loads(CONFIG.with_name("hydra.schema.json").read_text())
PORTS = Ports(4001, 4002, 4003)
# Answers on both ports of its config as far as the start of a run asks, and keeps the clients that it is given.
STAND_IN = """\
#!{python}
import json, pathlib, sys, threading, yaml
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
config = pathlib.Path(sys.argv[sys.argv.index("-c") + 1])
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path in ("/health/ready", "/.well-known/jwks.json") else 404)
        self.end_headers()
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        config.with_name("clients").open("ab").write(body + b"\\n")
        self.send_response(201)
        self.end_headers()
    def log_message(self, *_):
        pass
serve = yaml.safe_load(config.read_text())["serve"]
for part in ("public", "admin"):
    listening = ThreadingHTTPServer(("127.0.0.1", serve[part]["port"]), Handler)
    threading.Thread(target=listening.serve_forever).start()
"""


class Asked:
    """What a Hydra would have been asked and told by its pages."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self.answers = answers  # of GET, by kind
        self.told: list[tuple[str, str, Any]] = []

    async def get(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        known = request.query_params[f"{kind}_challenge"] == "c"
        return JSONResponse(self.answers.get(kind, {}), 200 if known else 404)

    async def put(self, request: Request) -> Response:
        kind, verb = request.path_params["kind"], request.path_params["verb"]
        assert request.query_params[f"{kind}_challenge"] == "c"
        self.told.append((kind, verb, await request.json()))
        if verb == "reject":
            return Response(status_code=204)
        return JSONResponse({"redirect_to": "http://hydra.test/back"})

    def open(self, page: str, **form: str) -> httpx.Response:
        """What a browser gets there; with a form it posts."""
        return asyncio.run(self._open(page, form))

    async def _open(self, page: str, form: dict[str, str]) -> httpx.Response:
        path = "/admin/oauth2/auth/requests/{kind}"
        routes = [Route(path, self.get), Route(path + "/{verb}", self.put, methods=["PUT"])]
        async with _at(Starlette(routes=routes)) as admin, _at(application(Admin(admin))) as browser:
            return await browser.request("POST" if form else "GET", page, data=form or None)


def _at(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url="http://hydra.test", transport=httpx.ASGITransport(app))


@pytest.mark.parametrize("config", [yaml.safe_load(CONFIG.read_text()), configuration(PORTS)])
def test_the_config_is_as_hydras_schema_has_it(config: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(config)


def test_a_run_has_ports_and_a_secret_of_its_own() -> None:
    config = configuration(PORTS)
    assert config["urls"]["self"]["issuer"] == "http://localhost:4001"
    assert config["urls"]["logout"] == "http://127.0.0.1:4003/logout"
    assert (config["serve"]["public"]["port"], config["serve"]["admin"]["port"]) == (4001, 4002)
    assert config["secrets"] != configuration(PORTS)["secrets"]
    assert "secrets" not in yaml.safe_load(CONFIG.read_text())


def test_every_address_of_the_config_is_a_page() -> None:
    urls = yaml.safe_load(CONFIG.read_text())["urls"]
    served = {route.path for route in pages.at("http://admin.test").routes if isinstance(route, Route)}
    assert {f"/{url.rpartition('/')[2]}" for name, url in urls.items() if name != "self"} == served


def test_a_login_is_checked_and_remembered() -> None:
    asked, page = Asked(login={"skip": False, "subject": ""}), "/login?login_challenge=c"
    assert 'type="password"' in asked.open(page).text
    assert "Wrong" in asked.open(page, username="alice", password="x").text
    assert not asked.told
    done = asked.open(page, username="alice", password=USERS["alice"])
    assert done.headers["location"] == "http://hydra.test/back"
    ((kind, verb, body),) = asked.told
    assert (kind, verb, body["subject"], body["remember"]) == ("login", "accept", "alice", True)


def test_nobody_is_asked_twice() -> None:
    asked = Asked(
        login={"skip": True, "subject": "bob"},
        consent={"requested_scope": ["openid"], "requested_access_token_audience": []},
    )
    for page in ("login", "consent"):
        assert asked.open(f"/{page}?{page}_challenge=c").status_code == 303
    assert [body.get("subject", body.get("grant_scope")) for _, _, body in asked.told] == ["bob", ["openid"]]


@pytest.mark.parametrize(("answer", "verb", "status"), [("yes", "accept", 303), ("no", "reject", 200)])
def test_a_logout_is_asked_about(answer: str, verb: str, status: int) -> None:
    asked, page = Asked(), "/logout?logout_challenge=c"
    assert "Do you want to log out?" in asked.open(page).text
    assert asked.open(page, logout=answer).status_code == status
    assert asked.told == [("logout", verb, {})]


def test_a_challenge_that_hydra_does_not_know_is_an_error() -> None:
    refused = Asked().open("/logout?logout_challenge=unknown")
    assert (refused.status_code, "Hydra answered 404" in refused.text) == (400, True)


def test_errors_are_shown_as_text() -> None:
    page = Asked().open("/error?error=invalid_request&error_description=<b>")
    assert page.status_code == 400
    assert "invalid_request: &lt;b&gt;" in page.text


def test_clients_are_registered_in_hydras_words() -> None:
    client = {"client_id": "a", "redirect_uris": ["https://a.test/cb"], "auth_method": "none"}
    body = metadata(client)
    assert "auth_method" not in body
    assert (body["token_endpoint_auth_method"], body["response_types"]) == ("none", ["code"])


def test_without_the_executable_it_says_so_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["hydra"]) == MISSING
    said = capsys.readouterr().err.strip()
    assert "Ory Hydra needs its executable (hydra, 2.x) on the PATH" in said
    assert "\n" not in said


def test_where_nobody_named_it_the_others_go_on_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("interop.run.PROVIDERS", ["hydra"])
    assert main([]) == AS_CONFIRMED
    assert "hydra is left out" in capsys.readouterr().err


def test_it_is_started_configured_and_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _stand_in(monkeypatch, tmp_path, STAND_IN.format(python=sys.executable))
    run = tmp_path / "hydra-static"
    run.mkdir()
    with folder.serving("static", run) as config:
        told = yaml.safe_load(config.read_text())
        assert told["contracts"] == [{"file": "vinid-oneid", "servers": {"oauth": told["issuer"]}}]
        registered = [json.loads(line) for line in (run / "clients").read_text().splitlines()]
        assert all("yourapp.test" in client["redirect_uris"][0] for client in registered)
        assert len(registered) == len(told["clients"])
        pages_at = yaml.safe_load((run / "hydra.yml").read_text())["urls"]["post_logout_redirect"]
        assert "You are logged out" in httpx.get(pages_at).text
    with pytest.raises(httpx.ConnectError):
        httpx.get(told["issuer"])


def test_one_that_dies_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _stand_in(monkeypatch, tmp_path, "#!/bin/sh\necho 'unknown key: serv'\nexit 1\n")
    with pytest.raises(ProviderError, match="unknown key: serv"), server.hydra(tmp_path, tmp_path / "ca.pem"):
        pass


def test_without_confirmed_verdicts_its_own_document_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for row, code in (("BCL-2.4-04", AS_CONFIRMED), ("DOC-vinid-oneid-S05", OTHERWISE)):
        (tmp_path / "results.json").write_text(json.dumps({"requirements": [{"id": row, "verdict": "fail"}]}))
        assert _unconfirmed("hydra", tmp_path) == code
        assert f"{row}: fail, not confirmed by hand yet" in capsys.readouterr().out


def _stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Put a program called hydra on the PATH."""
    program = tmp_path / "bin" / "hydra"
    program.parent.mkdir()
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
