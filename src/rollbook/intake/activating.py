"""The last step of a sender's way: its integration runs by itself, every night or whenever a delivery is complete."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from rollbook.core.errors import RollbookError
from rollbook.core.schedules.rhythm import Every
from rollbook.intake import marks, taking
from rollbook.intake.marks import Who
from rollbook.intake.models import Account, Mark
from rollbook.intake.onboarding import running
from rollbook.schedules import changing
from rollbook.schedules.models import Schedule

NIGHTLY: dict[str, Any] = {"every": Every.DAY, "hour": 0, "minute": 15, "zone": "America/Chicago"}
"""What is proposed."""


def activate(account: Account, by: Who, now: datetime | None = None, **rhythm: Any) -> Schedule:
    """
    Let the integration of an account run by itself.

    Args:
        rhythm: When, as fields of a schedule.

    Raises:
        RollbookError: Nobody has verified a delivery, it runs by itself already, or the schedule could not be kept.
    """
    now = now or timezone.now()
    verified = marks.verified(account)
    if verified is None:
        raise RollbookError(
            f"No delivery of {account} was marked as verified. Nothing was activated. "
            "Read what the run of a delivery found, and mark it first."
        )
    if already := running(account):
        raise RollbookError(f"{account.integration} runs by itself already: {already.words}. Nothing was changed.")
    integration = account.integration
    with transaction.atomic():
        schedule = changing.add(integration, now=now, **rhythm)
        if not integration.is_active:
            integration.is_active = True
            integration.save(update_fields=["is_active"])
        marks.note(verified.delivery, Mark.Kind.ACTIVATED, by, now)
    return schedule


def reads_elsewhere(account: Account) -> str:
    """The path that nightly runs of the integration read, where that is not the latest delivery of this account."""
    path = str(account.integration.settings.get("path") or "")
    return path if path and Path(path) != taking.current(account) else ""
