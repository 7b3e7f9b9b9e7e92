"""Chromium's --host-resolver-rules that lead virtual hosts to the receiver.

Chromium takes the first rule whose pattern matches the host, or else "host:port"; `*` stands for any
run of characters, dots included. The URL itself, the Host header and SNI stay as they were.
"""

from collections.abc import Iterable

from conformance.receiver.urls import LOOPBACK, Address

WILDCARD = "*.test"


def rules(virtual: Iterable[Address], kept: Iterable[Address], to: str, plain_to: str) -> list[str]:
    """Rules for virtual hosts; `kept` are addresses of others (the provider) that must not be led away.

    `to` and `plain_to` are "ip:port" for https and http; they are the same where one port speaks both.
    """
    others = {where.host for where in kept}
    exact: dict[str, None] = {}
    wide: dict[str, None] = {}
    for where in virtual:
        plain = where.scheme == "http"
        if where.host in LOOPBACK or where.host in others or (plain and to != plain_to):
            exact[f"MAP {bracketed(where.host)}:{where.port} {plain_to if plain else to}"] = None
        if where.host not in LOOPBACK and where.host not in others:
            wide |= dict.fromkeys(any_port(where.host, to, plain_to))
    return [*exact, *wide, *any_port(WILDCARD, to, plain_to)]


def any_port(host: str, to: str, plain_to: str) -> list[str]:
    plain = [f"MAP {host}:80 {plain_to}"] if plain_to != to else []
    return [*plain, f"MAP {host} {to}"]


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
