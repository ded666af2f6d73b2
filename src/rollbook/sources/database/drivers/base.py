"""What one kind of database must say for itself, so that it can be read and not written."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any, ClassVar

from rollbook.core.errors import SettingsError
from rollbook.sources.database.address import Address, Limits

Rows = Iterator[Sequence[tuple[Any, ...]]]
Text = Callable[[Any], str | None]

BATCH = 10_000


class Cause(StrEnum):
    """Why a database did not do what it was asked: who must act next."""

    UNREACHABLE = "unreachable"
    LOGIN = "login"
    TLS = "tls"
    RIGHTS = "rights"
    STATEMENT = "statement"
    TIMEOUT = "timeout"
    MOVED = "moved"
    READ_ONLY = "read-only"
    OTHER = "other"


@dataclass(frozen=True)
class Trouble:
    """
    An error of a driver, understood.

    Args:
        code: The database's own code for it.

        words: What it says, where that can only be about the statement and never about a row.
    """

    cause: Cause
    code: str = ""
    words: str = ""


@dataclass(frozen=True)
class Answer:
    """
    What a statement gave.

    Args:
        columns: Their names, as the database spells them.

        texts: For each column what makes text of a value; None: it is text already.

        rows: In parts, as they come.
    """

    columns: tuple[str, ...]
    texts: tuple[Text | None, ...]
    rows: Rows


class Driver(ABC):
    """
    One kind of database.

    A connection that `connect` gives is in a transaction that reads one state of the database and writes nothing,
    as far as the database has such a thing.

    Attributes:
        dialect: sqlglot's name of its SQL.

        module: The Python module of the driver.

        extra: What to install for it: `rollbook[extra]`; blank: it is always there.

    """

    kind: ClassVar[str]
    title: ClassVar[str]
    dialect: ClassVar[str]
    module: ClassVar[str]
    port: ClassVar[int] = 0
    extra: ClassVar[str] = ""
    is_file: ClassVar[bool] = False

    @abstractmethod
    def connect(self, address: Address, limits: Limits) -> Any:
        """Connect, and begin to read."""

    @abstractmethod
    def ask(self, connection: Any, statement: str, limits: Limits) -> Answer:
        """Send a statement and stream what it gives."""

    @abstractmethod
    def version(self, connection: Any) -> str:
        """What the server calls itself."""

    def is_snapshot(self, connection: Any) -> bool:
        """Whether all statements of a connection see the same moment."""
        return True

    @abstractmethod
    def trouble(self, error: Exception) -> Trouble:
        """What an error of the driver means."""

    def leave(self, connection: Any) -> None:
        """Go at once, without waiting for rows that are still on their way."""
        connection.close()

    def load(self) -> Any:
        """
        The driver's module.

        Raises:
            SettingsError: It is not installed.
        """
        try:
            return import_module(self.module)
        except ImportError as error:
            raise SettingsError(
                f"The driver for {self.title} is not installed on this hub. Nothing was read. "
                f"Install it: pip install 'rollbook[{self.extra}]'"
            ) from error


@contextmanager
def prepared(connection: Any) -> Iterator[None]:
    """Close a connection that cannot be made ready to read."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def parts(cursor: Any) -> Rows:
    """The rows of a cursor as they come."""
    while rows := cursor.fetchmany(BATCH):
        yield rows
