"""
Who is told of deliveries by notices: the mail addresses of the account, and whoever watches the integration.

All of it goes the way of every notice. What is told are numbers, codes and the name of the account; never a person's
data, and no report is attached.
"""

from datetime import datetime, timedelta

from rollbook.intake.models import UNDER_WAY, Account, Delivery, ReceivedFile
from rollbook.intake.waiting import LYING, waiting
from rollbook.notices.outbox import tell
from rollbook.runs.models import Mode, Run

PATIENCE = timedelta(hours=12)
"""Files that have waited so long are told of."""

_ACTIONS = ("create", "update", "reactivate", "deactivate", "unchanged", "reject")


def answered(delivery: Delivery, now: datetime) -> None:
    """Tell, once, what became of a delivery."""
    account = delivery.account
    facts: dict[str, int | str | dict[str, int]] = {
        "delivery": delivery.pk,
        "login": account.login,
        "files": len(delivery.files),
        "result": delivery.state,
    }
    if delivery.missing:
        facts["missing"] = ", ".join(delivery.missing)
    run = delivery.run if delivery.state != Delivery.State.UNCHANGED else None
    if run:
        facts |= {"counts": _counts(run), "issues": run.issue_counts}
    tell(
        "delivery.answered",
        account.integration,
        now,
        which=str(delivery.pk),
        subject=str(delivery.pk),
        run=run,
        facts=facts,
        also_to=account.receipt_addresses,
    )
    # a live run that has failed was told of as such
    if delivery.state == Delivery.State.REFUSED and not (run and run.mode == Mode.LIVE):
        known: dict[str, int | str] = {"delivery": delivery.pk, "login": account.login}
        tell(
            "delivery.refused",
            account.integration,
            now,
            which=str(delivery.pk),
            subject=account.login,
            run=run,
            facts=known,
        )


def overdue(now: datetime) -> None:
    """Tell, once, of files that have waited long and cannot become a delivery by themselves."""
    lying = ReceivedFile.objects.filter(state__in=LYING).values("account")
    busy = Delivery.objects.filter(state__in=UNDER_WAY).values("account")
    accounts = Account.objects.filter(pk__in=lying, is_active=True).exclude(pk__in=busy)
    for one in waiting(accounts.select_related("integration__tenant")):
        account = one.account
        if now - one.last < PATIENCE + timedelta(minutes=account.quiet_minutes):
            continue
        since = one.last.isoformat()
        facts: dict[str, int | str] = {"login": account.login, "since": since}
        if one.missing:
            facts["missing"] = ", ".join(one.missing)
        if one.broken or one.receiving:
            facts["broken"] = one.broken + one.receiving
        which = f"{account.login}-{since}"
        tell("delivery.waiting", account.integration, now, which=which, subject=account.login, facts=facts)


def _counts(run: Run) -> dict[str, int]:
    return {action: number for action in _ACTIONS if (number := run.total(action))}
