"""From an upload to its preview: a test run over its files, which somebody may then let be applied."""

from pathlib import Path
from uuid import UUID

from rollbook.accounts.models import Member
from rollbook.core.errors import RollbookError
from rollbook.intake.manual import places
from rollbook.intake.manual.choosing import Choices, layout_for, settings_of, templates_for
from rollbook.intake.manual.looking import Looks, look, pattern_of
from rollbook.intake.manual.models import ManualUpload
from rollbook.jobs import queue
from rollbook.runs.models import BY_UPLOAD, Mode, Run, State


class Cleared(RollbookError):
    """The files of an upload were cleared away."""

    def __init__(self) -> None:
        super().__init__("The files of this upload were cleared away. Nothing was done. Upload them again.")


def looks_of(upload: ManualUpload, choices: Choices) -> Looks:
    """
    The sheets of an upload, read as chosen.

    Raises:
        Cleared: Its files are gone.

        RollbookError: They cannot be read.
    """
    if upload.cleared:
        raise Cleared
    patterns = {file: pattern_of(file, "workbook" if _is_in_workbook(file) else "") for file in choices.sheets}
    templates = templates_for(upload.integration, choices, patterns)
    return look(places.folder(upload), layout_for(upload.integration, choices), templates)


def _is_in_workbook(file: str) -> bool:
    return file.rpartition("/")[0].lower().endswith((".xls", ".xlsx", ".xlsm"))


def preview(upload: ManualUpload, member: Member) -> Run:
    """
    Ask for a test run over the files, read as chosen. What it plans can be approved while the roster stays as it is.

    Raises:
        RollbookError: The files are gone or cannot be read so, or another run waits. Nothing was asked for.
    """
    choices = Choices.of(upload)
    settings = settings_of(upload.integration, looks_of(upload, choices), choices)
    if upload.run and upload.run.state == State.QUEUED and upload.run.settings == settings:
        return upload.run  # asked for twice
    run = queue.enqueue(
        upload.integration,
        mode=Mode.TEST,
        trigger=BY_UPLOAD,
        member=member,
        path=places.folder(upload),
        settings=settings,
    )
    upload.run = run
    upload.save(update_fields=["run", "changed"])
    return run


def keep(upload: ManualUpload, choices: Choices) -> None:
    """Keep what was chosen."""
    upload.choices = choices.as_json()
    upload.save(update_fields=["choices", "changed"])


def upload_of(run: Run) -> ManualUpload | None:
    """The upload whose files a run reads."""
    try:
        folder = UUID(Path(run.path).name)
    except ValueError:
        return None
    return ManualUpload.objects.filter(folder=folder, integration=run.integration_id).first()
