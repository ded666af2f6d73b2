"""Published clients of PowerSchool read the district right from the simulator."""

from collections.abc import Iterator

import pytest
from powerschool import PowerSchool as TableClient
from pypowerschool.powerschool import Client as CoreClient

from simulators.district import build
from simulators.model import District
from simulators.powerschool import PowerSchool, PowerSchoolQuery, keys
from tests.support.certificates import behind_tls, make_certificates

# pypowerschool posts its form in a way that its HTTP library no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload:DeprecationWarning")


@pytest.fixture(scope="module")
def district() -> District:
    return build(130, seed=11, night=2)


@pytest.fixture(scope="module")
def core(district: District) -> Iterator[CoreClient]:
    """pypowerschool, which reads `/ws/v1`."""
    with PowerSchool(district, page_size="50") as system:
        yield CoreClient(system.url, system.plugin.client_id, system.plugin.client_secret)


@pytest.fixture(scope="module")
def secure(district: District, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PowerSchoolQuery]:
    """A system behind TLS: the client for tables knows nothing else."""
    certificates = make_certificates(tmp_path_factory.mktemp("tls"))
    system = behind_tls(PowerSchoolQuery(district, page_size="40"), certificates)
    with pytest.MonkeyPatch.context() as patch, system:
        patch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority_file))
        yield system


@pytest.fixture(scope="module")
def tables(secure: PowerSchoolQuery) -> TableClient:
    """powerschool 4, which reads tables and named queries."""
    host = secure.url.removeprefix("http://")
    return TableClient(host, auth=(secure.plugin.client_id, secure.plugin.client_secret))


def grade_level(grade: str) -> int:
    return 0 if grade == "KG" else int(grade)


def test_pypowerschool_reads_the_students(core: CoreClient, district: District) -> None:
    """Counted, then paged: every student of the district, with name, grade and e-mail."""
    read = core.students_in_district("school_enrollment,contact_info", "school_enrollment.enroll_status==(A,P)")
    assert {
        (one["id"], one["name"]["first_name"], one["school_enrollment"]["grade_level"], one["contact_info"]["email"])
        for one in read
    } == {(keys.student_dcid(one), one.given, grade_level(one.grade), one.email) for one in district.of_role("student")}


def test_pypowerschool_reads_schools_and_sections(core: CoreClient, district: District) -> None:
    """The sections of this year's terms are the classes of the district."""
    sections = [
        section["id"]
        for school in core.schools_in_district()
        for section in core.sections_for_school(school["id"], query="term.start_year==2026")
    ]
    places = {course: place for place, course in enumerate(district.courses)}
    assert sorted(sections) == sorted(
        keys.section_dcid(one, places[one.course_id]) for one in district.classes.values()
    )


def test_pypowerschool_reads_staff(core: CoreClient, district: District) -> None:
    """Who works at a school; somebody at two schools is there twice, with one key of the person."""
    people = {
        person["users_dcid"] for school in core.schools_in_district() for person in core.staff_for_school(school["id"])
    }
    employed = district.of_role("teacher", "staff", "administrator")
    assert people == {keys.users_dcid(one) for one in employed if one.org_ids[0].isdigit()}


def test_powerschool_reads_a_table(tables: TableClient, district: District) -> None:
    """Metadata, projection, count and pages of a table, with the columns that the plugin may see."""
    read = tables.get_schema_table("students").query(q="enroll_status==0")
    assert {(row["student_number"], row["last_name"]) for row in read} == {
        (str(int(one.number)), one.family) for one in district.of_role("student")
    }
    assert not any("ssn" in row for row in read)


def test_powerschool_asks_a_named_query(tables: TableClient, district: District) -> None:
    """A query that a plugin brought, with its argument, in pages."""
    query = tables.get_named_query("org.rollbook.hub.teaching.enrollments")
    read = query.query(body={"yearid": "36"}, pagesize=40)
    students = [one for one in district.enrollments.values() if one.role == "student"]
    assert len(read) == len({row["enrollment_dcid"] for row in read}) == len(students)
