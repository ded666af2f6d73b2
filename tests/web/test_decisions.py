"""Approving, discarding and undoing a run from its page."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from rollbook.roster.models import model
from rollbook.runs.carrying import carry
from rollbook.runs.models import Mode, Run, State
from simulators import district, sheets
from tests.web.seed import World, integrate, make_run
from tests.web.test_lists import page
from tests.web.test_run_pages import words


def end(client: Client, address: str) -> tuple[str, str]:
    """Post a decision and follow: where it leads, and what is said there."""
    response = client.post(address, follow=True)
    said = response.content.decode().split('class="messages"')[1].split("</ul>")[0]
    return response.request["PATH_INFO"], words(f"<ul {said}")


def test_approval_says_what_it_will_do(world: World, ada: Client) -> None:
    """Before a plan is approved the page says what it writes, where, and why it was held."""
    text = words(page(ada, f"/runs/{world.held.pk}/approve/"))
    assert "to the roster of Northfield School District" in text
    assert "38 records deactivated" in text
    assert "38 of 204 users of Northfield High (18.6%) would be deactivated" in text


def test_looking_changes_nothing(world: World, ada: Client) -> None:
    """Opening the page of a decision decides nothing."""
    for decision in ("approve", "discard"):
        ada.get(f"/runs/{world.held.pk}/{decision}/")
    world.held.refresh_from_db()
    assert world.held.state == State.HELD


def test_discard(world: World, ada: Client) -> None:
    """A discarded plan is put aside, by name, and the page says that the roster is as it was."""
    assert end(ada, f"/runs/{world.held.pk}/discard/") == (
        f"/runs/{world.held.pk}/",
        f"Run {world.held.pk} was discarded. The roster is as it was.",
    )
    world.held.refresh_from_db()
    assert (world.held.state, world.held.member) == (State.DISCARDED, world.member)


def test_plan_that_went_stale(world: World, ada: Client) -> None:
    """When the roster has moved since the plan was made, the page says so, and the plan waits on."""
    response = ada.post(f"/runs/{world.held.pk}/approve/")
    assert response.status_code == 409
    assert 'role="alert"' in response.content.decode()
    world.held.refresh_from_db()
    assert world.held.state == State.HELD


def test_approve_then_undo(world: World, ada: Client, tmp_path: Path) -> None:
    """What a member decides a worker carries out, in the member's name: the plan is applied, and taken back again."""
    sheets.write(sheets.make_sheets(district.build(students=20), "oneroster_12"), tmp_path / "sent")
    quiet = integrate(world.nightly.tenant, "Quiet")
    run = carry(Run.objects.create(integration=quiet, mode=Mode.TEST), tmp_path / "sent")
    at, said = end(ada, f"/runs/{run.pk}/approve/")
    assert (at, said) == (f"/runs/{run.pk}/", f"Run {run.pk} was approved. It is applied when its turn comes.")
    run = carry(Run.objects.get(pk=run.pk))
    assert (run.state, run.member) == (State.APPLIED, world.member)
    people = model("user")._default_manager.filter(owner=quiet)
    assert people.filter(active=True).count() == run.counts["user"]["create"] > 20

    at, said = end(ada, f"/runs/{run.pk}/undo/")
    assert (at, said) == (f"/runs/{run.pk + 1}/", f"This is the run that takes run {run.pk} back, when its turn comes.")
    assert carry(Run.objects.get(pk=run.pk + 1)).state == State.APPLIED
    assert people.filter(active=True).count() == 0


@pytest.mark.parametrize(
    "state, decision",
    [(State.APPLIED, "approve"), (State.APPLIED, "discard"), (State.FAILED, "undo"), (State.HELD, "undo")],
)
def test_nothing_left_to_decide(world: World, ada: Client, state: State, decision: str) -> None:
    """A decision that the state does not allow leads back to the run and says why."""
    run = make_run(world.nightly, state)
    at, said = end(ada, f"/runs/{run.pk}/{decision}/")
    assert (at, said.split(":")[0]) == (f"/runs/{run.pk}/", f"There is nothing to {decision}")


def test_undo_of_an_undo_is_not_offered(world: World, ada: Client) -> None:
    """A run that undid another is not undone in turn."""
    run = make_run(world.nightly, State.APPLIED, mode=Mode.UNDO)
    assert "/undo/" not in page(ada, f"/runs/{run.pk}/")


def test_decisions_need_their_token(world: World) -> None:
    """A form on another host cannot decide for a member who is logged in."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.member)
    assert client.post(f"/runs/{world.held.pk}/discard/").status_code == 403
