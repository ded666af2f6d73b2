"""The simulated Aeries keeps the habits of the real one that trip a careless client."""

import base64
import io
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from PIL import Image

from simulators.aeries import Aeries
from simulators.aeries.access import AREAS
from simulators.district import build

SCHOOLS = (11, 12, 13, 14)
SINCE = "2026/9/14/2/30"


class Reader:
    """A bare client: it sends the certificate and asks for JSON, and hides nothing."""

    def __init__(self, system: Aeries) -> None:
        self.system = system

    def ask(self, path: str, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        known = {"AERIES-CERT": self.system.certificate, "Accept": "application/json"}
        return httpx2.get(f"{self.system.url}/aeries/api/v5{path}", headers=known | named)

    def rows(self, path: str) -> Any:
        return self.ask(path).raise_for_status().json()

    def everywhere(self, resource: str) -> list[dict[str, Any]]:
        return [row for school in SCHOOLS for row in self.rows(f"/schools/{school}/{resource}")]


@pytest.fixture(scope="module")
def aeries() -> Iterator[Aeries]:
    with Aeries(build(400)) as system:
        yield system


@pytest.fixture
def reader(aeries: Aeries) -> Reader:
    return Reader(aeries)


def other(**options: str) -> Aeries:
    return Aeries(build(60), port=0, **options)


# The certificate, and how to ask ------------------------------------------------------------------------


def test_systeminfo_needs_no_certificate(reader: Reader) -> None:
    """An address can be tried before there is a certificate; schools cannot."""
    assert reader.ask("/systeminfo", AERIES_CERT="").status_code == 200
    assert reader.ask("/schools", AERIES_CERT="").json() == {"Message": "Invalid Certificate"}


def test_an_area_that_is_not_granted_is_refused_with_a_message() -> None:
    """A certificate reads the areas that it was given; schools and codes need none."""
    with other(areas=",".join(area for area in AREAS if area != "Contacts")) as system:
        reader = Reader(system)
        refused = reader.ask("/schools/11/contacts")
        assert (refused.status_code, refused.json()) == (
            401,
            {"Message": "You do not have permission to access: Contacts"},
        )
        assert reader.ask("/StudentDataChanges/contact/2026/9/1/0/0").status_code == 401
        assert reader.rows("/schools/11/students")


def test_a_feature_that_is_off_is_501() -> None:
    """What stands behind a feature flag says that it is not there."""
    with other(off="Student Pictures") as system:
        assert Reader(system).ask("/schools/11/StudentPictures").status_code == 501


def test_without_accept_the_answer_is_xml(reader: Reader) -> None:
    """A browser, and a client that says nothing, get XML."""
    answer = reader.ask("/schools", Accept="text/html,application/xml;q=0.9,*/*;q=0.8")
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert b"<SchoolCode>11</SchoolCode>" in answer.content


def test_or_the_answer_is_406() -> None:
    """Some servers refuse where others give XML."""
    with other(wrong_accept="406") as system:
        assert Reader(system).ask("/schools", Accept="application/xml").status_code == 406


def test_case_and_a_last_slash_do_not_matter(reader: Reader) -> None:
    """Clients mix the case of paths."""
    assert reader.rows("/SCHOOLS/11/Students/") == reader.rows("/schools/11/students")


def test_one_school_can_be_an_array() -> None:
    """Older versions gave an array of one."""
    with other(one_school="array") as system:
        assert [school["SchoolCode"] for school in Reader(system).rows("/schools/12")] == [12]


# The database year --------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["", "?DatabaseYear=1999", "?DatabaseYear=2026-2027", "?DatabaseYear=next"])
def test_a_year_that_is_not_there_is_silently_the_default(asked: str) -> None:
    """Nothing but the answer itself tells which year was read."""
    with other(default_year="2025") as system:
        assert Reader(system).rows(f"/systeminfo{asked}")["DatabaseYear"] == "2025-2026"


def test_another_year_is_another_database(reader: Reader) -> None:
    """A year earlier everybody is a grade lower, and the terms are those of that year."""
    now = {one["StudentID"]: one["Grade"] for one in reader.rows("/schools/13/students")}
    then = {one["StudentID"]: one["Grade"] for one in reader.rows("/schools/13/students?DatabaseYear=2025")}
    assert {student: grade + 1 for student, grade in then.items()}.items() <= now.items()
    assert reader.rows("/schools/13/terms?databaseyear=2025")[0]["StartDate"] == "2025-08-24T00:00:00"


# Students -----------------------------------------------------------------------------------------------


def test_each_student_has_one_active_row(reader: Reader, aeries: Aeries) -> None:
    """Blank and a blank both mean active; every student of the district is active in their own school."""
    active = {
        (one["StudentID"], one["SchoolCode"])
        for one in reader.everywhere("students")
        if not one["InactiveStatusCode"].strip()
    }
    assert active == {(int(one.id), int(one.org_ids[0])) for one in aeries.district.of_role("student")}


def test_some_students_have_a_second_row(reader: Reader) -> None:
    """Concurrent, left behind and pre-enrolled rows stand beside the active one."""
    codes = Counter(one["InactiveStatusCode"] for one in reader.everywhere("students"))
    assert all(codes[code] > 0 for code in ("", " ", "C", "N", "*"))


def test_a_student_by_id_ignores_the_school(reader: Reader, aeries: Aeries) -> None:
    """Whatever school is in the path, each row of the student comes back."""
    student = next(int(one.id) for one in aeries.district.of_role("student") if int(one.id) % 29 == 0)
    rows = reader.rows(f"/schools/0/students/{student}")
    assert len(rows) == 2
    assert rows == reader.rows(f"/schools/14/students/{student}")


def test_pages_count_from_one_and_include_both_ends(reader: Reader) -> None:
    """1 to 3 and 4 to 6 are the first six; after the last there is an empty list."""
    everybody = reader.rows("/schools/13/students")
    pages = [reader.rows(f"/schools/13/students?StartingRecord={at}&EndingRecord={at + 2}") for at in (1, 4)]
    assert pages[0] + pages[1] == everybody[:6]
    assert reader.rows(f"/schools/13/students?StartingRecord={len(everybody) + 1}&EndingRecord=9999") == []


@pytest.mark.parametrize("path", ["/schools/0/students", "/schools/0/StudentPictures"])
def test_the_district_as_a_whole_has_no_list_of_people(reader: Reader, path: str) -> None:
    """School code 0 fails where a list of one school's people is meant."""
    assert reader.ask(path).status_code == 400


def test_a_student_is_written_as_aeries_writes(reader: Reader, aeries: Aeries) -> None:
    """Numbers for ids, text for codes, midnight for dates, digits for phones, and blanks where nothing is."""
    person = next(one for one in aeries.district.of_role("student") if not one.middle)
    row = reader.rows(f"/schools/0/students/{person.id}")[0]
    assert person.birth_date
    assert {name: row[name] for name in ("StudentID", "StateStudentID", "Birthdate", "Track", "MiddleName")} == {
        "StudentID": int(person.id),
        "StateStudentID": person.state_id,
        "Birthdate": f"{person.birth_date}T00:00:00",
        "Track": " ",
        "MiddleName": " ",
    }
    assert row["HomePhone"].isdigit()
    assert len(row["HomePhone"]) == 10


def test_a_family_key_of_zero_is_no_family(reader: Reader, aeries: Aeries) -> None:
    """Some families were never keyed; in the others a key is one household."""
    home = {int(one.id): one.household_ids for one in aeries.district.of_role("student")}
    keys: dict[int, set[tuple[str, ...]]] = {}
    for one in reader.everywhere("students"):
        keys.setdefault(one["FamilyKey"], set()).add(home[one["StudentID"]])
    assert len(keys.pop(0)) > 1
    assert all(len(homes) == 1 for homes in keys.values())


def test_older_versions_name_some_fields_otherwise() -> None:
    """Misspelt and renamed keys, and a number as text."""
    with other(legacy_keys="yes") as system:
        reader = Reader(system)
        assert "PermanentID" in reader.rows("/schools/11/StudentPictures")[0]
        assert "CorrespondanceLanguageCode" in reader.rows("/schools/11/contacts")[0]
        assert reader.rows("/schools/11/students")[0]["AtRiskPoints"] == "0.0000"


# Contacts, programs, pictures ---------------------------------------------------------------------------


def test_contacts_are_the_guardians_of_each_student(reader: Reader, aeries: Aeries) -> None:
    """A guardian is one row for each child; orders repeat, sequence numbers do not; some have only a mailing name."""
    people, own = (
        aeries.district.people,
        {int(one.id): int(one.org_ids[0]) for one in aeries.district.of_role("student")},
    )
    rows = [one for one in reader.everywhere("contacts") if own[one["StudentID"]] == one["SchoolCode"]]
    assert Counter((one["StudentID"], one["MailingName"]) for one in rows) == Counter(
        (int(one.student_id), f"{people[one.contact_id].given} {people[one.contact_id].family}")
        for one in aeries.district.relationships
    )
    assert len({(one["StudentID"], one["SequenceNumber"]) for one in rows}) == len(rows)
    assert len({(one["StudentID"], one["ContactOrder"]) for one in rows}) < len(rows)
    assert {bool(one["LastName"]) for one in rows} == {True, False}


def test_who_may_not_pick_up_has_a_red_flag(reader: Reader, aeries: Aeries) -> None:
    """A restraint warning shows as RedFlag and as code R."""
    flagged = {one["StudentID"] for one in reader.everywhere("contacts") if one["RedFlag"] and one["MiscCode"] == "R"}
    assert flagged == {int(one.student_id) for one in aeries.district.relationships if not one.may_pick_up}


def test_some_programs_are_void(reader: Reader) -> None:
    """A row that ends before it starts stands for a mistake that somebody took back."""
    rows = reader.everywhere("students/0/programs")
    void = [one for one in rows if (one["EligibilityEndDate"] or "9999") < one["EligibilityStartDate"]]
    assert 0 < len(void) < len(rows)
    assert {one["ProgramCode"] for one in reader.rows("/schools/13/students/0/programs?code=144")} == {"144"}


def test_a_picture_is_a_jpeg_with_the_marks_of_its_camera(reader: Reader) -> None:
    """Base64 of a whole file whose EXIF says who took it and where; its size is that of the file."""
    listed = reader.rows("/schools/13/StudentPictures?StartingRecord=1&EndingRecord=40")
    picture = next(one["Pictures"][0] for one in listed if one["Pictures"])
    content = base64.b64decode(picture["RawBinary"], validate=True)
    assert picture["FileSize"] == len(content)
    exif = Image.open(io.BytesIO(content)).getexif()
    assert exif[0x013B] == "Photographer on duty"
    assert exif.get_ifd(0x8825)
    assert any(not one["Pictures"] for one in listed)


# Schools and classes ------------------------------------------------------------------------------------


def test_elementary_schools_have_homerooms_and_no_sections(reader: Reader) -> None:
    """Each student of an elementary school names a teacher of that school; a school of one kind has both."""
    teachers = {str(one["TeacherNumber"]) for one in reader.rows("/schools/11/teachers")}
    students = [one for one in reader.rows("/schools/11/students") if not one["InactiveStatusCode"].strip()]
    assert {one["HomeRoomTeacherNumber"] for one in students} <= teachers
    assert reader.rows("/schools/11/sections") == []
    kinds = {one["SchoolCode"]: one["ScheduleType"] for one in reader.rows("/schools")}
    assert kinds[12] == "ElementaryAndMasterSchedule"
    assert reader.rows("/schools/12/sections")


def test_rosters_and_schedules_are_the_same_rows(reader: Reader, aeries: Aeries) -> None:
    """Read by student or by section, who sits where is what the district says."""
    by_student = {(one["StudentID"], one["SectionNumber"]) for one in reader.rows("/schools/13/classes")}
    by_section = {
        (one["StudentID"], number["SectionNumber"])
        for number in reader.rows("/schools/13/sections")
        for one in reader.rows(f"/schools/13/sections/{number['SectionNumber']}/students")
    }
    seats = [
        one
        for one in aeries.district.enrollments.values()
        if one.role == "student" and aeries.district.classes[one.class_id].school_id == "0013"
    ]
    assert by_student == by_section
    assert len(by_student) == len(seats)


def test_history_has_the_year_before(reader: Reader) -> None:
    """Rows of this year and the last stand side by side; a year can be asked for."""
    rows = reader.rows("/schools/14/enrollment/0")
    assert {one["AcademicYear"] for one in rows} == {"2025", "2026"}
    assert {one["AcademicYear"] for one in reader.rows("/schools/14/enrollment/0/year/2025")} == {"2025"}


def test_staff_can_be_filtered_by_any_field(reader: Reader, aeries: Aeries) -> None:
    """A field's name in the query keeps the rows that have the value; one who is not there is 404."""
    teacher = aeries.district.of_role("teacher")[0]
    assert [one["ID"] for one in reader.rows(f"/staff?UserName={teacher.username}")] == [int(teacher.number)]
    missing = reader.ask("/staff/99999")
    assert (missing.status_code, missing.json()) == (404, {"Message": "Invalid Staff ID"})


def test_a_device_name_in_a_path_never_arrives(reader: Reader) -> None:
    """The table of contacts is asked for by its long name: the server is Windows, where CON is the console."""
    assert reader.ask("/codes/CON/RL").status_code == 404
    assert {one["Code"]: one["Description"] for one in reader.rows("/codes/contact/RelationshipToStudentCode")}[
        "10"
    ] == "Mother"


# Nights and feeds ---------------------------------------------------------------------------------------

FEEDS = {
    "student": "students",
    "contact": "contacts",
    "program": "students/0/programs",
    "enrollment": "enrollment/0",
    "class": "classes",
}


def snapshot(reader: Reader, resource: str) -> dict[int, str]:
    """All rows of each student, as text."""
    found: dict[int, list[Any]] = {}
    for row in reader.everywhere(resource):
        found.setdefault(row["StudentID"], []).append(row)
    return {student: json.dumps(rows, sort_keys=True) for student, rows in found.items()}


@pytest.mark.parametrize("seed", [7, 11])
def test_the_feeds_list_whoever_changed(seed: int) -> None:
    """Whoever has other rows after three nights is in the feed of those rows."""
    with Aeries(build(300, seed=seed)) as system:
        reader = Reader(system)
        before = {area: snapshot(reader, resource) for area, resource in FEEDS.items()}
        for _ in range(3):
            system.pass_night()
        for area, resource in FEEDS.items():
            now, fed = snapshot(reader, resource), reader.rows(f"/StudentDataChanges/{area}/{SINCE}")
            changed = {key for key in before[area].keys() | now.keys() if before[area].get(key) != now.get(key)}
            assert changed
            assert changed <= {one["StudentID"] for one in fed}, area


def test_sections_and_staff_have_feeds_too() -> None:
    """A replaced teacher is a change of staff and of each section taught; a joiner changes rosters."""
    with Aeries(build(300)) as system:
        reader = Reader(system)
        system.pass_night()
        replaced = next(one for one in system.district.events if one.kind == "teacher_replaced")
        assert {int(replaced.before[1:]), int(replaced.person_id[1:])} <= {
            one["ID"] for one in reader.rows(f"/StaffDataChanges/{SINCE}")
        }
        assert reader.rows(f"/SectionRosterDataChanges/{SINCE}")
        for row in reader.rows(f"/SectionDataChanges/{SINCE}"):
            section = reader.rows(f"/schools/{row['SchoolCode']}/sections/{row['SectionNumber']}")
            assert int(replaced.person_id[1:]) in {one["StaffID"] for one in section["SectionStaffMembers"]}


def test_a_feed_starts_at_the_minute_that_is_asked_for(reader: Reader) -> None:
    """Numbers come with a zero in front or without; after the last change there is nothing."""
    with other() as system:
        mine = Reader(system)
        system.pass_night()
        padded = mine.rows("/StudentDataChanges/student/2026/09/14/02/30")
        assert padded == mine.rows("/StudentDataChanges/student/2026/9/14/2/30") != []
        assert mine.rows("/StudentDataChanges/student/2026/9/14/15/41") == []


def test_late_changes_are_stamped_before_the_pull_that_missed_them() -> None:
    """A client that asks for what came after its last question, to the minute, never sees them."""
    with other(late="yes") as system:
        reader = Reader(system)
        system.pass_night()
        assert reader.rows(f"/StudentDataChanges/student/{SINCE}") == []
        assert reader.rows("/StudentDataChanges/student/2026/9/14/2/20") != []


def test_leavers_stay_with_a_code_or_are_deleted() -> None:
    """Of those who left, some keep a row with a code and a date; of the others nothing is left but the feed."""
    with Aeries(build(400)) as system:
        reader = Reader(system)
        for _ in range(4):
            system.pass_night()
        left = {int(one.person_id) for one in system.district.events if one.kind == "left"}
        fed = {one["StudentID"] for one in reader.rows(f"/StudentDataChanges/student/{SINCE}")}
        rows = {student: reader.rows(f"/schools/0/students/{student}") for student in left}
        assert left <= fed
        assert {len(found) for found in rows.values()} == {0, 1}
        kept = [found[0] for found in rows.values() if found]
        assert all(one["InactiveStatusCode"] == "N" and one["SchoolLeaveDate"] for one in kept)


def test_a_class_that_ended_keeps_its_row() -> None:
    """A student who changed sections has the old one with an end, and the new one without."""
    with Aeries(build(400)) as system:
        system.pass_night()
        moved = next(one for one in system.district.events if one.kind == "class_moved")
        rows = Reader(system).rows(f"/schools/{int(moved.before[:4])}/classes/{int(moved.person_id)}")
        assert [one["DateEnded"] for one in rows if one["DateEnded"]] == ["2026-09-15T00:00:00"]


# Trouble ------------------------------------------------------------------------------------------------


@pytest.fixture
def troubled() -> Iterator[Reader]:
    with other() as system:
        yield Reader(system)


def test_moving_leaves_a_record_out_of_every_page(troubled: Reader) -> None:
    """When the first record of a list goes between two pages, one record is in neither."""
    everybody = troubled.rows("/schools/11/students")
    troubled.system.trouble("moving", path="*/students")
    pages = [troubled.rows(f"/schools/11/students?StartingRecord={at}&EndingRecord={at + 2}") for at in (1, 4)]
    assert pages[0] + pages[1] == everybody[:3] + everybody[4:7]


def test_duplicate_page_gives_a_page_twice(troubled: Reader) -> None:
    """The second page is the first once more."""
    troubled.system.trouble("duplicate_page", path="*/students")
    pages = [troubled.rows(f"/schools/11/students?StartingRecord={at}&EndingRecord={at + 2}") for at in (1, 4)]
    assert pages[0] == pages[1]


def test_wrong_year_answers_from_another_database(troubled: Reader) -> None:
    """One answer comes from the year before, though this year was asked for."""
    troubled.system.trouble("wrong_year", path="*/terms")
    years = [troubled.rows("/schools/11/terms?DatabaseYear=2026")[0]["StartDate"][:4] for _ in range(2)]
    assert years == ["2025", "2026"]


def test_forbid_takes_an_area_away(troubled: Reader) -> None:
    """One request is refused as if its area had not been granted."""
    troubled.system.trouble("forbid", path="*/contacts")
    assert [troubled.ask("/schools/11/contacts").status_code for _ in range(2)] == [401, 200]


def test_a_replaced_certificate_opens_nothing(troubled: Reader) -> None:
    """When the district makes a new certificate, the settings have it, and the old one is refused."""
    old = troubled.system.certificate
    troubled.system.replace_certificate()
    assert troubled.ask("/schools", AERIES_CERT=old).status_code == 401
    assert troubled.ask("/schools", AERIES_CERT=troubled.system.settings()["token"]).status_code == 200


@pytest.mark.parametrize(
    "kind, status", [("too_many", 429), ("error", 500), ("html_error", 500), ("maintenance", 200), ("slow", 200)]
)
def test_trouble_strikes_once(troubled: Reader, kind: str, status: int) -> None:
    """Trouble is what the next request gets; the one after it is answered."""
    troubled.system.trouble(kind, seconds=0.01)
    assert troubled.ask("/schools").status_code == status
    assert troubled.rows("/schools")


@pytest.mark.parametrize("kind", ["cut", "truncated", "drop"])
def test_damaged_answers_are_no_json(troubled: Reader, kind: str) -> None:
    """A cut, a truncated and a missing answer each fail to be read."""
    troubled.system.trouble(kind)
    with pytest.raises((httpx2.TransportError, ValueError)):
        troubled.rows("/schools")
    assert troubled.rows("/schools")
