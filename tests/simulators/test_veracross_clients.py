"""Published clients of Veracross read the simulated one, and find the district in it."""

from collections.abc import Iterator
from typing import Any

import pytest
from veracross_api import Veracross as ClientOfV2
from veracross_api3 import Veracross as ClientOfV3

from simulators.district import build
from simulators.model import District, Person
from simulators.veracross import Veracross

SCOPES = ("students", "staff_faculty", "parents", "households", "contact_info", "relationships", "academics.classes",
          "academics.enrollments", "academics.permissions", "academics.courses")  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[Veracross]:
    with Veracross(build(students=1200, seed=7, night=2)) as site:
        yield site


@pytest.fixture
def district(site: Veracross) -> District:
    return site.district


@pytest.fixture
def v2(site: Veracross) -> Any:
    options = site.options
    base = f"{site.url}/{options['school']}/v2/"
    return ClientOfV2({"vcurl": base, "vcuser": options["user"], "vcpass": options["password"]})


@pytest.fixture
def v3(site: Veracross) -> Any:
    options = site.options
    client = ClientOfV3(
        {
            "school": options["school"],
            "client_id": options["client_id"],
            "client_secret": options["client_secret"],
            "scopes": [f"{scope}:{reading}" for scope in SCOPES for reading in ("list", "read")],
        }
    )
    client.token_url = f"{site.url}/{options['school']}/oauth/token"
    client.api_base_url = f"{site.url}/{options['school']}/v3/"
    return client


def names(people: list[Person]) -> set[tuple[str, str, str | None]]:
    return {(person.given, person.family, person.email or None) for person in people}


def read_names(records: list[dict[str, Any]]) -> set[tuple[str, str, str | None]]:
    return {(record["first_name"], record["last_name"], record["email_1"]) for record in records}


@pytest.mark.parametrize(
    "resource, roles",
    [("students", ("student",)), ("facstaff", ("teacher", "staff", "administrator")), ("parents", ("guardian",))],
)
def test_the_client_of_v2_reads_all_people(v2: Any, district: District, resource: str, roles: tuple[str, ...]) -> None:
    """veracross-api follows X-Total-Count through the pages, and finds each person once."""
    records, people = v2.pull(resource), district.of_role(*roles)
    assert len(records) == len({record["person_pk"] for record in records}) == len(people)
    assert read_names(records) == names(people)


def test_the_client_of_v2_reads_one_person(v2: Any) -> None:
    """veracross-api takes a bare object for the record it asked for."""
    listed = v2.pull("students")[7]
    assert v2.pull(f"students/{listed['person_pk']}") == listed


def test_the_client_of_v2_reads_what_was_changed(v2: Any, district: District) -> None:
    """veracross-api asks for those updated on the second night, and gets those whom its events name."""
    changed = {e.person_id for e in district.events if e.night == 2 and e.kind in ("phone", "family_name", "email")}
    came = {e.person_id for e in district.events if e.night == 2 and e.kind == "joined"}
    family = {r.contact_id for r in district.relationships if r.student_id in came}
    expected = [p for p in district.of_role("guardian") if p.id in changed | family]
    records = v2.pull("parents", parameters={"updated_after": "2026-09-16"})
    assert read_names(records) == names(expected)
    assert len(records) == len(expected)


def test_the_client_of_v2_reads_every_seat(v2: Any, district: District) -> None:
    """veracross-api finds as many enrollments of each student as the district has."""
    seats = [one for one in district.enrollments.values() if one.role == "student"]
    assert len(v2.pull("enrollments")) == len(seats)


@pytest.mark.parametrize(
    "resource, roles",
    [("students", ("student",)), ("staff_faculty", ("teacher", "staff", "administrator")), ("parents", ("guardian",))],
)
def test_the_client_of_v3_reads_all_people(v3: Any, district: District, resource: str, roles: tuple[str, ...]) -> None:
    """veracross-api3 pages by header until a page is short, and finds each person once."""
    records, people = v3.get(resource), district.of_role(*roles)
    assert len(records) == len({record["id"] for record in records}) == len(people)
    assert read_names(records) == names(people)


def test_the_client_of_v3_reads_the_classes_with_their_teachers(v3: Any, district: District) -> None:
    """veracross-api3 finds each class of the district, and each of its teachers."""
    classes = {record["id"]: record["class_id"] for record in v3.get("academics/classes")}
    staff = {record["id"]: record["username"] for record in v3.get("staff_faculty")}
    teaching = {(classes[r["class"]["id"]], staff[r["person"]["id"]]) for r in v3.get("academics/permissions")}
    expected = {(key, district.people[one].username) for key, ones in district.teachers_of().items() for one in ones}
    assert teaching == expected


def test_the_client_of_v3_reads_who_sits_where(v3: Any, district: District) -> None:
    """veracross-api3 finds each seat, and the ones given up as withdrawn."""
    classes = {record["id"]: record["class_id"] for record in v3.get("academics/classes")}
    students = {record["id"]: record["username"] for record in v3.get("students")}
    records = v3.get("academics/enrollments")
    seats = {(classes[r["internal_class_id"]], students[r["person_id"]]) for r in records if r["currently_enrolled"]}
    taken = [one for one in district.enrollments.values() if one.role == "student"]
    assert seats == {(one.class_id, district.people[one.person_id].username) for one in taken}
    assert sum(not record["currently_enrolled"] for record in records) > 0


def test_the_client_of_v3_reads_families(v3: Any, district: District) -> None:
    """veracross-api3 finds the households, and who looks after whom."""
    homes = {(record["address_line_1"], record["zip"]) for record in v3.get("households")}
    assert homes == {(home.address.street, home.address.postal_code) for home in district.households.values()}
    people = {r["id"]: r["username"] for kind in ("students", "parents") for r in v3.get(kind)}
    ties = {(people[r["person_id"]], people[r["related_person_id"]]) for r in v3.get("relationships")}
    pairs = [(district.people[r.student_id], district.people[r.contact_id]) for r in district.relationships]
    assert ties == {(student.username, contact.username) for student, contact in pairs}
