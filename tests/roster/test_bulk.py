"""Loading a table as a whole leaves it as it was."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import polars as pl
import pytest
from django.db import IntegrityError, connection, transaction
from polars.testing import assert_frame_equal

from rollbook.roster import bulk
from rollbook.roster.models import MODELS, model
from rollbook.roster.pgcopy import Shared

pytestmark = pytest.mark.django_db

IDS = pl.DataFrame({"sourced_id": ["00" * 16, "11" * 16]})
SHARED: dict[str, Shared] = {"tenant": 1}


def _indexes(table: str) -> dict[str, tuple[list[str], bool]]:
    """Name -> columns and whether it is unique."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return {name: (list(c["columns"]), c["unique"]) for name, c in found.items() if c["index"] or c["unique"]}


@pytest.mark.parametrize("entity", MODELS)
def test_each_id_is_there_once(entity: str) -> None:
    """No roster table takes a second row with an id that it has."""
    bulk.insert(model(entity), [IDS], SHARED)
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(model(entity), [IDS.head(1)], SHARED)


def test_a_first_load_leaves_the_indexes_as_they_were() -> None:
    """Indexes that are dropped for a first load are there again after it, the key among them."""
    before = _indexes("roster_user")
    with bulk.loading(model("user"), SHARED) as shared:
        assert not _indexes("roster_user")
        bulk.insert(model("user"), [IDS], shared)
    assert _indexes("roster_user") == before
    assert (["sourced_id"], True) in before.values()


def test_a_first_load_gives_each_row_what_all_share() -> None:
    """Values that all rows share are in each row of a first load, whether the server was told them once or for each."""
    now = datetime(2026, 11, 22, 1, 2, 3, 456789, UTC)
    with bulk.loading(model("user"), SHARED | {"owner": None, "created_run": 7, "date_created": now}) as shared:
        bulk.insert(model("user"), [IDS], shared)
    marks = ("tenant_id", "owner_id", "created_run", "date_created")
    found = model("user")._default_manager.values(*marks)
    assert list(found) == [dict(zip(marks, (1, None, 7, now), strict=True))] * IDS.height


def test_a_first_load_leaves_the_defaults_as_they_were() -> None:
    """What a row has by default is the same after a first load as before."""

    def defaults() -> dict[str, str | None]:
        with connection.cursor() as cursor:
            return {c.name: c.default for c in connection.introspection.get_table_description(cursor, "roster_user")}

    before = defaults()
    marks = SHARED | {"owner": 1, "created_run": 7, "date_created": datetime(2026, 11, 22, tzinfo=UTC)}
    with bulk.loading(model("user"), marks) as shared:
        bulk.insert(model("user"), [IDS], shared)
    assert defaults() == before


def test_a_first_load_refuses_an_id_that_comes_twice() -> None:
    """An id that comes twice in a first load is refused, when its key is made."""
    with pytest.raises(IntegrityError), transaction.atomic(), bulk.loading(model("user"), SHARED) as shared:
        bulk.insert(model("user"), [IDS, IDS], shared)


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 2 * bulk.BOUND_AT_ONCE + 117])
def test_every_row_arrives_once(count: int) -> None:
    """However many rows come, each is there once, with its own values."""
    rows = pl.DataFrame(
        {"sourced_id": [f"{n:032x}" for n in range(count)], "name": [f"School {n}" for n in range(count)]}
    )
    bulk.insert(model("org"), [rows], SHARED)
    found = bulk.select(
        f"SELECT {bulk.as_text(model('org'), 'sourced_id')}, name FROM roster_org t ORDER BY sourced_id",
        dict.fromkeys(rows.columns, pl.String),
    )
    assert_frame_equal(found, rows.cast(pl.String))


@pytest.mark.skipif("bulk.is_postgres()", reason="a setting of SQLite's connections")
def test_a_first_load_leaves_the_cache_as_it_was() -> None:
    """SQLite's cache is small while it sorts keys, and then as large as before, even when a key comes twice."""
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA cache_size").fetchone()
        with suppress(IntegrityError), transaction.atomic(), bulk.loading(model("user"), SHARED) as shared:
            bulk.insert(model("user"), [IDS, IDS], shared)
        assert cursor.execute("PRAGMA cache_size").fetchone() == before


def test_pages_keep_room_for_changed_rows() -> None:
    """On PostgreSQL every roster table leaves a part of each page free, where a changed row stays beside the old."""
    if not bulk.is_postgres():
        pytest.skip("SQLite changes rows in place")
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE reloptions @> ARRAY['fillfactor=95']")
        assert {name for (name,) in cursor.fetchall()} == {made._meta.db_table for made in MODELS.values()}
