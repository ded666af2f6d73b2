"""Where this hub keeps the photos that its sources bring."""

from pathlib import Path

from django.conf import settings

from rollbook.landing.photos import Photos


def photos() -> Photos:
    """The photos of this hub."""
    return Photos(Path(settings.ROLLBOOK_HOME) / "photos")
