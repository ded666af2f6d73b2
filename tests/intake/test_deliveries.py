"""From files in an inbox to a run, and a receipt for their sender."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from rollbook.core.errors import RollbookError
from rollbook.core.schedules.rhythm import Every
from rollbook.intake import accounts, deliveries, store, taking
from rollbook.intake.marks import COMMAND_LINE
from rollbook.intake.models import Account, Delivery, ReceivedFile
from rollbook.integrations.models import Integration
from rollbook.jobs import queue
from rollbook.runs import carrying
from rollbook.runs.models import Mode, Run
from rollbook.schedules import changing
from simulators.district import build
from simulators.sheets import make_sheets
from tests.journeys.support import NO_LIMITS, Hub, hub

pytestmark = pytest.mark.django_db
__all__ = ["hub"]
QUIET = timedelta(minutes=5)
State = Delivery.State


@pytest.fixture
def account(hub: Hub) -> Account:
    """An account whose files have the layout oneroster_12."""
    integration = hub.integrate(settings={**NO_LIMITS, "layout": "oneroster_12"})
    return accounts.add(integration, "northfield")[0]


def put(account: Account, name: str, content: bytes) -> None:
    """A file that has come whole."""
    draft = store.prepare(account).root / "draft"
    draft.write_bytes(content)
    store.accept(account, name, draft, client="test")


def send(account: Account, night: int = 0, *, without: str = "") -> None:
    """A whole set of sheets, or one without a sheet."""
    for sheet in make_sheets(build(12, night=night), "oneroster_12"):
        if sheet.name != without:
            put(account, sheet.name, sheet.content())


def later(minutes: float = 6) -> datetime:
    """Some minutes from now."""
    return timezone.now() + timedelta(minutes=minutes)


def carried(delivery: Delivery) -> Delivery:
    """The delivery once its run has ended and its sender was answered."""
    delivery.refresh_from_db()
    assert delivery.run
    carrying.carry(delivery.run)
    deliveries.look(later())
    delivery.refresh_from_db()
    return delivery


def only(account: Account) -> Delivery:
    """The only delivery."""
    return account.deliveries.get()


def receipt(delivery: Delivery) -> str:
    """What its sender reads."""
    return (store.folder_of(delivery.account).outbox / delivery.receipt).read_text()


def test_nothing_is_taken_while_the_sender_is_at_it(account: Account) -> None:
    """Until the quiet time has passed, what lies there is no delivery."""
    send(account)
    deliveries.look(later(4))
    assert not account.deliveries.exists()


def test_after_a_quiet_time_a_delivery_is_tried_and_answered(account: Account) -> None:
    """Where nothing is scheduled for deliveries, a test run tells the sender what will become of it."""
    send(account)
    deliveries.look(later())
    delivery = carried(only(account))
    assert (delivery.state, delivery.run and delivery.run.mode) == (State.ACCEPTED, Mode.TEST)
    said = receipt(delivery)
    assert "Result: ACCEPTED" in said
    assert "users.csv" in said
    assert "user: " in said
    assert list(store.folder_of(account).outbox.glob("receipt-*.xlsx"))


def test_a_delivery_sets_off_the_run_that_waits_for_it(account: Account, hub: Hub) -> None:
    """Where a schedule says "at a delivery", the roster follows at once."""
    changing.add(account.integration, name="At a delivery", every=Every.DELIVERY)
    send(account)
    deliveries.look(later())
    delivery = carried(only(account))
    assert (delivery.run and delivery.run.mode, len(hub.roster("user")) > 12) == (Mode.LIVE, True)


def test_the_nightly_run_reads_the_latest_delivery(account: Account, hub: Hub) -> None:
    """An integration without a path of its own reads what was taken last."""
    for night in (0, 1):
        send(account, night)
        deliveries.look(later())
        carried(account.deliveries.latest("pk"))
    account.integration.refresh_from_db()
    run = carrying.carry(Run.objects.create(integration=account.integration))
    assert run.counts["user"]["create"] > 12
    assert Path(account.integration.settings["path"]).resolve().name == str(account.deliveries.latest("pk").pk)


def test_a_marker_ends_a_delivery_at_once(account: Account) -> None:
    """With an agreed marker nobody waits, and without it nothing is taken, however quiet it is."""
    accounts.change(account, marker="_done")
    send(account)
    deliveries.look(later(600))
    assert not account.deliveries.exists()
    put(account, "_done", b"")
    deliveries.look(later(0))
    assert (only(account).ended_by, "_done" in str(only(account).files)) == ("marker", False)


def test_a_marker_ends_one_delivery_only(account: Account) -> None:
    """What comes after the marker waits for the next one."""
    accounts.change(account, marker="_done")
    send(account)
    put(account, "_done", b"")
    deliveries.look(later(0))
    carried(only(account))
    send(account, night=1)
    deliveries.look(later(600))
    assert account.deliveries.count() == 1


def test_a_broken_off_file_holds_everything_up(account: Account) -> None:
    """While a file is not whole, no delivery is."""
    send(account)
    now = timezone.now()
    store.enter(ReceivedFile(account=account, path="late.csv", state=ReceivedFile.State.PARTIAL, began=now, ended=now))
    deliveries.look(later())
    assert not account.deliveries.exists()


def test_drafts_are_no_part_of_it(account: Account) -> None:
    """A name that a program gives while it sends waits for the rename."""
    send(account)
    put(account, "users.csv.filepart", b"half")
    deliveries.look(later())
    assert "filepart" not in str(only(account).files)


def test_an_incomplete_set_waits_and_its_sender_is_told(account: Account) -> None:
    """What lacks a sheet is not run; once the sheet comes, the delivery goes on by itself."""
    send(account, without="users.csv")
    deliveries.look(later())
    deliveries.look(later(7))
    waiting = only(account)
    assert (waiting.state, waiting.missing, waiting.run) == (State.INCOMPLETE, ["users"], None)
    assert "Missing: users." in receipt(waiting)
    send(account)
    deliveries.look(later(20))
    assert account.deliveries.latest("pk").state == State.RUNNING


def test_a_person_can_take_what_is_not_whole(account: Account) -> None:
    """Whoever knows better lets it through; nobody is ended by it."""
    send(account, without="users.csv")
    delivery = deliveries.take(account, COMMAND_LINE)
    deliveries.look(later())
    assert carried(delivery).state == State.ACCEPTED


def test_taking_nothing_is_refused(account: Account) -> None:
    """An empty inbox is said to be one."""
    with pytest.raises(RollbookError, match="Nothing lies in the inbox"):
        deliveries.take(account, COMMAND_LINE)


def test_the_same_again_is_said_and_not_run(account: Account) -> None:
    """Equal files are answered, and no run is made of them."""
    send(account)
    deliveries.look(later())
    carried(only(account))
    send(account)
    deliveries.look(later(20))
    again = account.deliveries.latest("pk")
    assert (again.state, Run.objects.count()) == (State.UNCHANGED, 1)
    assert "the same as the delivery before" in receipt(again)


def test_rows_to_mend_are_told_again(account: Account) -> None:
    """A delivery with the rows that the roster has already brings its sender the same rows to mend."""
    send(account)
    sheet = next(s for s in make_sheets(build(12), "oneroster_12") if s.name == "enrollments.csv")
    lines = sheet.content().decode().rstrip().splitlines()
    of_class = lines[0].split(",").index("classSourcedId")
    cells = lines[-1].split(",")
    cells[of_class] = "nowhere"
    put(account, sheet.name, "\n".join([*lines[:-1], ",".join(cells), ""]).encode())
    deliveries.look(later())
    carried(only(account))
    nightly = Integration.objects.get(pk=account.integration.pk)
    carrying.carry(queue.enqueue(nightly, trigger="member"))
    taken = deliveries.take(account, COMMAND_LINE)
    deliveries.look(later())
    again = carried(taken)
    assert again.run
    assert "same_as" in again.run.basis
    assert {path.name for path in store.folder_of(account).outbox.glob("*-error-rows.zip")} >= {
        again.receipt.replace(".txt", "-error-rows.zip")
    }


def test_files_of_no_layout_are_refused(account: Account) -> None:
    """What cannot be read is answered in plain words, and nothing was changed."""
    put(account, "notes.csv", b"a,b\n1,2\n")
    deliveries.look(later())
    refused = only(account)
    assert refused.state == State.REFUSED
    assert "Result: REFUSED" in receipt(refused)
    assert refused.error in receipt(refused)


def test_a_plan_beyond_a_limit_is_told_as_held(hub: Hub) -> None:
    """A sender learns that a person will look, and why."""
    integration = hub.integrate(settings={"layout": "oneroster_12", "limit_update": "1", "limit_spare": "0"})
    account = accounts.add(integration, "strict")[0]
    changing.add(integration, name="At a delivery", every=Every.DELIVERY)
    send(account)
    deliveries.look(later())
    carried(only(account))
    for sheet in make_sheets(build(12), "oneroster_12"):
        put(account, sheet.name, sheet.content().replace(b"@", b"@new."))
    deliveries.look(later(20))
    held = carried(account.deliveries.latest("pk"))
    assert held.state == State.HELD
    assert "Result: HELD" in receipt(held)


def test_a_delivery_waits_while_another_run_is_under_way(account: Account) -> None:
    """It is carried when the integration is free, and not lost."""
    account.integration.settings["path"] = "/nowhere"
    account.integration.save()
    busy = queue.enqueue(account.integration)
    send(account)
    deliveries.look(later())
    assert only(account).state == State.WAITING
    queue.cancel(busy)
    deliveries.look(later())
    assert only(account).state == State.RUNNING


def test_files_stay_for_some_days_and_are_cleared_then(account: Account) -> None:
    """Files are copied at take-over; the inbox is cleared after the grace period, and the copy stays."""
    send(account)
    deliveries.look(later())
    delivery = carried(only(account))
    inbox = store.folder_of(account).inbox
    assert (inbox / "users.csv").exists()
    deliveries.look(timezone.now() + timedelta(days=8))
    assert list(inbox.iterdir()) == []
    assert (taking.folder(delivery) / "users.csv").exists()


def test_a_file_that_is_replaced_while_it_is_copied_is_not_taken(account: Account) -> None:
    """The copy has the checksum that the sender was told, or there is none."""
    send(account)
    (store.folder_of(account).inbox / "users.csv").write_bytes(b"another")
    deliveries.look(later())
    assert not account.deliveries.exists()
    assert [path for path in taking.place_of(account).iterdir() if path.is_dir()] == []


def test_only_the_newest_receipts_stay(account: Account) -> None:
    """The outbox does not grow for ever."""
    for day in range(40):
        put(account, "notes.csv", f"a,b\n{day},2\n".encode())
        deliveries.look(later(6 + day * 10))
    assert len(list(store.folder_of(account).outbox.glob("*.txt"))) == 30


def test_an_account_that_is_switched_off_is_left_alone(account: Account) -> None:
    """Nothing is taken from it."""
    send(account)
    accounts.switch(account, on=False)
    deliveries.look(later())
    assert not account.deliveries.exists()


def test_integrations_of_one_hub_do_not_mix(account: Account, hub: Hub) -> None:
    """Each account has its own deliveries."""
    other = accounts.add(Integration.objects.create(tenant=hub.tenant, name="Other", source="sheets"), "other")[0]
    send(account)
    deliveries.look(later())
    assert (account.deliveries.count(), other.deliveries.count()) == (1, 0)
