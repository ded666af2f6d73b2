"""Students and their contacts: whole schools, or one student after the other."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from rollbook.sources.aeries import contacts, records
from rollbook.sources.aeries.api import Api
from rollbook.sources.aeries.enrollment import Enrollments
from rollbook.sources.aeries.photos import newest, newest_of
from rollbook.sources.aeries.records import Row, number_of, text_of
from rollbook.sources.aeries.words import Words
from rollbook.sources.aeries.years import Years
from rollbook.sources.base import Setup

if TYPE_CHECKING:
    from rollbook.sources.pulling import Pull

STUDENTS, CONTACTS, PROGRAMS = "Student Data", "Contacts", "Student Programs"


class Students:
    """
    The students of one pull.

    Args:
        schools: Those that are read, by their code.

        today: Decides which programs hold.
    """

    def __init__(
        self, setup: Setup, api: Api, pull: "Pull", schools: Mapping[int, Row], words: Words, today: date
    ) -> None:
        self._setup, self._api, self._pull, self._schools = setup, api, pull, schools
        self._words, self._today, self._years = words, today, Years(api)
        self._page_size = max(1, int(setup.value("page_size")))
        self._enrollments = Enrollments(setup)
        self._families: dict[int, int] = {}
        self._seen: set[int] = set()
        self.homerooms: dict[int, set[int]] = {}
        self.counts: dict[int, int] = {}

    @property
    def school_of(self) -> Mapping[int, int]:
        """Student -> the school of the first enrollment."""
        return self._enrollments.school_of

    @property
    def has_contact_records(self) -> bool:
        """Whether contacts are read from records of their own."""
        return self._pull.wants("contacts") and self._setup.flag("contact_record")

    @property
    def reads_programs(self) -> bool:
        """Whether anything that follows from programs is wanted."""
        sheet = self._pull.layout.sheet("students")
        return bool(sheet.find("MealStatus") or sheet.find("Flags"))

    def school(self, school: int) -> None:
        """All students of a school whose first enrollment is there."""
        path = f"schools/{school}/students"
        pages = self._api.pages(path, STUDENTS, self._page_size, self._years.page)
        photos = self._kept(newest(self._api, school, self._page_size)) if self._setup.flag("photos") else {}
        self._add(self._years.students(pages), path, self._programs(f"{path}/0/programs"), photos)

    def one(self, student: int, school: int, schools: Iterable[int]) -> None:
        """
        One student, whose rows of all schools come whatever school is asked.

        Args:
            schools: Where the student changed: where no row is any more, the student was deleted.
        """
        if student in self._seen:
            return
        self._seen.add(student)
        path = f"schools/{school}/students"
        rows = self._api.rows(f"{path}/{student}", STUDENTS)
        rows.sort(key=lambda row: number_of(row, "SchoolCode"))
        photos = self._kept(newest_of(self._api, school, student)) if self._setup.flag("photos") else {}
        self._add(rows, path, self._programs(f"{path}/{student}/programs"), photos)
        for gone in set(schools) - {number_of(row, "SchoolCode") for row in rows}:
            self._enrollments.over(student, gone)

    def at_last(self) -> None:
        """What can be said of students only when all schools were seen."""
        alone = [self._student(row, {}, {}) for row in self._enrollments.only_second()]
        self._pull.add("students", alone, "students")
        self._pull.add("alternates", self._enrollments.second(), "students")
        self._pull.add("ended", self._enrollments.ended(), "students")

    def contacts(self, school: int, student: int = 0) -> None:
        """
        The contacts of a school's students, or of one; of a student in two schools they come with the first enrollment.
        """
        path = f"schools/{school}/contacts"
        of: dict[int, list[Row]] = {}
        for row in self._api.rows(f"{path}/{student}" if student else path, CONTACTS):
            of.setdefault(number_of(row, "StudentID"), []).append(row)
        for one, own in of.items():
            if self.school_of.get(one) == school:
                self._add_contacts(own, one, school)

    def _add(self, rows: Iterable[Row], path: str, meals: dict[int, Row], photos: dict[int, str]) -> None:
        wanted = (row for row in rows if number_of(row, "SchoolCode") in self._schools)
        first = self._enrollments.sort(wanted)
        self._pull.add("students", (self._student(row, meals, photos) for row in first), path)

    def _student(self, row: Row, meals: dict[int, Row], photos: dict[int, str]) -> Row:
        student, school = number_of(row, "StudentID"), number_of(row, "SchoolCode")
        made = records.student(row, self._api.year, self._words) | meals.get(student, {})
        made["Photo"] = photos.get(student)
        self._families[student] = number_of(row, "FamilyKey")
        self.counts[school] = self.counts.get(school, 0) + 1
        if self._setup.flag("local_id_as_pin"):
            made["Pin"] = row.get("StudentNumber" if self._setup.value("local_id") == "student_number" else "StudentID")
        teacher = number_of(row, "HomeRoomTeacherNumber")
        if teacher and text_of(self._schools[school], "ScheduleType").startswith("Elementary"):
            self.homerooms.setdefault(school, set()).add(teacher)
            made["Homeroom"] = records.homeroom_key(school, self._api.year, teacher)
        if self._pull.wants("contacts") and not self.has_contact_records:
            self._add_contacts(contacts.guardian_of(row), student, school)
        return made

    def _programs(self, path: str) -> dict[int, Row]:
        """Student -> what follows from the programs that hold today."""
        held: dict[int, Row] = {}
        for row in self._api.rows(path, PROGRAMS) if self.reads_programs else ():
            if not records.holds(row, self._today):
                continue
            member, code = held.setdefault(number_of(row, "StudentID"), {"Flags": []}), text_of(row, "ProgramCode")
            if meal := records.MEALS.get(code):
                member["MealStatus"] = min(meal, member.get("MealStatus", meal))
            else:
                member["Flags"].append((text_of(row, "ProgramDescription") or code).replace(",", " "))
        return held

    def _kept(self, photos: Iterable[tuple[int, bytes]]) -> dict[int, str]:
        """Student -> the reference of the photograph that the hub keeps."""
        return dict(self._keep(photos))

    def _keep(self, photos: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, str]]:
        for student, content in photos:
            if kept := self._pull.photo("students", content, f"student:{student}"):
                yield student, kept

    def _add_contacts(self, rows: Iterable[Row], student: int, school: int) -> None:
        taken, held = [], []
        takes_all = self._setup.flag("red_flag_contacts")
        for row in contacts.contacts(rows, self._families[student], school, self._words):
            if contacts.is_flagged(row) and not takes_all:
                held.append(contacts.withheld(row))
            else:
                taken.append(row)
        self._pull.add("contacts", taken, f"schools/{school}/contacts")
        self._pull.add("withheld", held, f"schools/{school}/contacts")
