"""`contract new` and `contract check`: a contract to begin with, and what is made of one."""

import re
from collections import Counter
from pathlib import Path

from conformance.documented.opened import OpenedContract
from conformance.documented.rows import prefix, requirements
from conformance.documented.trials import trials

_FILE = Path(__file__).with_name("skeleton.yaml")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def skeleton(name: str) -> str:
    """Return a contract with comments. Raises ValueError for a name that no contract can have."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a contract. Use lower-case letters, digits and hyphens.")
    return _FILE.read_text(encoding="utf-8").replace("my-provider", name)


def summary(opened_contract: OpenedContract) -> str:
    """Say how many rows and requests a contract gives."""
    contract = opened_contract.contract
    rows = list(requirements(contract))
    kinds = Counter("excluded" if row.excluded else row.level for row in rows)
    told = f"{kinds['documented']} documented, {kinds['observation']} notes, {kinds['excluded']} excluded"
    lines = [f"{contract.title}: sound.", f"  {len(rows)} rows, {prefix(contract)}-…: {told}"]
    for endpoint in contract.endpoints:
        tried = trials(contract, endpoint)
        left = f"{sum(bool(one.open) for one in tried)} of them about what the document leaves open"
        requests = f"{len(tried)} request{'' if len(tried) == 1 else 's'}"
        lines.append(f"  {endpoint.name}: {endpoint.method} {endpoint.url}, {requests}, {left}")
    return "\n".join(
        [*lines, f"  Rows one by one: logout-conformance list --contract {opened_contract.path}"]
    )
