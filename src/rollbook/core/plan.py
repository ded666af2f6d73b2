"""
Existing links + incoming records -> what would change.

A plan is a value: frames of changes, one an entity. It is shown, limited, approved and applied as it is;
nothing computes it a second time.
"""

from enum import StrEnum

import polars as pl


class Action(StrEnum):
    """What a planned change does to its row."""

    CREATE = "create"
    UPDATE = "update"
    REACTIVATE = "reactivate"
    DEACTIVATE = "deactivate"
    RELINK = "relink"  # the record is written differently, but no field of the row changes: only its hash is kept


PLAN_COLUMNS: dict[str, pl.DataType] = {
    "action": pl.String(),
    "sourced_id": pl.String(),  # 32 hex digits
    "source_key": pl.String(),
    "key_hash": pl.Int64(),
    "record_hash": pl.Int64(),
    "revision": pl.Int64(),  # of the row when planned; null for a create
    "school": pl.String(),  # sourced_id of the school it counts for, if any
    "label": pl.String(),  # what a person calls the record
    "changed": pl.String(),  # names of the changed fields, comma separated
    "sheet": pl.String(),
    "file": pl.String(),
    "line": pl.UInt32(),
}
