"""
The rows of a delivery as one digest that knows nothing of their order, their quoting or how files were cut.

Each row is hashed over its named columns; a sheet is the number of its rows and two sums of those hashes, so that a
row that comes twice counts twice. Equal digests mean equal rows.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import polars as pl
from polars_hash import NonCryptographicHashingNameSpace as Hash

from rollbook.core.hashing import record_hash

_SEEDS = (1, 2)
_MODULUS = 2**64


@dataclass
class _Sheet:
    columns: set[str] = field(default_factory=set)
    rows: int = 0
    sums: list[int] = field(default_factory=lambda: [0] * len(_SEEDS))


@dataclass
class RowSet:
    """Takes rows as they are landed, from several threads."""

    _sheets: dict[str, _Sheet] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, sheet: str, rows: pl.DataFrame) -> None:
        """
        Some more rows of a sheet.

        Args:
            rows: The sheet's columns (str); one whose name begins with `_` does not count.
        """
        columns = [name for name in rows.columns if not name.startswith("_")]
        # The hash of a row is a sum over its columns: hashed once more, or two rows could swap their values unseen.
        row = record_hash(sheet, columns).cast(pl.String)
        sums = rows.select(Hash(row).xxh3_64(seed=seed).sum().alias(str(seed)) for seed in _SEEDS).row(0)
        with self._lock:
            known = self._sheets.setdefault(sheet, _Sheet())
            known.columns.update(columns)
            known.rows += rows.height
            known.sums = [(one + more) % _MODULUS for one, more in zip(known.sums, sums, strict=True)]

    def digest(self) -> str:
        """Of all rows so far."""
        lines = [
            repr((name, sorted(sheet.columns), sheet.rows, *sheet.sums)) for name, sheet in sorted(self._sheets.items())
        ]
        return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def landed(folder: Path) -> RowSet:
    """All rows of a folder, as `landing.store.into` fills it: a sub-folder of Parquet files for each sheet."""
    rows = RowSet()
    for sheet in folder.iterdir():
        for part in sheet.glob("*.parquet"):
            rows.add(sheet.name, pl.read_parquet(part))
    return rows
