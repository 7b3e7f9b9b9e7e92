"""Why other rows may turn along with those that a fault is made for."""


def because(reason: str, *rows: str) -> dict[str, str]:
    """The same reason for several rows; join groups with ``|``."""
    return dict.fromkeys(rows, reason)
