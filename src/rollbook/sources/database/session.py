"""Everything that one pull asks of a database: in one read-only transaction, one statement after the other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import polars as pl

from rollbook.core.errors import RollbookError, SettingsError, SourceRefused, SourceUnavailable
from rollbook.sources.database.address import Address, Limits
from rollbook.sources.database.drivers.base import Answer, Cause, Driver, Text
from rollbook.sources.database.values import NoText

_T = TypeVar("_T")


@dataclass(frozen=True)
class Table:
    """
    What a statement gave.

    Args:
        columns: Their names, as the database spells them.

        frames: The rows in parts, every value as text (str, null where there is none). To be read before the next
            statement is asked.
    """

    columns: tuple[str, ...]
    frames: Iterator[pl.DataFrame]


@dataclass
class Session:
    """A connection that only reads."""

    driver: Driver
    connection: Any = field(repr=False)
    limits: Limits

    @property
    def version(self) -> str:
        """What the server calls itself."""
        return _understood(self.driver, "", lambda: self.driver.version(self.connection))

    @property
    def is_snapshot(self) -> bool:
        """Whether all statements see the same moment."""
        return _understood(self.driver, "", lambda: self.driver.is_snapshot(self.connection))

    def read(self, statement: str, name: str, *, first: int = 0) -> Table:
        """
        Ask for the rows of a statement.

        Args:
            statement: As `statements.check` passed it.

            name: What the statement is called in messages.

            first: Only so many rows; 0 = all. The session is good for nothing else afterwards.

        Raises:
            SettingsError: The database does not understand it, two columns have one name, or a value has no text.

            SourceRefused: The account may not read this, or there are more rows than allowed.

            SourceUnavailable: It took too long, or the connection was lost.
        """
        answer = _understood(self.driver, name, lambda: self.driver.ask(self.connection, statement, self.limits))
        if twice := sorted({c for c in answer.columns if answer.columns.count(c) > 1}):
            raise SettingsError(
                f"{name}: two columns are called {', '.join(twice)}. Nothing was changed. "
                "Give each column a name of its own (AS …)."
            )
        return Table(answer.columns, self._frames(answer, name, first))

    def _frames(self, answer: Answer, name: str, first: int) -> Iterator[pl.DataFrame]:
        count = 0
        while rows := _understood(self.driver, name, lambda: next(answer.rows, None)):
            count += len(rows)
            if first and count >= first:
                yield _frame(answer, rows[: len(rows) - count + first], name)
                return
            if count > self.limits.rows:
                raise SourceRefused(
                    f"{name}: the statement gives more than {self.limits.rows:,} rows. Nothing was changed. "
                    "Narrow the statement, or raise row_limit."
                )
            yield _frame(answer, rows, name)

    def refuses_writing(self, table: str) -> bool:
        """
        Whether the database refuses to delete from a table; where it does not, nothing is deleted either.

        The session is good for nothing else afterwards.
        """
        try:
            self.connection.cursor().execute(f"DELETE FROM {table} WHERE 1 = 0")
        except self.driver.load().Error as error:
            if self.driver.trouble(error).cause is Cause.UNREACHABLE:
                raise _error(self.driver, "", error) from error
            return True
        return False


@contextmanager
def session(driver: Driver, address: Address, limits: Limits) -> Iterator[Session]:
    """
    Connect, for as long as the block lasts.

    Raises:
        SettingsError: The driver is not installed, or there is no such database.

        SourceRefused: The log-in or the certificate was refused.

        SourceUnavailable: The database cannot be reached now.
    """
    connection = _understood(driver, "", lambda: driver.connect(address, limits))
    try:
        yield Session(driver, connection, limits)
    finally:
        with suppress(Exception):
            driver.leave(connection)


def _frame(answer: Answer, rows: Any, name: str) -> pl.DataFrame:
    columns = {}
    for column, text, values in zip(answer.columns, answer.texts, zip(*rows, strict=True), strict=True):
        columns[column] = pl.Series(column, _texts(values, text, f"{name}: the column {column}"), pl.String)
    return pl.DataFrame(columns)


def _texts(values: tuple[Any, ...], text: Text | None, what: str) -> list[str | None] | tuple[Any, ...]:
    if text is None:
        return values
    try:
        return [text(value) for value in values]
    except NoText as error:
        raise SettingsError(
            f"{what} holds values without a text of their own ({error}). Nothing was changed. "
            "Leave it out, or make text of it in the statement."
        ) from None


def _understood(driver: Driver, name: str, step: Callable[[], _T]) -> _T:
    """Do a step; what the driver raises becomes an error that says who must act."""
    try:
        return step()
    except RollbookError:
        raise
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{name}: a text is not in the character set that the database says. Nothing was changed. "
            "Convert the column in the statement, or mend it in the database."
        ) from error
    except (driver.load().Error, OSError) as error:
        raise _error(driver, name, error) from error


def _error(driver: Driver, name: str, error: Exception) -> RollbookError:
    trouble = driver.trouble(error)
    about = f"{name}: " if name else ""
    code = f" ({driver.title} says {trouble.code})" if trouble.code else ""
    match trouble.cause:
        case Cause.UNREACHABLE:
            return SourceUnavailable(f"{about}The database cannot be reached{code}. Nothing was changed.")
        case Cause.MOVED:
            return SourceUnavailable(
                f"{about}The database changed too much while it was read{code}. Nothing was changed. It is tried again."
            )
        case Cause.TIMEOUT:
            return SourceUnavailable(
                f"{about}The statement took too long{code}. Nothing was changed. Make it quicker, or raise "
                "statement_timeout."
            )
        case Cause.LOGIN:
            return SourceRefused(
                f"{about}The database did not let the hub in{code}. Nothing was changed. Check the name of the "
                "database, the user and the password, and that the server lets this hub in."
            )
        case Cause.TLS:
            return SourceRefused(
                f"{about}The server offers no TLS, or could not prove who it is{code}. No password was sent, nothing "
                "was changed. Give the certificate of the authority that signed the server's (tls_ca), and the host as "
                "it is named there."
            )
        case Cause.RIGHTS:
            return SourceRefused(
                f"{about}The account may not read this{code}. Nothing was changed. Let it read the tables and views "
                "of the statement, and nothing else."
            )
        case Cause.STATEMENT:
            words = f": {trouble.words}" if trouble.words else ""
            return SettingsError(
                f"{about}The database does not understand the statement{code}{words}. Nothing was read."
            )
        case _:
            return SourceRefused(
                f"{about}The database refused{code}. Nothing was changed. Its log says why; the hub's log does too."
            )
