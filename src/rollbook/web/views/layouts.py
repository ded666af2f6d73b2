"""Empty sheets to fill and send, as a download."""

import io
import tempfile
import zipfile
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from rollbook.core.errors import SettingsError
from rollbook.core.layout import Layout
from rollbook.integrations import options
from rollbook.sources import layouts
from rollbook.sources.templates import write_template
from rollbook.web.access import visible_integrations


def templates(request: HttpRequest, name: str) -> HttpResponse:
    """The sheets of a layout that the hub knows."""
    if name not in layouts.names():
        raise Http404
    return _zipped(layouts.load(name))


def templates_of(request: HttpRequest, integration: int) -> HttpResponse:
    """The sheets of the layout that an integration names, which may be one of its own."""
    found = get_object_or_404(visible_integrations(request), pk=integration)
    try:
        layout = options.layout(found)
    except SettingsError as error:
        raise Http404 from error
    if layout is None:
        raise Http404
    return _zipped(layout)


def _zipped(layout: Layout) -> HttpResponse:
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        try:
            paths = write_template(layout, Path(folder))
        except SettingsError as error:
            raise Http404 from error
        for path in paths:
            archive.write(path, f"{layout.name}/{path.name}")
    attached = {"Content-Disposition": f'attachment; filename="{layout.name}-templates.zip"'}
    return HttpResponse(packed.getvalue(), content_type="application/zip", headers=attached)
