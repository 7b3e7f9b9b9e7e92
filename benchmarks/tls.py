"""A test certificate for the receivers, from a CA that the provider is told to trust."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificate:
    """PEM files: the CA, and the chain and key for localhost that it signed."""

    ca: Path
    chain: Path
    key: Path


def issue_certificate(folder: Path) -> Certificate:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1", "*.test")
    files = Certificate(folder / "ca.pem", folder / "receiver.crt", folder / "receiver.key")
    authority.cert_pem.write_to_path(str(files.ca))
    files.chain.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(files.key))
    return files
