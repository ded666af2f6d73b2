"""Large frames, a slice at a time."""

from collections.abc import Iterator

import polars as pl

BATCH = 50_000


def batches(frame: pl.LazyFrame, rows: int = BATCH) -> Iterator[pl.DataFrame]:
    """
    The rows of a frame that is read from Parquet files, in order and at most `rows` at a time.

    Only one slice is in memory: `LazyFrame.collect_batches` reads ahead of a slow consumer without bound.
    """
    total: int = frame.select(pl.len()).collect().item()
    for start in range(0, total, rows):
        yield frame.slice(start, rows).collect()
