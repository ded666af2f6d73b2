"""Settings that hold for one run alone, what a sender calls files and columns, and runs that only add."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rollbook.runs import carrying
from rollbook.runs.models import Mode, Run, State
from tests.runs.whole_runs import Hub, Sheets, a_hub, active, changed, northfield, roster, without, write

pytestmark = pytest.mark.django_db

ADD = {"mode": "add"}


def carry(hub: Hub, sheets: Sheets, settings: Mapping[str, str], mode: Mode = Mode.LIVE) -> Run:
    """A run over these sheets that has settings of its own."""
    run = Run.objects.create(integration=hub.integration, mode=mode, settings=dict(settings))
    return carrying.carry(run, write(sheets, hub.inbox))


def test_columns_that_the_sender_calls_otherwise() -> None:
    """A header is read as the column that the settings say, one is left out, and a file is the sheet they say."""
    sheets = northfield()
    sheets["Kids [old].csv"] = sheets.pop("people.csv")
    sheets["Kids [old].csv"][0][:6] = ["Pupil No", "Kind", "Where", "Name", "Surname", "email"]
    own = {"Pupil No": "person_id", "kind": "role", "WHERE": "org_id", "Name": "first_name", "Surname": "last_name"}
    settings = {f"header.people.{name}": column for name, column in own.items()} | {"header.people.email": ""}
    with a_hub() as hub:
        run = carry(hub, sheets, settings | {"sheet.Kids [[]old].csv": "people"})
        assert run.state == State.APPLIED, run.error
        ada = roster()["user", "P1"]
    assert (ada["given_name"], ada["family_name"], ada.get("email")) == ("Ada", "Roe", None)


def test_a_file_that_is_left_out() -> None:
    """A file that is said to be no sheet is not read, and this is told."""
    with a_hub() as hub:
        run = carry(hub, northfield(), {"sheet.memberships.csv": ""})
        assert active("membership") == set()
    assert run.issue_counts["file-ignored"] == 1


def test_settings_of_a_run_stay_with_it() -> None:
    """The integration has its own settings again after a run that had others."""
    with a_hub() as hub:
        before = hub.integration.settings
        carry(hub, northfield(), ADD)
        assert hub.integration.settings == before


def test_who_is_missing_is_not_ended_by_a_run_that_adds() -> None:
    """Sheets that lack most people end nobody where only additions are received, whatever the absence policy."""
    with a_hub() as hub:
        hub.carry(northfield())
        before = roster()
        run = carry(hub, without("people", "P2", "P3", "P4", "P5", "P6"), ADD)
        assert run.total("deactivate") == 0
        assert roster() == before


def test_a_row_that_ends_somebody_ends_nobody_where_only_additions_are_received() -> None:
    """A row that says that its record has ended is told of and ends nothing; beside it, changes are taken."""
    sheets = changed("people", "P2", "active", "false", changed("people", "P1", "grade", "10"))
    with a_hub() as hub:
        hub.carry(northfield())
        people = active("user")
        run = carry(hub, sheets, ADD)
        assert active("user") == people
        assert roster()["user", "P1"]["grades"] == ["10"]
    assert (run.total("deactivate"), run.issue_counts["ending-ignored"] > 0) == (0, True)


def test_the_night_after_an_upload_is_judged_by_the_night_before() -> None:
    """A few rows that were added in between do not make the next, incomplete night look complete."""
    few = {name: rows for name, rows in northfield().items() if name in ("orgs.csv", "people.csv")}
    short = {name: rows for name, rows in northfield().items() if name != "memberships.csv"}
    with a_hub() as hub:
        hub.carry(northfield())
        carry(hub, few, ADD)
        run = hub.carry(without("people", "P2", sheets=short))
        assert run.total("deactivate") == 0
    assert run.issue_counts["absence-not-judged"] == 1


def test_the_same_files_again_in_another_way() -> None:
    """Files that were only added are compared in full when they come as the full set: no short way is taken."""
    sheets = without("people", "P6", sheets=without("relationships", "P3"))
    with a_hub() as hub:
        hub.carry(northfield())
        carry(hub, sheets, ADD)
        run = hub.carry(sheets)
        assert "P6" not in active("user")
    assert "same_as" not in run.basis
