"""Import -> export -> import is the identity."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.roster.export import Ids
from rollbook.runs.models import Mode
from tests.roster.hubs import canonical, exported, integration, moves, simulated, table, take

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("layout", ["hub_v1", "oneroster_12", "oneroster_11"])
def test_an_export_taken_again_changes_nothing(layout: str, tmp_path: Path) -> None:
    """A system that gets its own data back has nothing to do, although whatever is absent would be ended."""
    sis = integration(family="family_key", layout=layout)
    take(sis, simulated(layout, tmp_path / "in"))
    exported(sis, layout, tmp_path / "out")
    again = take(sis, tmp_path / "out", Mode.TEST)
    assert moves(again) == {}
    assert again.severities.get("error", 0) == 0


@pytest.mark.parametrize("layout", ["hub_v1", "oneroster_12", "oneroster_11"])
def test_an_export_makes_an_equal_roster_elsewhere(layout: str, tmp_path: Path) -> None:
    """Another hub that reads the export has the same records, field by field."""
    sis, other = integration(family="family_key", layout=layout), integration("other", family="family_key")
    take(sis, simulated(layout, tmp_path / "in"))
    exported(sis, layout, tmp_path / "out")
    take(other, tmp_path / "out")
    assert canonical(other.tenant) == canonical(sis.tenant)


def test_our_own_ids_name_the_same_records(tmp_path: Path) -> None:
    """With the hub's ids the records are the same, under UUIDs that any reader takes."""
    sis, other = integration(), integration("other")
    take(sis, simulated("hub_v1", tmp_path / "in", students=20))
    exported(sis, "hub_v1", tmp_path / "out", Ids.ROSTER)
    people = table(tmp_path / "out" / "people.csv")
    take(other, tmp_path / "out")
    ours, theirs = canonical(sis.tenant), canonical(other.tenant)
    assert all(len(person["person_id"]) == 36 for person in people)
    assert {e: len(rows) for e, rows in theirs.items()} == {e: len(rows) for e, rows in ours.items()}
    assert sorted(u["family_name"] for u in theirs["user"].values()) == sorted(
        u["family_name"] for u in ours["user"].values()
    )


@pytest.mark.parametrize("layout", ["sds_v21", "clever", "canvas_sis", "finalsite_open", "oneroster_12"])
def test_our_own_sheets_hold_what_any_layout_brought(layout: str, tmp_path: Path) -> None:
    """
    Whatever a roster came from, our own sheets carry all of it, with people without a role, a name or an organisation.

    A role goes by its person, organisation and word there; and each person has demographics, if blank ones.
    """
    sis, other = integration(family="family_key", layout=layout), integration("other", family="family_key")
    take(sis, simulated(layout, tmp_path / "in"))
    assert exported(sis, "hub_v1", tmp_path / "out").notes == []
    take(other, tmp_path / "out")
    ours, theirs = canonical(sis.tenant), canonical(other.tenant)
    for roster in (ours, theirs):
        roster["role"] = {"|".join([r["user"], r["org"], r["role"]]): r for r in roster["role"].values()}
        said = {
            key: row for key, row in roster["demographics"].items() if any(v for f, v in row.items() if f != "user")
        }
        roster["demographics"] = said
    assert theirs == ours
