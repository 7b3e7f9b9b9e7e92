"""What a sound config becomes."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from conformance.config import functions, model
from conformance.config.load import ConfigError, load
from conformance.config.redact import redacted
from conformance.config.schema import CONFIG
from conformance.requirements.load import catalogue

EXAMPLES = Path(__file__).parents[2] / "fixtures" / "configs"
DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"
ENVIRON = {"ALICE_PASSWORD": "correct horse", "BOB_PASSWORD": "battery staple", "IAT": "initial-token"}
MINIMAL = "issuer: https://op.test\ni_may_test: true\nregistration: dynamic\n"
ALICE = "users: [{username: alice, password: ${ALICE_PASSWORD}}]\n"


def config(folder: Path, text: str, name: str = "provider.yaml", **environ: str) -> model.ProviderConfig:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load(path, ENVIRON | environ)


def complaints(folder: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as raised:
        config(folder, text, **environ)
    return str(raised.value).replace(f"{folder}/", "")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_examples_are_sound(path: Path) -> None:
    # Some leave all that is the operator's blank: addresses and parts of them, too.
    blanks = re.findall(r"\$\{(\w+)\}", path.read_text(encoding="utf-8"))
    environ = {name: f"blank-{name.lower().replace('_', '-')}" for name in blanks}
    environ |= {name: "https://op.example.com" for name in blanks if name.endswith("ISSUER")}
    assert load(path, environ).users[0].key == "user1"


def test_defaults(tmp_path: Path) -> None:
    loaded = config(tmp_path, MINIMAL + ALICE)
    assert loaded.provider == "op.test"
    assert loaded.registration == model.RegistrationConfig()
    assert loaded.receiver == model.ReceiverConfig()
    assert loaded.path == tmp_path / "provider.yaml"
    assert loaded.pages.login == "auto"


@pytest.mark.parametrize(
    ("issuer", "name"), [("https://[::1]:8443", "--1-8443"), ("https://localhost:3000/a", "localhost-3000")]
)
def test_a_default_name_is_good_for_a_folder(tmp_path: Path, issuer: str, name: str) -> None:
    assert config(tmp_path, f"issuer: {issuer}\nregistration: dynamic\n{ALICE}").provider == name.strip("-.")


@pytest.mark.parametrize("written", ["yes", "Yes", "on", "true", "True", "${REACHABLE}", '"${REACHABLE}"'])
def test_booleans_as_users_write_them(tmp_path: Path, written: str) -> None:
    assert config(
        tmp_path, f"{MINIMAL}{ALICE}receiver: {{reachable: {written}}}\n", REACHABLE="yes"
    ).receiver.reachable


def test_unquoted_text_stays_what_was_written(tmp_path: Path) -> None:
    text = (
        MINIMAL
        + "test_credentials: true\nusers: [{username: 007, password: no}, {username: 1.10, password: 2027-01-31}]\n"
    )
    users = config(tmp_path, text).users
    assert [(u.username.reveal(), u.password.reveal()) for u in users] == [
        ("007", "no"),
        ("1.10", "2027-01-31"),
    ]


def test_free_metadata_knows_booleans_and_norwegian(tmp_path: Path) -> None:
    metadata = config(
        tmp_path,
        f"{MINIMAL}{ALICE}metadata: {{backchannel_logout_supported: yes, ui_locales_supported: [no], n: 5}}\n",
    ).metadata
    assert metadata == {"backchannel_logout_supported": True, "ui_locales_supported": ["no"], "n": 5}


def test_json_and_toml(tmp_path: Path) -> None:
    json_text = (
        '{"issuer": "http://localhost:1", "loopback": "http-allowed", "registration": "dynamic",'
        '"users": [{"username": "a", "password": "${ALICE_PASSWORD}"}], "jobs": 2}'
    )
    toml_text = (
        'issuer = "http://localhost:1"\nloopback = "http-allowed"\nregistration = "dynamic"\njobs = 2\n'
        '[[users]]\nusername = "a"\npassword = "${ALICE_PASSWORD}"\n'
        '[[waivers]]\nrequirement = "BCL-2.4-04"\nreason = "r"\nexpires = 2027-01-31\n'
    )
    from_json = config(tmp_path, json_text, "provider.json")
    from_toml = config(tmp_path, toml_text, "provider.toml")
    assert from_json.jobs == from_toml.jobs == 2
    assert from_json.users == from_toml.users
    assert from_toml.waivers[0].expires == "2027-01-31"
    assert from_toml.waivers[0].line == 8


def test_values_from_the_environment(tmp_path: Path) -> None:
    text = (
        f"issuer: https://${{HOST}}/t\ni_may_test: true\nregistration: dynamic\njobs: ${{JOBS:-3}}\n{ALICE}"
    )
    loaded = config(tmp_path, text, HOST="op.test", JOBS="")
    assert (loaded.issuer, loaded.jobs) == ("https://op.test/t", 3)


def test_references_need_no_quotes(tmp_path: Path) -> None:
    loaded = config(tmp_path, MINIMAL + "users: [{username: ${WHO:-alice}, password: ${ALICE_PASSWORD}}]\n")
    assert loaded.users == config(tmp_path, MINIMAL + ALICE).users


def test_a_doubled_dollar_is_literal(tmp_path: Path) -> None:
    loaded = config(tmp_path, MINIMAL + 'users: [{username: a, password: "x$${y}$z"}]\n')
    assert loaded.users[0].password.reveal() == "x${y}$z"


def test_steps_keep_the_names_of_the_user(tmp_path: Path) -> None:
    steps = 'pages: {login: [{match: "#a", fill: "${username}"}, {match: "#b", fill: "${PIN}"}]}'
    text = f"{MINIMAL}{ALICE}{steps}\n"
    loaded = config(tmp_path, text, PIN="2468-pin")
    assert [step.fill for step in loaded.pages.login if isinstance(step, model.Step)] == [
        "${username}",
        "2468-pin",
    ]
    assert model.Secret("2468-pin") in loaded.secrets


def test_every_secret_is_collected_and_no_username(tmp_path: Path) -> None:
    (tmp_path / "rp.pem").write_text("-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n")
    text = """
issuer: https://op.test
i_may_test: true
registration:
  initial_access_token: ${IAT}
  metadata: {software_statement: ey.ab.cd, token_endpoint_auth_method: none}
clients:
  - {client_id: rp1, client_secret: one-secret, redirect_uris: ["https://rp.test/"]}
  - {client_id: rp2, auth_method: private_key_jwt, private_key: rp.pem, redirect_uris: ["https://rp.test/"]}
browser: {arguments: ["--proxy-server=http://me:${PROXY_PASSWORD}@proxy.test"]}
"""
    loaded = config(tmp_path, text + ALICE, PROXY_PASSWORD="proxy-word")
    secrets = {secret.reveal() for secret in loaded.secrets}
    key = "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----"
    assert secrets == {"initial-token", "ey.ab.cd", "one-secret", "correct horse", "proxy-word", key}
    assert loaded.clients[1].private_key == tmp_path / "rp.pem"
    shown = repr(redacted(loaded))
    assert not [secret for secret in secrets if secret in shown]
    assert not [secret for secret in secrets if secret in repr(loaded.users) + repr(loaded.secrets)]
    assert "alice" in shown
    assert str(tmp_path) not in shown


def test_a_username_is_kept_though_it_is_the_password(tmp_path: Path) -> None:
    users = redacted(config(tmp_path, f"{MINIMAL}users: [{{username: alice, password: alice}}]\n"))["users"]
    assert users == [{"key": "user1", "username": "alice", "password": "…"}]


OWN_LOGOUT = """
own_logout:
  page: https://op.test/account
  steps: [{match: "#again", fill: "${password}"}, {match: text=Log out, click: true}]
  request:
    method: POST
    url: https://op.test/admin/${sid}?user=${sub}
    headers: {Accept: application/json, Authorization: "Bearer ${ADMIN}", X-Limit: 5}
"""


def test_an_own_logout_keeps_the_names_of_the_user(tmp_path: Path) -> None:
    own = config(tmp_path, MINIMAL + ALICE + OWN_LOGOUT, ADMIN="let-me-in").own_logout
    assert own
    assert own.request
    assert own.steps[0].fill == "${password}"
    assert (own.request.method, own.request.url) == ("POST", "https://op.test/admin/${sid}?user=${sub}")
    headers = {name: value.reveal() for name, value in own.request.headers.items()}
    assert headers == {"Accept": "application/json", "Authorization": "Bearer let-me-in", "X-Limit": "5"}


def test_only_headers_that_let_a_caller_in_are_secret(tmp_path: Path) -> None:
    loaded = config(tmp_path, MINIMAL + ALICE + OWN_LOGOUT, ADMIN="let-me-in")
    assert [secret.reveal() for secret in loaded.secrets] == ["Bearer let-me-in", "correct horse"]
    assert "let-me-in" not in repr(redacted(loaded))


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("{}", "5: key 'own_logout.page': missing, and so is 'request'. Write the page"),
        ("{page: https://op.test/me}", "5: key 'own_logout.steps': missing, and page needs it. Write what"),
        (
            "{steps: [{match: a, click: true}]}",
            "5: key 'own_logout.page': missing, and steps needs it. Write",
        ),
        (
            "{page: https://op.test/me, steps: [{match: a}]}",
            "5: key 'own_logout.steps[0]': expected one action",
        ),
        (
            "{request: {method: KILL, url: https://op.test/}}",
            "5: key 'own_logout.request.method': expected one of DELETE,",
        ),
        (
            "{request: {method: PUT}}",
            "5: key 'own_logout.request.url': missing. Expected an http or https URL.",
        ),
        (
            "{request: {url: op.test/x}}",
            "5: key 'own_logout.request.url': expected an absolute http or https",
        ),
        ("{request: {url: http://op.test/}}", "5: key 'own_logout.request.url': an http address on another"),
        (
            "{request: {url: https://op.test/, headers: {A: [1]}}}",
            "5: key 'own_logout.request.headers.A': expected",
        ),
        ("{request: {url: 'https://op.test/${SID}'}}", "the environment variable SID is not set"),
        ("{request: {url: 'https://op.test/${username}'}}", "the environment variable username is not set"),
    ],
)
def test_what_is_wrong_with_an_own_logout(tmp_path: Path, own: str, told: str) -> None:
    assert told in complaints(tmp_path, f"{MINIMAL}{ALICE}own_logout: {own}\n")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    try:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git")
    (tmp_path / "provider.yaml").touch()
    subprocess.run(["git", "-C", str(tmp_path), "add", "provider.yaml"], check=True, capture_output=True)
    return tmp_path


INLINE = MINIMAL + "users:\n  - username: alice\n    password: hunter2\n"


def test_an_inline_secret_that_git_tracks_is_refused(repository: Path) -> None:
    told = complaints(repository, INLINE)
    assert told == (
        "provider.yaml:6: key 'users[0].password': found a secret in a file that git tracks. Write `password: ${NAME}` "
        "and set the environment variable NAME, or add `test_credentials: true` if it opens nothing but a test system."
    )


def test_a_default_is_an_inline_secret(repository: Path) -> None:
    assert "git tracks" in complaints(repository, INLINE.replace("hunter2", "${PW:-hunter2}"))


@pytest.mark.parametrize("word", ["test_credentials: true\n", "    test_credentials: yes\n"])
def test_test_credentials_may_be_tracked(repository: Path, word: str) -> None:
    assert config(repository, INLINE + word).users


def test_secrets_from_the_environment_may_be_tracked(repository: Path) -> None:
    assert config(repository, MINIMAL + ALICE).users


def test_an_untracked_file_may_hold_secrets(repository: Path) -> None:
    assert config(repository, INLINE, "mine.yaml").users


def test_without_git_nothing_is_tracked(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert config(repository, INLINE).users


def test_a_function_beside_the_config(tmp_path: Path) -> None:
    (tmp_path / "my_login_page.py").write_text("def login(page):\n    return page\n")
    loaded = config(tmp_path, MINIMAL + "pages: {login: python:my_login_page:login}\n")
    assert loaded.users == []
    assert functions.imported(str(loaded.pages.login), loaded.path.parent)(5) == 5
    assert str(tmp_path) not in sys.path


def test_an_expired_waiver_is_kept_with_its_line(tmp_path: Path) -> None:
    waiver = "waivers:\n  - {requirement: BCL-2.4-04, reason: known, expires: 2019-01-31}\n"
    assert config(tmp_path, MINIMAL + ALICE + waiver).waivers[0] == model.Waiver(
        requirement="BCL-2.4-04", reason="known", expires="2019-01-31", line=6
    )


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("absent.yaml", None, "absent.yaml: there is no such file. Give the path of a provider config."),
        ("", None, "this is a folder. Give the path of a provider config in it."),
        ("nul.yaml", b"a: b\nc: \0", "nul.yaml:2: a binary file. Expected YAML, JSON or TOML."),
        ("latin.yaml", b"a: b\nc: \xe4", "latin.yaml:2: not UTF-8 text (byte 8). Save it as UTF-8."),
        ("wide.yaml", "a: b".encode("utf-16"), "wide.yaml: the text is UTF-16. Save the file as UTF-8."),
        (
            "big.yaml",
            b"#" * 300_000,
            "big.yaml: larger than 256 KiB. Expected a few lines; is this the right file?",
        ),
    ],
)
def test_what_is_no_config_at_all(tmp_path: Path, name: str, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        load(tmp_path / name, {})
    assert str(raised.value).endswith(told)
    assert len(raised.value.problems) == 1


def test_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    assert config(tmp_path, f"\ufeff{MINIMAL}{ALICE}").issuer == "https://op.test"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(ConfigError, match="larger than 256 KiB"):
        load(path, {})


def _described(shape: Any, path: str = "") -> list[str]:
    """Keys of the schema without a description or an example."""
    if not isinstance(shape, dict):
        return []
    bare = [
        f"{path}.{name}"
        for name, part in shape.get("properties", {}).items()
        if "$ref" not in part and not {"description", "examples"} <= set(part)
    ]
    return bare + [found for name, part in shape.items() for found in _described(part, f"{path}.{name}")]


def test_the_schema_is_valid_and_speaks_of_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(CONFIG.schema)
    assert _described(CONFIG.schema) == []


@pytest.mark.parametrize(
    ("where", "record"),
    [
        (("clients", 0), model.ClientConfig),
        (("registration",), model.RegistrationConfig),
        (("pages",), model.Pages),
        (("pages", "login", 0), model.Step),
        (("receiver", "answers", 0), model.AnswerConfig),
        (("browser",), model.BrowserConfig),
        (("tls",), model.Tls),
        (("select",), model.Selection),
        (("waivers", 0), model.Waiver),
        (("applications", 0), model.Application),
        (("own_logout",), model.OwnLogout),
        (("own_logout", "steps", 0), model.Step),
        (("own_logout", "request"), model.AdminRequest),
        ((), model.ProviderConfig),
    ],
)
def test_schema_and_records_name_the_same_keys(
    where: tuple[str | int, ...], record: type[msgspec.Struct]
) -> None:
    own = {"path", "secrets", "line"}
    renamed = {"loopback_http_allowed": "loopback", "selection": "select"}
    fields = {renamed.get(name, name) for name in record.__struct_fields__} - own
    keys = set(CONFIG.annotated(where, "properties")) - {"$schema", "test_credentials"}
    assert keys == fields


def test_declared_mechanisms_are_conditions_of_the_catalogue() -> None:
    assert set(CONFIG.annotated(("declares", 0), "enum")) <= set(catalogue().conditions)


def test_the_page_explains_every_key() -> None:
    page = DOCS.read_text(encoding="utf-8")
    parts = [
        (),
        ("clients", 0),
        ("users", 0),
        ("registration",),
        ("pages",),
        ("pages", "login", 0),
        ("receiver",),
        ("browser",),
        ("tls",),
        ("select",),
        ("waivers", 0),
        ("applications", 0),
        ("own_logout",),
        ("own_logout", "request"),
    ]
    names = {name for part in parts for name in CONFIG.annotated(part, "properties")} - {"$schema"}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_the_ten_line_config_of_the_page_is_sound(tmp_path: Path) -> None:
    text = DOCS.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    assert len(text.splitlines()) <= 11
    assert config(tmp_path, text).registration


def test_loading_needs_no_yaml_reader_before_it_is_called() -> None:
    code = "import sys, conformance.config.load; print([m for m in ('ruamel.yaml', 'jsonschema') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=DOCS.parents[1]
    )
    assert done.stdout == "[]\n"
