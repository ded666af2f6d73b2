"""Uploads that were left behind. Every worker looks: nothing here needs Polars."""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from rollbook.intake.manual import places
from rollbook.intake.manual.models import ManualUpload
from rollbook.runs.models import UNDER_WAY

log = logging.getLogger("rollbook.intake")

KEPT = timedelta(days=7)
"""So long the files stay after somebody last did something with them."""

REMEMBERED = timedelta(days=400)
"""So long after that an upload is remembered which was previewed, with what was matched."""


def tidy(now: datetime | None = None) -> None:
    """Remove files that nobody has touched for a week, and uploads that came to nothing."""
    now = now or timezone.now()
    old = ManualUpload.objects.filter(cleared=None, changed__lt=now - KEPT).exclude(run__state__in=UNDER_WAY)
    for upload in old.select_related("integration__tenant"):
        places.clear(upload)
        ManualUpload.objects.filter(pk=upload.pk).update(cleared=now)
        log.info("intake.upload_cleared upload=%d", upload.pk)
    gone = ManualUpload.objects.exclude(cleared=None)
    gone.filter(run=None).delete()
    gone.filter(cleared__lt=now - REMEMBERED).delete()
