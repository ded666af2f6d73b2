"""What the roster holds of an integration is read as it stands in the tables."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rollbook.core.plan import LINK_COLUMNS
from rollbook.roster import bulk
from rollbook.roster.linked import linked
from rollbook.roster.models import Link, model
from tests.roster.hubs import integration

pytestmark = pytest.mark.django_db

A, B = "aa" * 16, "bb" * 16
LEAST, MOST = -(2**63), 2**63 - 1


def people(*rows: tuple[str, int, int | None, str, str | None]) -> pl.DataFrame:
    """Users: id, hashes of key and record, whether active, school."""
    columns = {"sourced_id": pl.String, "key_hash": pl.Int64, "record_hash": pl.Int64, "active": pl.String}
    return pl.DataFrame(rows, columns | {"primary_org": pl.String}, orient="row")


def test_own_rows_are_read_by_school() -> None:
    """Every own row is there with its hashes, also one without; schools count those that are active."""
    own, other = integration("own"), integration("other")
    rows = people(
        ("01" * 16, LEAST, MOST, "true", A),
        ("02" * 16, -1, None, "true", A),
        ("03" * 16, 0, 0, "false", A),
        ("04" * 16, MOST, LEAST, "true", B),
        ("05" * 16, 7, -7, "true", None),
    )
    strange = people(("06" * 16, 8, 8, "true", A))
    for owner, frame in ((own, rows), (other, strange)):
        bulk.insert(model("user"), [frame], {"tenant": owner.tenant_id, "owner": owner.pk})
    held = linked(own, "user")
    expected = rows.select("key_hash", "record_hash", pl.col("active") == "true")
    assert_frame_equal(held.links, expected, check_row_order=False)
    assert dict(held.schools.iter_rows()) == {A: 2, B: 1, "": 1}


def test_rows_of_others_are_linked_and_count_for_nobody() -> None:
    """A row that another integration created is among the links, and counts for no school."""
    own, other = integration("own"), integration("other")
    bulk.insert(model("user"), [people(("01" * 16, 5, 5, "true", A))], {"tenant": other.tenant_id, "owner": other.pk})
    Link.objects.create(integration=own, entity="user", source_key="k", key_hash=9, record_hash=1, row="01" * 16)
    held = linked(own, "user")
    assert held.links.rows() == [(9, 1, True)]
    assert held.schools.is_empty()


def test_nothing_is_known_of_a_new_integration() -> None:
    """Before a first load there are frames without rows."""
    held = linked(integration(), "enrollment")
    assert held.links.schema == LINK_COLUMNS
    assert held.schools.is_empty()
