"""
The rows of a delivery as one digest that knows nothing of their order, their quoting or how files were cut.

Each row is hashed over its named columns; a sheet is the number of its rows and two sums of those hashes, so that a
row that comes twice counts twice. Equal digests mean equal rows.
"""

import hashlib
from pathlib import Path

import polars as pl
from polars_hash import NonCryptographicHashingNameSpace as Hash

from rollbook.core.hashing import record_hash

_SEEDS = (1, 2)


def rows_digest(folder: Path) -> str:
    """
    Of all landed rows.

    Args:
        folder: As `landing.store.land` filled it: a sub-folder of Parquet files for each sheet.
    """
    lines = [_sheet(sheet) for sheet in sorted(folder.iterdir())]
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def _sheet(folder: Path) -> str:
    files = sorted(folder.glob("*.parquet"))
    schema = {name: kind for file in files for name, kind in pl.read_parquet_schema(file).items()}
    rows = pl.scan_parquet(files, schema=schema, missing_columns="insert")
    columns = sorted(name for name in schema if not name.startswith("_"))
    # The hash of a row is a sum over its columns: hashed once more, or two rows could swap their values unseen.
    row = record_hash(folder.name, columns).cast(pl.String)
    sums = rows.select(pl.len(), *(Hash(row).xxh3_64(seed=seed).sum().alias(str(seed)) for seed in _SEEDS))
    return repr((folder.name, columns, sums.collect(engine="streaming").row(0)))
