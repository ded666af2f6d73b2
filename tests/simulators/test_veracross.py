"""What a careless client of Veracross stumbles over, and what goes wrong on demand."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from simulators.district import build
from simulators.http.faults import KINDS
from simulators.veracross import Veracross
from simulators.veracross.catalogue import RESOURCES, scope

SCHOOL = "harrowcreek"
ALL = " ".join(scope(path, reading) for path in RESOURCES for reading in ("list", "read"))


class Site:
    """A simulated site, and the simplest client of it."""

    def __init__(self, system: Veracross) -> None:
        self.system = system
        self.http = httpx2.Client(base_url=f"{system.url}/{SCHOOL}/")

    def ask_token(self, scopes: str = ALL, **changed: str) -> httpx2.Response:
        options = self.system.options
        form = {"grant_type": "client_credentials", "scope": scopes}
        form |= {name: options[name] for name in ("client_id", "client_secret")}
        return self.http.post("oauth/token", data=form | changed)

    def token(self, scopes: str = ALL) -> str:
        return str(self.ask_token(scopes).json()["access_token"])

    def v3(self, path: str, token: str | None = None, **headers: str) -> httpx2.Response:
        named = {f"X-{name.replace('_', '-')}": text for name, text in headers.items()}
        return self.http.get(f"v3/{path}", headers={"Authorization": f"Bearer {token or self.token()}"} | named)

    def v2(self, path: str, **query: str) -> httpx2.Response:
        options = self.system.options
        return self.http.get(f"v2/{path}.json", params=query, auth=(options["user"], options["password"]))


@contextmanager
def opened(students: int = 40, night: int = 0, **options: Any) -> Iterator[Site]:
    with Veracross(build(students, night=night), **options) as system:
        site = Site(system)
        with site.http:
            yield site


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with opened() as site:
        yield site


def ids(answer: httpx2.Response) -> list[int]:
    return [record["id"] for record in answer.json()["data"]]


# Tokens -------------------------------------------------------------------------------------------------


def test_a_token_is_asked_for_by_a_form(site: Site) -> None:
    """Anything but a form is refused with 415, whatever it says."""
    assert site.http.post("oauth/token", json={"grant_type": "client_credentials"}).status_code == 415


def test_credentials_go_into_the_body(site: Site) -> None:
    """A client that authenticates by HTTP Basic is unknown."""
    options = site.system.options
    form = {"grant_type": "client_credentials", "scope": "students:list"}
    answer = site.http.post("oauth/token", data=form, auth=(options["client_id"], options["client_secret"]))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.json()["error_id"]


def test_a_token_says_until_when_it_is_good(site: Site) -> None:
    """The answer has the granted scopes, the time of its making and the seconds it lasts."""
    answer = site.ask_token("students:list households:list").json()
    assert answer["scope"] == "households:list students:list"
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    assert abs(answer["created_at"] - time.time()) < 60


def test_one_scope_too_many_fails_the_whole_request() -> None:
    """Where a scope was not granted, no token is given at all, or, by the switch, one without it."""
    with opened(without_scopes="parents:list") as site:
        answer = site.ask_token("students:list parents:list")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    with opened(without_scopes="parents:list", scope_refusal="omit") as site:
        assert site.ask_token("students:list parents:list").json()["scope"] == "students:list"


def test_an_eleventh_token_revokes_the_oldest() -> None:
    """Ten tokens live side by side; the next one costs the first its life."""
    with opened() as site:
        tokens = [site.token() for _ in range(10)]
        assert site.v3("students", tokens[0]).status_code == 200
        tokens.append(site.token())
        refused = site.v3("students", tokens[0])
        assert (refused.status_code, "revoked" in refused.json()["error"]) == (401, True)
        assert {site.v3("students", token).status_code for token in tokens[1:]} == {200}


def test_a_token_grows_old() -> None:
    """After its seconds a token is refused, and introspection says so."""
    with opened(token_seconds="60") as site:
        token, now = site.token(), time.time()
        credentials = {name: site.system.options[name] for name in ("client_id", "client_secret")}
        assert site.http.post("oauth/introspect", data=credentials | {"token": token}).json()["active"]
        site.system.clock = lambda: now + 61
        assert "expired" in site.v3("students", token).json()["error"]
        assert not site.http.post("oauth/introspect", data=credentials | {"token": token}).json()["active"]


def test_a_revoked_token_is_refused(site: Site) -> None:
    """A token that its owner gave back is not good any more."""
    token = site.token()
    credentials = {name: site.system.options[name] for name in ("client_id", "client_secret")}
    assert site.http.post("oauth/revoke", data=credentials | {"token": token}).status_code == 200
    assert site.v3("students", token).status_code == 401


def test_four_ways_to_be_unauthorized(site: Site) -> None:
    """No token, an unknown one, and one without the scope are all 401; only the text tells them apart."""
    without = site.http.get("v3/students")
    unknown = site.v3("students", "made-up")
    unscoped = site.v3("students", site.token("parents:list"))
    assert {answer.status_code for answer in (without, unknown, unscoped)} == {401}
    assert "missing a required scope: students:list" in unscoped.json()["error"]
    assert len({answer.json()["error"] for answer in (without, unknown, unscoped)}) == 3


def test_the_configuration_names_the_endpoints(site: Site) -> None:
    """The accounts host says where its endpoints are."""
    answer = site.http.get(".well-known/openid-configuration").json()
    assert answer["token_endpoint"] == f"{site.system.url}/{SCHOOL}/oauth/token"


# v3: pages, parameters, codes ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 13, 39, 40, 41])
def test_pages_end_with_a_short_one(site: Site, size: int) -> None:
    """Pages are asked for by header; there is no total, and past the end there is nothing."""
    token, found, number = site.token(), list[int](), 1
    while page := ids(site.v3("students", token, Page_Number=str(number), Page_Size=str(size))):
        found, number = found + page, number + 1
    assert len(found) == len(set(found)) == 40
    assert number - 1 == -(-40 // size)


def test_a_page_has_a_hundred_records_unless_asked_otherwise(site: Site) -> None:
    """The usual page is 100 records and the largest 1,000, however many are asked for."""
    token = site.token()
    assert len(ids(site.v3("academics/enrollments", token))) == 100
    seats = sum(one.role == "student" for one in site.system.district.enrollments.values())
    assert len(ids(site.v3("academics/enrollments", token, Page_Size="5000"))) == min(seats, 1000)


def test_an_unknown_parameter_is_refused(site: Site) -> None:
    """`page` in the query is unknown, and so is a modified range on staff and parents."""
    answer = site.v3("students?page=2")
    assert (answer.status_code, answer.json()["error"]) == (400, "Unknown parameters were provided: page")
    for path in ("staff_faculty", "parents"):
        assert site.v3(f"{path}?on_or_after_last_modified_date=2026-09-01").status_code == 400


def test_codes_are_explained_on_request(site: Site) -> None:
    """Each coded field has a list, found by the field's name; Kindergarten is 20."""
    token = site.token()
    assert "value_lists" not in site.v3("students", token).json()
    answer = site.v3("students", token, API_Value_Lists="include", Page_Size="1").json()
    lists = {field: one["items"] for one in answer["value_lists"] for field in one["fields"]}
    assert lists.keys() >= {"gender", "grade_level", "school_level", "campus.id", "role", "enrollment_status"}
    grades = {str(item["id"]): item["description"] for item in lists["grade_level"]}
    assert (grades["20"], grades["10"]) == ("Kindergarten", "Grade 10")


def test_value_lists_come_in_any_order(site: Site) -> None:
    """Two answers to the same question have the same lists in another order."""
    token = site.token()
    answers = [site.v3("students", token, API_Value_Lists="include").json()["value_lists"] for _ in range(4)]
    orders = [[one["fields"][0] for one in answer] for answer in answers]
    assert {frozenset(order) for order in orders} == {frozenset(orders[0])}
    assert any(order != orders[0] for order in orders)


def test_a_single_record_has_another_shape(site: Site) -> None:
    """The campus of a listed student is an object, that of a single one a number."""
    token = site.token()
    listed = site.v3("students", token).json()["data"][0]
    single = site.v3(f"students/{listed['id']}", token).json()["data"]
    assert (single["campus"], "roles" in single) == (listed["campus"]["id"], False)
    assert site.v3("students/7", token).status_code == 404


def test_only_what_was_modified_is_listed_on_request() -> None:
    """After a night, the modified range gives those whom the night changed."""
    with opened(night=1) as site:
        district = site.system.district
        joined = {event.person_id for event in district.events if event.kind in ("joined", "family_name")}
        changed = site.v3("students?on_or_after_last_modified_date=2026-09-15").json()["data"]
        expected = {person.username for person in district.of_role("student") if person.id in joined}
        assert {record["username"] for record in changed} == expected
        before = site.v3("students?on_or_before_last_modified_date=2026-09-14").json()["data"]
        assert len(before) + len(changed) == len(district.of_role("student"))


def test_a_new_number_changes_the_contact_data_alone() -> None:
    """A new telephone number is no news about the parent or the employee."""
    with opened(night=1) as site:
        owner = next(event.person_id for event in site.system.district.events if event.kind == "phone")
        username = site.system.district.people[owner].username
        token = site.token()
        people = {
            r["username"]: r for kind in ("parents", "staff_faculty") for r in site.v3(kind, token).json()["data"]
        }
        contacts = site.v3("contact_info?on_or_after_last_modified_date=2026-09-15", token).json()["data"]
        assert people[username]["last_modified_date"] < "2026-09-15"
        assert people[username]["id"] in {record["id"] for record in contacts}


def test_a_seat_given_up_stays_listed_as_withdrawn() -> None:
    """A student who moved to another section has both seats; one is not enrolled any more."""
    with opened(students=1200, night=1) as site:
        moved = next(event for event in site.system.district.events if event.kind == "class_moved")
        token = site.token()
        student = 1_000_000 + int(moved.person_id)
        records = site.v3(f"academics/enrollments?person_id={student}", token).json()["data"]
        withdrawn = [record for record in records if not record["currently_enrolled"]]
        assert [record["date_withdrawn"] for record in withdrawn] == ["2026-09-15"]
        assert len({record["id"] for record in records}) == len(records)


def test_students_who_left_may_stay_listed() -> None:
    """By the switch, who left has an exit date and another status instead of being gone."""
    with opened(leavers="stay") as site:
        site.system.pass_night()
        gone = sum(event.kind == "left" for event in site.system.district.events)
        records = site.v3("students").json()["data"]
        assert [record["exit_date"] for record in records if record["exit_date"]] == ["2026-09-15"] * gone


def test_students_of_next_year_are_listed_by_v3_alone() -> None:
    """By the switch, children who come next year stand among the students, with a status and a role of their own."""
    with opened(future="3") as site:
        records = site.v3("students").json()["data"]
        coming = [record for record in records if record["enrollment_status"] == 7]
        assert (len(records), len(coming), {record["roles"] for record in coming}) == (43, 3, {"Future Student"})
        assert len(site.v2("students").json()) == 40


def test_a_parent_on_the_staff_is_one_person() -> None:
    """Somebody in both lists has one id, and both roles in the text."""
    with opened(parents_on_staff="2") as site:
        token = site.token()
        staff = {record["id"] for record in site.v3("staff_faculty", token).json()["data"]}
        both = [record for record in site.v3("parents", token).json()["data"] if record["id"] in staff]
        assert [record["roles"] for record in both] == ["Parent, Staff"] * 2


def test_a_relationship_may_be_seen_from_both_sides() -> None:
    """By the switch each relationship is listed once for the child and once for the parent, under ids of their own."""
    with opened(both_ways="yes") as site:
        records = site.v3("relationships", Page_Size="1000").json()["data"]
        assert len({record["id"] for record in records}) == 2 * len(site.system.district.relationships)


def test_ids_stay_from_night_to_night() -> None:
    """After ten nights, whoever and whatever is still there has the id that it had."""
    with opened() as site:
        token = site.token()

        def known() -> dict[str, Any]:
            people = site.v3("students", token).json()["data"] + site.v3("parents", token).json()["data"]
            classes = site.v3("academics/classes", token, Page_Size="1000").json()["data"]
            return {r["username"]: r["id"] for r in people} | {r["class_id"]: r["id"] for r in classes}

        before = known()
        for _ in range(10):
            site.system.pass_night()
        after = known()
        stayed = before.keys() & after.keys()
        assert len(stayed) > 100
        assert all(before[name] == after[name] for name in stayed)


@pytest.mark.parametrize("path", RESOURCES)
def test_no_two_records_share_an_id(site: Site, path: str) -> None:
    """An id is unique in its list, and small enough for any reader of JSON."""
    resource = RESOURCES[path]
    found = [resource.write(site.system.world, one)["id"] for one in resource.found(site.system.world)]
    assert len(set(found)) == len(found) > 0
    assert max(found) < 2**53


# Rates --------------------------------------------------------------------------------------------------


def test_a_token_has_so_many_requests_in_its_window() -> None:
    """Past the limit comes 429 until the window ends; v3 says when that is, in seconds since 1970."""
    with opened(rate_limit="3", rate_seconds="180") as site:
        now = time.time()
        site.system.clock = lambda: now
        token = site.token()
        answers = [site.v3("students", token) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["X-Rate-Limit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert int(answers[3].headers["X-Rate-Limit-Reset"]) == pytest.approx(now + 180, abs=1)
        assert site.v3("students", site.token()).status_code == 200
        site.system.clock = lambda: now + 181
        assert site.v3("students", token).status_code == 200


def test_v2_says_in_how_many_seconds_its_window_ends() -> None:
    """The same header is a number of seconds in v2."""
    with opened(rate_limit="1") as site:
        assert [site.v2("students").status_code for _ in range(2)] == [200, 429]
        assert 0 < int(site.v2("students").headers["X-Rate-Limit-Reset"]) <= 180


# v2 -----------------------------------------------------------------------------------------------------


def test_v2_answers_bare_arrays_with_a_total(site: Site) -> None:
    """A list is an array, its total a header, and a page past the end is empty."""
    answer = site.v2("students", count="15", page="3")
    assert (len(answer.json()), answer.headers["X-Total-Count"]) == (10, "40")
    assert site.v2("students", count="15", page="4").json() == []


def test_v2_takes_no_notice_of_unknown_parameters(site: Site) -> None:
    """What v3 refuses, v2 does not even see."""
    assert len(site.v2("students", nonsense="yes").json()) == 40


def test_v2_may_come_without_totals() -> None:
    """By the switch there is no total, and a reader has to go on until a page is short."""
    with opened(totals="no") as site:
        assert "X-Total-Count" not in site.v2("students").headers


def test_v2_takes_several_ids_at_once(site: Site) -> None:
    """Ids may be joined by commas."""
    wanted = [str(record["person_pk"]) for record in site.v2("students").json()[3:6]]
    assert len(site.v2("students", person_pk=",".join(wanted)).json()) == 3


def test_v2_writes_days_of_schedules_the_american_way(site: Site) -> None:
    """Class schedules take MM-DD-YYYY and nothing else, and answer school-local times without a zone."""
    class_fk = site.v2("classes").json()[0]["class_pk"]
    days = {"date_from": "09-14-2026", "date_to": "09-20-2026"}
    met = site.v2("class_schedules", classes=str(class_fk), **days).json()
    assert [one["start_time"] for one in met] == [f"2026-09-{day}T08:00:00" for day in range(14, 19)]
    assert site.v2("class_schedules", classes=str(class_fk), date_from="2026-09-14").status_code == 400


def test_v2_refuses_in_its_own_ways(site: Site) -> None:
    """A bad password is answered with a page, an unknown client or resource with 404."""
    refused = site.http.get("v2/students.json", auth=("harrowcreek.api", "wrong"))
    assert (refused.status_code, refused.headers["Content-Type"].partition(";")[0]) == (401, "text/html")
    assert site.v2("alumni").status_code == 404
    with opened(without_resources="parents") as other:
        assert other.v2("parents").status_code == 403


def test_v2_writes_codes_as_words(site: Site) -> None:
    """Gender, grade and the kind of work are descriptions in v2."""
    assert {record["gender"] for record in site.v2("students").json()} <= {"Female", "Male", "Non-binary"}
    assert {record["faculty_type"] for record in site.v2("facstaff").json()} == {"Teacher", "Staff", "Administrator"}
    grades = {student.grade for student in site.system.district.of_role("student")}
    shown = {"K" if grade == "KG" else str(int(grade)) for grade in grades}
    assert {record["current_grade"] for record in site.v2("students").json()} == shown


# Trouble on demand --------------------------------------------------------------------------------------


def test_settings_open_the_site(site: Site) -> None:
    """What the site says of itself has both hosts, the school and the credentials."""
    found = site.system.settings()
    assert found.keys() == {"version", "school", "url", "accounts_url", "client_id", "client_secret"}
    with opened(version="v2") as other:
        assert other.system.settings().keys() == {"version", "school", "url", "user", "password"}


def test_a_record_leaves_while_pages_are_read(site: Site) -> None:
    """The page after the first starts one record late, so a reader misses one."""
    token = site.token()
    whole = ids(site.v3("students", token))
    site.system.trouble("moving", path="*/v3/students")
    pages = [ids(site.v3("students", token, Page_Number=str(n), Page_Size="20")) for n in (1, 2)]
    assert pages[0] + pages[1] == whole[:20] + whole[21:]


def test_a_page_comes_twice(site: Site) -> None:
    """The second page is the first one once more, and the next time it is itself."""
    token = site.token()
    site.system.trouble("duplicate_page", path="*/v3/students")
    first, second, again = (ids(site.v3("students", token, Page_Number=n, Page_Size="20")) for n in ("1", "2", "2"))
    assert second == first
    assert not set(again) & set(first)


def test_another_year_is_answered(site: Site) -> None:
    """Classes of the year before are given for those of this one."""
    token = site.token()
    site.system.trouble("wrong_year", path="*classes")
    years = [site.v3("academics/classes", token).json()["data"][0]["school_year"] for _ in range(2)]
    assert years == [2025, 2026]


def test_a_permission_is_missing(site: Site) -> None:
    """v3 says 401 and names the scope, v2 says 403."""
    site.system.trouble("forbid", path="*/v3/parents")
    site.system.trouble("forbid", path="*/v2/parents.json")
    assert "parents:list" in site.v3("parents").json()["error"]
    assert site.v2("parents").status_code == 403


def test_tokens_expire_at_once(site: Site) -> None:
    """A token that was good is refused, and a new one is good."""
    token = site.token()
    site.system.trouble("expire", path="*/v3/*")
    assert site.v3("students", token).status_code == 401
    assert site.v3("students", site.token()).status_code == 200


OUTCOMES = dict.fromkeys(KINDS, "200") | {
    "too_many": "429",
    "error": "500",
    "html_error": "500",
    "cut": "RemoteProtocolError",
    "drop": "RemoteProtocolError",
    "expire": "401",
    "forbid": "401",
}


@pytest.mark.parametrize("kind", KINDS)
def test_trouble_passes(site: Site, kind: str) -> None:
    """Each kind of trouble strikes as often as it was asked for, and then the site is well again."""
    token = site.token()
    site.system.trouble(kind, path="*/v3/academics/classes", seconds=0)
    assert outcome(site, token) == OUTCOMES[kind]
    assert not site.system.faults.strikes(kind, "/harrowcreek/v3/academics/classes")
    assert outcome(site, site.token()) == "200"


def outcome(site: Site, token: str) -> str:
    """What becomes of a request for a second page."""
    try:
        return str(site.v3("academics/classes", token, Page_Number="2", Page_Size="20").status_code)
    except httpx2.TransportError as failed:
        return type(failed).__name__
