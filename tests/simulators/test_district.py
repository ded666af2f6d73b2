"""The made-up district: the same every time, whole, and changed only as its nights say."""

import dataclasses
from collections import Counter
from typing import Any

import pytest

from simulators.district import build
from simulators.model import District, Person
from simulators.names import plain


@pytest.fixture(scope="module")
def tonight() -> District:
    return build(students=1200, seed=7)


@pytest.fixture(scope="module")
def tomorrow() -> District:
    return build(students=1200, seed=7, night=1)


def values(district: District) -> dict[str, dict[str, Any]]:
    return {key: dataclasses.asdict(person) for key, person in district.people.items()}


def test_the_same_arguments_give_the_same_district(tomorrow: District) -> None:
    """A district is a function of its size, its seed and the night."""
    assert build(students=1200, seed=7, night=1) == tomorrow


def test_another_seed_gives_other_people(tonight: District) -> None:
    """Two seeds share no student's name, number and birth date."""
    other = build(students=1200, seed=8)
    known = {(p.given, p.family, p.birth_date) for p in tonight.of_role("student")}
    assert sum((p.given, p.family, p.birth_date) in known for p in other.of_role("student")) < 12


@pytest.mark.parametrize("students", [1, 20, 333, 1200])
def test_there_are_as_many_students_as_asked_for(students: int) -> None:
    """Night 0 has exactly the students that were asked for."""
    assert len(build(students).of_role("student")) == students


def test_the_district_has_the_people_of_a_real_one(tonight: District) -> None:
    """1,200 students come with about 1,450 guardians and 93 employees, four of whom work at two schools."""
    assert Counter(person.role for person in tonight.people.values()) == {
        "student": 1200,
        "guardian": 1452,
        "teacher": 66,
        "staff": 18,
        "administrator": 9,
    }
    assert sum(len(teacher.org_ids) == 2 for teacher in tonight.of_role("teacher")) == 4


def test_names_come_in_many_scripts(tonight: District) -> None:
    """Among the names are CJK, Cyrillic, Greek, Arabic, Hebrew, the ʻokina, apostrophes, hyphens and spaces."""
    letters = {letter for p in tonight.people.values() for letter in p.given + p.family}
    assert letters >= set("王김кΠנمʻ'- ñłğễ")


def test_addresses_reach_nobody(tonight: District) -> None:
    """Every e-mail is at a reserved host, and every telephone number is one of fiction's."""
    people = tonight.people.values()
    hosts = {person.email.rpartition("@")[2] for person in people if person.email}
    assert all(host.endswith(".example") or host == "example.org" for host in hosts)
    assert all("55501" in "".join(filter(str.isdigit, n)) for p in people for n in (p.phone, p.mobile) if n)


def test_emails_and_usernames_are_unique_and_ascii(tonight: District) -> None:
    """No two people share an address or a user name unless a fault makes them."""
    emails = [person.email for person in tonight.people.values() if person.email]
    usernames = [person.username for person in tonight.people.values()]
    assert len(set(emails)) == len(emails)
    assert len(set(usernames)) == len(usernames)
    assert all(text.isascii() for text in emails + usernames)


def test_ids_keep_their_leading_zeros_and_numbers_belong_to_a_role(tonight: District) -> None:
    """A student's id starts with zero, and a student and an employee may have the same number."""
    students = {p.number for p in tonight.of_role("student")}
    assert all(p.id.startswith("0") for p in tonight.of_role("student"))
    assert students & {p.number for p in tonight.of_role("teacher")}


def test_every_reference_inside_the_district_resolves(tomorrow: District) -> None:
    """After a night too, nothing names a person, class, org, session, course or household that is not there."""
    d = tomorrow
    assert all(e.class_id in d.classes and e.person_id in d.people for e in d.enrollments.values())
    assert all(r.student_id in d.people and r.contact_id in d.people for r in d.relationships)
    assert all(org in d.orgs for p in d.people.values() for org in p.org_ids)
    assert all(home in d.households for p in d.people.values() for home in p.household_ids)
    assert all(c.course_id in d.courses and c.school_id in d.orgs for c in d.classes.values())
    assert all(session in d.sessions for c in d.classes.values() for session in c.session_ids)
    assert {m.group_id for m in d.memberships} <= {g.id for g in d.groups}
    assert {m.person_id for m in d.memberships} | {a.person_id for a in d.health_alerts} <= d.people.keys()


def test_everybody_has_their_place(tonight: District) -> None:
    """Each class has a teacher, each student a homeroom and a first contact, each guardian a student."""
    homerooms = {e.person_id for e in tonight.enrollments.values() if tonight.classes[e.class_id].kind == "homeroom"}
    students = {p.id for p in tonight.of_role("student")}
    assert tonight.teachers_of().keys() == tonight.classes.keys()
    assert students <= homerooms
    assert {r.student_id for r in tonight.relationships if r.priority == 1} == students
    assert {r.contact_id for r in tonight.relationships} == {p.id for p in tonight.of_role("guardian")}


def test_some_students_live_in_two_households(tonight: District) -> None:
    """Parents who live apart each have a household, and their children are in both."""
    assert 50 < sum(len(p.household_ids) == 2 for p in tonight.of_role("student")) < 200


def test_the_first_night_tells_its_story(tomorrow: District) -> None:
    """Night 1 changes about one person in a hundred; six students come, four go and a teacher is replaced."""
    assert Counter(event.kind for event in tomorrow.events) == {
        "phone": 14,
        "email": 8,
        "family_name": 3,
        "class_moved": 7,
        "joined": 6,
        "left": 4,
        "teacher_replaced": 1,
    }


def test_a_night_changes_only_what_it_says(tonight: District, tomorrow: District) -> None:
    """People who stay differ in exactly the fields that the night's events name."""
    before, after = values(tonight), values(tomorrow)
    changed = {
        (key, field)
        for key in before.keys() & after.keys()
        for field in before[key]
        if before[key][field] != after[key][field]
    }
    fields = {"phone": "mobile", "email": "email", "family_name": "family"}
    assert changed == {(e.person_id, fields[e.kind]) for e in tomorrow.events if e.kind in fields}


def test_only_families_of_those_who_come_and_go_do(tonight: District, tomorrow: District) -> None:
    """Who is new is a student who joined, one of their guardians or the new teacher; the same for who is gone."""
    joined = {e.person_id for e in tomorrow.events if e.kind in ("joined", "teacher_replaced")}
    left = {
        e.person_id if e.kind == "left" else e.before for e in tomorrow.events if e.kind in ("left", "teacher_replaced")
    }
    new, gone = tomorrow.people.keys() - tonight.people.keys(), tonight.people.keys() - tomorrow.people.keys()
    assert new == joined | {r.contact_id for r in tomorrow.relationships if r.student_id in joined}
    assert left <= gone <= left | {r.contact_id for r in tonight.relationships if r.student_id in left}


def test_enrollments_change_only_for_those_who_moved_came_or_went(tonight: District, tomorrow: District) -> None:
    """Each enrollment that is new or gone belongs to somebody whom an event names."""
    touched = {e.person_id for e in tomorrow.events} | {e.before for e in tomorrow.events}
    differ = tonight.enrollments.keys() ^ tomorrow.enrollments.keys()
    both = {**tonight.enrollments, **tomorrow.enrollments}
    assert {both[key].person_id for key in differ} <= touched
    assert all(tonight.enrollments[key] == tomorrow.enrollments[key] for key in tonight.enrollments.keys() - differ)


def test_half_a_year_of_nights_still_holds_together() -> None:
    """After 150 nights no enrollment ends before it begins, and no household stands empty."""
    later = build(students=60, night=150)
    assert all(one.begin <= one.end for one in later.enrollments.values())
    assert later.households.keys() == {home for p in later.people.values() for home in p.household_ids}


def test_ids_stay_from_night_to_night(tonight: District) -> None:
    """After ten nights, who is still there has the id, number and birth date of the first night."""

    def lasting(person: Person) -> tuple[object, ...]:
        return person.id, person.number, person.username, person.birth_date

    later = build(students=1200, seed=7, night=10).people
    stayed = tonight.people.keys() & later.keys()
    assert len(stayed) > 2600
    assert all(lasting(tonight.people[key]) == lasting(later[key]) for key in stayed)


@pytest.mark.parametrize("name, expected", [("Łukasz", "lukasz"), ("O'Malley", "omalley"), ("Þóra", "thora")])
def test_plain_names_are_ascii(name: str, expected: str) -> None:
    """A name's plain form has only the letters a to z."""
    assert plain(name) == expected
