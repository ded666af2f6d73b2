"""
What can stop a run, grouped by who must act next.

    RollbookError
    ├── SettingsError           an admin changes the integration
    ├── SourceError
    │   ├── SourceUnavailable   nobody: the worker tries again
    │   └── SourceRefused       an admin fixes access on the SIS side
    ├── ContractBroken          whoever makes the export fixes its shape
    ├── Transient               nobody: it is tried again (SourceUnavailable is one)
    └── StalePlan               an admin plans again: the roster has moved

The message of each is shown and e-mailed: what happened, what was (not) changed, what to do.
It never holds a credential, a response body or a person's data.
"""


class RollbookError(Exception):
    """The base of everything that stops a run on purpose."""


class Transient(RollbookError):
    """
    Something that time can mend: the same call may work later.

    Args:
        retry_after: Seconds that the other side asks to be left alone.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SettingsError(RollbookError):
    """The integration is not set up in a way that can work."""


class SourceError(RollbookError):
    """The source did not give its data."""


class SourceUnavailable(SourceError, Transient):
    """The source cannot be reached now; the same call may work later."""


class SourceRefused(SourceError):
    """The source answered, and said no."""


class ContractBroken(RollbookError):
    """
    What arrived does not have the agreed shape.

    Carries the catalogue code of the finding, so that a receipt and a report name it like any other.
    """

    def __init__(self, message: str, *, code: str = "contract-broken", file: str = "") -> None:
        super().__init__(message)
        self.code, self.file = code, file


class StalePlan(RollbookError):
    """The roster is not as the plan found it, so the plan would do something that nobody has read."""
