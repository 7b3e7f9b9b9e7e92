"""Why a scenario or a case of it could not be carried out."""


class NotTestedError(Exception):
    """The config does not allow it; `enable` holds the config lines that would."""

    def __init__(self, reason: str, enable: str = "") -> None:
        super().__init__(reason)
        self.reason, self.enable = reason, enable


class InconclusiveError(Exception):
    """It should have worked and did not; the message says what was met and what to do."""
