"""
Frames in the binary format of PostgreSQL's COPY.

The server takes a binary row in less than half the time of the same row as CSV, since it has no ids, numbers and
dates to parse. Its `COPY` page (https://www.postgresql.org/docs/current/sql-copy.html) describes the format: a row is
the number of its cells, then the length and the bytes of each cell; a null is the length -1 and no bytes. Whole columns
are put in their places at once.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Shared = int | datetime | None
"""A value that every row has: a number of 64 bits, a moment, or null."""

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = struct.pack(">h", -1)
_DAY_ZERO = date(2000, 1, 1)
_TIME_ZERO = datetime(2000, 1, 1, tzinfo=UTC)

Block = bytes | memoryview
_Bytes = NDArray[np.uint8]
_Places = NDArray[np.int64]


def blocks(frames: Iterable[pl.DataFrame], types: Mapping[str, str], shared: Sequence[Shared] = ()) -> Iterator[Block]:
    """
    What COPY is to be sent, a frame at a time.

    Args:
        frames: Text in canonical form, integers as such.

        types: Column of the frames -> PostgreSQL's name of its type.

        shared: Values that begin each row.
    """
    yield _SIGNATURE
    head = struct.pack(">h", len(shared) + len(types)) + b"".join(map(_cell, shared))
    for frame in frames:
        yield _rows(frame, types, head).data
    yield _END


def _rows(frame: pl.DataFrame, types: Mapping[str, str], head: bytes) -> _Bytes:
    columns = [_cells(frame[name], kind) for name, kind in types.items()]
    sizes = np.full(frame.height, len(head) + 4 * len(columns), np.int64)
    for lengths, _ in columns:
        sizes += np.maximum(lengths, 0)
    ends = np.cumsum(sizes)
    rows = np.empty(ends[-1] if len(ends) else 0, np.uint8)
    at = ends - sizes
    at = _put(rows, at, np.frombuffer(head * frame.height, np.uint8), np.full_like(at, len(head)))
    for lengths, cells in columns:
        at = _put(rows, at, lengths.astype(">i4").view(np.uint8), np.full_like(at, 4))
        at = _put(rows, at, cells, np.maximum(lengths, 0))
    return rows


def _put(rows: _Bytes, at: _Places, pieces: _Bytes, lengths: _Places) -> _Places:
    """Copy pieces, which lie one after another, each to its place; the places behind them."""
    there = lengths > 0
    places, sizes = at[there], lengths[there]
    if not len(sizes):
        return at
    if (sizes == sizes[0]).all():
        piece = f"V{sizes[0]}"
        # One overlapping item for each place where a piece can begin: numpy then copies whole pieces.
        anywhere: NDArray[Any] = np.ndarray(len(rows) - sizes[0] + 1, piece, rows, strides=(1,))
        anywhere[places] = pieces.view(piece)
    else:
        starts = np.cumsum(sizes) - sizes
        rows[np.repeat(places - starts, sizes) + np.arange(len(pieces))] = pieces
    return at + lengths


def _cells(values: pl.Series, kind: str) -> tuple[_Places, _Bytes]:
    """The length of each cell, -1 for a null, and the bytes of those that are not null."""
    known = values.drop_nulls()
    fixed: NDArray[Any]
    match kind:
        case "uuid":
            fixed = known.str.decode("hex").bin.reinterpret(dtype=pl.Array(pl.UInt8, 16)).to_numpy()
        case "bigint":
            fixed = known.cast(pl.Int64).to_numpy().astype(">i8")
        case "integer":
            fixed = known.cast(pl.Int32).to_numpy().astype(">i4")
        case "date":
            fixed = (known.str.to_date() - _DAY_ZERO).dt.total_days().to_numpy().astype(">i4")
        case "boolean":
            fixed = (known == "true").to_numpy().astype(np.uint8)
        case _:
            text = np.frombuffer(known.str.join().item().encode(), np.uint8)
            return values.str.len_bytes().cast(pl.Int64).fill_null(-1).to_numpy(), text
    width = fixed.nbytes // max(len(known), 1)
    return np.where(values.is_null().to_numpy(), -1, width), fixed.view(np.uint8).reshape(-1)


def _cell(value: Shared) -> bytes:
    if value is None:
        return struct.pack(">i", -1)
    if isinstance(value, datetime):
        value = (value - _TIME_ZERO) // timedelta(microseconds=1)
    return struct.pack(">iq", 8, value)
