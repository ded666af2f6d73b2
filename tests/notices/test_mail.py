"""Notices by e-mail, over a real mail server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from pytest_django import Settings

from rollbook.accounts.models import Member
from rollbook.integrations.models import Integration
from rollbook.notices.catalogue import CODES
from rollbook.notices.events import run_ended
from rollbook.notices.models import Message, Subscription
from rollbook.notices.sending import BACK_OFF
from rollbook.notices.watch import watch
from rollbook.runs.models import State
from tests.notices.conftest import ADA, BEN, NIGHT, ended
from tests.support.mailserver import MailServer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def fail(integration: Integration, at: Any = NIGHT) -> None:
    run_ended(ended(integration, State.FAILED, at), at)


def text(mails: MailServer, number: int = -1) -> str:
    payload = mails.mails[number].get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_a_failed_run_is_mailed(north: Integration, mails: MailServer, settings: Settings) -> None:
    """The tenant's members get a mail that says what happened, what did not, and where to look."""
    settings.BASE_URL = "https://hub.example"
    fail(north)
    run = north.runs.get()
    assert mails.mails == []
    watch(NIGHT)
    assert sorted(mails.receivers) == [ADA, BEN]
    assert mails.mails[0]["Subject"] == "Northfield nightly: run failed"
    assert mails.mails[0]["Auto-Submitted"] == "auto-generated"
    assert text(mails).splitlines() == [
        f"Run {run.pk} of Northfield nightly failed. The roster was not changed.",
        "Open the run to see why; the next run starts anew.",
        "",
        "Tenant:       Northfield School District",
        "Integration:  Northfield nightly",
        f"Run:          {run.pk}",
        "When:         Mon 5 Oct 2026, 02:00 UTC",
        "",
        f"https://hub.example/runs/{run.pk}/",
        "",
        f"Choose what you are told: https://hub.example/tenants/{north.tenant_id}/notices/",
    ]


def test_a_held_run_says_what_is_beyond(north: Integration, mails: MailServer) -> None:
    """The mail about a held run says what its plan would do beyond the limits, and in no school by name."""
    limits = {"entity": "user", "action": "deactivate", "of": 204, "limit": 10}
    held = [{"scope": "NHS", "count": 38, **limits}, {"scope": "LMS", "count": 12, **limits}]
    run_ended(ended(north, State.HELD, held=held, issue_counts={"bad-date": 1200, "unknown-code": 3}), NIGHT)
    watch(NIGHT)
    lines = text(mails).splitlines()
    assert "Beyond:       user deactivate 38" in lines
    assert "Issues:       bad-date 1,200, unknown-code 3" in lines
    assert "NHS" not in text(mails)


def test_without_an_address_of_its_own_a_hub_sends_no_link(north: Integration, mails: MailServer) -> None:
    """Where nobody said how people reach the pages, no link is made up."""
    fail(north)
    watch(NIGHT)
    assert "/runs/" not in text(mails)


def test_one_mail_per_cause_per_day(north: Integration, mails: MailServer) -> None:
    """An hourly failure is mailed once a day to each, and the next mail says how often it happened meanwhile."""
    for hour in range(15):
        fail(north, NIGHT + hour * HOUR)
        watch(NIGHT + hour * HOUR)
    assert mails.receivers == [ADA, BEN]
    fail(north, NIGHT + DAY)
    watch(NIGHT + DAY)
    assert mails.receivers == [ADA, BEN, ADA, BEN]
    assert text(mails).splitlines()[-2:] == [
        "Also since, and held back because a cause is mailed once a day:",
        "- Northfield nightly: run failed, 14 times, last Mon 5 Oct 2026, 16:00 UTC",
    ]
    fail(north, NIGHT + 2 * DAY)
    watch(NIGHT + 2 * DAY)
    assert "held back" not in text(mails)


def test_each_cause_has_its_mail(north: Integration, south: Integration, mails: MailServer) -> None:
    """Another event, or another integration, is another cause."""
    other = Integration.objects.create(tenant=north.tenant, name="Admissions", source="sheets")
    run_ended(ended(north, State.HELD), NIGHT)
    for integration in (north, other, south):
        fail(integration)
    watch(NIGHT)
    assert sorted(mails.receivers) == [ADA] * 3 + [BEN] * 3 + ["sam@southport.example"]


def test_a_mail_is_sent_once(north: Integration, mails: MailServer) -> None:
    """However often the beat comes, a mail that was taken is not sent again."""
    fail(north)
    for n in range(5):
        watch(NIGHT + n * HOUR)
    assert len(mails.mails) == 2


def test_a_server_that_is_away_gets_it_later(north: Integration, mails: MailServer, settings: Settings) -> None:
    """While the mail server is away mails wait, longer each time, and then arrive under the same id."""
    away, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    Member.objects.filter(email=BEN).delete()
    fail(north)
    watch(NIGHT)
    watch(NIGHT + BACK_OFF[0] - timedelta(seconds=1))
    message = Message.objects.get()
    assert (message.attempts, message.outcome) == (1, "The mail server could not be reached, or broke off.")
    settings.EMAIL_PORT = away
    watch(NIGHT + BACK_OFF[0])
    message.refresh_from_db()
    assert (message.attempts, message.state) == (2, Message.State.SENT)
    assert message.uid.hex in mails.mails[0]["Message-ID"]


def test_a_server_that_stays_away(north: Integration, mails: MailServer, settings: Settings) -> None:
    """After three days mails are given up."""
    settings.EMAIL_PORT = 1
    fail(north)
    for n in range(4 * 24):
        watch(NIGHT + n * HOUR)
    assert {m.state for m in Message.objects.all()} == {Message.State.GIVEN_UP}
    assert len(BACK_OFF) < sum(m.attempts for m in Message.objects.all()) < 3 * len(BACK_OFF)


def test_a_receiver_who_is_refused(north: Integration, mails: MailServer) -> None:
    """An address that the server does not know is given up at once; one it takes later is tried again."""
    mails.refusals = {ADA: "550 unknown", BEN: "450 later"}
    fail(north)
    watch(NIGHT)
    watch(NIGHT + timedelta(seconds=20))
    found = {m.address: (m.state, m.outcome) for m in Message.objects.all()}
    assert found == {
        ADA: (Message.State.GIVEN_UP, "The receiver was refused (550)."),
        BEN: (Message.State.QUEUED, "The receiver was refused (450)."),
    }


def test_what_was_taken_back_is_not_sent(north: Integration, mails: MailServer) -> None:
    """A transaction that fails takes the telling with it."""
    with transaction.atomic():
        fail(north)
        transaction.set_rollback(True)
    watch(NIGHT)
    assert mails.mails == []


def test_a_claimed_mail_is_left_to_who_claimed_it(north: Integration, mails: MailServer) -> None:
    """What another worker is sending is not sent twice, unless that worker died."""
    fail(north)
    Message.objects.update(next_try=NIGHT + timedelta(minutes=5), attempts=1)
    watch(NIGHT)
    assert mails.mails == []
    watch(NIGHT + timedelta(minutes=5))
    assert len(mails.mails) == 2


def test_names_cannot_write_headers(north: Integration, mails: MailServer) -> None:
    """A line break in a name stays within the subject."""
    Integration.objects.filter(pk=north.pk).update(name="nightly\nBcc: evil@example.org")
    north.refresh_from_db()
    fail(north)
    watch(NIGHT)
    assert mails.mails[0]["Subject"] == "nightly Bcc: evil@example.org: run failed"
    assert mails.mails[0]["Bcc"] is None


def test_without_a_mail_server_nothing_piles_up(north: Integration) -> None:
    """A hub without a mail server queues no mails, so that none comes late when there is one."""
    fail(north)
    assert Message.objects.count() == 0


# Who gets it -----------------------------------------------------------------------------------------


def receivers(integration: Integration, mails: MailServer) -> list[str]:
    """Who gets a mail of a failed run."""
    fail(integration)
    watch(NIGHT)
    return sorted(mails.receivers)


def test_a_member_can_choose_less(north: Integration, mails: MailServer) -> None:
    """What a member chose counts instead of the defaults; for the others the defaults stay."""
    Subscription.objects.create(tenant=north.tenant, member=Member.objects.get(email=ADA), events=[])
    assert receivers(north, mails) == [BEN]


def test_a_plain_address(north: Integration, mails: MailServer) -> None:
    """A plain address gets what was chosen for it, and nobody gets a mail twice."""
    for address in ("desk@example.org", ADA.upper()):
        Subscription.objects.create(tenant=north.tenant, address=address, events=list(CODES))
    assert sorted(a.lower() for a in receivers(north, mails)) == [ADA, BEN, "desk@example.org"]


def test_some_integrations_only(north: Integration, mails: MailServer) -> None:
    """Who chose integrations gets mail about these."""
    Member.objects.all().delete()
    other = Integration.objects.create(tenant=north.tenant, name="Admissions", source="sheets")
    for address, chosen in (("yes@example.org", north), ("no@example.org", other)):
        made = Subscription.objects.create(
            tenant=north.tenant, address=address, events=["run.failed"], is_for_all=False
        )
        made.integrations.add(chosen)
    assert receivers(north, mails) == ["yes@example.org"]


def test_who_left_gets_nothing(north: Integration, mails: MailServer) -> None:
    """A member who may no longer log in, or went to another tenant, gets no mail, whatever they chose before."""
    ada, ben = Member.objects.get(email=ADA), Member.objects.get(email=BEN)
    for member in (ada, ben):
        Subscription.objects.create(tenant=north.tenant, member=member, events=["run.failed"])
    Member.objects.filter(pk=ada.pk).update(is_active=False)
    elsewhere = type(north.tenant).objects.create(slug="elsewhere", name="Elsewhere")
    Member.objects.filter(pk=ben.pk).update(tenant=elsewhere)
    Member.objects.create(email="cleo@northfield.example", tenant=north.tenant)
    assert receivers(north, mails) == ["cleo@northfield.example"]


def test_operators_stand_in(north: Integration, mails: MailServer) -> None:
    """Where a tenant has no members, its operators are told; where it has some, operators are left in peace."""
    Member.objects.create(email="olga@hub.example")
    fail(north)
    Member.objects.exclude(email="olga@hub.example").delete()
    run_ended(ended(north, State.HELD), NIGHT)
    watch(NIGHT)
    assert sorted(mails.receivers) == [ADA, BEN, "olga@hub.example"]
