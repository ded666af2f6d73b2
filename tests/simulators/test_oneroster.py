"""What the simulated OneRoster promises, and where it is as unkind as real servers are."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from simulators.district import build
from simulators.model import District
from simulators.oneroster import OneRoster
from simulators.oneroster.access import CLIENT_ID, CLIENT_SECRET, scope_prefix

Serve = Callable[..., OneRoster]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that is open to everybody, unless options say otherwise."""
    started: list[OneRoster] = []

    def start(district: District | None = None, **options: Any) -> OneRoster:
        started.append(OneRoster(district or build(20), auth=options.pop("auth", "none"), **options).start())
        return started[-1]

    yield start
    for server in started:
        server.stop()


def ask(server: OneRoster, path: str, **more: Any) -> httpx2.Response:
    return httpx2.get(f"{server.url}{server.base}{path}", **more)


def ids(server: OneRoster, path: str) -> list[str]:
    """The sourcedIds of the one list in an answer."""
    (records,) = ask(server, path).json().values()
    return [record["sourcedId"] for record in records]


def token(server: OneRoster, *names: str, **more: Any) -> httpx2.Response:
    scope = " ".join(scope_prefix(server.version) + name for name in names)
    form = {"grant_type": "client_credentials", **({"scope": scope} if names else {}), **more.pop("data", {})}
    return httpx2.post(server.url + server.token_path, data=form, **{"auth": (CLIENT_ID, CLIENT_SECRET), **more})


def status_with(server: OneRoster, path: str, *names: str) -> int:
    """The status of an answer, asked for with a token of these scopes."""
    bearer = {"Authorization": f"Bearer {token(server, *names).json()['access_token']}"}
    return ask(server, path, headers=bearer).status_code


# Pages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit, link", [(5, "yes"), (20, "opaque"), (1000, "yes")])
def test_links_lead_through_every_record_once(serve: Serve, limit: int, link: str) -> None:
    """Following `next` from the first page gives each user once; the total is the same on every page."""
    server = serve(link=link)
    found, url, totals = [], f"{server.url}{server.base}/users?limit={limit}", set()
    while url:
        answer = httpx2.get(url)
        found += [user["sourcedId"] for user in answer.json()["users"]]
        totals.add(answer.headers["X-Total-Count"])
        url = answer.links.get("next", {}).get("url", "")
    assert found == sorted(server.district.people)
    assert totals == {str(len(found))}


def test_without_a_limit_a_page_has_a_hundred(serve: Serve) -> None:
    """The standard's page is 100 records."""
    assert len(ids(serve(build(60)), "/enrollments")) == 100


def test_a_server_may_cap_a_page_or_refuse_a_large_one(serve: Serve) -> None:
    """`cap` cuts larger limits silently, or refuses them."""
    assert len(ids(serve(cap="10"), "/users?limit=50")) == 10
    assert ask(serve(cap="10", over_cap="refused"), "/users?limit=50").status_code == 400


def test_links_and_totals_can_be_missing(serve: Serve) -> None:
    """Each of the two headers has its own switch."""
    assert {"link", "x-total-count"} & set(ask(serve(link="no"), "/users").headers) == {"x-total-count"}
    assert {"link", "x-total-count"} & set(ask(serve(total="no"), "/users").headers) == {"link"}


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "offset=-1", "orderBy=up"])
def test_wrong_numbers_are_refused(serve: Serve, query: str) -> None:
    """A limit below 1, an offset below 0 and an unknown order are 400."""
    assert ask(serve(), f"/users?{query}").status_code == 400


def test_a_drifting_server_repeats_and_misses_unless_it_is_asked_to_sort(serve: Serve) -> None:
    """Pages of an unordered list do not fit together; with `sort` they do."""
    server = serve(order="drifting")
    pages = [one for offset in (0, 20, 40) for one in ids(server, f"/users?limit=20&offset={offset}")]
    ordered = "/users?limit=20&sort=sourcedId&orderBy=asc"
    steady = [one for offset in (0, 20, 40) for one in ids(server, f"{ordered}&offset={offset}")]
    assert len(set(pages)) < 60
    assert steady == sorted(server.district.people)[:60]


# Filter, sort, fields -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, chosen",
    [
        ("roles.role='student'", lambda one: one.role == "student"),
        ("givenName!='Ada'", lambda one: one.given != "Ada"),
        ("familyName>'M' AND roles.role='guardian'", lambda one: one.family > "M" and one.role == "guardian"),
        ("grades='09' OR grades='10'", lambda one: one.grade in ("09", "10")),
        ("email~'STUDENTS.harrow'", lambda one: "students.harrow" in one.email),
        ("roles.org.sourcedId='0014'", lambda one: "0014" in one.org_ids),
        ("familyName='O''Hara'", lambda one: one.family == "O'Hara"),
    ],
)
def test_filters(serve: Serve, text: str, chosen: Callable[[Any], bool]) -> None:
    """One clause or two, seven signs, dotted names, doubled quotes."""
    server = serve(build(60))
    found = ask(server, "/users", params={"filter": text, "limit": 1000}).json()["users"]
    assert [one["sourcedId"] for one in found] == sorted(
        one.id for one in server.district.people.values() if chosen(one)
    )


@pytest.mark.parametrize(
    "text",
    ["shoe='9'", "givenName=Ada", "givenName = 'Ada'", "(givenName='Ada')", "grades='1' OR grades='2' OR grades='3'"],
)
def test_filters_outside_of_the_grammar_are_refused(serve: Serve, text: str) -> None:
    """Unknown fields, missing quotes, spaces, parentheses and a third clause are 400 invalid_filter_field."""
    answer = ask(serve(), "/users", params={"filter": text})
    assert (answer.status_code, "invalid_filter_field" in answer.text) == (400, True)


def test_sort_and_order(serve: Serve) -> None:
    """A list is sorted by any field, upwards or downwards."""
    server = serve()
    names = [one.family for one in server.district.people.values()]
    answer = ask(server, "/users?sort=familyName&orderBy=desc&limit=1000").json()
    assert [one["familyName"] for one in answer["users"]] == sorted(names, reverse=True)


def test_fields_are_chosen(serve: Serve) -> None:
    """Only the fields that were asked for come back, in lists and in single objects."""
    server = serve()
    assert ask(server, "/orgs/HCSD?fields=name,type").json() == {
        "org": {"type": "district", "name": "Harrow Creek Unified School District"}
    }
    assert {key for one in ask(server, "/orgs?fields=type").json()["orgs"] for key in one} == {"type"}


def test_older_servers_warn_of_fields_that_they_do_not_know(serve: Serve) -> None:
    """Unknown names in `sort` and `fields` are a warning beside the data in 1.1; in 1.2 unknown fields are 400."""
    for query in ("sort=shoe&orderBy=asc", "fields=shoe"):
        body = ask(serve(version="1.1"), f"/users?{query}").json()
        assert (body["users"] != [], body["statusInfoSet"][0]["imsx_severity"]) == (True, "warning")
    assert ask(serve(), "/users?fields=shoe").status_code == 400


# Nights ---------------------------------------------------------------------------------------------------


def changed_since(server: OneRoster, path: str, moment: str) -> dict[str, str]:
    """What changed after a moment: sourcedId and status."""
    text = f"dateLastModified>'{moment}'"
    answer = ask(server, path, params={"filter": text, "limit": 1000}).json()
    return {one["sourcedId"]: one["status"] for one in next(iter(answer.values()))}


NIGHT_1 = "2026-09-15T00:00:00.000Z"


def test_a_night_moves_the_date_of_what_it_changed_and_of_nothing_else(serve: Serve) -> None:
    """After a night, the filter on dateLastModified gives those who changed, came or left, and no others."""
    server = serve(build(200))
    before = dict(server.district.people)
    phones = {key: (one.mobile, one.email, one.family) for key, one in before.items()}
    assert changed_since(server, "/users", NIGHT_1) == {}
    server.pass_night()
    now = server.district.people
    gone, came = set(before) - set(now), set(now) - set(before)
    other = {key for key in now if key in phones and phones[key] != (now[key].mobile, now[key].email, now[key].family)}
    found = changed_since(server, "/users", NIGHT_1)
    assert {key for key, status in found.items() if status == "tobedeleted"} == gone
    assert came | other <= {key for key, status in found.items() if status == "active"}
    assert len(found) < 40


def test_a_server_may_forget_what_is_gone(serve: Serve) -> None:
    """With `removed=forgotten` leavers are just missing, as in servers that never report deletions."""
    server = serve(removed="forgotten")
    server.pass_night()
    assert ids(server, "/users?limit=1000") == sorted(server.district.people)


def test_those_who_left_can_still_be_filtered_out(serve: Serve) -> None:
    """status='active' gives the district as it is."""
    server = serve()
    server.pass_night()
    assert ids(server, "/users?limit=1000&filter=status='active'") == sorted(server.district.people)
    assert len(ids(server, "/users?limit=1000")) > len(server.district.people)


def test_the_filter_on_dates_can_be_ignored_or_refused(serve: Serve) -> None:
    """Two ways in which servers do not offer changes."""
    assert len(changed_since(serve(delta="ignored"), "/orgs", "2099-01-01T00:00:00.000Z")) == 8
    assert ask(serve(delta="refused"), "/orgs", params={"filter": f"dateLastModified>'{NIGHT_1}'"}).status_code == 400


@pytest.mark.parametrize("modified, form", [("date", r"2026-09-14"), ("full", r"2026-09-14T0[23]:\d\d:\d\d\.\d{3}Z")])
def test_the_moment_of_a_change_is_written_in_two_ways(serve: Serve, modified: str, form: str) -> None:
    """With its time, or only the date."""
    assert re.fullmatch(form, ask(serve(modified=modified), "/orgs/HCSD").json()["org"]["dateLastModified"])


def test_a_server_may_stamp_everything_each_night_or_nothing_at_all(serve: Serve) -> None:
    """`modified=today` makes every record look changed; `missing` sends no date."""
    server = serve(modified="today")
    server.pass_night()
    assert len(changed_since(server, "/orgs", NIGHT_1)) == 8
    assert "dateLastModified" not in ask(serve(modified="missing"), "/orgs/HCSD").json()["org"]


# Dialects -------------------------------------------------------------------------------------------------

CLASS = "/classes/0014-HR09-01"


@pytest.mark.parametrize(
    "path, options, field, value",
    [
        ("/users/E00001", {}, "enabledUser", "true"),
        ("/users/E00001", {"booleans": "json"}, "enabledUser", True),
        (CLASS, {}, "periods", ["0"]),
        (CLASS, {"lists": "text"}, "periods", "0"),
        (CLASS, {"lists": "bare"}, "periods", "0"),
        ("/academicSessions/SY2027", {}, "endDate", "2027-06-12"),
        ("/academicSessions/SY2027", {"end_dates": "inclusive"}, "endDate", "2027-06-11"),
        ("/academicSessions/SY2027", {"dates": "datetime"}, "startDate", "2026-08-24T00:00:00"),
        ("/academicSessions/SY2027", {"dates": "dotnet"}, "startDate", "/Date(1787529600000)/"),
        ("/users/E00001", {"version": "1.1"}, "role", "administrator"),
        ("/users/E00001", {"version": "1.2", "users": "other"}, "role", "administrator"),
    ],
)
def test_values_are_written_as_different_servers_write_them(
    serve: Serve, path: str, options: dict[str, str], field: str, value: object
) -> None:
    """Booleans, lists, dates and roles in each of their forms."""
    (record,) = ask(serve(**options), path).json().values()
    assert record[field] == value


def test_a_user_has_role_objects_in_the_newer_version(serve: Serve) -> None:
    """1.2, and 1.1 where a server mixes them up, have one role for each org; the first is primary."""
    for options in ({"version": "1.2"}, {"version": "1.1", "users": "other"}):
        roles = ask(serve(build(60), **options), "/users/E00001").json()["user"]["roles"]
        assert [(one["role"], one["roleType"], one["org"]["sourcedId"]) for one in roles] == [
            ("principal", "primary", "0011")
        ]


def test_references_may_name_the_role_of_what_they_lead_to(serve: Serve) -> None:
    """Older servers write student, school or term as the type of a reference."""
    record = ask(serve(version="1.1", references="role"), "/enrollments?limit=1").json()["enrollments"][0]
    assert (record["user"]["type"], record["school"]["type"]) in {("student", "school"), ("teacher", "school")}


def test_the_terms_of_a_class_may_have_another_name(serve: Serve) -> None:
    """Some servers use the name of the CSV column."""
    record = ask(serve(terms="csv"), CLASS).json()["class"]
    assert "terms" not in record
    assert [one["sourcedId"] for one in record["termSourcedIds"]] == ["SY2027"]


def test_ids_may_hold_slashes_and_spaces(serve: Serve) -> None:
    """An id that is coded in the path is found; the reference to it says how to code it."""
    server = serve(ids="awkward")
    org = ask(server, "/orgs?limit=1&filter=type='school'").json()["orgs"][0]
    assert org["sourcedId"] == "hc/0011@north wing"
    href = ask(server, "/orgs/hc%2F0011%40north%20wing").json()["org"]["parent"]["href"]
    assert httpx2.get(href).json()["org"]["type"] == "district"


@pytest.mark.parametrize("empty, body", [("array", {"users": []}), ("null", {"users": None}), ("object", {})])
def test_nothing_is_said_in_several_ways(serve: Serve, empty: str, body: object) -> None:
    """An empty list is an array, null or an empty object."""
    assert ask(serve(empty=empty), "/users?filter=status='gone'").json() == body


def test_nothing_may_be_not_found(serve: Serve) -> None:
    """Some servers answer 404 for an empty list."""
    assert ask(serve(empty="missing"), "/users?filter=status='gone'").status_code == 404


def test_one_object_may_come_in_a_list(serve: Serve) -> None:
    """`single=list` wraps it."""
    assert len(ask(serve(single="list"), "/orgs/HCSD").json()["org"]) == 1


def test_a_slash_at_the_end_is_taken_redirected_or_needed(serve: Serve) -> None:
    """Three ways with /users/."""
    found = [
        (ask(server, "/users").status_code, ask(server, "/users/").status_code)
        for server in (serve(), serve(slash="redirected"), serve(slash="needed"))
    ]
    assert found == [(200, 200), (200, 301), (404, 200)]


def test_json_may_start_with_a_byte_order_mark(serve: Serve) -> None:
    """`bom=yes` puts one before every JSON answer."""
    assert ask(serve(bom="yes"), "/orgs/HCSD").content.startswith(b"\xef\xbb\xbf{")


@pytest.mark.parametrize(
    "options, key",
    [
        ({"version": "1.2"}, "imsx_codeMajor"),
        ({"version": "1.1"}, "statusInfoSet"),
        ({"errors": "status_info"}, "imsx_StatusInfo"),
        ({"errors": "wrapped"}, "statusInfo"),
        ({"errors": "flat"}, "codeMajor"),
        ({"errors": "oauth"}, "error"),
    ],
)
def test_refusals_come_in_each_envelope(serve: Serve, options: dict[str, str], key: str) -> None:
    """The error bodies that are met in the wild."""
    answer = ask(serve(**options), "/orgs/none")
    assert answer.status_code == 404
    assert key in answer.json()


def test_refusals_may_be_pages_for_people(serve: Serve) -> None:
    """A proxy or a web server answers HTML."""
    answer = ask(serve(errors="html"), "/orgs/none")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


# Access ---------------------------------------------------------------------------------------------------

CORE, FULL, DEMOGRAPHICS = "roster-core.readonly", "roster.readonly", "roster-demographics.readonly"


@pytest.mark.parametrize(
    "path, scope, status",
    [
        ("/users", CORE, 200),
        ("/users", FULL, 200),
        ("/users", DEMOGRAPHICS, 403),
        ("/schools/0011/students", CORE, 403),
        ("/schools/0011/students", FULL, 200),
        ("/demographics", FULL, 403),
        ("/demographics", DEMOGRAPHICS, 200),
    ],
)
def test_scopes_open_what_the_standard_says(serve: Serve, path: str, scope: str, status: int) -> None:
    """Core reads lists, the full scope also nested paths, demographics only themselves."""
    assert status_with(serve(auth="oauth2"), path, scope) == status


def test_a_scope_that_the_key_does_not_hold_is_refused(serve: Serve) -> None:
    """400 invalid_scope; other servers ignore the scope, or refuse any."""
    answer = token(serve(auth="oauth2", scopes=CORE), DEMOGRAPHICS)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert status_with(serve(auth="oauth2", scope="ignored"), "/demographics", CORE) == 200
    assert token(serve(auth="oauth2", scope="refused"), CORE).status_code == 400


def test_the_client_is_named_by_basic_or_in_the_body(serve: Serve) -> None:
    """Some servers take only one of the two."""
    body = {"auth": None, "data": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}}
    found = {
        by: (
            token(serve(auth="oauth2", token_by=by)).status_code,
            token(serve(auth="oauth2", token_by=by), **body).status_code,
        )
        for by in ("basic", "body", "both")
    }
    assert found == {"basic": (200, 401), "body": (401, 200), "both": (200, 200)}


def test_tokens_say_when_they_end_in_several_ways(serve: Serve) -> None:
    """As a number, as text, or not at all."""
    found = [
        token(serve(auth="oauth2", expires_in=way)).json().get("expires_in") for way in ("number", "text", "missing")
    ]
    assert found == [3600, "3600", None]


def test_a_token_that_is_over_is_refused(serve: Serve) -> None:
    """401 with a challenge, for a token that is unknown, expired, or of before a restart."""
    server = serve(auth="oauth2", token_life="0")
    assert status_with(server, "/users") == 401
    assert ask(server, "/users").headers["WWW-Authenticate"] == "Bearer"
    lasting = serve(auth="oauth2")
    bearer = {"Authorization": f"Bearer {token(lasting).json()['access_token']}"}
    first = ask(lasting, "/users", headers=bearer).status_code
    lasting.trouble("expire")
    assert (first, ask(lasting, "/users", headers=bearer).status_code) == (200, 401)


# Trouble --------------------------------------------------------------------------------------------------


def test_a_record_leaves_while_the_pages_are_read(serve: Serve) -> None:
    """`moving` takes the first record away, so that the second page starts one further on."""
    server, order = serve(), sorted(build(20).people)
    server.trouble("moving", path="*/users")
    assert ids(server, "/users?limit=10") == order[:10]
    answer = ask(server, "/users?limit=10&offset=10")
    assert [one["sourcedId"] for one in answer.json()["users"]] == order[11:21]
    assert answer.headers["X-Total-Count"] == str(len(order) - 1)


def test_a_page_comes_twice(serve: Serve) -> None:
    """`duplicate_page` repeats a page in the place of the one after it."""
    server, order = serve(), sorted(build(20).people)
    server.trouble("duplicate_page", path="*/users")
    assert ids(server, "/users?limit=10") == ids(server, "/users?limit=10&offset=10") == order[:10]
    assert ids(server, "/users?limit=10&offset=10") == order[10:20]


def test_a_permission_is_missing(serve: Serve) -> None:
    """`forbid` refuses one path with 403 in the words of the version."""
    for version, word in (("1.1", "unauthorisedrequest"), ("1.2", "forbidden")):
        server = serve(version=version)
        server.trouble("forbid", path="*/demographics")
        answer = ask(server, "/demographics")
        assert (answer.status_code, word in answer.text) == (403, True)
        assert ask(server, "/users").status_code == 200


def test_all_that_the_base_breaks_breaks_here(serve: Serve) -> None:
    """A rate limit, errors of both kinds and a maintenance page come in the place of an answer."""
    server = serve()
    found = []
    for kind in ("too_many", "error", "html_error", "maintenance"):
        server.trouble(kind)
        answer = ask(server, "/users")
        found.append((answer.status_code, answer.headers["Content-Type"].split(";")[0]))
    assert found == [
        (429, "application/json"),
        (500, "application/json"),
        (500, "text/html"),
        (200, "text/html"),
    ]
