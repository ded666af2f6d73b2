"""The paths of `/ws/v1` for students and staff."""

from typing import Any

from simulators.http.messages import Answer, Request
from simulators.http.routes import route
from simulators.powerschool import places, students
from simulators.powerschool.answers import Answers, asked
from simulators.powerschool.dictionary import COLUMNS
from simulators.powerschool.door import authorized, refuse
from simulators.powerschool.photos import photo
from simulators.powerschool.plugins import Plugin
from simulators.powerschool.rows import Row

EXTENSIONS = ("s_stu_x", "u_students_extension", "studentcorefields")
_STUDENT_MARKS = {"@expansions": ", ".join(students.EXPANSIONS), "@extensions": ",".join(EXTENSIONS)}
_STAFF_MARKS = {"@expansions": ", ".join(places.STAFF_EXPANSIONS), "@extensions": "s_ssf_x"}


class People(Answers):
    # Students ---------------------------------------------------------------------------------------------

    def _student_keys(self, request: Request, school: str | None = None) -> list[int]:
        where, values = self.filtered(request, students.SELECTORS)
        if school is not None:
            where += f" and schoolid = {self.number_of(school)}"
            if "enroll_status" not in request.query.get("q", ""):
                where += " and enroll_status = 0"
        return self.keys(f"select dcid from students where {where} order by dcid", *values)

    def _students(self, plugin: Plugin, request: Request, keys: list[int]) -> list[Any]:
        rows = self.by_key(plugin, "students", keys)
        cores = self.by_key(plugin, "studentcorefields", keys, "studentsdcid")
        ids = [row["id"] for row in rows.values()]
        races: dict[int, list[str]] = {}
        for race in self.visible(plugin, "studentrace", self.tables.rows("studentrace", "studentid", ids)):
            if race["racecd"]:
                races.setdefault(race["studentid"], []).append(race["racecd"])
        emails = self.by_key(plugin, "psm_studentcontact", ids, "studentid")
        schools = self.dcids("schools", "school_number")
        wanted, extensions = asked(request, "expansions"), asked(request, "extensions")
        made = []
        for key in keys:
            row = rows[key]
            told = students.student(
                row,
                cores.get(key, {}),
                races.get(row["id"], []),
                emails.get(row["id"], {}).get("email"),
                schools.get(row["schoolid"]),
            )
            core = told.pop("studentcorefields")
            base = {name: part for name, part in told.items() if name not in students.EXPANSIONS or name in wanted}
            extended = [
                students.extension(name, COLUMNS["studentcorefields"][1:-1] if name == EXTENSIONS[-1] else (), core)
                for name in EXTENSIONS
                if name in extensions
            ]
            made.append(base | ({"_extension_data": {"_table_extension": extended}} if extended else {}))
        return made

    @route("GET", "/ws/v1/district/student/count")
    @authorized
    def district_student_count(self, request: Request, plugin: Plugin) -> Answer:
        self.need(plugin, "students")
        return self.counted(self._student_keys(request))

    @route("GET", "/ws/v1/district/student")
    @authorized
    def district_students(self, request: Request, plugin: Plugin) -> Answer:
        self.need(plugin, "students")
        keys = self._student_keys(request)[self.window(request)]
        return self.listed("student", self._students(plugin, request, keys), **_STUDENT_MARKS)

    @route("GET", "/ws/v1/school/{school}/student/count")
    @authorized
    def student_count(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "students")
        return self.counted(self._student_keys(request, school))

    @route("GET", "/ws/v1/school/{school}/student")
    @authorized
    def school_students(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "students")
        keys = self._student_keys(request, school)[self.window(request)]
        return self.listed("student", self._students(plugin, request, keys), **_STUDENT_MARKS)

    @route("GET", "/ws/v1/student/{student}")
    @authorized
    def student(self, request: Request, plugin: Plugin, student: str) -> Answer:
        self.need(plugin, "students")
        found = self.keys("select dcid from students where dcid = ?", student)
        return self.one("student", found, lambda keys: self._students(plugin, request, keys), **_STUDENT_MARKS)

    @route("GET", "/ws/v1/student/{student}/photo")
    @authorized
    def photo(self, request: Request, plugin: Plugin, student: str) -> Answer:
        """No source says that there is such a path; it answers only where an option says so."""
        rows = self.tables.rows("students", "dcid", [student])
        if self.options["photos"] != "yes" or not rows or not rows[0]["photoflag"]:
            raise refuse(404, "Not Found")
        return Answer(200, photo(int(student)), {"Content-Type": "image/jpeg"})

    # Staff ------------------------------------------------------------------------------------------------

    def _staff_keys(self, school: str) -> list[int]:
        number = self.number_of(school)
        return self.keys("select dcid from schoolstaff where schoolid = ? and status = 1 order by dcid", number)

    def _staff(self, plugin: Plugin, request: Request, keys: list[int]) -> list[Any]:
        rows = self.by_key(plugin, "schoolstaff", keys)
        employed = [row["users_dcid"] for row in rows.values()]
        users = self.by_key(plugin, "users", employed)
        places_of: dict[int, list[Row]] = {}
        for one in self.visible(plugin, "schoolstaff", self.tables.rows("schoolstaff", "users_dcid", employed)):
            places_of.setdefault(one["users_dcid"], []).append(one)
        schools, wanted = self.dcids("schools", "school_number"), asked(request, "expansions")
        made = []
        for key in keys:
            person = rows[key]["users_dcid"]
            told = places.staff(rows[key], users[person], places_of[person], schools)
            made.append({n: part for n, part in told.items() if n not in places.STAFF_EXPANSIONS or n in wanted})
        return made

    @route("GET", "/ws/v1/school/{school}/staff/count")
    @authorized
    def staff_count(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "users", "schoolstaff")
        return self.counted(self._staff_keys(school))

    @route("GET", "/ws/v1/school/{school}/staff")
    @authorized
    def school_staff(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "users", "schoolstaff")
        keys = self._staff_keys(school)[self.window(request)]
        return self.listed("staff", self._staff(plugin, request, keys), **_STAFF_MARKS)

    @route("GET", "/ws/v1/staff/{staff}")
    @authorized
    def staff(self, request: Request, plugin: Plugin, staff: str) -> Answer:
        self.need(plugin, "users", "schoolstaff")
        found = self.keys("select dcid from schoolstaff where dcid = ?", staff)
        return self.one("staff", found, lambda keys: self._staff(plugin, request, keys), **_STAFF_MARKS)
