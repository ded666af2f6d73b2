"""Files that members take home."""

import tempfile
import zipfile

from django.http import FileResponse, Http404, HttpRequest
from django.utils.text import slugify

from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run
from rollbook.web.access import visible_run
from rollbook.web.rundetail import error_rows as error_row_files

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def excel(request: HttpRequest, run: int) -> FileResponse:
    """The Excel report of a run."""
    found = visible_run(request, run)
    path = RunFolder.of(found).excel
    if not path.exists():
        raise Http404(f"run {run} has no report")
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{_stem(found)}.xlsx", content_type=_EXCEL)


def error_rows(request: HttpRequest, run: int) -> FileResponse:
    """The rows that were not taken, in the layout they came in, to fix and send again."""
    found = visible_run(request, run)
    files = error_row_files(RunFolder.of(found))
    if not files:
        raise Http404(f"run {run} has no error rows")
    packed = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.name)
    packed.seek(0)
    return FileResponse(
        packed, as_attachment=True, filename=f"{_stem(found)}-error-rows.zip", content_type="application/zip"
    )


def _stem(run: Run) -> str:
    """Says what the file is once it lies among others: integration, test or live, when, which run."""
    return f"{slugify(run.integration.name) or 'integration'}-{run.mode}-{run.created:%Y-%m-%d-%H%M}-run-{run.pk}"
