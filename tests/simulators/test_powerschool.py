"""The simulated PowerSchool keeps the habits of the real one that trip a careless client."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from simulators.district import build
from simulators.powerschool import PowerSchool, PowerSchoolQuery, keys
from simulators.powerschool.fiql import Malformed, condition
from simulators.powerschool.irregular import Kept, irregular
from simulators.powerschool.plugins import INSTALLED

QUERY = "/ws/schema/query/org.rollbook.hub"
EXPANSIONS = "demographics,addresses,alerts,phones,school_enrollment,ethnicity_race,contact,contact_info,fees,lunch"


class Reader:
    """A bare client with a token, which hides nothing."""

    def __init__(self, system: PowerSchool) -> None:
        self.system = system
        given = self.ask_token()
        self.token = given.json().get("access_token", "")

    def ask_token(self, path: str = "/oauth/access_token", secret: str = "") -> httpx2.Response:
        plugin = self.system.plugin
        return httpx2.post(
            self.system.url + path,
            data={"grant_type": "client_credentials"},
            auth=(plugin.client_id, secret or plugin.client_secret),
        )

    def ask(self, path: str, body: Any = None, **params: str) -> httpx2.Response:
        method = "GET" if body is None else "POST"
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.request(method, self.system.url + path, params=params, json=body, headers=headers)

    def read(self, path: str, body: Any = None, **params: str) -> Any:
        return self.ask(path, body, **params).raise_for_status().json()

    def queried(self, name: str, **body: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.read(f"{QUERY}.{name}", {"yearid": "36", **body}, pagesize="0").get("record")
        return found or []


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with PowerSchoolQuery(build(120, seed=3)) as system:
        yield Reader(system)


@pytest.fixture
def own() -> Iterator[Reader]:
    """One whose nights and troubles are this test's own."""
    with PowerSchoolQuery(build(60, seed=3)) as system:
        yield Reader(system)


def other(**options: str) -> PowerSchool:
    return PowerSchool(build(20, seed=3), port=0, **options)


# Tokens --------------------------------------------------------------------------------------------------


def test_a_token_lives_for_a_text_of_seconds(reader: Reader) -> None:
    """`expires_in` is text, and a slash at the end of the path does not matter."""
    assert reader.ask_token("/oauth/access_token/").json()["expires_in"] == "2504956"


def test_an_older_server_does_not_name_the_type() -> None:
    """`token_type` is not always there."""
    with other(token_type="no") as system:
        assert set(Reader(system).ask_token().json()) == {"access_token", "expires_in"}


def test_a_wrong_secret_is_an_invalid_client(reader: Reader) -> None:
    """401 with the error of OAuth."""
    answer = reader.ask_token(secret="wrong")
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_tokens_are_not_given_out_for_every_call() -> None:
    """Who asks for one each time is told to wait."""
    with other(token_limit="2") as system:
        reader = Reader(system)
        assert [reader.ask_token().status_code for _ in range(2)] == [200, 429]


def test_an_expired_token_is_told_in_a_header(own: Reader) -> None:
    """401 with `WWW-Authenticate`; a new token works."""
    own.system.expire_tokens()
    assert "invalid_token" in own.ask("/ws/v1/district").headers["WWW-Authenticate"]


def test_metadata_needs_no_token(reader: Reader) -> None:
    """Anybody may ask; only a good token is told its plugin."""
    anybody = httpx2.get(reader.system.url + "/ws/v1/metadata").json()["metadata"]
    assert ("plugin_id" in anybody, reader.read("/ws/v1/metadata")["metadata"]["plugin_id"]) == (False, 402)


# The JSON of /ws/v1 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, written",
    [
        ({"a": None, "b": "x"}, {"b": "x"}),
        ({"a": None}, ""),
        ([], None),
        ([{"a": "x"}], {"a": "x"}),
        ("04901", 4901),
        ("ME04", "ME04"),
        (Kept("0.00"), "0.00"),
        (Kept("050010"), "050010"),
        ("٣", "٣"),
    ],
)
def test_irregular_json(value: Any, written: Any) -> None:
    """Nulls are left out, nothing is "", one of a list is the one, digits are a number."""
    assert irregular(value) == written


def test_one_student_is_no_list(reader: Reader) -> None:
    """A page of one holds an object, a page of two a list."""
    one, two = (reader.read("/ws/v1/district/student", pagesize=size)["students"]["student"] for size in "12")
    assert (type(one), type(two)) == (dict, list)


@pytest.mark.parametrize("empty, told", [("missing", dict), ("blank", str)])
def test_no_student_is_no_list_either(empty: str, told: type) -> None:
    """The key is missing, or the whole is blank text."""
    with other(empty_list=empty) as system:
        found = Reader(system).read("/ws/v1/district/student", q="local_id==1")["students"]
    assert (type(found), "student" in found) == (told, False)


def test_nothing_comes_unasked(reader: Reader) -> None:
    """Base fields only; unknown expansions are passed over."""
    found = reader.read("/ws/v1/district/student", pagesize="1", expansions="nonsense")["students"]["student"]
    assert set(found) == {"id", "local_id", "state_province_id", "student_username", "name"}


def test_all_students_ever_are_listed(reader: Reader) -> None:
    """The list of the district holds graduates too; that of a school only who is active."""
    district = len(reader.system.district.of_role("student"))
    everybody = reader.read("/ws/v1/district/student/count")["resource"]["count"]
    active = reader.read("/ws/v1/district/student/count", q="school_enrollment.enroll_status==(A,P)")
    assert (everybody, active["resource"]["count"]) == (district + 4, district)


def test_a_filter_that_nobody_knows_is_refused(reader: Reader) -> None:
    """400 with a message; there is no filter by change."""
    answer = reader.ask("/ws/v1/district/student", q="transaction_date=ge=2026-01-01")
    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid field transaction_date")


def test_filters() -> None:
    """Comparisons, lists and wildcards, joined by "and"."""
    selectors = {"name.last_name": "last_name", "grade": "grade_level"}
    assert condition("name.last_name==JA*;grade=ge=3", selectors) == (
        "last_name like ? and grade_level >= ?",
        ["JA%", "3"],
    )
    with pytest.raises(Malformed):
        condition("grade!=3", selectors)


def test_pages_are_clamped_or_refused(reader: Reader) -> None:
    """A larger page than the plugin may have gives the largest, or an error."""
    assert len(reader.read("/ws/v1/district/student", pagesize="5000")["students"]["student"]) == 100
    with other(too_big="refuse", page_size="10") as system:
        assert Reader(system).ask("/ws/v1/district/student", pagesize="11").status_code == 400


def test_keys_overlap(reader: Reader) -> None:
    """A number is also the DCID of somebody else, so that a wrong join finds the wrong school."""
    schools = reader.read("/ws/v1/district/school")["schools"]["school"]
    assert {one["id"] for one in schools} & {one["school_number"] for one in schools}
    assert all(one["id"] != one["school_number"] for one in schools)


def test_an_extension_is_asked_for(reader: Reader) -> None:
    """Language and allergies come in `_extension_data`, and its mark for "found" says nothing."""
    query = {"extensions": "studentcorefields", "q": "school_enrollment.enroll_status==A"}
    found = reader.read("/ws/v1/district/student", **query)["students"]["student"]
    fields = [student["_extension_data"]["_table_extension"].get("_field") for student in found]
    names = {one["name"] for field in fields for one in (field if isinstance(field, list) else [field])}
    assert {"primarylanguage", "allergies"} <= names


def test_the_same_person_has_an_id_at_each_school(reader: Reader) -> None:
    """Two staff records, one `users_dcid`; `school_affiliation` is a list for two schools and an object for one."""
    schools = [one["id"] for one in reader.read("/ws/v1/district/school")["schools"]["school"]]
    staff: dict[int, list[dict[str, Any]]] = {}
    for school in schools:
        for one in reader.read(f"/ws/v1/school/{school}/staff", expansions="school_affiliations")["staffs"]["staff"]:
            staff.setdefault(one["users_dcid"], []).append(one)
    twice = [records for records in staff.values() if len(records) == 2]
    assert twice
    assert all(len({one["id"] for one in records}) == 2 for records in twice)
    assert {type(one["school_affiliations"]["school_affiliation"]) for r in staff.values() for one in r} == {dict, list}


def test_terms_of_all_years(reader: Reader) -> None:
    """Every year comes unless one is asked for."""
    path = f"/ws/v1/school/{keys.school_dcid(reader.system.district.of_kind('school')[0])}/term"
    years = [one["start_year"] for one in reader.read(path)["terms"]["term"]]
    this_year = reader.read(path, q="start_year==2026")["terms"]["term"]
    assert (len(years), {one["start_year"] for one in this_year}) == (14, {2026})


# Contacts ------------------------------------------------------------------------------------------------


def test_contacts_follow_other_rules(reader: Reader) -> None:
    """A bare list, camelCase, nulls; a contact lists all its students, and what it was to them before."""
    district = reader.system.district
    student = next(one for one in district.of_role("student") if len(district.contacts()[one.id]) == 2)
    found = reader.read(f"/ws/contacts/student/{keys.student_dcid(student)}")
    assert [one["middleName"] for one in found] == [None, None]
    told = {one["dcid"] for one in found[0]["contactStudents"]}
    assert keys.student_dcid(student) in told


def test_no_contacts_is_no_content(reader: Reader) -> None:
    """204 and nothing else."""
    answer = reader.ask("/ws/contacts/student/1000001")
    assert (answer.status_code, answer.content) == (204, b"")


# Tables and queries --------------------------------------------------------------------------------------


def test_a_table_needs_a_projection(reader: Reader) -> None:
    """400 without one; 403 for what was not granted, government numbers always; 400 for what is not there."""
    statuses = [
        reader.ask("/ws/schema/table/students", projection=one).status_code for one in ("", "ssn", "nonsense", "dcid")
    ]
    assert statuses == [400, 403, 400, 200]


def test_rows_of_tables_have_two_shapes() -> None:
    """A row lies under its table, or is flat with the name of the table in it."""
    with other() as nested, other(table_rows="flat") as flat:
        told = [
            Reader(system).read("/ws/schema/table/students", projection="dcid", pagesize="1")["record"][0]
            for system in (nested, flat)
        ]
    assert (told[0]["tables"]["students"]["dcid"], told[1]["_name"]) == (told[1]["dcid"], "students")


def test_core_tables_may_be_closed() -> None:
    """A server may answer for newer tables only."""
    with other(core_tables="no") as system:
        reader = Reader(system)
        assert reader.ask("/ws/schema/table/students", projection="dcid").status_code == 404
        assert reader.ask("/ws/schema/table/person", projection="id").status_code == 200


def test_a_query_is_filtered(reader: Reader) -> None:
    """`$q` names aliases of the query; unknown ones are refused."""
    found = reader.queried("people.students", **{"$q": "grade_level==0;last_name==*a*"})
    assert {row["grade_level"] for row in found} <= {"0"}
    assert reader.ask(f"{QUERY}.people.students", {"$q": "shoe_size==4"}).status_code == 400


def test_values_are_text_and_nulls_are_left_out(reader: Reader) -> None:
    """In tables and queries every value is text; rows have different keys."""
    rows = reader.queried("people.students")
    assert {type(value) for row in rows for value in row.values()} == {str}
    assert len({frozenset(row) for row in rows}) > 1


def test_no_rows_is_no_list(reader: Reader) -> None:
    """A query that finds nothing answers without `record`."""
    assert reader.read(f"{QUERY}.people.students", {"after": "99999999"}) == {"@extensions": ""}


def test_a_query_counts(reader: Reader) -> None:
    """`/count` in its own shape, and `count=true` beside the rows."""
    everybody = len(reader.system.district.of_role("student"))
    assert reader.read(f"{QUERY}.people.students/count", {}) == {"count": everybody}
    assert reader.read(f"{QUERY}.people.students", {}, count="true", pagesize="1")["count"] == everybody


def test_an_argument_that_is_missing(reader: Reader) -> None:
    """A validation error that names it."""
    answer = reader.ask(f"{QUERY}.teaching.sections", {})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "yearid")


def test_a_table_that_the_administrator_denies() -> None:
    """403 that names the field, for the whole query."""
    with PowerSchoolQuery(build(20, seed=3), deny="studentcorefields") as system:
        answer = Reader(system).ask(f"{QUERY}.people.students", {})
    assert (answer.status_code, "STUDENTCOREFIELDS." in answer.json()["message"]) == (403, True)


def test_a_plugin_is_installed(own: Reader) -> None:
    """Another plugin has credentials of its own, and its own queries only."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("plugin.xml", (INSTALLED / "rest" / "plugin.xml").read_text().replace("Rollbook REST", "Else"))
    given = httpx2.post(own.system.url + "/admin/plugins", content=packed.getvalue()).json()
    own.token = httpx2.post(
        own.system.url + "/oauth/access_token",
        data={"grant_type": "client_credentials"},
        auth=(given["client_id"], given["client_secret"]),
    ).json()["access_token"]
    assert own.ask(f"{QUERY}.people.students", {}).status_code == 404
    assert own.ask("/ws/v1/district/student").status_code == 200


# Nights and troubles -------------------------------------------------------------------------------------


def test_who_left_is_transferred_out(own: Reader) -> None:
    """Students stay in the tables with another status, their classes as dropped ones; changes carry the date."""
    district = own.system.district
    before = {keys.student_dcid(one) for one in district.of_role("student")}
    own.system.pass_night()
    gone = before - {keys.student_dcid(one) for one in district.of_role("student")}
    for student in gone:
        found = own.read(f"/ws/v1/student/{student}", expansions="school_enrollment")["student"]
        assert found["school_enrollment"]["enroll_status"] == "T"
    changed = {int(row["student_dcid"]) for row in own.queried("people.students", since="2026-09-15")}
    assert gone <= changed < before | {keys.student_dcid(one) for one in district.of_role("student")}
    dropped = {
        row["student_dcid"] for row in own.queried("teaching.enrollments", since="2026-09-15") if row["dropped"] == "1"
    }
    assert {str(student) for student in gone} <= dropped


def test_a_page_that_comes_twice(own: Reader) -> None:
    """`duplicate_page`: the second page is the first again, once."""
    own.system.trouble("duplicate_page", path="/ws/v1/district/student")
    first, again, second = (
        own.read("/ws/v1/district/student", pagesize="5", page=page)["students"]["student"] for page in "122"
    )
    assert (first == again, first == second) == (True, False)


def test_a_list_that_moves(own: Reader) -> None:
    """`moving`: somebody left the first page, so whoever began the second is skipped."""
    whole = [one["id"] for one in own.read("/ws/v1/district/student")["students"]["student"]]
    own.system.trouble("moving", path="/ws/v1/district/student")
    second = own.read("/ws/v1/district/student", pagesize="5", page="2")["students"]["student"]
    assert [one["id"] for one in second] == whole[6:11]


def test_the_wrong_year(own: Reader) -> None:
    """`wrong_year`: the terms of the year before, without a word."""
    own.system.trouble("wrong_year")
    assert {row["yearid"] for row in own.queried("places.terms")} == {"35"}


def test_a_closed_house_answers_200(own: Reader) -> None:
    """In maintenance the way leads to a page for people, whose status is 200."""
    own.system.trouble("maintenance")
    answer = httpx2.get(own.system.url + "/ws/v1/district", follow_redirects=True)
    assert (answer.status_code, answer.headers["Content-Type"].startswith("text/html")) == (200, True)


def test_photos_only_where_there_is_a_path() -> None:
    """A picture where the option says so and the student has one; 404 else."""
    with other(photos="yes") as system, other() as without:
        told = Reader(system).read("/ws/schema/table/students", projection="dcid", q="photoflag==1", pagesize="1")
        path = f"/ws/v1/student/{told['record'][0]['id']}/photo"
        assert Reader(system).ask(path).content[:2] == b"\xff\xd8"
        assert Reader(without).ask(path).status_code == 404
