"""What lies in an inbox, as a delivery of it would be: its files, whether they are all, and what their run says."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db.models import Max

from rollbook.core.errors import ContractBroken
from rollbook.intake import store
from rollbook.intake.models import Account, Delivery, ReceivedFile
from rollbook.intake.names import is_draft
from rollbook.integrations.models import Integration
from rollbook.jobs import queue
from rollbook.runs.models import UNDER_WAY, WRITTEN, Mode, Run
from rollbook.runs.models import State as RunState

State = Delivery.State


def data(account: Account) -> list[ReceivedFile]:
    """The files that count, in the order of their names."""
    files = store.whole_files(account).order_by("path", "pk")
    return [file for file in files if file.path != account.marker and not is_draft(file.path)]


def facts(files: Iterable[ReceivedFile]) -> list[dict[str, str | int]]:
    """Path, size and sha256 of files, to be kept."""
    return [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in files]


def digest(files: Iterable[ReceivedFile]) -> str:
    """Tells equal files from others."""
    lines = "\n".join(f"{file.sha256} {file.path}" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def told_incomplete(account: Account, digest: str) -> Delivery | None:
    """The delivery of the very same files whose sender was told what is missing: something has to change first."""
    last = account.deliveries.first()
    return last if last and last.state == State.INCOMPLETE and last.digest == digest else None


def same_before(account: Account, digest: str) -> Delivery | None:
    """The delivery before, where it had the very same files and they were taken."""
    same = account.deliveries.filter(digest=digest, state__in=(State.ACCEPTED, State.HELD)).first()
    return same if same and same == account.deliveries.exclude(state=State.UNCHANGED).first() else None


def last_activity(account: Account) -> datetime | None:
    """When its sender was last at it."""
    latest: datetime | None = account.files.aggregate(at=Max("ended"))["at"]
    return latest


def missing(account: Account, folder: Path) -> list[str]:
    """
    The sheets that a complete delivery has and the files of a folder lack.

    Raises:
        ContractBroken: The files cannot be read, or fit no layout.
    """
    from rollbook.core.recognition import match_sheet
    from rollbook.integrations import options
    from rollbook.sources import layouts
    from rollbook.sources.sheets import opened

    integration = account.integration
    layout = layouts.load(account.layout) if account.layout else options.layout(integration)
    with opened(folder, layout, options.templates(integration)) as files:
        found = [match_sheet(files.layout, sheet.stem, sheet.header, sheet.file) for sheet in files.delivery.sheets]
        have = {match.sheet for match in found if match}
        if not have:
            raise ContractBroken(
                f"None of the files is a sheet of the layout {files.layout.title}. Nothing was changed.",
                code="file-unknown",
            )
        return [sheet.name for sheet in files.layout.sheets if sheet.required and sheet.name not in have]


def is_busy(integration: Integration) -> bool:
    """Whether a run of the integration waits or is under way."""
    return Run.objects.filter(integration=integration, state__in=UNDER_WAY).exists()


def tried(integration: Integration, folder: Path) -> Run:
    """
    A test run of the files of a folder, queued.

    Raises:
        RollbookError: It cannot be. See `queue.enqueue`.
    """
    return queue.enqueue(integration, mode=Mode.TEST, trigger="delivery", path=folder)


def verdict(run: Run | None) -> tuple[Delivery.State, str] | None:
    """What files come to by their run, and why where they are refused; None while it goes on."""
    if run is None:
        return State.REFUSED, "Its run is gone. Send the files again."
    if not run.is_ended:
        return None
    if run.state in (*WRITTEN, RunState.TESTED):
        return State.ACCEPTED, ""
    return (State.HELD, "") if run.state == RunState.HELD else (State.REFUSED, run.error)
