"""
The rows of a delivery as one digest that knows nothing of their order, their quoting or how files were cut.

Each row is hashed over its named columns; a sheet is the number of its rows and two sums of those hashes, so that a
row that comes twice counts twice. Equal digests mean equal rows; rows that are equal have equal digests as long as
Polars stays the same version.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import polars as pl

from rollbook.core.hashing import passing_hash

_SEEDS = (0x9E3779B97F4A7C15, 0x3C6EF372FE94F82A)
_MODULUS = 2**64
SAMPLED = np.uint64(16)

Hashes = npt.NDArray[np.uint64]


@dataclass
class _Sheet:
    columns: set[str] = field(default_factory=set)
    rows: int = 0
    sums: list[int] = field(default_factory=lambda: [0] * len(_SEEDS))
    samples: list[Hashes] = field(default_factory=list)


@dataclass
class RowSet:
    """Takes rows as they are landed, from several threads."""

    _sheets: dict[str, _Sheet] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, sheet: str, rows: pl.DataFrame) -> Hashes:
        """
        Some more rows of a sheet.

        Args:
            rows: The sheet's columns (str); one whose name begins with `_` does not count.

        Returns:
            A sample: the hashes of one in `SAMPLED` of the rows, of the same ones in whatever company they come.
        """
        columns = [name for name in rows.columns if not name.startswith("_")]
        # The hash of a row is a sum over its columns: hashed once more, or two rows could swap their values unseen.
        hashes = rows.select(passing_hash(sheet, columns)).to_series().to_numpy()
        sums = [int(_scattered(hashes, seed).sum()) for seed in _SEEDS]
        sample: Hashes = hashes[hashes % SAMPLED == 0]
        with self._lock:
            known = self._sheets.setdefault(sheet, _Sheet())
            known.columns.update(columns)
            known.rows += rows.height
            known.sums = [(one + more) % _MODULUS for one, more in zip(known.sums, sums, strict=True)]
            known.samples.append(sample)
        return sample

    def samples(self) -> dict[str, Hashes]:
        """Sheet -> the sample of its rows so far."""
        return {name: np.concatenate(sheet.samples) for name, sheet in self._sheets.items()}

    def digest(self) -> str:
        """Of all rows so far."""
        lines = [
            repr((name, sorted(sheet.columns), sheet.rows, *sheet.sums)) for name, sheet in sorted(self._sheets.items())
        ]
        return hashlib.blake2b("\n".join([pl.__version__, *lines]).encode(), digest_size=16).hexdigest()


def _scattered(numbers: Hashes, seed: int) -> Hashes:
    """
    Each number as another one that shows nothing of it, modulo 2**64.

    The last step of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    """
    mixed = numbers + np.uint64(seed)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def landed(folder: Path) -> RowSet:
    """All rows of a folder, as `landing.store.into` fills it: a sub-folder of Parquet files for each sheet."""
    rows = RowSet()
    for sheet in folder.iterdir():
        for part in sheet.glob("*.parquet"):
            rows.add(sheet.name, pl.read_parquet(part))
    return rows
