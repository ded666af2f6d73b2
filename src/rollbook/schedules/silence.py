"""Whether an integration is quiet on purpose."""

from datetime import datetime

from rollbook.integrations.models import Integration
from rollbook.schedules.models import Schedule


def is_silent(integration: Integration, moment: datetime) -> bool:
    """Every schedule of the integration is off, paused or in a black-out; False where it has none."""
    schedules = list(Schedule.objects.filter(integration=integration))
    return bool(schedules) and all(_rests(one, moment) for one in schedules)


def _rests(schedule: Schedule, moment: datetime) -> bool:
    table = schedule.timetable
    return not schedule.is_active or table.is_paused_at(moment) or table.blackout_at(moment) is not None
