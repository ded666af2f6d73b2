"""A third-party client of Aeries, written against the real thing, reads the simulated one right."""

from collections.abc import Iterator

import pytest
from aeripy import Aeripy
from aeripy.exceptions import AeripyException

from simulators.aeries import Aeries
from simulators.district import build


@pytest.fixture(scope="module")
def aeries() -> Iterator[Aeries]:
    with Aeries(build(120)) as system:
        yield system


@pytest.fixture
def client(aeries: Aeries) -> Aeripy:
    """aeripy speaks only https: its address is mended here, the package stays as it is."""
    return _client(aeries, aeries.certificate)


def _client(aeries: Aeries, certificate: str) -> Aeripy:
    made = Aeripy(f"{aeries.url.removeprefix('http://')}/aeries/api", certificate)
    made._rest_adapter.url = made._rest_adapter.url.replace("https://", "http://")
    return made


def test_aeripy_reads_the_year_of_the_system(client: Aeripy) -> None:
    """The school year is the database that answers when none is asked for."""
    found = client.get_system_info()
    assert (found.database_year, found.available_database_years) == ("2026-2027", ["2026-2027", "2025-2026"])


def test_aeripy_reads_the_schools(client: Aeripy, aeries: Aeries) -> None:
    """Its records of a school demand each key of a real answer and no other; the schools are the district's."""
    schools = {school.school_code: school.name for school in client.get_schools() if school.terms}
    assert schools == {int(org.id): org.name for org in aeries.district.of_kind("school")}


def test_aeripy_reads_one_school(client: Aeripy) -> None:
    """One school is an object, with the grades that its district's school has."""
    school = client.get_school(11)
    assert (school.name, school.low_grade_level, school.high_grade_level, school.schedule_type) == (
        "Mānoa Street Elementary School",
        0,
        5,
        "Elementary",
    )


def test_aeripy_reads_the_terms(client: Aeripy, aeries: Aeries) -> None:
    """Each session of the district is a term of each school, from its first day to its last."""
    terms = {(term.start_date[:10], term.end_date[:10]) for term in client.get_terms(13)}
    assert terms == {(one.start.isoformat(), one.end.isoformat()) for one in aeries.district.sessions.values()}


def test_aeripy_reads_everybody_who_is_employed(client: Aeripy, aeries: Aeries) -> None:
    """Staff are the district's teachers, staff and administrators, by employee number."""
    found = {(one.id, one.first_name, one.last_name, one.email_address) for one in client.get_staff()}
    employed = aeries.district.of_role("teacher", "staff", "administrator")
    assert found == {(int(one.number), one.given, one.family, one.email) for one in employed}


def test_aeripy_reads_one_who_is_employed(client: Aeripy, aeries: Aeries) -> None:
    """One employee is an object."""
    teacher = aeries.district.of_role("teacher")[0]
    found = client.get_staff(int(teacher.number))
    assert (found.user_name, found.primary_aeries_school) == (teacher.username, int(teacher.org_ids[0]))


def test_aeripy_is_refused_without_the_right_certificate(aeries: Aeries) -> None:
    """A certificate in other letters is another certificate."""
    with pytest.raises(AeripyException, match="401"):
        _client(aeries, aeries.certificate.lower()).get_schools()
