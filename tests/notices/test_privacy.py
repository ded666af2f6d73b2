"""No notice holds anything about a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from pytest_django import Settings

from rollbook.intake import accounts, deliveries, handover
from rollbook.intake.models import Handover
from rollbook.integrations.models import Integration
from rollbook.notices.catalogue import CODES
from rollbook.notices.events import run_ended, schedule_switched_off
from rollbook.notices.models import Expectation, Expiry, Notice, Subscription, Webhook
from rollbook.notices.posting import new_secret
from rollbook.notices.watch import watch
from rollbook.runs.models import Run, State
from rollbook.secretbox import seal
from tests.notices.conftest import ended
from tests.support.mailserver import MailServer
from tests.support.receiver import Receiver
from tests.world import NORTHFIELD, World, send, world  # noqa: F401 - a fixture

DAY = timedelta(days=1)
# Whatever the sheets of Northfield say of its people, and what files and errors could carry besides.
PEOPLE = (
    *("Lindqvist", "Okafor", "Strand", "Reyes", "Eli", "Ivy", "Uma", "Mara", "Tomás", "family.example"),
    *("2012-03-04", "2011-07-21", "2015-01-30", "Spilled", "NHS", "LMS"),
)


def happen(world: World) -> None:  # noqa: F811
    """Let every event of the catalogue happen, with a roster full of people and names in files and errors."""
    nightly, first = world.nightly, world.first
    at = first.created
    drifted = {name: text.replace("first_name", "given_name_of_Spilled") for name, text in NORTHFIELD.items()}
    for sheets in (drifted, NORTHFIELD, NORTHFIELD):
        run = send(nightly, world.folder / "northfield", sheets)
        run_ended(run, at)
    files = [{"file": "Ada Spilled.csv", "sheet": "users", "rows": 3}]
    for n in range(20):
        run_ended(ended(nightly, State.FAILED, at, error="Ada Spilled broke it", files=files if n else []), at)
    held = [{"scope": "NHS", "entity": "user", "action": "deactivate", "count": 5, "of": 9, "limit": 10}]
    run_ended(ended(nightly, State.HELD, at, held=held), at)
    bad = {"error": 2}, {"bad-date": 2, "format-drift": 1}
    run_ended(ended(nightly, State.FAILED, at), at)
    broken = ended(
        nightly,
        State.APPLIED_WITH_ERRORS,
        at,
        severities=bad[0],
        issue_counts=bad[1],
        counts=first.counts,
        files=files,
        basis={"input": "x"},
    )
    run_ended(broken, at)
    same = ended(nightly, State.APPLIED, at + 9 * DAY, files=files, basis={"input": "x"})
    run_ended(same, at)
    schedule_switched_off(nightly, 30, at)
    hand_over(nightly, at)
    deliver(nightly, at)
    Expiry.objects.create(integration=nightly, kind=Expiry.Kind.PASSWORD, expires=at.date())
    watch(at)
    Expectation.objects.filter(integration=nightly).update(expected=at, due=at)
    for n in range(4):
        watch(at + n * DAY)


def hand_over(nightly: Integration, at: datetime) -> None:
    """Credentials that are handed on, collected, tried with wrong codes, and left to lapse."""
    account, _ = accounts.add(nightly, "nf-export")
    links = account.handovers.filter(state="open")

    def make() -> Handover:
        handover.make(account, "eli@family.example", "Ada Spilled", by="Ada Spilled", by_mail=False)
        return links.get()

    handover.forward(make(), "mara@family.example", "Mara Spilled")
    handover.collect(links.get())
    blocked = make()
    for _ in range(handover.MOST_WRONG):
        handover.prove(blocked, "wrong", "eli@family.example")
    make()
    links.update(expires=at)
    handover.look(at)


def deliver(nightly: Integration, at: datetime) -> None:
    """A delivery that is refused, and a file that broke off days ago."""
    account, _ = accounts.add(nightly, "nf-sheets")
    facts = {"path": "Ada Spilled.csv", "size": 1, "sha256": ""}
    account.deliveries.create(state="refused", closed=at, ended_by="quiet", files=[facts], error="Ada Spilled broke it")
    account.files.create(path="Ada Spilled.csv", state="partial", began=at - DAY, ended=at - DAY)
    deliveries.look(at)


def test_no_notice_names_anybody(
    world: World,  # noqa: F811
    mails: MailServer,
    hook: Receiver,
    settings: Settings,
) -> None:
    """Over every event, no mail, webhook or notice in the bell says a word about a person, a file or an error."""
    settings.BASE_URL = "https://hub.example"
    tenant = world.northfield
    Subscription.objects.create(tenant=tenant, address="desk@example.org", events=list(CODES))
    Webhook.objects.create(tenant=tenant, url=hook.url, secret=seal(new_secret()), events=list(CODES))
    happen(world)
    assert set(Notice.objects.values_list("event", flat=True)) == set(CODES)
    assert {got.content["type"] for got in hook.got} == set(CODES)
    said = [mail.as_string() for mail in mails.mails]
    said += [bytes(mail.get_payload(decode=True)).decode() for mail in mails.mails] + [
        got.body.decode() for got in hook.got
    ]
    said += [str(values) for values in Notice.objects.values_list("facts", "key", "cause")]
    assert len(mails.mails) >= len(CODES)
    assert Run.objects.filter(error__contains="Spilled").exists()
    assert [(word, text) for word in PEOPLE for text in said if word in text] == []
