"""
Where the files of an upload lie.

    ROLLBOOK_HOME/uploads/<tenant>/<folder>/    whole files, under the names that they were sent with

While a file comes it lies beside them as `.<number>.part`, which readers leave out.
"""

import shutil
from pathlib import Path

from django.conf import settings

from rollbook.intake.manual.models import ManualUpload


def folder(upload: ManualUpload) -> Path:
    """The files of an upload."""
    return Path(settings.ROLLBOOK_HOME) / "uploads" / upload.integration.tenant.slug / str(upload.folder)


def clear(upload: ManualUpload) -> None:
    """Remove the files."""
    shutil.rmtree(folder(upload), ignore_errors=True)
