"""Large frames, a slice at a time, and whole columns as one text."""

from collections.abc import Iterator

import polars as pl

BATCH = 50_000


def batches(frame: pl.LazyFrame, rows: int = BATCH) -> Iterator[pl.DataFrame]:
    """
    The rows of a frame that is read from Parquet files, in order and at most `rows` at a time.

    Only one slice is in memory: `LazyFrame.collect_batches` reads ahead of a slow consumer without bound.
    """
    return (part.collect() for part in slices(frame, rows))


def slices(frame: pl.LazyFrame, rows: int = BATCH) -> Iterator[pl.LazyFrame]:
    """The same, none of them read yet."""
    return (frame.slice(start, rows) for start in range(0, height(frame), rows))


def height(frame: pl.LazyFrame) -> int:
    """How many rows it has."""
    count: int = frame.select(pl.len()).collect(engine="streaming").item()
    return count


def joined(texts: pl.Series, between: str = "") -> bytes:
    """All texts as one, in UTF-8; without a `str` on the way, which would be decoded and encoded again."""
    one: bytes = texts.str.join(between).cast(pl.Binary).item()
    return one
