"""Who is told of deliveries by mail: the addresses of the sender, and the specialists."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from rollbook.accounts.models import Member
from rollbook.core.errors import SettingsError
from rollbook.core.schedules.rhythm import Every
from rollbook.intake import accounts, deliveries, receipts
from rollbook.intake.marks import Who
from rollbook.intake.models import Account, ReceivedFile
from rollbook.notices.models import Message, Notice
from rollbook.notices.sending import send_due
from rollbook.schedules import changing
from tests.intake.test_deliveries import account, carried, later, only, put, send
from tests.journeys.support import Hub, hub
from tests.notices.conftest import mails
from tests.support.mailserver import MailServer

pytestmark = pytest.mark.django_db
__all__ = ["account", "hub", "mails"]
DESK = "desk@northfield.example"


@pytest.fixture
def told(account: Account, mails: MailServer, settings: Settings) -> MailServer:
    """The sender's desk gets receipts, a specialist what everybody gets; both by a real mail server."""
    settings.BASE_URL = "https://hub.example"
    accounts.change(account, receipt_addresses=[DESK])
    Member.objects.create(email="ada@northfield.example", name="Ada Lindqvist", tenant=account.integration.tenant)
    return mails


def text_of(told: MailServer, receiver: str) -> str:
    """The mail that somebody got."""
    [mail] = [mail for mail, to in zip(told.mails, told.receivers, strict=True) if to == receiver]
    content = mail.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def test_a_receipt_by_mail_has_counts_and_a_link(account: Account, told: MailServer) -> None:
    """The desk of the sender reads what became of its files, and where the rest is."""
    send(account)
    deliveries.look(later())
    delivery = carried(only(account))
    send_due(later(30))
    said = text_of(told, DESK)
    assert f"https://hub.example/intake/deliveries/{delivery.pk}/" in said
    assert [one in said for one in (": accepted.", "Records:", "the folder outbox")] == [True] * 3
    assert told.receivers == [DESK]


def test_a_receipt_by_mail_names_nobody(account: Account, told: MailServer, hub: Hub) -> None:
    """No name and no address of a person is in it, and nothing is attached."""
    changing.add(account.integration, name="At a delivery", every=Every.DELIVERY)
    send(account)
    deliveries.look(later())
    carried(only(account))
    send_due(later(30))
    said = text_of(told, DESK)
    people = {str(row[name]) for row in hub.roster("user").values() for name in ("family_name", "username")} - {"None"}
    assert people
    assert [one for one in people if one in said] == []
    assert not told.mails[0].is_multipart()


def test_each_delivery_is_told_once(account: Account, told: MailServer) -> None:
    """However often the hub looks, and however many deliveries a day has."""
    put(account, "notes.csv", b"a,b\n1,2\n")
    for minutes in (6, 7, 8):
        deliveries.look(later(minutes))
    put(account, "notes.csv", b"a,b\n3,4\n")
    deliveries.look(later(20))
    send_due(later(30))
    assert told.receivers.count(DESK) == 2


def test_nobody_is_mailed_unasked(account: Account, told: MailServer) -> None:
    """An account without addresses has receipts in its outbox only."""
    accounts.change(account, receipt_addresses=[])
    send(account)
    deliveries.look(later())
    carried(only(account))
    assert not Message.objects.exists()


def test_a_specialist_is_told_of_a_refusal(account: Account, told: MailServer) -> None:
    """Files that fit nothing are news for whoever watches the integration."""
    put(account, "notes.csv", b"a,b\n1,2\n")
    deliveries.look(later())
    send_due(later(30))
    assert "was refused. The roster was not changed." in text_of(told, "ada@northfield.example")


def test_a_missing_sheet_is_named_to_the_sender(account: Account, told: MailServer) -> None:
    """Whoever can send it learns which one."""
    send(account, without="users.csv")
    deliveries.end(account, Who("Northfield's office"))
    send_due(later(30))
    said = text_of(told, DESK)
    assert ": incomplete." in said
    assert "Missing:      users" in said


def test_files_that_wait_long_are_told_once(account: Account, told: MailServer) -> None:
    """A delivery that stays incomplete for half a day is news for a specialist, once."""
    send(account, without="users.csv")
    deliveries.look(later())
    before = Notice.objects.filter(event="delivery.waiting").count()
    for hours in (13, 14, 40):
        deliveries.look(timezone.now() + timedelta(hours=hours))
    assert (before, Notice.objects.filter(event="delivery.waiting").count()) == (0, 1)


def test_a_file_that_stays_broken_off_is_told(account: Account, told: MailServer) -> None:
    """It holds its delivery up, so somebody has to know."""
    now = timezone.now()
    ReceivedFile.objects.create(account=account, path="users.csv", state="partial", began=now, ended=now)
    deliveries.look(now + timedelta(hours=13))
    assert Notice.objects.get(event="delivery.waiting").facts["broken"] == 1


def test_what_could_not_be_answered_is_answered_later(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk delays a receipt; it does not lose it, nor keep others from theirs."""

    def full(*args: object) -> None:
        raise OSError("no room")

    put(account, "notes.csv", b"a,b\n1,2\n")
    with monkeypatch.context() as broken:
        broken.setattr(receipts, "write", full)
        deliveries.look(later())
    assert only(account).receipt == ""
    deliveries.look(later(7))
    assert only(account).receipt


@pytest.mark.parametrize("address", ["nobody", "a b@example.org", "desk@northfield.example\nBcc: x@example.org"])
def test_an_impossible_address_is_refused(account: Account, address: str) -> None:
    """Nothing is kept that no mail can be sent to."""
    with pytest.raises(SettingsError, match="no mail address"):
        accounts.change(account, receipt_addresses=[address])
