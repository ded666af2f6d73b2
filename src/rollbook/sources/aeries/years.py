"""
That an answer is of the wanted school year, where its rows show it.

Terms and classes start within their year, and a new year lets all students enter anew. Contacts, staff, courses and
programs show no year: for those stand the year that Aeries says of itself before and after, and each request's own.
"""

from collections.abc import Callable, Iterable, Iterator

from rollbook.sources.aeries.api import Api, moved
from rollbook.sources.aeries.records import Row, text_of

# So many students who all entered outside the year are no accident.
_MANY = 20


class Years:
    """The school year of what one system answers."""

    def __init__(self, api: Api) -> None:
        self._api, self._year = api, api.year

    def terms(self, starts: Iterable[str]) -> None:
        """
        The first days of a school's terms.

        Raises:
            SourceRefused: None is in the year.
        """
        days = [day for day in starts if day]
        if days and not any(map(self._holds, days)):
            raise self._api.wrong_year("gave terms of another year")

    def students(self, pages: Iterable[list[Row]]) -> Iterator[Row]:
        """
        All rows of a school's pages.

        Raises:
            SourceRefused: Nobody in the school entered in the year.
        """
        entered: list[str] = []
        for page in pages:
            entered += _days(page, "SchoolEnterDate")
            yield from page
        if entered and not any(map(self._holds, entered)):
            raise self._api.wrong_year("gave students of whom nobody entered in that year")

    def page(self, page: list[Row], ask: Callable[[], list[Row]]) -> None:
        """
        A page of students. One of which nobody entered in the year is asked for again, and must be the same.

        Raises:
            Moved: It was another one the second time.

            SourceRefused: It is a long one, so it must be of another year.
        """
        entered = _days(page, "SchoolEnterDate")
        if not entered or any(map(self._holds, entered)):
            return
        if ask() != page:
            raise moved("students")
        if len(entered) >= _MANY:
            raise self._api.wrong_year("gave students of whom nobody entered in that year")

    def classes(self, ask: Callable[[], list[Row]]) -> list[Row]:
        """
        The schedules of a school.

        Raises:
            Moved: No class started in the year, but when asked again, some did.

            SourceRefused: No class started in the year.
        """
        rows = ask()
        if not self._any_started(rows):
            if self._any_started(ask()):
                raise moved("classes")
            raise self._api.wrong_year("gave classes that all started in another year")
        return rows

    def _any_started(self, rows: list[Row]) -> bool:
        started = _days(rows, "DateStarted")
        return not started or any(map(self._holds, started))

    def _holds(self, day: str) -> bool:
        """From June before the school year to the June in it."""
        return f"{self._year}-06-01" <= day <= f"{self._year + 1}-06-30"


def _days(rows: Iterable[Row], name: str) -> list[str]:
    return [day for row in rows if (day := text_of(row, name))]
