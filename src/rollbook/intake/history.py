"""What was done to an account, for its page and for the log: the log names no person, the page does."""

import logging
from datetime import datetime

from django.utils import timezone

from rollbook.intake.models import Account, HistoryEntry

log = logging.getLogger("rollbook.intake")

COMMAND_LINE = "the command line"
HUB = "the hub"


def note(account: Account, what: str, who: str, text: str, now: datetime | None = None) -> None:
    """
    Write down what was done.

    Args:
        what: A code for the log, such as `password_renewed`.

        who: The name of a member, or the address of a recipient.

        text: A sentence for the page; never a secret.
    """
    HistoryEntry.objects.create(account=account, at=now or timezone.now(), what=what, who=who[:255], text=text[:255])
    log.info("intake.%s login=%s", what, account.login)
