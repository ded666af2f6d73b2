"""What senders have sent, upload by upload."""

from datetime import UTC, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_date

from rollbook.intake import history, kept
from rollbook.intake.models import Account, ReceivedFile
from rollbook.intake.taking import name_of
from rollbook.web import intake_words
from rollbook.web.access import member_of, visible_accounts, visible_files
from rollbook.web.frames.paging import query_page


def listed(request: HttpRequest) -> HttpResponse:
    """All uploads, newest first, or those of one sender, state, span of days, or name."""
    files = visible_files(request)
    has_any = files.exists()
    asked = {name: request.GET.get(name, "").strip() for name in ("account", "state", "first", "last", "name")}
    page = query_page(request, _filtered(files, asked))
    context = {
        "page": page,
        "uploads": [{"file": file, "read": _read(file), "is_kept": kept.is_kept(file)} for file in page],
        "asked": asked,
        "accounts": visible_accounts(request),
        "states": [(one.value, intake_words.file_chip(one).label) for one in ReceivedFile.State],
        "has_any": has_any,
        "is_operator": member_of(request).tenant_id is None,
        "host": settings.SFTP_HOST,
        "port": settings.SFTP_PORT,
    }
    return render(request, "web/intake/files.html", context)


def downloaded(request: HttpRequest, file: int) -> FileResponse:
    """A file, as long as the hub has it."""
    found = get_object_or_404(visible_files(request), pk=file)
    return attachment(request, found.account, found.path, kept.received(found))


def attachment(request: HttpRequest, account: Account, path: str, content: BinaryIO | None) -> FileResponse:
    """
    A file of a sender to take home; the history of the account says who did.

    Raises:
        Http404: It is not kept any more.
    """
    if content is None:
        raise Http404("the file is not kept any more")
    history.note(account, "file_downloaded", str(member_of(request)), f"{path} was downloaded.")
    name = PurePosixPath(path).name
    return FileResponse(content, as_attachment=True, filename=name, content_type="application/octet-stream")


def _filtered(files: QuerySet[ReceivedFile], asked: dict[str, str]) -> QuerySet[ReceivedFile]:
    if asked["account"]:
        files = files.filter(account__login=asked["account"])
    if asked["state"] in ReceivedFile.State.values:
        files = files.filter(state=asked["state"])
    if asked["name"]:
        files = files.filter(path__icontains=asked["name"])
    if first := _day(asked["first"]):
        files = files.filter(began__gte=first)
    if last := _day(asked["last"]):
        files = files.filter(began__lt=last + timedelta(days=1))
    return files


def _day(text: str) -> datetime | None:
    """The beginning of a day, as the pages count days: in UTC."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return datetime.combine(day, time(), UTC) if day else None


def _read(file: ReceivedFile) -> dict[str, Any] | None:
    """What the run of its delivery says of a file: sheet and rows."""
    run = file.delivery.run if file.delivery else None
    name = name_of(file.path)
    return next((one for one in run.files if one["file"] == name), None) if run else None
