"""
What files would come to, told while they may still be added to.

A delivery is complete after some minutes without activity. Whoever waits in front of an export wants to know sooner:
half a minute after the last file what lies there is copied and tried, and its sender finds `first-look.txt` in the
outbox, with the report and the rows to mend. Nothing is taken. When nothing else comes, the delivery has the same
files, and the trial is its answer too.
"""

import logging
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.db import IntegrityError, transaction

from rollbook.core.errors import RollbookError
from rollbook.intake import gathering, receipts, taking
from rollbook.intake.models import Account, Delivery, FirstLook, ReceivedFile
from rollbook.jobs import queue
from rollbook.runs.models import Run
from rollbook.runs.models import State as RunState
from rollbook.runs.repeating import has_other_settings

log = logging.getLogger("rollbook.intake")
State = Delivery.State

PAUSE = timedelta(seconds=30)
"""So long after the last activity a sender seems to be done."""


def look_at(account: Account, latest: datetime, now: datetime) -> None:
    """
    Try what lies in the inbox of a sender who has paused; the same files once.

    Args:
        latest: When the sender was last at it.
    """
    if now - latest < PAUSE or FirstLook.objects.filter(account=account, latest=latest).exists():
        return
    files = gathering.data(account)
    digest = gathering.digest(files)
    if not files or _is_known(account, digest, latest) or gathering.is_busy(account.integration):
        return
    if look := _claim(account, files, digest, latest):
        try:
            taking.copy(account, files, folder(account))
        except taking.Moved:
            look.delete()
            return
        _try(look)


def answer(now: datetime) -> None:
    """Tell senders what came of it. What cannot be written now is written at the next look."""
    waiting = FirstLook.objects.filter(receipt="").exclude(state=State.WAITING)
    for look in waiting.select_related("account__integration__tenant", "run"):
        if look.state == State.RUNNING:
            verdict = gathering.verdict(look.run)
            if verdict is None:
                continue
            look.state, look.error = verdict
            look.save(update_fields=["state", "error"])
        try:
            receipts.write_first_look(look, now)
        except OSError:
            log.exception("intake.not_answered login=%s", look.account.login)
        shutil.rmtree(folder(look.account), ignore_errors=True)


def run_of(delivery: Delivery) -> Run | None:
    """The trial of the very files of a delivery, where nothing has changed since that its result hangs on."""
    found = FirstLook.objects.filter(account=delivery.account, digest=delivery.digest, run__state=RunState.TESTED)
    run = next((look.run for look in found.select_related("run__integration")), None)
    if run is None or has_other_settings(run):
        return None
    return run if run.basis.get("applied_runs") == delivery.account.integration.applied_runs else None


def folder(account: Account) -> Path:
    """Where the copy of the files lies while they are tried."""
    return taking.place_of(account) / "first-look"


def _is_known(account: Account, digest: str, latest: datetime) -> bool:
    """Whether the sender was told of these very files, or is about to be; the same sent again is the same."""
    known = FirstLook.objects.filter(account=account, digest=digest)
    return bool(known.update(latest=latest)) or gathering.told_incomplete(account, digest) is not None


def _claim(account: Account, files: list[ReceivedFile], digest: str, latest: datetime) -> FirstLook | None:
    """The look is this worker's; None where another one was quicker."""
    earlier = FirstLook.objects.filter(account=account)
    known = earlier.first()
    try:
        with transaction.atomic():
            if known and not earlier.filter(pk=known.pk).delete()[0]:
                return None
            return FirstLook.objects.create(
                account=account, state=State.WAITING, latest=latest, files=gathering.facts(files), digest=digest
            )
    except IntegrityError:
        return None


def _try(look: FirstLook) -> None:
    account, path = look.account, folder(look.account)
    try:
        look.missing = gathering.missing(account, path)
        if look.missing:
            look.state = State.INCOMPLETE
        elif gathering.same_before(account, look.digest):
            look.state = State.UNCHANGED
        else:
            look.run = gathering.tried(account.integration, path)
            look.state = State.RUNNING
    except queue.AlreadyQueued:
        look.delete()  # the next look tries again
        return
    except RollbookError as error:
        look.state, look.error = State.REFUSED, str(error)
    look.save()
