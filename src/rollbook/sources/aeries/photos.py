"""
The photographs of a school: base64 within JSON, so few at a time.

Several years may be there; the newest is taken. Aeries does not say when a photograph changed, so all are read, and
the hub keeps each once by its content.
"""

import base64
import binascii
from collections.abc import Iterator

from rollbook.sources.aeries.api import Api
from rollbook.sources.aeries.records import Row, number_of, text_of

AT_ONCE = 25
AREA = "Student Pictures"


def newest(api: Api, school: int, page_size: int) -> Iterator[tuple[int, bytes]]:
    """Student and photograph, for all of a school who have one."""
    for page in api.pages(f"schools/{school}/StudentPictures", AREA, min(page_size, AT_ONCE)):
        yield from _contents(page)


def newest_of(api: Api, school: int, student: int) -> Iterator[tuple[int, bytes]]:
    """The photograph of one student, if there is one."""
    return _contents(api.rows(f"schools/{school}/StudentPictures/{student}", AREA))


def _contents(rows: list[Row]) -> Iterator[tuple[int, bytes]]:
    for row in rows:
        if content := _content(row):
            yield number_of(row, "StudentID"), content


def _content(row: Row) -> bytes:
    """The newest photograph of a student; nothing where there is none, or what came is no base64."""
    pictures = [one for one in row.get("Pictures") or [] if text_of(one, "RawBinary")]
    if not pictures:
        return b""
    latest = max(pictures, key=lambda one: number_of(one, "SchoolYear"))
    try:
        return base64.b64decode(text_of(latest, "RawBinary"), validate=True)
    except (binascii.Error, ValueError):
        return b""
