"""
A worker that does nothing but tick: python -m tests.schedules.racing prepare N | tick

`tick` waits until the file `go` lies in the home, so that several of them begin at the same moment; it prints how many
runs it queued.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import django


def prepare(count: int) -> None:
    """So many integrations, each with an hourly schedule that is due since a minute ago."""
    from django.utils import timezone

    from rollbook.accounts.models import Tenant
    from rollbook.integrations.models import Integration
    from rollbook.schedules.models import Schedule

    tenant, _ = Tenant.objects.get_or_create(slug="northfield", name="Northfield")
    integrations = Integration.objects.bulk_create(
        Integration(tenant=tenant, name=f"school {n}", source="sheets", settings={"path": "/nowhere"})
        for n in range(count)
    )
    due = timezone.now() - timedelta(minutes=1)
    Schedule.objects.bulk_create(Schedule(integration=one, every="hour", next_due=due) for one in integrations)


def tick() -> None:
    """Tick until a beat finds nothing to do three times."""
    from django.db import connection

    from rollbook.schedules.tick import tick

    connection.ensure_connection()
    while not (Path(os.environ["ROLLBOOK_HOME"]) / "go").exists():
        time.sleep(0.005)
    queued, idle = 0, 0
    while idle < 3:
        made = tick()
        queued, idle = queued + made, 0 if made else idle + 1
    print(queued)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "rollbook.settings"
    django.setup()
    prepare(int(sys.argv[2])) if sys.argv[1] == "prepare" else tick()
