"""Rules that lead virtual hosts to the receiver."""

from conformance.receiver import RelyingPartySite
from conformance.receiver.resolver import rules
from conformance.receiver.urls import address
from tests.receiver.support import KEY, in_loop, receiver


def made(*urls: str, kept: tuple[str, ...] = (), plain_to: str = "R") -> list[str]:
    known = [where for where in map(address, urls) if where]
    others = [where for where in map(address, kept) if where]
    return rules(known, others, "R", plain_to)


def test_a_host_is_led_here_on_every_port():
    assert made("https://rp1.example/a", "http://rp1.example:8080/b") == ["MAP rp1.example R", "MAP *.test R"]


def test_loopback_is_led_here_on_its_port_only():
    urls = "http://localhost:4200/a", "http://[::1]:80/"
    assert made(*urls) == ["MAP localhost:4200 R", "MAP [::1]:80 R", "MAP *.test R"]


def test_a_host_shared_with_the_provider_is_led_here_on_its_port_only():
    shared = made("https://op.example:8443/cb", kept=("https://op.example/",))
    assert shared == ["MAP op.example:8443 R", "MAP *.test R"]


def test_two_ports_need_the_scheme():
    assert made("http://rp1.example:8080/", "https://rp2.example/", plain_to="P") == [
        "MAP rp1.example:8080 P",
        "MAP rp1.example:80 P",
        "MAP rp1.example R",
        "MAP rp2.example:80 P",
        "MAP rp2.example R",
        "MAP *.test:80 P",
        "MAP *.test R",
    ]


@in_loop
async def test_rules_are_for_open_sites_and_for_what_is_to_come():
    async with receiver() as listening:
        listening.open(RelyingPartySite(key=KEY, redirect_uris=["https://a.example/", "myApp://callback/"]))
        here = f"127.0.0.1:{listening.port}"
        assert listening.resolver_rules == [f"MAP a.example {here}", f"MAP *.test {here}"]
        assert listening.resolver_rules_for(["b.example:99"]) == (
            f"MAP b.example {here}, MAP a.example {here}, MAP *.test {here}"
        )
