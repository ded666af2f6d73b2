"""
Rows that are pulled, page by page, as the files of a landing: what `store.land` makes of files, made of records.

Memory stays flat: a stream holds at most `PART` rows before they are written.
"""

import hashlib
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from rollbook.core.layout import Layout, SheetLayout
from rollbook.landing.store import LandedFile, Landing, is_secret

PART = 20_000
_MOST_FURTHER = 500
_ID = re.compile(r"/\d+(?=/|$)")


def as_text(value: Any) -> str | None:
    """
    A value of a record as text; None for nothing, for blank text, and for what is no value but a structure.

    A list of values becomes one text with commas between.
    """
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(text for part in value if (text := as_text(part)) is not None) or None
    if isinstance(value, Mapping):
        return None
    return str(value)


def at(record: Any, path: tuple[str, ...]) -> Any:
    """
    The value at a path; None where there is nothing.

    A list on the way gives the values of all its members, whether the system sent a list of one or its only member.
    """
    for place, name in enumerate(path):
        if isinstance(record, list):
            found = [at(member, path[place:]) for member in record]
            return [value for value in found if value is not None] or None
        if not isinstance(record, Mapping):
            return None
        record = record.get(name)
    return record


@dataclass
class _Stream:
    """
    What came in one stream so far.

    `digest` is of everything that was kept, in its order.
    """

    sheet: SheetLayout
    number: int
    file: str
    paths: dict[str, tuple[str, ...]]
    columns: list[list[str | None]]
    rows: int = 0
    parts: int = 0
    further: dict[str, None] = field(default_factory=dict)
    digest: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))


class Spool:
    """
    The folder into which streams are written.

    Only the columns that the layout declares are kept. Of other members of a record no more than the names are known,
    so that a screen can offer them.

    Args:
        folder: As `store.land` fills it: a sub-folder of Parquet files for each stream.
    """

    def __init__(self, layout: Layout, folder: Path) -> None:
        self.layout, self.folder = layout, folder
        self._streams: dict[str, _Stream] = {}

    def clear(self) -> None:
        """Forget everything that came."""
        self._streams = {}
        for sheet in self.layout.sheets:
            shutil.rmtree(self.folder / sheet.name, ignore_errors=True)

    def add(self, stream: str, records: Iterable[Mapping[str, Any]], file: str = "") -> int:
        """
        Keep records, and tell how many they are.

        Args:
            stream: The name of a sheet of the layout; KeyError when there is none.

            file: Where they came from, as reports name it: the endpoint. Only the first one counts, and an id in it
                is shown as `{id}`, since it stands for all of its kind.
        """
        into = self._streams.get(stream) or self._begin(stream, file)
        before, known = into.rows, self._known(into)
        paths = list(into.paths.values())
        for record in records:
            for column, path in zip(into.columns, paths, strict=True):
                value = record.get(path[0]) if len(path) == 1 else at(record, path)
                column.append(value or None if type(value) is str else as_text(value))
            if not record.keys() <= known and len(into.further) < _MOST_FURTHER:
                into.further |= dict.fromkeys(_members(record, known | into.further.keys()))
            into.rows += 1
            if len(into.columns[0]) >= PART:
                self._flush(into)
        return into.rows - before

    def touch(self, stream: str, file: str = "") -> None:
        """Say that a stream was read, also when it had no records."""
        if stream not in self._streams:
            self._begin(stream, file)

    def rows(self, stream: str) -> int:
        """How many records of a stream came."""
        return self._streams[stream].rows if stream in self._streams else 0

    def distinct(self, stream: str, by: tuple[str, ...]) -> int:
        """
        How many different values of some columns came.

        Told by hashes of 64 bits, part by part: a million keys as text would take more memory than all the rest. Two
        keys of one hash, once in ten million pulls of that size, would only let a pull begin anew.
        """
        if not self.rows(stream):
            return 0
        self._flush(self._streams[stream])
        parts = (self.folder / stream).glob("*.parquet")
        return pl.concat(pl.read_parquet(part, columns=list(by)).hash_rows() for part in parts).n_unique()

    def close(self) -> Landing:
        """Write what is left; what came, as the landing of files would say it."""
        landing = Landing()
        for stream in self._streams.values():
            self._flush(stream)
            landing.files.append(_facts(stream))
        return landing

    def _begin(self, name: str, file: str) -> _Stream:
        sheet = self.layout.sheet(name)
        kept = [column.name for column in sheet.columns if not column.drop]
        paths = {column: tuple(column.split(".")) for column in kept}
        stream = _Stream(sheet, len(self._streams), _ID.sub("/{id}", file) or name, paths, [[] for _ in kept])
        self._streams[name] = stream
        return stream

    def _known(self, stream: _Stream) -> set[str]:
        """The members that columns lead into, those included that are never kept."""
        return {column.name.split(".")[0] for column in stream.sheet.columns}

    def _flush(self, stream: _Stream) -> None:
        """Write the rows that are held as one part."""
        count = len(stream.columns[0])
        if not count:
            return
        folder = self.folder / stream.sheet.name
        folder.mkdir(parents=True, exist_ok=True)
        first = stream.rows - count + 1
        named = zip(stream.paths, stream.columns, strict=True)
        frame = pl.DataFrame([pl.Series(name, _clean(values), pl.String) for name, values in named]).with_columns(
            pl.lit(stream.number, pl.UInt16).alias("_file"),
            pl.int_range(first, first + count, dtype=pl.UInt32).alias("_line"),
            pl.lit(len(stream.paths), pl.UInt16).alias("_cells"),
        )
        for values in stream.columns:
            stream.digest.update("\x1f".join(value or "" for value in _clean(values)).encode())
        frame.write_parquet(
            folder / f"{stream.number:04}-{stream.parts:05}.parquet", compression="lz4", statistics=False
        )
        stream.parts += 1
        stream.columns = [[] for _ in stream.columns]


def _is_secret(path: str) -> bool:
    return any(is_secret(name) for name in path.split("."))


def _clean(values: list[str | None]) -> list[str | None]:
    """JSON can hold halves of characters, which no text can."""
    try:
        "".join(value for value in values if value).encode()
    except UnicodeEncodeError:
        return [value and value.encode(errors="replace").decode() for value in values]
    return values


def _members(record: Mapping[str, Any], known: Collection[str]) -> Iterator[str]:
    """The members of a record that hold a value and are not known, as paths; one that holds others gives those."""
    for name, value in record.items():
        if name in known or "." in name:
            continue
        if isinstance(value, Mapping):
            yield from (f"{name}.{part}" for part, within in value.items() if as_text(within) and "." not in part)
        elif as_text(value):
            yield name


def _facts(stream: _Stream) -> LandedFile:
    names = tuple(stream.paths)
    return LandedFile(
        file=stream.file,
        sheet=stream.sheet.name,
        rows=stream.rows,
        size=0,
        digest=stream.digest.hexdigest(),
        kind="stream",
        encoding="",
        delimiter="",
        header=names,
        columns={name: name for name in names},
        further=tuple(name for name in stream.further if not _is_secret(name)),
    )
