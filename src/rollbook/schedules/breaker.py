"""
The circuit breaker: what fails night after night is switched off, and says so.

At `runs.failing.WARN_AT` failures in a row the schedule carries a warning, at `STOP_AT` it is off, until somebody has
looked at the cause and switches it on again.
"""

from django.db import transaction

from rollbook.core.schedules.rhythm import Every
from rollbook.integrations.models import Integration
from rollbook.notices.events import schedule_switched_off
from rollbook.runs.failing import STOP_AT, failures_in_a_row
from rollbook.runs.models import UNDER_WAY
from rollbook.schedules.models import Schedule


def count_failures() -> None:
    """Look at the scheduled runs that have ended since the last look, and switch off what fails too often."""
    uncounted = Schedule.objects.filter(is_counted=False).exclude(last_run__state__in=UNDER_WAY)
    ended = list(uncounted.values_list("pk", "integration", "last_run"))
    for integration in Integration.objects.filter(pk__in={of for _, of, _ in ended}):
        _judge(integration)
    for pk, _, run in ended:  # one that has run again meanwhile is looked at again
        Schedule.objects.filter(pk=pk, last_run=run).update(is_counted=True)


@transaction.atomic
def _judge(integration: Integration) -> None:
    """Several workers may judge the same failures; whoever switches something off is the one who tells."""
    told = 0
    timed = Schedule.objects.filter(integration=integration, is_active=True).exclude(every=Every.DELIVERY)
    for schedule in timed:
        failures = failures_in_a_row(integration, schedule.counts_from)
        active = Schedule.objects.filter(pk=schedule.pk, is_active=True)
        if failures < STOP_AT:
            active.update(failures=failures)
        elif active.update(failures=failures, is_active=False, off_reason=off_reason(schedule, failures)):
            told = failures
    if told:
        schedule_switched_off(integration, told)


def off_reason(schedule: Schedule, failures: int) -> str:
    """What the schedule says of itself when it was switched off."""
    return (
        f"Switched off: {failures} scheduled runs failed in a row, and changed nothing in the roster. See why the "
        f"last one failed and mend the cause, then switch it on again, here or with: "
        f"rollbook schedule resume {schedule.pk}"
    )
