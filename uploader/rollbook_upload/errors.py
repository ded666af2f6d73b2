"""
What can go wrong, by who must act next. Each error has the exit code of the program.

    UploadError
    ├── ConfigError     2  whoever set the program up
    ├── Unreachable     1  nobody: it is tried again
    │   └── FileChanged 1  nobody: the file is sent once it is whole
    ├── HubRefused      4  whoever set the program up, with the hub's specialist
    ├── Untrusted       5  find out who answers there, before anything is sent
    └── Occupied        6  nobody: another one is at work

A message says what happened, what was not done, what to do. It holds no token and no person's data.
"""

from __future__ import annotations

DONE, FAILED, USAGE, FINDINGS, REFUSED, UNTRUSTED, OCCUPIED = range(7)


class UploadError(Exception):
    """The base of everything that stops the program on purpose."""

    code = FAILED


class ConfigError(UploadError):
    """The configuration cannot be used."""

    code = USAGE


class Unreachable(UploadError):
    """
    Time can mend it.

    Args:
        retry_after: Seconds that the hub asks to be left alone.
    """

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class FileChanged(Unreachable):
    """A file was written to while it was sent."""


class HubRefused(UploadError):
    """
    The hub answered, and said no.

    Args:
        status: Of the answer (HTTP); 0 for SFTP.
    """

    code = REFUSED

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Untrusted(UploadError):
    """Whoever answers is not proven to be the hub."""

    code = UNTRUSTED


class Occupied(UploadError):
    """Another one of this program is at work with the same configuration."""

    code = OCCUPIED
