"""Loading a provider config: a file in, records out, or every problem of the file at once."""

import os
from collections.abc import Mapping
from pathlib import Path

from conformance.config import rules, secrets
from conformance.config.build import build
from conformance.config.errors import ConfigError, Problem
from conformance.config.model import ProviderConfig
from conformance.config.schema import CONFIG
from conformance.config.source import read

__all__ = ["ConfigError", "Problem", "load"]


def load(path: Path, environ: Mapping[str, str] = os.environ) -> ProviderConfig:
    """Read a provider config (YAML, or JSON and TOML by suffix).

    ``${NAME}`` and ``${NAME:-default}`` are filled in from ``environ``. Raises ConfigError and nothing else;
    its ``problems`` are all that is wrong with the file.
    """
    draft = read(Path(path))
    secrets.fill_in(draft, environ)
    CONFIG.settle(draft)
    CONFIG.validate(draft)
    rules.check(draft)
    secrets.refuse_tracked(draft)
    if draft.problems:
        raise ConfigError(draft.problems)
    return build(draft, environ)
