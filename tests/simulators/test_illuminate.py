"""The simulated Illuminate has the oddities of the real one, and the trouble that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulators.district import build
from simulators.illuminate import Illuminate
from tests.simulators.illuminate_client import Client


@pytest.fixture
def system() -> Iterator[Illuminate]:
    with Illuminate(build(students=120)) as running:
        yield running


@pytest.fixture
def client(system: Illuminate) -> Client:
    return Client(system)


def served(**options: Any) -> Illuminate:
    return Illuminate(build(students=60), **options)


# Shapes and types ------------------------------------------------------------------------------------


def test_lists_come_bare_or_in_pages(client: Client) -> None:
    """Sites and grade levels are arrays; everything else says how many there are."""
    assert [type(client.get(name).json()) for name in ("Sites", "GradeLevels", "Students")] == [list, list, dict]


def test_a_resource_can_be_told_to_come_bare() -> None:
    """Which resources come bare is not promised."""
    with served(bare="Students") as system:
        client = Client(system)
        assert [type(client.get(name).json()) for name in ("Sites", "Students")] == [dict, list]


def test_numbers_and_texts_are_mixed(client: Client) -> None:
    """Ids are numbers in one place and text in another, and so are the names of grades."""
    sites, grades = client.rows("Sites"), client.rows("GradeLevels")
    assert {type(row["site_id"]) for row in sites} == {int, str}
    assert {type(row["short_name"]) for row in grades} == {int, str}
    assert type(client.rows("Rosters")[0]["section_id"]) is str
    assert type(client.rows("MasterSchedule")[0]["section_id"]) is int


def test_counts_can_be_text() -> None:
    """The counts of a page may come as text."""
    with served(counts="text") as system:
        page = Client(system).page("Students")
        assert (page["page"], page["num_pages"], page["num_results"]) == ("1", "1", "60")


def test_an_empty_list_has_no_pages(client: Client) -> None:
    """Nothing to tell is zero pages, not one."""
    assert client.page("Assessments") == {"page": 1, "num_pages": 0, "num_results": 0, "results": []}


def test_a_page_has_200_rows_at_most(client: Client) -> None:
    """Whatever is asked for; and without asking it is 100."""
    pages = [client.page("Rosters", limit=1000), client.page("Rosters")]
    assert [len(page["results"]) for page in pages] == [200, 100]


def test_pages_make_up_the_list(client: Client) -> None:
    """Pages of any length give the same rows, and a page after the last is empty."""
    whole = client.rows("Rosters")
    assert [client.rows("Rosters", limit=limit) == whole for limit in (7, 199, 200)] == [True] * 3
    assert client.page("Rosters", page=len(whole) // 200 + 2, limit=200)["results"] == []


def test_a_section_comes_once_for_each_teacher(client: Client, system: Illuminate) -> None:
    """The master schedule names a section again for a second teacher; one of them is the primary."""
    rows = client.rows("MasterSchedule")
    primary = [row["section_id"] for row in rows if row["primary_teacher"]]
    assert len(rows) > len({row["section_id"] for row in rows}) > 0
    terms = {(row["section_id"], row["term_name"]) for row in rows}
    assert len(primary) == len(terms)


def test_the_district_is_a_site(client: Client) -> None:
    """The district is the parent of all sites, and there is a reserved site that is no school."""
    sites = {int(row["site_id"]): row for row in client.rows("Sites")}
    assert {row["parent_site_id"] for row in sites.values()} == {9999999}
    assert {key for key, row in sites.items() if row["site_type_name"] == "DISTRICT"} == {9999999, 9999998}


def test_unknown_methods_and_roots_are_not_there(client: Client, system: Illuminate) -> None:
    """What is no method is 404; the same methods answer under both roots."""
    other = Client(system, url=f"{system.url}/dna/rest_server.php/Api/")
    third = Client(system, url=f"{system.url}/test/rest_server.php/Api/")
    found = [client.get("Nonsense"), other.get("Sites"), third.get("Sites")]
    assert [one.status_code for one in found] == [404, 200, 404]


def test_the_documentation_is_a_page_for_people(system: Illuminate) -> None:
    """Without keys there is no more than a page."""
    page = requests.get(f"{system.url}/live/?ApiDocumentation")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


# Time ------------------------------------------------------------------------------------------------


def test_ids_stay_from_night_to_night(client: Client, system: Illuminate) -> None:
    """Whoever is still there has the ids of the night before."""
    before = {row["local_student_id"]: row["student_id"] for row in client.rows("Students")}
    sections = {row["section_id"] for row in client.rows("MasterSchedule")}
    system.pass_night()
    after = {row["local_student_id"]: row["student_id"] for row in client.rows("Students")}
    assert after.items() >= before.items()
    assert sections == {row["section_id"] for row in client.rows("MasterSchedule")}


def test_what_ends_stays_with_its_day(client: Client, system: Illuminate) -> None:
    """Students and seats that ended stay in the lists, with the day on which they did."""
    for _ in range(3):
        system.pass_night()
    gone = {event.person_id for event in system.district.events if event.kind == "left"}
    assert {row["local_student_id"] for row in client.rows("Students") if row["leave_date"]} == gone
    ended = [row for row in client.rows("Rosters") if row["leave_date"]]
    assert {row["local_student_id"] for row in ended} == gone
    assert {row["leave_date"] for row in ended} == {"2026-09-15", "2026-09-16", "2026-09-17"}


def test_the_cache_is_two_hours_behind(client: Client, system: Illuminate) -> None:
    """A change is seen when the cache is two hours old, and not before."""
    student = system.district.of_role("student")[0]
    student.family = "Changed"
    with system.lock:
        system.prepare()
    seen = []
    for hours in (0.0, 1.5, 0.5):
        system.pass_hours(hours)
        seen.append(any(row["last_name"] == "Changed" for row in client.rows("Students")))
    assert seen == [False, False, True]


def test_out_of_session_the_rosters_are_empty() -> None:
    """In summer the lists of a session come empty, with status 200, unless they are asked for a day of the year."""
    with served(today="2026-07-15") as system:
        client = Client(system)
        counts = [client.page(name)["num_results"] for name in ("Students", "Rosters", "Users")]
        assert [count > 0 for count in counts] == [False, False, True]
        assert client.page("Students", date="2026-09-01")["num_results"] == 60
        assert client.page("Students", date="2025-09-01")["num_results"] == 0


# Trouble ---------------------------------------------------------------------------------------------


def test_a_key_without_permission_is_told_or_not(client: Client) -> None:
    """A missing permission is 403, or an empty list, as the installation has it."""
    for denial, expected in (("403", (403, {"error": "Permission denied"})), ("empty", (200, []))):
        with served(denied="Users,Roles", denial=denial) as system:
            refused = Client(system).get("Users")
            assert (refused.status_code, refused.json()) == expected
            assert Client(system).get("Students").status_code == 200


def test_behind_a_proxy_that_hides_https_no_signature_fits() -> None:
    """The server signs the address that it believes to have."""
    with served(scheme="https") as system:
        assert Client(system).get("Sites").status_code == 401


def ids(page: dict[str, Any]) -> list[str]:
    return [row["local_student_id"] for row in page["results"]]


def test_a_record_leaves_while_pages_are_read(client: Client, system: Illuminate) -> None:
    """One page has moved up by a row and counts one less, so that a student is on no page."""
    whole = [client.page("Students", page=number, limit=50) for number in (1, 2)]
    system.trouble("moving", path="*/Students/")
    moved = [client.page("Students", page=number, limit=50) for number in (1, 2)]
    assert moved[0] == whole[0]
    assert (ids(moved[1])[:-1], moved[1]["num_results"]) == (ids(whole[1])[1:], 119)


def test_a_page_comes_twice(client: Client, system: Illuminate) -> None:
    """A page comes under the number of the next one; the counts say nothing of it."""
    system.trouble("duplicate_page", path="*/Students/")
    first, second = (client.page("Students", page=number, limit=50) for number in (1, 2))
    assert (ids(second), second["page"], second["num_results"]) == (ids(first), 2, 120)


def test_another_year_is_answered(client: Client, system: Illuminate) -> None:
    """Rows of the year before come, and nothing but their year tells it."""
    system.trouble("wrong_year", path="*/Enrollment/")
    assert {row["academic_year"] for row in client.page("Enrollment")["results"]} == {2026}


def test_a_permission_can_go(client: Client, system: Illuminate) -> None:
    """A permission that was there is missing for one request."""
    system.trouble("forbid", path="*/Users/")
    assert [client.get("Users").status_code for _ in range(2)] == [403, 200]


@pytest.mark.parametrize("kind, status", [("too_many", 429), ("error", 500), ("html_error", 500), ("maintenance", 200)])
def test_the_common_trouble(client: Client, system: Illuminate, kind: str, status: int) -> None:
    """What strikes every system strikes this one."""
    system.trouble(kind, path="*/Students/")
    refused, well = client.get("Students"), client.get("Students")
    assert (refused.status_code, "results" in refused.text, "results" in well.text) == (status, False, True)


@pytest.mark.parametrize("kind", ["cut", "truncated", "drop"])
def test_broken_answers(client: Client, system: Illuminate, kind: str) -> None:
    """An answer that ends in the middle is no JSON."""
    system.trouble(kind, path="*/Students/")
    with pytest.raises(requests.RequestException):
        client.get("Students").json()
    assert client.page("Students")["num_results"] == 120
