"""What a night does to a roster that has taken the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.roster.models import model
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import State
from tests.runs.whole_runs import SETTINGS, Hub, a_hub, active, changed, northfield, planned, roster, tables, without

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "file, key, column",
    [("orgs", "S1", "name"), ("terms", "2027", "name"), ("people", "P4", "last_name"), ("classes", "K1", "title"),
     ("courses", "C1", "title"), ("groups", "G1", "title"), ("relationships", "P1", "type")],
)  # fmt: skip
def test_any_record_may_change_what_it_is_called(hub: Hub, file: str, key: str, column: str) -> None:
    """A new name of anything is one changed record, and the run ends with its report."""
    value = "guardian" if column == "type" else "Renamed"
    run = hub.carry(changed(file, key, column, value))
    assert (run.state, planned(run)) == (State.APPLIED, 1)
    assert RunFolder.of(run).excel.exists()


def test_who_left_is_deactivated_and_comes_back(hub: Hub) -> None:
    """A person who is absent from a complete delivery becomes inactive; the same row wakes up on return."""
    row = model("user")._default_manager.get(source_key="P1").pk
    hub.carry(without("people", "P1"))
    assert active("user") == {"P2", "P3", "P4", "P5", "P6"}
    hub.carry(northfield())
    assert model("user")._default_manager.get(source_key="P1", active=True).pk == row


@pytest.mark.parametrize("role, left", [("???", {"P5|S1|guardian"}), ("", set())])
def test_a_role_that_cannot_be_read_has_not_ended(hub: Hub, role: str, left: set[str]) -> None:
    """An unknown code is nobody's leave: the role stays until it is mapped. A blank one says that there is none."""
    run = hub.carry(changed("people", "P5", "role", role))
    assert {key for key in active("role") if key.startswith("P5|")} == left
    assert ("absence-not-judged" in run.issue_counts) == bool(left)


def test_a_partial_input_never_ends_anything() -> None:
    """Sheets that hold only changes end nobody, whatever the policy."""
    with a_hub({**SETTINGS, "mode": "delta"}) as hub:
        hub.carry(northfield())
        hub.carry(without("people", "P1", "P2"))
        assert active("user") == {"P1", "P2", "P3", "P4", "P5", "P6"}


def test_the_folder_of_a_run_tells_what_it_did(hub: Hub, tmp_path: Path) -> None:
    """The plan that is kept has exactly the rows that were written."""
    run = hub.carry(without("people", "P1", sheets=changed("people", "P2", "last_name", "Rowe")))
    written = {
        str(row["sourced_id"].hex) for rows in tables().values() for row in rows if row.get("changed_run") == run.pk
    }
    folder = RunFolder.of(run)
    planned = [folder.plan(entity).collect() for entity in folder.planned()]
    assert {key for plan in planned for key in plan.filter(plan["action"] != "relink")["sourced_id"]} == written


def test_who_has_left_changes_only_on_return(hub: Hub) -> None:
    """A record that has ended is not written any more; whatever changed meanwhile comes when it comes back."""
    left = changed("people", "P6", "active", "false")
    hub.carry(left)
    before = roster()
    run = hub.carry(changed("people", "P6", "last_name", "Rowe", left))
    assert (planned(run), roster()) == (0, before)
    hub.carry(changed("people", "P6", "last_name", "Rowe"))
    assert roster()["user", "P6"]["family_name"] == "Rowe"
