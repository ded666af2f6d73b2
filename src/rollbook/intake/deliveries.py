"""
When do files make a delivery, and what becomes of it: looked at every few seconds.

A delivery is everything that lies in an inbox once its sender is done: after some minutes without activity, or when
the agreed marker file is there, and never while a file is being received or has broken off. It is copied, checked for
being whole, carried (or tried, where nothing is scheduled for deliveries), and answered with a receipt. Before, while
the quiet time lasts, its sender is told what the files would come to: see `first_looks`.

The inbox stays as it is: files are cleared away some days after they were taken.

Every worker looks: what needs Polars is imported when there is a delivery, as in `receipts`.
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from rollbook.core.errors import RollbookError
from rollbook.intake import first_looks, gathering, marks, receipts, store, taking, telling
from rollbook.intake.marks import Who
from rollbook.intake.models import UNDER_WAY, Account, Delivery, Mark, ReceivedFile
from rollbook.integrations.models import Integration
from rollbook.jobs import queue
from rollbook.schedules.tick import delivery_complete

log = logging.getLogger("rollbook.intake")
State = Delivery.State
_WITH = ("account__integration__tenant", "run")


def look(now: datetime | None = None) -> None:
    """Look at every account: what has become a delivery, what can be run, what has ended, what can be cleared."""
    now = now or timezone.now()
    sent = ReceivedFile.objects.filter(state=ReceivedFile.State.WHOLE).values("account")
    for account in Account.objects.filter(pk__in=sent, is_active=True).select_related("integration__tenant"):
        _look_at(account, now)
    first_looks.answer(now)
    for delivery in Delivery.objects.filter(state=State.WAITING).select_related(*_WITH):
        _ask(delivery)
    for delivery in Delivery.objects.filter(state=State.RUNNING).select_related(*_WITH):
        _judge(delivery)
    for delivery in Delivery.objects.exclude(state__in=UNDER_WAY).filter(receipt="").select_related(*_WITH):
        _answer(delivery, now)
    telling.overdue(now)
    _clear(now)


def end(account: Account, by: Who, now: datetime | None = None) -> Delivery:
    """
    Make a delivery of what lies in the inbox now, as the marker file would: somebody says that all files are there.

    A sheet that is missing is still waited for, and nothing is taken while a file is not whole.

    Raises:
        RollbookError: Nothing lies there, a file is not whole, a delivery is under way, or nothing has come since the
            sender was told what is missing.
    """
    return _at_once(account, "sent", Mark.Kind.SENT, by, now or timezone.now())


def take(account: Account, by: Who, now: datetime | None = None) -> Delivery:
    """
    Take what lies in the inbox now, though sheets may be missing: a person said so. What is not whole ends nobody.

    Raises:
        RollbookError: Nothing lies there, a file is not whole, or a delivery is under way.
    """
    return _at_once(account, "hand", Mark.Kind.TAKEN, by, now or timezone.now())


def _at_once(account: Account, ended_by: str, kind: Mark.Kind, by: Who, now: datetime) -> Delivery:
    files = gathering.data(account)
    if not files:
        raise RollbookError(f"Nothing lies in the inbox of {account}. Nothing was done. Send the files first.")
    if why := why_not(account):
        raise RollbookError(f"{why} Nothing was done. Try again then.")
    told = gathering.told_incomplete(account, gathering.digest(files)) if kind == Mark.Kind.SENT else None
    if told:
        raise RollbookError(
            f"Nothing has come since {account} was told what is missing: {', '.join(told.missing)}. "
            "Nothing was done. Send it first."
        )
    try:
        delivery = _close(account, files, ended_by, now)
    except taking.Moved:
        raise RollbookError(f"The sender of {account} is still at it. Nothing was done. Try again then.") from None
    except IntegrityError:
        raise RollbookError(f"A delivery of {account} has just been made. Nothing was done.") from None
    marks.note(delivery, kind, by, now)
    if delivery.state not in UNDER_WAY:
        _answer(delivery, now)
    return delivery


def why_not(account: Account) -> str:
    """Why nothing can be made of what lies in the inbox just now; blank when something can."""
    if store.has_open_files(account):
        return f"A file of {account} is being received, or has broken off and waits for the rest."
    if account.deliveries.filter(state__in=UNDER_WAY).exists():
        return f"A delivery of {account} is under way."
    return ""


# From files to a delivery -----------------------------------------------------------------------------


def _look_at(account: Account, now: datetime) -> None:
    if why_not(account):
        return
    latest = gathering.last_activity(account)
    ended_by = _ended_by(account, latest, now)
    if not ended_by:
        if latest and not account.marker:
            first_looks.look_at(account, latest, now)
        return
    files = gathering.data(account)
    if not files or gathering.told_incomplete(account, gathering.digest(files)):
        return
    try:
        _close(account, files, ended_by, now)
    except taking.Moved:
        log.info("intake.moved login=%s", account.login)


def _ended_by(account: Account, latest: datetime | None, now: datetime) -> str:
    """What says that the sender is done; blank while nothing does."""
    if account.marker:
        marked = store.whole_files(account).filter(path=account.marker, state=ReceivedFile.State.WHOLE)
        return "marker" if marked.exists() else ""
    return "quiet" if latest and now - latest >= timedelta(minutes=account.quiet_minutes) else ""


def _close(account: Account, files: list[ReceivedFile], ended_by: str, now: datetime) -> Delivery:
    """
    Make a delivery of files.

    Raises:
        Moved: One of them was replaced meanwhile.
    """
    delivery = Delivery(
        account=account, state=State.WAITING, closed=now, ended_by=ended_by, digest=gathering.digest(files)
    )
    delivery.files = gathering.facts(files)
    same = gathering.same_before(account, delivery.digest)
    if same and ended_by != "hand":
        delivery.state, delivery.run = State.UNCHANGED, same.run
        delivery.save()
    else:
        with transaction.atomic():
            delivery.save()
        _copy(delivery, files)
    _mark(delivery, files)
    log.info("intake.delivery login=%s delivery=%d state=%s", account.login, delivery.pk, delivery.state)
    return delivery


def _copy(delivery: Delivery, files: list[ReceivedFile]) -> None:
    """Copy the files, and look whether the set is whole."""
    target = taking.folder(delivery)
    try:
        taking.copy(delivery.account, files, target)
    except taking.Moved:
        delivery.delete()
        raise
    try:
        delivery.missing = gathering.missing(delivery.account, target)
    except RollbookError as error:
        delivery.state, delivery.error = State.REFUSED, str(error)
    else:
        if delivery.missing and delivery.ended_by != "hand":
            delivery.state = State.INCOMPLETE
    delivery.save()


def _mark(delivery: Delivery, files: list[ReceivedFile]) -> None:
    """Say which delivery has the files. The marker is taken with them: it ends one delivery, not the next."""
    new = ReceivedFile.objects.filter(state=ReceivedFile.State.WHOLE)
    with transaction.atomic():
        new.filter(pk__in=[file.pk for file in files]).update(delivery=delivery)
        if delivery.state == State.INCOMPLETE:
            return
        marker = store.whole_files(delivery.account).filter(path=delivery.account.marker or None)
        taken = [file.pk for file in (*files, *marker)]
        new.filter(pk__in=taken).update(state=ReceivedFile.State.TAKEN)


# From a delivery to its run ----------------------------------------------------------------------------


def _ask(delivery: Delivery) -> None:
    """Queue what the integration runs at a delivery; else a test run, so that its sender is answered."""
    integration = delivery.account.integration
    if gathering.is_busy(integration):
        return
    trial = first_looks.run_of(delivery)
    taking.make_current(delivery)
    _read_from(integration, taking.current(delivery.account))
    path = taking.folder(delivery)
    try:
        with transaction.atomic():
            runs = delivery_complete(integration, path=path)
            delivery.run = runs[0] if runs else trial or gathering.tried(integration, path)
            delivery.state = State.RUNNING
            delivery.save(update_fields=["run", "state"])
    except queue.AlreadyQueued:
        return
    except RollbookError as error:
        delivery.state, delivery.error = State.REFUSED, str(error)
        delivery.save(update_fields=["state", "error"])


def _read_from(integration: Integration, path: Path) -> None:
    """Let nightly runs read the latest delivery, unless the integration reads from a place of its own."""
    if not integration.settings.get("path"):
        integration.settings["path"] = str(path)
        integration.save(update_fields=["settings"])


def _judge(delivery: Delivery) -> None:
    """What a delivery comes to follows from its run, once that has ended."""
    if verdict := gathering.verdict(delivery.run):
        delivery.state, delivery.error = verdict
        delivery.save(update_fields=["state", "error"])


def _answer(delivery: Delivery, now: datetime) -> None:
    """Tell the sender what came of it, and whoever watches. What cannot be written now is written at the next look."""
    try:
        telling.answered(delivery, now)
        receipts.write(delivery, now)
    except OSError:
        log.exception("intake.not_answered login=%s delivery=%d", delivery.account.login, delivery.pk)


# Clearing away ----------------------------------------------------------------------------------------


def _clear(now: datetime) -> None:
    """Remove files from the inbox that were taken some days ago."""
    for account in Account.objects.filter(files__state=ReceivedFile.State.TAKEN).distinct():
        before = now - timedelta(days=account.grace_days)
        for file in account.files.filter(state=ReceivedFile.State.TAKEN, ended__lt=before):
            changed = ReceivedFile.objects.filter(pk=file.pk, state=ReceivedFile.State.TAKEN)
            if changed.update(state=ReceivedFile.State.CLEARED):
                (store.folder_of(account).inbox / file.path).unlink(missing_ok=True)
