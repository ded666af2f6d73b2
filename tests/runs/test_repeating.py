"""Nights that bring what the roster agrees with already."""

import random
from collections.abc import Iterator

import pytest

from rollbook.runs.models import Mode, State
from tests.runs.whole_runs import SETTINGS, Hub, Sheets, a_hub, changed, northfield, roster
from tests.support import carried

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Iterator[Hub]:
    with a_hub() as hub:
        yield hub


def shuffled(sheets: Sheets) -> Sheets:
    """The same rows in another order."""
    dice = random.Random(7)
    return {name: [rows[0], *dice.sample(rows[1:], len(rows) - 1)] for name, rows in sheets.items()}


def quoted(sheets: Sheets) -> dict[str, bytes]:
    """The same rows, with every value in quotes."""
    lines = {name: [",".join(f'"{cell}"' for cell in row) for row in rows] for name, rows in sheets.items()}
    return {name: "".join(f"{line}\n" for line in found).encode() for name, found in lines.items()}


def test_the_same_bytes_are_not_read_twice(hub: Hub) -> None:
    """The run ends as the one before, names it, and has landed nothing."""
    first = hub.carry(northfield())
    again = hub.carry(northfield())
    assert (again.state, again.basis["same_as"]) == (first.state, first.pk)
    assert not list(again.folder.glob("read-*"))
    assert again.issue_counts == first.issue_counts


def test_the_same_rows_are_not_checked_twice(hub: Hub) -> None:
    """Rows in another order, or quoted: nothing is checked or planned, and the next night they are the same bytes."""
    first = hub.carry(northfield())
    other = hub.carry(shuffled(northfield()))
    assert (other.state, other.basis["same_as"], other.seconds.keys()) == (State.APPLIED, first.pk, {"read"})
    again = hub.carry(shuffled(northfield()))
    assert again.basis["same_as"] == other.pk
    assert not list(again.folder.glob("read-*"))
    assert hub.carry(quoted(northfield())).basis["same_as"] == again.pk


def test_rows_with_issues_are_checked_again(hub: Hub) -> None:
    """In another order their issues stand in other lines, so the issues are found anew."""
    sheets = changed("people", "P2", "birth_date", "no date")
    hub.carry(sheets)
    assert "same_as" not in hub.carry(shuffled(sheets)).basis


def test_one_other_value_is_seen(hub: Hub) -> None:
    """Rows that differ in one value are planned and applied."""
    hub.carry(northfield())
    run = hub.carry(shuffled(changed("people", "P2", "last_name", "Rowe")))
    assert "same_as" not in run.basis
    assert run.counts["user"]["update"] == 1


def test_an_undo_forgets_the_rows(hub: Hub) -> None:
    """After an undo the same rows bring the same roster once more."""
    hub.carry(northfield())
    night = hub.carry(changed("people", "P2", "last_name", "Rowe"))
    after = roster()
    carried.undo(night)
    assert "same_as" not in hub.carry(shuffled(changed("people", "P2", "last_name", "Rowe"))).basis
    assert roster() == after


def test_a_test_run_over_the_same_rows_ends_tested(hub: Hub) -> None:
    """It says what a live run would do: nothing."""
    hub.carry(northfield())
    run = hub.carry(shuffled(northfield()), Mode.TEST)
    assert (run.state, run.counts["user"]["create"], run.counts["user"]["unchanged"]) == (State.TESTED, 0, 6)


@pytest.mark.parametrize("again", [northfield(), shuffled(northfield())], ids=["bytes", "rows"])
def test_another_setting_is_another_input(hub: Hub, again: Sheets) -> None:
    """What the rows mean has changed, so they are checked again."""
    hub.carry(northfield())
    integration = hub.integration
    integration.settings = {**SETTINGS, "blank": "clear"}
    integration.save()
    assert "same_as" not in hub.carry(again).basis
