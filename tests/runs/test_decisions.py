"""What a person decides of a run: a plan that waits is approved or discarded, an applied one undone."""

from __future__ import annotations

import shutil
from copy import deepcopy

import pytest

from rollbook.core.errors import StalePlan
from rollbook.roster.models import model
from rollbook.runs import decisions
from rollbook.runs.models import Mode, Run, State
from tests.runs.whole_runs import SETTINGS, TAKEN, Hub, Sheets, active, changed, roster, tables, without
from tests.support import carried

pytestmark = pytest.mark.django_db

WAITING = pytest.mark.parametrize("state", [State.TESTED, State.HELD])


def _waiting(hub: Hub, sheets: Sheets, state: State) -> Run:
    """A run whose plan waits for a person: after a test, or because a limit held it."""
    if state == State.TESTED:
        run = hub.carry(sheets, Mode.TEST)
    else:
        integration = hub.integration
        integration.settings = {**SETTINGS, "limit_deactivate": "0"}
        integration.save()
        run = hub.carry(sheets)
    assert run.state == state
    return Run.objects.get(pk=run.pk)


def _six_leave() -> Sheets:
    return without("people", "P1", "P2", "P3", "P5", "P6", sheets=changed("people", "P4", "last_name", "Tide"))


@WAITING
def test_approval_applies_the_plan_that_was_read(hub: Hub, state: State) -> None:
    """An approved plan does what it said, also when the files have gone or changed meanwhile."""
    run = _waiting(hub, _six_leave(), state)
    counts = deepcopy(run.counts)
    shutil.rmtree(hub.inbox)
    carried.approve(run)
    assert active("user") == {"P4"}
    assert roster()["user", "P4"]["family_name"] == "Tide"
    assert Run.objects.get(pk=run.pk).counts == counts


@WAITING
def test_a_discarded_plan_is_never_applied(hub: Hub, state: State) -> None:
    """Discarding changes nothing in the roster, and is final."""
    before = tables()
    run = _waiting(hub, _six_leave(), state)
    decisions.discard(run)
    with pytest.raises(decisions.NotPossible, match="is discarded"):
        carried.approve(run)
    assert (tables(), Run.objects.get(pk=run.pk).state) == (before, State.DISCARDED)


def test_a_plan_is_approved_once(hub: Hub) -> None:
    """A second approval is refused, and changes nothing."""
    run = _waiting(hub, _six_leave(), State.TESTED)
    carried.approve(run)
    before = tables()
    with pytest.raises(decisions.NotPossible, match="is applied"):
        carried.approve(run)
    assert tables() == before


@WAITING
def test_a_plan_is_stale_after_another_run(hub: Hub, state: State) -> None:
    """A plan made before another run was applied is refused, names that run, changes nothing and still waits."""
    run = _waiting(hub, _six_leave(), state)
    later = hub.carry(changed("people", "P4", "last_name", "Later"))
    before = tables()
    with pytest.raises(StalePlan, match=rf"it was written by run {later.pk}\. Nothing was changed"):
        carried.approve(run)
    assert (tables(), Run.objects.get(pk=run.pk).state) == (before, state)


def test_a_plan_is_stale_after_an_older_one_was_approved(hub: Hub) -> None:
    """Of two plans made from one roster only one can be applied, whichever was made first."""
    first = _waiting(hub, changed("people", "P4", "last_name", "First"), State.TESTED)
    second = _waiting(hub, changed("people", "P4", "last_name", "Second"), State.TESTED)
    carried.approve(first)
    with pytest.raises(StalePlan, match=f"it was written by run {first.pk}"):
        carried.approve(second)
    assert roster()["user", "P4"]["family_name"] == "First"


@WAITING
def test_a_plan_is_stale_after_a_row_it_changes_was_edited(hub: Hub, state: State) -> None:
    """A plan that would write over a row somebody changed meanwhile is refused, and says how many there are."""
    run = _waiting(hub, _six_leave(), state)
    tess = model("user")._default_manager.get(source_key="P4")
    tess.__dict__.update(family_name="Edited", revision=tess.revision + 1)
    tess.save()
    before = tables()
    with pytest.raises(
        StalePlan, match=r"^1 of the 6 users that would be changed have changed since the plan was made"
    ):
        carried.approve(run)
    assert (tables(), Run.objects.get(pk=run.pk).state) == (before, state)


def test_an_edit_elsewhere_does_not_stop_a_plan(hub: Hub) -> None:
    """A row that the plan does not touch may change meanwhile, and keeps its change."""
    run = _waiting(hub, changed("people", "P4", "last_name", "Tide"), State.TESTED)
    ada = model("user")._default_manager.get(source_key="P1")
    ada.__dict__.update(family_name="Edited", revision=ada.revision + 1)
    ada.save()
    carried.approve(run)
    assert {key: roster()["user", key]["family_name"] for key in ("P1", "P4")} == {"P1": "Edited", "P4": "Tide"}


# Undo ------------------------------------------------------------------------------------------------


def test_an_undone_run_can_be_carried_again(hub: Hub) -> None:
    """After an undo the same files bring the same roster once more: the digest of the input does not hide it."""
    night = without("people", "P1", sheets=changed("people", "P2", "last_name", "Rowe"))
    run = hub.carry(night)
    after = roster()
    carried.undo(run)
    assert hub.carry(night).state in TAKEN
    assert roster() == after


def test_what_was_changed_since_stays(hub: Hub) -> None:
    """Undo leaves a value alone that a later run has changed, gives the others back, and says which it left."""
    run = hub.carry(changed("people", "P1", "last_name", "Rowe", changed("people", "P1", "first_name", "Ida")))
    hub.carry(changed("people", "P1", "last_name", "Reid", changed("people", "P1", "first_name", "Ida")))
    undoing = carried.undo(Run.objects.get(pk=run.pk))
    user = roster()["user", "P1"]
    assert (user["given_name"], user["family_name"]) == ("Ada", "Reid")
    assert undoing.issue_counts == {"undo-conflict": 1}


def test_a_run_is_undone_once(hub: Hub) -> None:
    """A second undo of one run is refused, and changes nothing."""
    run = hub.carry(without("people", "P1"))
    carried.undo(run)
    before = tables()
    with pytest.raises(decisions.NotPossible, match="only a run that is applied or applied with errors can be undone"):
        carried.undo(run)
    assert tables() == before


def test_an_undo_that_failed_can_be_tried_again(hub: Hub) -> None:
    """An undo that came to nothing does not stand in the way of the next."""
    before = roster()
    run = hub.carry(changed("people", "P1", "last_name", "Rowe"))
    Run.objects.create(integration=hub.integration, mode=Mode.UNDO, undoes=run, state=State.FAILED)
    carried.undo(run)
    assert roster() == before
