"""
Clients that others wrote read the simulated Illuminate right.

Nobody has published a client of Illuminate: what there is signs with requests-oauthlib, and so does this one.
oauthlib, which judges the signatures, is the reference of OAuth 1.0a in Python.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from oauthlib.oauth1 import Client as Signer

from simulators.district import build
from simulators.illuminate import Illuminate
from simulators.model import District
from tests.simulators.illuminate_client import Client


@pytest.fixture(scope="module")
def district() -> District:
    return build(students=260, seed=4)


@pytest.fixture(scope="module")
def system(district: District) -> Iterator[Illuminate]:
    with Illuminate(district) as running:
        yield running


@pytest.fixture(scope="module")
def client(system: Illuminate) -> Client:
    return Client(system)


def test_the_students_are_those_of_the_district(client: Client, district: District) -> None:
    """Every student comes, with name, date of birth, school and address, under the district's own number."""
    schools = {row["site_id"]: row["local_site_code"] for row in client.rows("Sites")}
    found = {
        row["local_student_id"]: (
            row["first_name"], row["middle_name"] or "", row["last_name"], row["birth_date"], row["email"],
            row["address"], schools[row["site_id"]], row["graduation_year"], row["state_student_id"],
        )
        for row in client.rows("Students")
    }  # fmt: skip
    assert found == {
        s.id: (s.given, s.middle, s.family, str(s.birth_date), s.email, s.address and s.address.street,
               district.orgs[s.org_ids[0]].number, s.graduation_year, s.state_id)
        for s in district.of_role("student")
    }  # fmt: skip


def test_grades_are_read_from_their_list(client: Client, district: District) -> None:
    """What grade a student is in follows from the list of grade levels, whose names are texts and numbers."""
    names = {row["grade_level_id"]: str(row["short_name"]) for row in client.rows("GradeLevels")}
    grades = {row["local_student_id"]: names[row["grade_level_id"]] for row in client.rows("Enrollment")}
    assert grades == {s.id: s.grade.replace("KG", "K").lstrip("0") for s in district.of_role("student")}


def test_the_rosters_are_those_of_the_district(client: Client, district: District) -> None:
    """Who sits in which section, and who teaches it, whether numbers come as text or not."""
    users = {row["user_id"]: row["local_user_id"] for row in client.rows("Users")}
    taught = {(int(row["section_id"]), users[row["user_id"]]) for row in client.rows("MasterSchedule")}
    seats = {(row["local_student_id"], int(row["section_id"])) for row in client.rows("Rosters")}
    numbers = {
        f"{row['site_id']:04}-{code}-{row['section_id'] % 100:02}": row["section_id"]
        for row in client.rows("MasterSchedule")
        for code in [next(c["school_course_id"] for c in client.rows("Courses") if c["course_id"] == row["course_id"])]
    }
    teachers = {(one.class_id, one.person_id) for one in district.enrollments.values() if one.role == "teacher"}
    students = {(one.person_id, one.class_id) for one in district.enrollments.values() if one.role == "student"}
    assert taught == {(numbers[class_], person) for class_, person in teachers}
    assert seats == {(person, numbers[class_]) for person, class_ in students}


def test_contacts_are_those_of_the_district(client: Client, district: District) -> None:
    """Each student's contacts come with their kind and whether they have custody."""
    found = {(r["local_student_id"], r["contact_id"], r["contact_type"].lower(), r["legal_guardian"])
             for r in client.rows("StudentContacts")}  # fmt: skip
    assert found == {(r.student_id, r.contact_id, r.kind, r.has_custody) for r in district.relationships}


def test_staff_and_their_roles_are_those_of_the_district(client: Client, district: District) -> None:
    """Each employee has a role at each of their schools; whoever works at no school, at the district's own site."""
    found = {(row["local_user_id"], row["site_id"], row["role_name"]) for row in client.rows("Roles")}
    names = {"teacher": "Teacher", "staff": "Office Staff", "administrator": "Administrator"}
    assert found == {
        (p.id, int(org.number) if org.kind == "school" else 9999999, names[p.role])
        for p in district.of_role(*names)
        for org in map(district.orgs.__getitem__, p.org_ids)
    }


@pytest.mark.parametrize("wrong", ["consumer_token", "consumer_secret", "user_token", "user_secret"])
def test_each_of_the_four_keys_counts(system: Illuminate, wrong: str) -> None:
    """A wrong key of any kind is refused."""
    assert Client(system, **{wrong: "wrong"}).get("Sites").status_code == 401


def test_the_published_signature() -> None:
    """The example of the reference is signed as two other libraries sign it."""
    signer = Signer("ckey", "csec", "utok", "usec", nonce="abc123", timestamp="1790000000")
    _, headers, _ = signer.sign(
        "https://demo.illuminate.example/live/rest_server.php/Api/Students/?page=1&limit=200&date=2026-09-01"
    )
    assert 'oauth_signature="WLtKev8zU9zk46NRSJ80kSbuqqU%3D"' in headers["Authorization"]


def test_a_signature_is_good_once(system: Illuminate) -> None:
    """A request that is sent again as it was, signature and all, is refused."""
    keys = system.settings()
    signer = Signer(keys["consumer_token"], keys["consumer_secret"], keys["user_token"], keys["user_secret"])
    url, headers, _ = signer.sign(f"{keys['url']}Sites/")
    assert [requests.get(url, headers=headers).status_code for _ in range(2)] == [200, 401]


def test_an_old_signature_is_refused(system: Illuminate) -> None:
    """A clock that is off by more than five minutes is told apart from a wrong key by nothing but this."""
    keys = system.settings()
    signer = Signer(keys["consumer_token"], keys["consumer_secret"], keys["user_token"], keys["user_secret"],
                    timestamp="1790000000")  # fmt: skip
    url, headers, _ = signer.sign(f"{keys['url']}Sites/")
    assert requests.get(url, headers=headers).status_code == 401


def test_a_token_of_oauth_2_opens_the_same_doors(system: Illuminate) -> None:
    """The newer kind of access key gives a token by OAuth 2, until it expires."""
    keys = system.settings()
    form = {"grant_type": "client_credentials", "client_id": keys["consumer_token"]}
    wrong = requests.post(f"{system.url}/live/?OAuth2_AccessToken", form | {"client_secret": "wrong"})
    right = requests.post(f"{system.url}/live/?OAuth2_AccessToken", form | {"client_secret": keys["consumer_secret"]})
    bearer = {"Authorization": f"Bearer {right.json()['access_token']}"}
    assert (wrong.status_code, right.json()["expires_in"]) == (401, 3600)
    assert requests.get(f"{keys['url']}Sites/", headers=bearer).status_code == 200
    system.trouble("expire")
    assert requests.get(f"{keys['url']}Sites/", headers=bearer).status_code == 401
