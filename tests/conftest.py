"""The order of the project's own tests."""

import pytest

# Minutes each: begun last, one of them would run alone at the end of a run with two workers.
SLOW = ("proofs", "real", "suite", "documented")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow folders; otherwise the order stays."""
    items.sort(
        key=lambda item: next((n for n, name in enumerate(SLOW) if name in item.path.parts), len(SLOW))
    )
