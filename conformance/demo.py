"""The embedded reference provider in a process of its own, and a config that describes it.

``python -m conformance.demo`` is that process: it takes its settings as JSON on standard input, prints
one line of JSON when it listens, and ends when its standard input is closed.
"""

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.reference.switches import SpokenContract

DYNAMIC = "registration: {short_lived: {id_token_lifetime: 2}}"
CONFIG = """\
# The embedded reference provider. Its users are no secrets.
provider: {name}
issuer: {issuer}
test_credentials: true
users:
  - {{username: alice, password: wonderland}}
  - {{username: bob, password: builder}}
tls: {{ca: {ca}}}
receiver: {{reachable: yes, certificate: {certificate}, private_key: {key}, listen: "{listen}"}}
{clients}
{more}
"""
# What is said of a tenant that speaks no contract.
STANDARD = """\
scopes: [openid, profile, email]
own_logout:
  page: {issuer}/account
  steps: [{{match: "role=button[name='Log out']", click: true}}]
  request: {{url: "{issuer}/admin/sessions/${{sid}}", headers: {{Authorization: Bearer {administrator}}}}}
"""
SPEAKS = "speak-"  # as in conformance.reference.switches
ADMINISTRATOR = "reference-administrator"  # as in conformance.reference.account, which needs not be loaded
# What the operator of a tenant has to say, where its metadata are silent on purpose.
DECLARED = {
    "logout-unannounced": "declares: [front_channel, back_channel]\n",
    "check-session-unannounced": "metadata: {{check_session_iframe: {issuer}/check_session}}\n",
}


class DemoError(Exception):
    """The embedded provider did not start; the message says why."""


@dataclass(frozen=True)
class StaticClients:
    """Clients that every tenant has from the start, and the receiver's port that their logout URIs name."""

    receiver_port: int
    clients: list[dict[str, Any]]


@dataclass(frozen=True)
class RunningProvider:
    """The embedded provider, listening."""

    port: int
    ca: Path
    pool: "StaticClients | None" = None

    def issuer(self, switches: Sequence[str] = ()) -> str:
        return f"https://localhost:{self.port}/t/{'+'.join(switches) or 'ok'}"


@contextmanager
def reference_provider(
    folder: Path, *, trust: Path | None = None, port: int = 0, pool: StaticClients | None = None
) -> Iterator[RunningProvider]:
    """Run the reference provider in a child process for as long as the block lasts."""
    ca = folder / "provider-ca.pem"
    clients = pool.clients if pool else []
    settings = {"port": port, "ca": str(ca), "trust": str(trust) if trust else None, "clients": clients}
    child = subprocess.Popen(
        [sys.executable, "-m", "conformance.demo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,  # Ctrl-C stops the run first, and the provider after its clean-up
    )  # fmt: skip
    assert child.stdin  # noqa: S101 - pipes were asked for
    assert child.stdout  # noqa: S101 - likewise
    try:
        child.stdin.write(json.dumps(settings) + "\n")
        child.stdin.flush()
        line = child.stdout.readline()
        if not line:
            raise DemoError(f"The embedded provider ended with status {child.wait()} before it listened.")
        yield RunningProvider(json.loads(line)["port"], ca, pool)
    finally:
        child.stdin.close()
        child.wait(timeout=10)
        child.stdout.close()


@contextmanager
def demo_config(switches: Sequence[str] = (), **members: Any) -> Iterator[Path]:
    """Start the embedded provider and write a config for one of its tenants into a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="logout-conformance-") as name:
        folder = Path(name)
        receiver = receiver_certificate(folder)
        pool = spoken_clients(switches)
        with reference_provider(folder, trust=receiver.ca, pool=pool) as provider:
            yield write_config(folder, provider, receiver, switches, pool=pool, **members)


@dataclass(frozen=True)
class ReceiverCertificate:
    """A certificate for the receiver, and the CA by which the provider trusts it."""

    ca: Path
    certificate: Path
    key: Path


def receiver_certificate(folder: Path) -> ReceiverCertificate:
    """Issue a certificate for localhost from a CA of our own."""
    import trustme

    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    files = ReceiverCertificate(folder / "receiver-ca.pem", folder / "receiver.pem", folder / "receiver.key")
    authority.cert_pem.write_to_path(str(files.ca))
    files.certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(files.key))
    return files


def write_config(
    folder: Path, provider: RunningProvider, receiver: ReceiverCertificate, switches: Sequence[str] = (),
    more: str = "", pool: StaticClients | None = None,
) -> Path:  # fmt: skip
    """Write the config of one tenant and return its path; with a pool it has no clients but those."""
    name, issuer = "-".join(["reference", *switches]), provider.issuer(switches)
    path = folder / f"{name}.yaml"
    spoken = spoken_contract_of(switches)
    text = CONFIG.format(
        name=name, issuer=issuer, ca=provider.ca, certificate=receiver.certificate, key=receiver.key,
        listen=f"127.0.0.1:{pool.receiver_port if pool else 0}",
        clients=_ways_in(pool, spoken),
        more=spoken.config_for(issuer) if spoken else STANDARD.format(issuer=issuer, administrator=ADMINISTRATOR),
    )  # fmt: skip
    declared = "".join(DECLARED.get(switch, "").format(issuer=issuer) for switch in switches)
    path.write_text(text + declared + more, encoding="utf-8")
    return path


def _ways_in(pool: StaticClients | None, spoken: "SpokenContract | None") -> str:
    """Return the lines that say where clients come from; a contract may be shown with lines of its own."""
    if pool:
        return f"clients: {json.dumps(pool.clients)}"
    return "" if spoken and "registration:" in spoken.config else DYNAMIC


def spoken_contract_of(switches: Sequence[str]) -> "SpokenContract | None":
    """Return the contract that a tenant of these switches speaks."""
    from conformance.reference.switches import spoken_contracts

    return next((one for one in spoken_contracts() if f"{SPEAKS}{one.name}" in switches), None)


def spoken_clients(switches: Sequence[str]) -> StaticClients | None:
    """Return the clients that a contract is shown with; None where clients are registered."""
    spoken = spoken_contract_of(switches) if any(one.startswith(SPEAKS) for one in switches) else None
    return StaticClients(0, list(spoken.clients)) if spoken and spoken.clients else None


def static_pool() -> StaticClients:
    """Return clients that let all be tested that can be without registration: those without a channel are cheap."""
    port = _free_port()
    kinds = [(channel, number) for channel in ("front", "back", "plain") for number in (1, 2, 3, 4)]
    clients = [_client(f"{channel}-{number}", port, channel, query=number == 2) for channel, number in kinds]
    return StaticClients(port, [*clients, _client("both", port, "front back")])


def _client(name: str, port: int, channels: str, *, query: bool = False) -> dict[str, Any]:
    home, asked = f"https://{name}.static.test", "?tenant=a%20b&x=1" if query else ""
    client: dict[str, Any] = {
        "client_id": name, "client_secret": f"secret-of-{name}", "redirect_uris": [f"{home}/callback"],
        "post_logout_redirect_uris": [f"{home}/logged-out", f"{home}/goodbye?x=1&y=%20z"],
    }  # fmt: skip
    if "front" in channels:
        client["frontchannel_logout_uri"] = f"{home}/frontchannel-logout{asked}"
        client["frontchannel_logout_session_required"] = True
    if "back" in channels:
        client["backchannel_logout_uri"] = f"https://localhost:{port}/{name}/backchannel-logout{asked}"
        client["backchannel_logout_session_required"] = True
    return client


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_switches(names: Sequence[str]) -> None:
    """Raise DemoError, with the nearest names, where a fault or profile is unknown."""
    from difflib import get_close_matches

    from conformance.reference.switches import faults, profiles, spoken_contracts

    def hint(name: str, known: Sequence[str]) -> str:
        near = get_close_matches(name, known, 3)
        return f" Did you mean {' or '.join(near)}?" if near else ""

    spoken = next((name.removeprefix(SPEAKS) for name in names if name.startswith(SPEAKS)), "")
    contracts = [one.name for one in spoken_contracts()]
    if spoken and spoken not in contracts:
        raise DemoError(
            f"The reference provider does not speak {spoken!r}.{hint(spoken, contracts)} It speaks "
            f"{', '.join(contracts)}."
        )
    known = [one.name for one in (*faults(), *(faults(spoken) if spoken else []))]
    known += [one.name for one in profiles()]
    for name in names:
        if name not in known and not name.startswith(SPEAKS):
            raise DemoError(
                f"No fault or profile is called {name!r}.{hint(name, known)} `reference --list-faults` lists them."
            )


def fault_lines(speaks: str = "") -> list[str]:
    """Return the faults, one a line: name, rows it must turn, what it does."""
    from conformance.reference.switches import faults

    found = faults(speaks)
    width = max((len(fault.name) for fault in found), default=0)
    return [f"{fault.name:<{width}}  {', '.join(fault.rows):<24}  {fault.does}" for fault in found]


def serve_reference(port: int, switches: Sequence[str]) -> None:
    """Serve the reference provider in this process until Ctrl-C."""
    from conformance.reference import ReferenceProvider, serve

    check_switches(switches)
    pool = spoken_clients(switches)

    def ready(provider: ReferenceProvider) -> None:
        print(f"Serving {provider.issuer(*switches)}", flush=True)
        for client in pool.clients if pool else []:
            print(f"Client: {client['client_id']} / {client.get('client_secret', 'no secret')}", flush=True)
        print("Users: alice / wonderland, bob / builder. Ctrl-C ends it.", flush=True)

    serve(port, ready=ready, clients=pool.clients if pool else ())


async def _child(settings: dict[str, Any]) -> None:
    """Serve until standard input is closed."""
    from conformance.reference import ReferenceProvider

    trust = ssl.create_default_context()
    if settings["trust"]:
        trust.load_verify_locations(settings["trust"])
    async with ReferenceProvider(settings["port"], trust=trust, clients=settings["clients"]) as provider:
        provider.ca.cert_pem.write_to_path(settings["ca"])
        print(json.dumps({"port": provider.port}), flush=True)
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        await reader.read()


if __name__ == "__main__":
    asyncio.run(_child(json.loads(sys.stdin.readline())))
