"""What people call the records that a plan refers to."""

import uuid
from collections.abc import Iterable

import polars as pl

from rollbook.core import schema
from rollbook.roster.models import model
from rollbook.runs.folder import RunFolder
from rollbook.runs.report.privacy import hides_name


class Names:
    """Finds the labels of records, in the plan of the run and in the roster of its tenant."""

    def __init__(self, tenant: int, folder: RunFolder) -> None:
        self._tenant, self._folder = tenant, folder
        self._found: dict[tuple[str, str], str] = {}

    def look_up(self, entity: str, keys: Iterable[str | None]) -> None:
        """Find the names of these records in one go; those that are not found keep their key as their name."""
        wanted = {key for key in keys if key and (entity, key) not in self._found}
        if not wanted or hides_name(schema.entity(entity)):
            return
        names = self._in_roster(entity, wanted) | self._in_plan(entity, wanted)
        self._found |= {(entity, key): name for key, name in names.items() if name}

    def of(self, entity: str, key: str) -> str:
        """The name of a record, or its key."""
        return self._found.get((entity, key), key)

    def _in_plan(self, entity: str, wanted: set[str]) -> dict[str, str]:
        rows = self._folder.plan(entity).filter(pl.col("sourced_id").is_in(sorted(wanted)))
        return dict(rows.select("sourced_id", "label").collect().iter_rows())

    def _in_roster(self, entity: str, wanted: set[str]) -> dict[str, str]:
        ids = {key: found for key in wanted if (found := _as_uuid(key))}
        fields = [f for f in schema.entity(entity).label if not schema.entity(entity).field(f).target]
        rows = model(entity)._default_manager.filter(tenant=self._tenant, pk__in=ids.values()).values("pk", *fields)
        return {row["pk"].hex: " ".join(str(row[f]) for f in fields if row[f]) for row in rows}


def _as_uuid(key: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=key)
    except ValueError:
        return None
