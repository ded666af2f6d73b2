"""What a sender is told within a minute, before its delivery is complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rollbook.core.schedules.rhythm import Every
from rollbook.intake import deliveries, first_looks, store
from rollbook.intake.models import Account, Delivery, FirstLook, ReceivedFile
from rollbook.intake.waiting import waiting
from rollbook.jobs import queue
from rollbook.runs import carrying
from rollbook.runs.models import Mode, Run
from rollbook.schedules import changing
from simulators.district import build
from simulators.sheets import make_sheets
from tests.intake.test_deliveries import account, carried, later, only, put, send
from tests.journeys.support import hub

pytestmark = pytest.mark.django_db
__all__ = ["account", "hub"]
State = Delivery.State


def told(account: Account) -> str:
    """What the first look says."""
    return (store.folder_of(account).outbox / "first-look.txt").read_text()


def outbox(account: Account) -> list[str]:
    """What the sender finds, without the times in names."""
    return sorted(re.sub(r"-2[-0-9]*", "", path.name) for path in store.folder_of(account).outbox.iterdir())


def tried(account: Account) -> FirstLook:
    """The first look, once its run has ended and the sender was told."""
    deliveries.look(later(1))
    look = FirstLook.objects.get(account=account)
    assert look.run
    carrying.carry(look.run)
    deliveries.look(later(1.1))
    look.refresh_from_db()
    return look


def test_a_sender_who_pauses_is_told_what_the_files_would_come_to(account: Account) -> None:
    """Half a minute after the last file the trial is answered in the outbox; nothing is taken, nobody changed."""
    send(account)
    deliveries.look(later(0.4))
    assert not FirstLook.objects.exists()
    look = tried(account)
    assert (look.state, look.run and look.run.mode) == (State.ACCEPTED, Mode.TEST)
    assert "Result, if nothing else comes: ACCEPTED" in told(account)
    assert "user: " in told(account)
    assert {"first-look.txt", "first-look.xlsx"} <= set(outbox(account))
    assert not account.deliveries.exists()
    assert set(account.files.values_list("state", flat=True)) == {ReceivedFile.State.WHOLE}
    assert not first_looks.folder(account).exists()


def test_the_trial_is_the_answer_when_nothing_else_comes(account: Account) -> None:
    """The delivery has the same files: no second trial is made, and its receipt takes the place of the first look."""
    send(account)
    look = tried(account)
    deliveries.look(later(6))
    deliveries.look(later(6))
    delivery = only(account)
    assert (delivery.state, delivery.run, Run.objects.count()) == (State.ACCEPTED, look.run, 1)
    assert outbox(account) == ["receipt.txt", "receipt.xlsx"]


def test_what_comes_later_is_looked_at_again(account: Account) -> None:
    """A first look holds for the files that lay there; more of them get another, and the delivery has all."""
    send(account)
    first = tried(account)
    put(account, "notes.csv", b"a,b\n1,2\n")
    second = tried(account)
    assert (second.pk != first.pk, len(second.files)) == (True, len(first.files) + 1)
    assert "notes.csv" in told(account)
    deliveries.look(later(6))
    assert len(only(account).files) == len(second.files)


def test_a_missing_sheet_is_told_before_the_delivery_waits_for_it(account: Account) -> None:
    """Who forgets a sheet reads so while still at the desk; nothing is tried."""
    send(account, without="users.csv")
    deliveries.look(later(1))
    assert "Result, if nothing else comes: INCOMPLETE" in told(account)
    assert "Missing: users" in told(account)
    assert not Run.objects.exists()


def test_the_same_files_are_looked_at_once(account: Account) -> None:
    """However often the hub looks, one trial is made of one set of files."""
    send(account)
    tried(account)
    for minutes in (1.5, 2, 3, 4):
        deliveries.look(later(minutes))
    assert (Run.objects.count(), FirstLook.objects.count()) == (1, 1)


def test_what_waits_shows_its_first_look(account: Account) -> None:
    """Members see what waiting files would come to, until another file comes."""
    send(account)
    look = tried(account)
    assert [one.look for one in waiting([account])] == [look]
    put(account, "notes.csv", b"a,b\n1,2\n")
    assert [one.look for one in waiting([account])] == [None]


def test_a_run_at_a_delivery_is_live_whatever_was_tried(account: Account) -> None:
    """Where deliveries set off runs, the trial is only told; the delivery is carried itself."""
    changing.add(account.integration, name="At a delivery", every=Every.DELIVERY)
    send(account)
    tried(account)
    deliveries.look(later(6))
    delivery = carried(only(account))
    assert delivery.run
    assert (delivery.run.mode, delivery.state, Run.objects.count()) == (Mode.LIVE, State.ACCEPTED, 2)


def test_a_trial_on_another_roster_is_no_answer(account: Account, tmp_path: Path) -> None:
    """When the roster has moved between trial and delivery, the delivery is tried itself."""
    send(account)
    look = tried(account)
    other = tmp_path / "another-night"
    other.mkdir()
    for sheet in make_sheets(build(12, night=1), "oneroster_12"):
        (other / sheet.name).write_bytes(sheet.content())
    carrying.carry(queue.enqueue(account.integration, trigger="member", path=other))
    deliveries.look(later(6))
    deliveries.look(later(6))
    assert only(account).run != look.run


def test_with_a_marker_nothing_is_told_before(account: Account) -> None:
    """A sender who says when all is there has its receipt at once; until then nothing is guessed."""
    account.marker = "_done"
    account.save()
    send(account)
    deliveries.look(later(1))
    assert not FirstLook.objects.exists()
