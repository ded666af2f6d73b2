"""What people say of deliveries: all files are there, the mapping is right."""

from __future__ import annotations

import pytest
from django.utils import timezone

from rollbook.core.errors import RollbookError
from rollbook.core.schedules.rhythm import Every
from rollbook.intake import accounts, deliveries, marks, store
from rollbook.intake.marks import COMMAND_LINE, Who
from rollbook.intake.models import Account, Delivery, Mark, ReceivedFile
from rollbook.runs.models import Mode
from rollbook.schedules import changing
from simulators.district import build
from simulators.sheets import make_sheets
from tests.intake.test_deliveries import account, carried, later, only, put, send
from tests.journeys.support import NO_LIMITS, Hub, hub

pytestmark = pytest.mark.django_db
__all__ = ["account", "hub"]
State = Delivery.State
SENDER = Who("Northfield's office")


def test_sent_ends_a_delivery_at_once(account: Account) -> None:
    """Whoever says that all files are there need not wait, and is named."""
    send(account)
    delivery = deliveries.end(account, SENDER)
    assert (delivery.state, delivery.ended_by) == (State.WAITING, "sent")
    assert [(mark.kind, mark.by) for mark in delivery.marks.all()] == [("sent", "Northfield's office")]


def test_sent_needs_no_marker(account: Account) -> None:
    """The word of a person is as good as the agreed file."""
    account.marker = "_done"
    account.save()
    send(account)
    assert deliveries.end(account, SENDER).state == State.WAITING


@pytest.mark.parametrize("state", [ReceivedFile.State.PARTIAL, ReceivedFile.State.RECEIVING])
def test_sent_waits_for_a_file_that_is_not_whole(account: Account, state: ReceivedFile.State) -> None:
    """A word does not make half a file whole: nothing is taken, and why is said."""
    send(account)
    store.enter(ReceivedFile(account=account, path="late.csv", state=state, began=timezone.now()))
    with pytest.raises(RollbookError, match="broken off"):
        deliveries.end(account, SENDER)
    assert not account.deliveries.exists()


def test_sent_without_a_sheet_is_incomplete(account: Account) -> None:
    """A missing sheet is still waited for, and no run is made of the rest."""
    send(account, without="users.csv")
    delivery = deliveries.end(account, SENDER)
    deliveries.look(later())
    delivery.refresh_from_db()
    assert (delivery.state, delivery.missing, delivery.run) == (State.INCOMPLETE, ["users"], None)


def test_sent_again_without_the_sheet_is_refused(account: Account) -> None:
    """The same word a second time changes nothing, and says which sheet to send."""
    send(account, without="users.csv")
    deliveries.end(account, SENDER)
    with pytest.raises(RollbookError, match="users"):
        deliveries.end(account, SENDER)
    assert account.deliveries.count() == 1


@pytest.fixture
def strict(hub: Hub) -> Account:
    """An account whose integration runs live at each delivery and ends whoever is absent; a first one was applied."""
    settings = {**NO_LIMITS, "layout": "oneroster_12", "absence": "deactivate"}
    made = accounts.add(hub.integrate(settings=settings), "strict")[0]
    changing.add(made.integration, name="At a delivery", every=Every.DELIVERY)
    send(made)
    deliveries.end(made, SENDER)
    deliveries.look(later())
    carried(only(made))
    return made


def send_short(account: Account, *, without: str = "") -> None:
    """Sheets that each lack their last rows, in place of what lies in the inbox."""
    store.whole_files(account).update(state=ReceivedFile.State.REMOVED)
    for sheet in make_sheets(build(12), "oneroster_12"):
        lines = sheet.content().splitlines(keepends=True)
        if sheet.name != without:
            put(account, sheet.name, b"".join(lines[: max(2, len(lines) * 3 // 4)]))


def active(hub: Hub) -> set[tuple[str, str]]:
    """Everybody and everything that is there."""
    rows = ((entity, key, row) for entity, found in hub.everything().items() for key, row in found.items())
    return {(entity, key) for entity, key, row in rows if row["active"]}


def test_sent_ends_nobody_by_an_incomplete_delivery(strict: Account, hub: Hub) -> None:
    """Though somebody has said that this is all, whoever was there stays."""
    before = active(hub)
    send_short(strict, without="users.csv")
    delivery = deliveries.end(strict, SENDER)
    deliveries.look(later())
    delivery.refresh_from_db()
    assert (delivery.state, delivery.run, active(hub)) == (State.INCOMPLETE, None, before)


def test_taken_as_it_is_ends_nobody(strict: Account, hub: Hub) -> None:
    """What a person lets through though a sheet is missing is run live, and whoever is absent from it stays."""
    before = active(hub)
    send_short(strict, without="users.csv")
    delivery = deliveries.take(strict, SENDER)
    deliveries.look(later())
    assert carried(delivery).state == State.ACCEPTED
    assert before - active(hub) == set()


def test_a_whole_delivery_does_end_who_is_absent(strict: Account, hub: Hub) -> None:
    """The two tests above would see it: the same short sheets, all of them there, end somebody."""
    before = active(hub)
    send_short(strict)
    delivery = deliveries.end(strict, SENDER)
    deliveries.look(later())
    carried(delivery)
    assert before - active(hub) != set()


def test_nothing_can_be_sent_twice_at_once(account: Account) -> None:
    """While a delivery is under way another one is not begun."""
    send(account)
    deliveries.end(account, SENDER)
    with pytest.raises(RollbookError, match="under way"):
        deliveries.end(account, SENDER)


def test_verified_is_kept_with_who_and_when(account: Account) -> None:
    """A specialist's word is there to be looked up."""
    send(account)
    delivery = deliveries.end(account, SENDER)
    deliveries.look(later())
    carried(delivery)
    delivery.refresh_from_db()
    assert delivery.run
    assert delivery.run.mode == Mode.TEST
    marks.verify(delivery, COMMAND_LINE)
    found = marks.verified(account)
    assert found
    assert (found.delivery, found.by) == (delivery, "the command line")


def test_only_what_was_accepted_can_be_verified(account: Account) -> None:
    """Nobody can vouch for what was not checked."""
    put(account, "notes.csv", b"a,b\n1,2\n")
    refused = deliveries.end(account, SENDER)
    with pytest.raises(RollbookError, match="Nothing was marked"):
        marks.verify(refused, COMMAND_LINE)
    assert not Mark.objects.filter(kind=Mark.Kind.VERIFIED).exists()


def test_a_file_knows_the_delivery_it_came_with(account: Account) -> None:
    """Each file that was received leads to what became of it."""
    send(account)
    delivery = deliveries.end(account, SENDER)
    assert set(account.files.values_list("delivery", flat=True)) == {delivery.pk}
