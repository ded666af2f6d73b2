"""The paths of `/ws/v1` for terms, courses, sections, and who sits in them. There is no list for the whole district."""

from typing import Any

from simulators.http.messages import Answer, Request
from simulators.http.routes import route
from simulators.powerschool import places
from simulators.powerschool.answers import Answers, asked
from simulators.powerschool.door import authorized, refuse
from simulators.powerschool.plugins import Plugin

_SECTION_MARKS = {"@expansions": ", ".join(places.SECTION_EXPANSIONS), "@extensions": "s_sec_x"}


class Teaching(Answers):
    # Terms ------------------------------------------------------------------------------------------------

    def _term_keys(self, request: Request, school: str) -> list[int]:
        where, values = self.filtered(self._of_year(request), places.TERM_SELECTORS)
        sql = f"select dcid from terms where schoolid = {self.number_of(school)} and {where}"
        return self.keys(f"{sql} order by portion, firstday, dcid", *values)

    def _of_year(self, request: Request) -> Request:
        """The request, or one for the year before, where the fault `wrong_year` strikes."""
        asked_for = request.query.get("q", "")
        if "start_year==" not in asked_for or not self.faults.strikes("wrong_year", request.path):
            return request
        before, _, year = asked_for.partition("start_year==")
        other = {**request.query, "q": f"{before}start_year=={int(year[:4]) - 1}{year[4:]}"}
        return Request(request.method, request.path, request.raw_path, other, request.headers)

    def _terms(self, plugin: Plugin, keys: list[int]) -> list[Any]:
        rows, schools = self.by_key(plugin, "terms", keys), self.dcids("schools", "school_number")
        return [places.term(rows[key], schools.get(rows[key]["schoolid"])) for key in keys]

    @route("GET", "/ws/v1/school/{school}/term/count")
    @authorized
    def term_count(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "terms")
        return self.counted(self._term_keys(request, school))

    @route("GET", "/ws/v1/school/{school}/term")
    @authorized
    def school_terms(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "terms")
        keys = self._term_keys(request, school)[self.window(request)]
        return self.listed("term", self._terms(plugin, keys))

    @route("GET", "/ws/v1/term/{term}")
    @authorized
    def term(self, request: Request, plugin: Plugin, term: str) -> Answer:
        self.need(plugin, "terms")
        found = self.keys("select dcid from terms where dcid = ?", term)
        return self.one("term", found, lambda keys: self._terms(plugin, keys))

    # Courses ----------------------------------------------------------------------------------------------

    def _course_keys(self, school: str) -> list[int]:
        number = self.number_of(school)
        taught = "select course_number from sections where schoolid = ?"
        return self.keys(f"select dcid from courses where course_number in ({taught}) order by course_number", number)

    def _courses(self, plugin: Plugin, keys: list[int]) -> list[Any]:
        rows = self.by_key(plugin, "courses", keys)
        return [places.course(rows[key]) for key in keys]

    @route("GET", "/ws/v1/school/{school}/course/count")
    @authorized
    def course_count(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "courses")
        return self.counted(self._course_keys(school))

    @route("GET", "/ws/v1/school/{school}/course")
    @authorized
    def school_courses(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "courses")
        records = self._courses(plugin, self._course_keys(school)[self.window(request)])
        return self.listed("course", records, **{"@extensions": "s_crs_x"})

    @route("GET", "/ws/v1/course/{course}")
    @authorized
    def course(self, request: Request, plugin: Plugin, course: str) -> Answer:
        self.need(plugin, "courses")
        found = self.keys("select dcid from courses where dcid = ?", course)
        return self.one("course", found, lambda keys: self._courses(plugin, keys))

    # Sections ---------------------------------------------------------------------------------------------

    def _section_keys(self, request: Request, school: str) -> list[int]:
        where, values = self.filtered(self._of_year(request), places.SECTION_SELECTORS)
        number = self.number_of(school)
        return self.keys(f"select dcid from sections where schoolid = {number} and {where} order by dcid", *values)

    def _sections(self, plugin: Plugin, request: Request, keys: list[int]) -> list[Any]:
        rows = self.by_key(plugin, "sections", keys)
        schools, courses = self.dcids("schools", "school_number"), self.dcids("courses", "course_number")
        staff, with_term = self.dcids("schoolstaff", "id"), "term" in asked(request, "expansions")
        terms = {
            (row["schoolid"], row["id"]): row
            for row in self.visible(plugin, "terms", self.tables.read("select * from terms"))
        }
        made = []
        for key in keys:
            row = rows[key]
            school = schools.get(row["schoolid"])
            term = places.term(terms[row["schoolid"], row["termid"]], school)
            told = places.section(row, school, courses.get(row["course_number"]), term, staff.get(row["teacher"]))
            made.append(told if with_term else {**told, "term": None})
        return made

    @route("GET", "/ws/v1/school/{school}/section/count")
    @authorized
    def section_count(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "sections")
        return self.counted(self._section_keys(request, school))

    @route("GET", "/ws/v1/school/{school}/section")
    @authorized
    def school_sections(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "sections")
        keys = self._section_keys(request, school)[self.window(request)]
        return self.listed("section", self._sections(plugin, request, keys), **_SECTION_MARKS)

    @route("GET", "/ws/v1/section/{section}")
    @authorized
    def section(self, request: Request, plugin: Plugin, section: str) -> Answer:
        self.need(plugin, "sections")
        found = self.keys("select dcid from sections where dcid = ?", section)
        return self.one("section", found, lambda keys: self._sections(plugin, request, keys), **_SECTION_MARKS)

    # Enrollments ------------------------------------------------------------------------------------------

    def _enrollment_keys(self, section: str) -> list[int]:
        found = self.tables.rows("sections", "dcid", [section])
        if not found:
            raise refuse(404, f"Section {section} was not found")
        key = found[0]["id"]
        return self.keys("select dcid from cc where sectionid in (?, ?) order by studentid, dateenrolled", key, -key)

    def _enrollments(self, plugin: Plugin, keys: list[int]) -> list[Any]:
        rows = self.by_key(plugin, "cc", keys)
        sections, students = self.dcids("sections", "id"), self.dcids("students", "id")
        return [
            places.enrollment(rows[key], sections[abs(rows[key]["sectionid"])], students.get(rows[key]["studentid"]))
            for key in keys
        ]

    @route("GET", "/ws/v1/section/{section}/section_enrollment/count")
    @authorized
    def enrollment_count(self, request: Request, plugin: Plugin, section: str) -> Answer:
        self.need(plugin, "cc")
        return self.counted(self._enrollment_keys(section))

    @route("GET", "/ws/v1/section/{section}/section_enrollment")
    @authorized
    def section_enrollments(self, request: Request, plugin: Plugin, section: str) -> Answer:
        self.need(plugin, "cc")
        keys = self._enrollment_keys(section)[self.window(request)]
        return self.listed("section_enrollment", self._enrollments(plugin, keys))

    @route("GET", "/ws/v1/section_enrollment/{enrollment}")
    @authorized
    def enrollment(self, request: Request, plugin: Plugin, enrollment: str) -> Answer:
        self.need(plugin, "cc")
        found = self.keys("select dcid from cc where dcid = ?", enrollment)
        return self.one("section_enrollment", found, lambda keys: self._enrollments(plugin, keys))
