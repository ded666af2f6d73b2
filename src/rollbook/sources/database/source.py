"""The rows of a database, pulled: every statement in one read-only transaction."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from rollbook.core.errors import ContractBroken, RollbookError, SettingsError, SourceUnavailable
from rollbook.core.layout import Layout, SheetLayout
from rollbook.landing.store import is_secret
from rollbook.networks import PrivateAddress, is_within, resolve
from rollbook.sources.base import Preview, Setup, Source, Tried, Works
from rollbook.sources.database.address import Address, Limits
from rollbook.sources.database.declaration import KIND
from rollbook.sources.database.drivers import DRIVERS
from rollbook.sources.database.queries import FAMILY, queries
from rollbook.sources.database.session import Session, Table, session
from rollbook.sources.database.statements import first_table

if TYPE_CHECKING:
    import polars as pl

    from rollbook.sources.pulling import Pull

_HASHES = 2**64


class Database(Source):
    """One integration's way into a database."""

    kind = KIND

    @classmethod
    def layout(cls, settings: Mapping[str, str]) -> Layout:
        """The layout of the preset, or the one that the settings name, with the sheets that are asked for."""
        return queries(settings).layout

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.driver = DRIVERS[setup.value("engine")]
        asked = queries(setup.settings)
        self._layout, self.statements = asked.layout, asked.statements
        self.limits = Limits(int(setup.value("row_limit")), int(setup.value("statement_timeout")))

    def pull(self, pull: "Pull") -> None:
        """
        Read every sheet that has a statement.

        A statement that ended gave all its rows, and in a snapshot all statements belong together. Where the
        database has no snapshot, everything is read twice, and must be the same.
        """
        from rollbook.sources.pulling import Moved

        with self._session() as opened:
            sums = {sheet: self._land(opened, pull, sheet) for sheet in self.statements if pull.wants(sheet)}
            if opened.is_snapshot:
                return
            for sheet, before in sums.items():
                if _sum(self._read(opened, sheet).frames) != before:
                    raise Moved(sheet)

    def _land(self, opened: Session, pull: "Pull", sheet: str) -> int:
        """Keep the rows of a sheet; their `_sum`."""
        name, table = f"{FAMILY}{sheet}", self._read(opened, sheet)
        columns = _columns(self._sheet(sheet), table)
        columns |= {c: c for c in table.columns if columns.get(c) == "" and pull.layout.sheet(sheet).find(c)}
        if missing := _missing(self._sheet(sheet), columns):
            raise ContractBroken(
                f"{name} does not give {', '.join(missing)}, which the sheet must have. Nothing was changed. "
                "Name the column in the statement (AS …).",
                code="header-missing",
            )
        for column in table.columns:
            if column not in columns:
                pull.note("column-dropped", sheet, field=column)
            elif not columns[column]:
                pull.note("column-unknown", sheet, field=column)
        pull.read(sheet, name)
        kept = {column: called for column, called in columns.items() if called}

        def landed() -> Iterator["pl.DataFrame"]:
            for frame in table.frames:
                pull.add(sheet, frame.select(*kept).rename(kept).iter_rows(named=True), name)
                yield frame

        return _sum(landed())

    def preview(self, stream: str, count: int) -> Preview:
        """The first rows of a statement; columns that are never read, such as passwords, are not shown."""
        if stream not in self.statements:
            raise SettingsError(
                f"There is no statement for {stream!r}. There is one for: {', '.join(self.statements)}."
            )
        with self._session() as opened:
            table = opened.read(self.statements[stream], f"{FAMILY}{stream}", first=count)
            columns = _columns(self._sheet(stream), table)
            rows = [row for frame in table.frames for row in frame.select(*columns).rows()]
        return Preview(columns, tuple(_missing(self._sheet(stream), columns)), rows)

    def test(self) -> Iterator[Tried]:
        """Log in, try to write, and read each statement to its end."""
        try:
            with self._session() as opened:
                yield Tried("Log in", Works.YES, opened.version)
                yield self._tried_to_write(opened)
        except RollbookError as error:
            yield Tried("Log in", Works.NO, str(error))
            return
        for sheet in self.statements:
            yield self._tried(sheet)

    def _tried_to_write(self, opened: Session) -> Tried:
        table = next(filter(None, (first_table(s, self.driver.dialect) for s in self.statements.values())), "")
        if not table:
            return Tried("Read only", Works.UNSURE, "No statement reads a table to try it on.")
        if opened.refuses_writing(table):
            return Tried("Read only", Works.YES, "The database refused to delete: nothing can be changed from here.")
        return Tried(
            "Read only", Works.UNSURE, "This account may change data. The hub does not; give it one that cannot."
        )

    def _tried(self, sheet: str) -> Tried:
        """One statement, over a connection of its own: what one breaks is not another's fault."""
        try:
            with self._session() as opened:
                table = self._read(opened, sheet)
                count = sum(frame.height for frame in table.frames)
        except RollbookError as error:
            return Tried(sheet, Works.NO, str(error))
        columns = _columns(self._sheet(sheet), table)
        if missing := _missing(self._sheet(sheet), columns):
            return Tried(sheet, Works.NO, f"The statement does not give {', '.join(missing)}.", count)
        unknown = [name for name in table.columns if not columns.get(name)]
        note = f"Not read, the layout has no such column: {', '.join(unknown)}." if unknown else ""
        return Tried(sheet, Works.YES, note, count)

    def _sheet(self, name: str) -> SheetLayout:
        return self._layout.sheet(name)

    def _read(self, opened: Session, sheet: str) -> Table:
        return opened.read(self.statements[sheet], f"{FAMILY}{sheet}")

    def _session(self) -> AbstractContextManager[Session]:
        return session(self.driver, self._address(), self.limits)

    def _address(self) -> Address:
        """
        Where the database is, when it may be read there.

        Raises:
            SettingsError: The operator does not allow it.

            SourceUnavailable: The host is not known.
        """
        value = self.setup.value
        if self.driver.is_file:
            return Address(str(self._file(Path(value("database")))))
        port = int(value("port") or self.driver.port)
        try:
            addresses = resolve(value("host"), port, self.setup.networks, "SOURCE_NETWORKS")
        except PrivateAddress:
            raise
        except OSError as error:
            raise SourceUnavailable(f"The host {value('host')} is not known. Nothing was changed.") from error
        if value("tls") == "off" and not is_within(addresses[0], self.setup.networks):
            raise SettingsError(
                "tls=off is allowed only in networks that the operator names in SOURCE_NETWORKS. Nothing was read."
            )
        return Address(
            value("database"),
            value("host"),
            port,
            value("user"),
            value("password"),
            value("tls") != "off",
            value("tls_ca"),
            str(addresses[0]),
        )

    def _file(self, file: Path) -> Path:
        found = file.resolve()
        if not any(found.is_relative_to(folder) for folder in self.setup.folders):
            raise SettingsError(
                "The file lies in no folder that the operator allows (SOURCE_FOLDERS). Nothing was read."
            )
        return found


def _columns(sheet: SheetLayout, table: Table) -> dict[str, str]:
    """Column of the statement -> column of the sheet, "" for none; what must never be read is left out."""
    found: dict[str, str] = {}
    for name in table.columns:
        column = sheet.find(name)
        if (column and column.drop) or (column is None and is_secret(name)):
            continue
        found[name] = column.name if column and column.name not in found.values() else ""
    return found


def _missing(sheet: SheetLayout, columns: Mapping[str, str]) -> list[str]:
    return [name for name in sheet.required_columns if name not in columns.values()]


def _sum(frames: Iterable["pl.DataFrame"]) -> int:
    """A number that the same rows give again in this process, in whatever order they come."""
    return sum(int(frame.hash_rows().sum()) for frame in frames) % _HASHES
