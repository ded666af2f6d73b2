"""The pull of Aeries from the first request to the last, and the test of the connection."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rollbook.core.bindings import without_sheets
from rollbook.core.errors import SettingsError, SourceError
from rollbook.sources.aeries.api import Api
from rollbook.sources.aeries.changes import mark
from rollbook.sources.aeries.declaration import KIND
from rollbook.sources.aeries.reading import Reading
from rollbook.sources.base import Setup, Source, Tried, Works

if TYPE_CHECKING:
    from rollbook.core.layout import Layout
    from rollbook.sources.pulling import Pull


class AeriesSource(Source):
    """Aeries by its API version 5."""

    kind = KIND

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.api = Api(setup)

    @classmethod
    def layout(cls, settings: Mapping[str, str]) -> "Layout":
        """All streams but photographs alone; or those alone."""
        whole = super().layout(settings)
        alone = {"pictures"}
        others = {sheet.name for sheet in whole.sheets} - alone
        return without_sheets(whole, others if KIND.value(settings, "pictures_only") == "on" else alone)

    def pull(self, pull: "Pull") -> None:
        """Read everything or what changed. Aeries is asked for its year before and after: it must be the wanted one."""
        began = self.api.system()
        reading = Reading(self.setup, self.api, pull, began)
        reading.find_schools()
        if self.setup.flag("pictures_only"):
            reading.pictures()
        elif pull.since:
            reading.what_changed(pull.since["since"], pull.since["schools"])
        else:
            reading.everything()
        self.api.system()
        if not self.setup.flag("pictures_only"):
            pull.mark("since", mark(began.clock))

    def test(self) -> Iterator[Tried]:
        """The address and the year, the certificate, and one small listing for each area that is read."""
        try:
            system = self.api.system()
        except (SourceError, SettingsError) as error:
            yield Tried("Address and academic year", Works.NO, str(error))
            return
        yield Tried("Address and academic year", Works.YES, f"Aeries {system.version}, {system.year}")
        try:
            schools = [row["SchoolCode"] for row in self.api.rows("schools") if row.get("Terms")]
        except SourceError as error:
            yield Tried("Certificate", Works.NO, str(error))
            return
        yield Tried("Certificate", Works.YES, f"Schools with terms in {system.year}", len(schools))
        yield from self._areas([code for code in schools if not self.setup.schools or str(code) in self.setup.schools])

    def _areas(self, schools: list[int]) -> Iterator[Tried]:
        if not schools:
            yield Tried("Schools", Works.NO, "None of the schools of this integration has terms. Check its schools.")
            return
        for area, path, params in self._tries(schools[0]):
            try:
                rows = self.api.rows(path, area, **params)
            except SourceError as error:
                yield Tried(area, Works.NO, str(error))
                continue
            where = f"In school {schools[0]}" if path.startswith("schools") else "In the district"
            yield Tried(area, Works.YES, "" if params else where, None if params else len(rows))

    def _tries(self, school: int) -> Iterator[tuple[str, str, dict[str, str]]]:
        """Area, path and parameters of what an integration reads; lists that are paged are asked for one row."""
        one, at = {"StartingRecord": "1", "EndingRecord": "1"}, f"schools/{school}"
        if self.setup.flag("pictures_only") or self.setup.flag("photos"):
            yield "Student Pictures", f"{at}/StudentPictures", one
        if self.setup.flag("pictures_only"):
            return
        yield "Student Data", f"{at}/students", one
        if self.setup.flag("contact_record"):
            yield "Contacts", f"{at}/contacts", {}
        yield "Student Programs", f"{at}/students/0/programs", {}
        yield "Staff Data", "staff", {}
        yield "Teacher Data", f"{at}/teachers", {}
        yield "Course Data", "courses", {}
        yield "Master Schedule", f"{at}/sections", {}
        yield "Class Schedules/History", f"{at}/classes", {}
