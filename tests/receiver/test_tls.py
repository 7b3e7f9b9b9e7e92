"""TLS: a certificate for every name, the operator's own, and failed handshakes."""

import asyncio
import socket
import ssl

import httpx
import pytest
import trustme
from cryptography import x509

from conformance.receiver import Limits, Receiver, ReceiverError, RelyingPartySite
from tests.receiver.support import KEY, PATIENCE, ask, in_loop, open_site, receiver, trusting


async def served_names(listening: Receiver, name: str, ca: ssl.SSLContext) -> list[str]:
    _, writer = await asyncio.open_connection("127.0.0.1", listening.port, ssl=ca, server_hostname=name)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    names = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    return [str(entry.value) for entry in names.value]


@in_loop
async def test_every_name_gets_its_certificate():
    async with receiver() as listening:
        assert await served_names(listening, "rp1.test", trusting(listening)) == ["rp1.test"]
        assert "localhost" in await served_names(listening, "localhost", trusting(listening))
        assert (await ask(listening, "https://app.example.com:8443/")).status_code == 404


@in_loop
async def test_no_flood_of_names_makes_certificates_without_end():
    async with receiver(limits=Limits(certificates=1)) as listening:
        anyone = ssl.create_default_context(cadata=listening.ca_pem.decode())
        anyone.check_hostname = False
        assert await served_names(listening, "rp1.test", anyone) == ["rp1.test"]
        assert "localhost" in await served_names(listening, "rp2.test", anyone)
        assert "localhost" in await served_names(listening, "under_score.test", anyone)


@in_loop
async def test_the_ca_can_be_exported(tmp_path):
    async with receiver() as listening:
        listening.export_ca(tmp_path / "ca.pem")
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        async with httpx.AsyncClient(verify=context) as http:
            assert (await http.get(listening.backchannel_uri(KEY))).status_code == 404


def given_certificate(folder, host):
    """Return the file of a certificate for a host, and what trusts it."""
    own = trustme.CA()
    own.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(folder / "own.pem")
    return folder / "own.pem", ssl.create_default_context(cadata=own.cert_pem.bytes().decode())


@in_loop
async def test_a_given_certificate_stands_for_the_public_host(tmp_path):
    certificate, trusted = given_certificate(tmp_path, "logout.example.net")
    async with receiver(certificate=certificate, public_url="https://logout.example.net/hook/") as listening:
        open_site(listening)
        assert listening.backchannel_uri(KEY) == f"https://logout.example.net/hook/{KEY}/backchannel-logout"
        assert await served_names(listening, "logout.example.net", trusted) == ["logout.example.net"]
        assert await served_names(listening, "rp1.test", trusting(listening)) == ["rp1.test"]


@in_loop
async def test_it_does_so_too_where_that_host_is_an_applications(tmp_path):
    """Its redirect and front-channel URIs are at the host that the provider calls."""
    certificate, trusted = given_certificate(tmp_path, "rp1.test")
    async with receiver(certificate=certificate, public_url="https://rp1.test") as listening:
        open_site(listening)
        assert await served_names(listening, "rp1.test", trusted) == ["rp1.test"]
        assert listening.chromium_arguments()[1].count(",") == 1


@in_loop
async def test_an_unusable_certificate_is_one_sentence(tmp_path):
    with pytest.raises(ReceiverError, match="cannot be used"):
        async with receiver(certificate=tmp_path / "missing.pem"):
            pass


def distrust(port: int, name: str) -> None:
    """A client that knows the public CAs only. (asyncio's own would hang up without an alert.)"""
    with socket.create_connection(("127.0.0.1", port)) as plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname=name)


@in_loop
async def test_a_client_that_does_not_trust_the_ca_is_recorded():
    async with receiver() as listening:
        open_site(listening)
        for name in ("rp1.test", "localhost"):
            await asyncio.to_thread(distrust, listening.port, name)
        assert await listening.wait_for("", "other", timeout=PATIENCE)
        first, second = listening.arrivals
        assert (first.key, first.url, first.method) == (KEY, "https://rp1.test/", "")
        assert (second.key, second.url) == ("", "https://localhost/")
        trust = "TLS handshake failed: the client does not trust the certificate's CA (unknown CA)"
        assert first.problem == second.problem == trust


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"\x16\x03\x01\x00\x05rubbish", "TLS handshake failed: "),
        (b"\x16\x03", "the client closed the connection"),
    ],
)
@in_loop
async def test_a_broken_handshake_is_recorded(sent, problem):
    async with receiver() as listening:
        _, writer = await asyncio.open_connection("127.0.0.1", listening.port)
        writer.write(sent)
        writer.close()
        assert await listening.wait_for("", "other", timeout=PATIENCE)
        [seen] = listening.arrivals
        assert problem in seen.problem
        assert seen.peer.startswith("127.0.0.1:")


@in_loop
async def test_a_handshake_that_is_never_finished_is_recorded():
    async with receiver(limits=Limits(handshake_seconds=0.05)) as listening:
        _, writer = await asyncio.open_connection("127.0.0.1", listening.port)
        writer.write(b"\x16\x03")
        assert await listening.wait_for("", "other", timeout=PATIENCE)
        assert "longer than 0.05 seconds" in listening.arrivals[0].problem
        writer.close()


@in_loop
async def test_one_port_speaks_tls_and_plain_http():
    async with receiver() as listening:
        listening.open(
            RelyingPartySite(key=KEY, redirect_uris=["https://rp1.test/cb", "http://rp1.test:8080/cb"])
        )
        await ask(listening, "https://rp1.test/cb")
        await ask(listening, "http://rp1.test:8080/cb")
        assert listening.port == listening.plain_port
        assert [seen.url for seen in listening.seen(KEY, "redirect_uri")] == [
            "https://rp1.test/cb",
            "http://rp1.test:8080/cb",
        ]


@pytest.mark.parametrize("public_url", [None, "http://tunnel.example"])
@in_loop
async def test_a_loop_that_cannot_look_needs_two_ports(monkeypatch, public_url):
    monkeypatch.setattr("conformance.receiver.receiver.can_peek", lambda _: False)
    async with receiver(public_url=public_url) as listening:
        listening.open(RelyingPartySite(key=KEY, redirect_uris=["https://rp1.test/cb", "http://rp1.test/cb"]))
        await ask(listening, "https://rp1.test/cb")
        await ask(listening, "http://rp1.test/cb")
        assert listening.port != listening.plain_port
        assert len(listening.seen(KEY, "redirect_uri")) == 2
        assert f"MAP rp1.test:80 127.0.0.1:{listening.plain_port}" in listening.resolver_rules
