"""The beat: what no run can tell, because it is about runs that did not come, and what is still to be sent."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from rollbook.integrations.models import Integration
from rollbook.notices.calendar import is_in_session
from rollbook.notices.events import tell_forgotten
from rollbook.notices.models import Expectation, Expiry, Notice
from rollbook.notices.outbox import Facts, tell
from rollbook.notices.sending import send_due

Silence = Callable[[Integration, datetime], bool]
REMIND = timedelta(weeks=1)
EXPIRY_STAGES = (0, 1, 7, 14, 30)
KEPT = timedelta(days=365)


def watch(now: datetime | None = None, *, is_silent: Silence = lambda _, __: False) -> None:
    """
    Tell what is overdue and what expires, then send what waits to be sent.

    Cheap when there is nothing to do; any number of workers may call it, as often as they like.

    Args:
        is_silent: Whether an integration is quiet on purpose at a moment, as its schedules know.
    """
    now = now or timezone.now()
    tell_forgotten(now)
    _tell_missing(now, is_silent)
    _tell_expiring(now)
    Notice.objects.filter(created__lt=now - KEPT).delete()
    send_due(now)


def _tell_missing(now: datetime, is_silent: Silence) -> None:
    """Of data that has not come, once, and again after one, two, four … weeks; not while school or schedule is out."""
    overdue = Expectation.objects.filter(due__lte=now, integration__is_active=True)
    for one in overdue.select_related("integration__tenant"):
        assert one.due is not None
        assert one.expected is not None
        if is_in_session(one.integration.tenant, one.due.date()) and not is_silent(one.integration, one.due):
            facts = {"expected": one.expected.isoformat(), "last": one.last.isoformat()}
            which = f"{one.last.isoformat()}-{one.told}"
            tell("delivery.missing", one.integration, now, which=which, facts=facts)
            further = {"due": _after(one.due, now, REMIND * 2**one.told), "told": one.told + 1}
        else:
            further = {"due": _after(one.due, now, REMIND)}
        Expectation.objects.filter(pk=one.pk, due=one.due).update(**further)


def _after(due: datetime, now: datetime, wait: timedelta) -> datetime:
    """Whole weeks after `due`, so on a usual day again, and after `now`."""
    while due <= now:
        due += wait
    return due


def _tell_expiring(now: datetime) -> None:
    """Of credentials, when 30, 14, 7 days, one day and none are left."""
    today = now.date()
    near = Expiry.objects.filter(expires__lte=today + timedelta(days=max(EXPIRY_STAGES)), integration__is_active=True)
    for one in near.exclude(told=0).select_related("integration__tenant"):
        left = max((one.expires - today).days, 0)
        stage = min(days for days in EXPIRY_STAGES if left <= days)
        if one.told is None or stage < one.told:
            facts: Facts = {"kind": one.kind, "expires": one.expires.isoformat(), "days": left}
            which = f"{one.kind}-{one.expires}-{stage}"
            tell("credential.expiring", one.integration, now, which=which, subject=one.kind, facts=facts)
            Expiry.objects.filter(pk=one.pk, expires=one.expires).update(told=stage)
