"""The district as rows of PowerSchool's tables, as they are tonight."""

from collections.abc import Iterable, Iterator
from typing import Any

from simulators.model import District
from simulators.powerschool.contacts import contact_rows
from simulators.powerschool.people import people_rows
from simulators.powerschool.timetable import timetable_rows

Row = dict[str, Any]


def rows(district: District) -> Iterator[tuple[str, Iterable[Row]]]:
    """Each table with its rows; a column that a row does not have is null."""
    yield from timetable_rows(district)
    yield from people_rows(district)
    yield from contact_rows(district)
