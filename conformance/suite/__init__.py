"""The checks: pure functions of evidence, one for each requirement.

A check takes views of the evidence as arguments and says what it found by `expect`, `require` and
`case`. It sends nothing, waits for nothing and has no severity of its own.
"""

from conformance.suite.finding import case, expect, require
from conformance.suite.registry import requirement, view

__all__ = ["case", "expect", "require", "requirement", "view"]
