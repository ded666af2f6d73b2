"""
dlt into PostgreSQL in its best form: `python -m bench.peers.dlt_postgres DIR URL HOME FORM`.

What makes it fast, each measured against its alternatives (see bench/README.md):

- Arrow tables, read from the CSV files by PyArrow as text, in large blocks;
- column names already in dlt's naming convention, so that it hands the Parquet files through;
- Parquet load files, which the ADBC driver copies into PostgreSQL.

FORM is how the rows are written: `upsert`, the form that the targets name; or quicker ones for one kind of load each,
`append` to empty tables without staging, and `skip`, an upsert that leaves unchanged rows alone.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import dlt
import pyarrow as pa
from dlt.common.schema.typing import TWriteDispositionConfig
from dlt.sources import DltResource
from pyarrow import csv

from bench.peers.contract import FILES, header

BLOCK_BYTES = 32 << 20
FORMS: dict[str, TWriteDispositionConfig] = {
    "upsert": {"disposition": "merge", "strategy": "upsert"},
    "append": "append",
    "skip": {"disposition": "merge", "strategy": "upsert", "skip_unchanged_rows": True},
}


def load(folder: Path, url: str, home: Path, form: str) -> None:
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.postgres(url, create_indexes=False),
        dataset_name="roster",
        pipelines_dir=str(home),
    )
    resources = [resource(folder / f"{name}.csv", FORMS[form]) for name in FILES]
    pipeline.run(resources, loader_file_format="parquet").raise_on_failed_jobs()


def resource(path: Path, disposition: TWriteDispositionConfig) -> DltResource:
    return dlt.resource(rows(path), name=snake_case(path.stem), primary_key="sourced_id", write_disposition=disposition)


def rows(path: Path) -> Iterator[pa.Table]:
    names = [snake_case(name) for name in header(path)]
    with csv.open_csv(
        path,
        read_options=csv.ReadOptions(column_names=names, skip_rows=1, block_size=BLOCK_BYTES),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True),
    ) as batches:
        for batch in batches:
            yield pa.Table.from_batches([batch])


def snake_case(name: str) -> str:
    """`agentSourcedIds` -> `agent_sourced_ids`; a dot is dlt's mark for nesting."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace(".", "__")


if __name__ == "__main__":
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
    os.environ["DLT_DATA_DIR"] = sys.argv[3]
    load(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4])
