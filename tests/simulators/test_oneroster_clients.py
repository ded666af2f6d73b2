"""Clients that others wrote read the simulated OneRoster, and find the district in it."""

from collections.abc import Iterator

import oneroster_client
import pytest
import requests
from oneroster import ClasslinkConnector

from simulators.district import build
from simulators.model import District
from simulators.oneroster import OneRoster
from simulators.oneroster.access import CLIENT_ID, CLIENT_SECRET
from simulators.schooltool import SchoolTool


@pytest.fixture(scope="module")
def district() -> District:
    return build(60)


# The signatures of OAuth 1: PyPI oneroster ----------------------------------------------------------------


@pytest.fixture(scope="module")
def signed(district: District) -> Iterator[ClasslinkConnector]:
    with OneRoster(district, version="1.1", auth="oauth1") as server:
        yield ClasslinkConnector(
            host=f"{server.url}{server.base}/", client_id=CLIENT_ID, client_secret=CLIENT_SECRET, page_size=25
        )


@pytest.mark.parametrize("kind, role", [("students", "student"), ("teachers", "teacher")])
def test_a_client_that_signs_reads_people(signed: ClasslinkConnector, district: District, kind: str, role: str) -> None:
    """The client of PyPI `oneroster` signs with HMAC-SHA256, follows the links, and reads every name."""
    found = {user["sourcedId"]: (user["givenName"], user["familyName"]) for user in signed.get_users(user_filter=kind)}
    assert found == {one.id: (one.given, one.family) for one in district.of_role(role)}


def test_a_client_that_signs_with_another_secret_is_refused(signed: ClasslinkConnector) -> None:
    """A signature made with a wrong secret gets 401."""
    stranger = ClasslinkConnector(host=signed.host, client_id=CLIENT_ID, client_secret="another")
    with pytest.raises(requests.RequestException, match="401"):
        stranger.get_users(user_filter="students")


# Bearer tokens and typed models: PyPI strongmind-oneroster-client -----------------------------------------


@pytest.fixture(params=[OneRoster, SchoolTool], ids=["oneroster", "schooltool"], scope="module")
def typed(district: District, request: pytest.FixtureRequest) -> Iterator[oneroster_client.ApiClient]:
    with request.param(district, version="1.1", bom="no") as server:
        token = requests.post(
            server.url + server.token_path,
            auth=(CLIENT_ID, CLIENT_SECRET),
            data={"grant_type": "client_credentials"},
            timeout=10,
        ).json()["access_token"]
        configuration = oneroster_client.Configuration()
        configuration.host, configuration.access_token = server.url + server.base, token
        yield oneroster_client.ApiClient(configuration)


def test_a_typed_client_reads_people(typed: oneroster_client.ApiClient, district: District) -> None:
    """The generated client of 1.1 takes every user, with names, role, schools and agents."""
    users = oneroster_client.UsersManagementApi(typed).get_users(limit=1000).users
    found = {
        user.sourced_id: (
            user.given_name,
            user.family_name,
            user.email or "",
            user.enabled_user,
            user.orgs[0].sourced_id,
        )
        for user in users
    }
    assert found == {
        one.id: (one.given, one.family, one.email, True, one.org_ids[0]) for one in district.people.values()
    }


def test_a_typed_client_reads_enrollments(typed: oneroster_client.ApiClient, district: District) -> None:
    """Class, person, role and the teacher of record of every enrollment."""
    api = oneroster_client.EnrollmentsManagementApi(typed)
    found = [
        (one.sourced_id, one._class.sourced_id, one.user.sourced_id, one.role, one.primary)
        for one in api.get_enrollments(limit=2000).enrollments
    ]
    assert sorted(found) == sorted(
        (one.id, one.class_id, one.person_id, one.role, one.is_primary) for one in district.enrollments.values()
    )


def test_a_typed_client_reads_the_rest(typed: oneroster_client.ApiClient, district: District) -> None:
    """Orgs, sessions, courses, classes and demographics: as many as there are, in the client's own types."""
    orgs = oneroster_client.OrgsManagementApi(typed).get_orgs(limit=100).orgs
    sessions = oneroster_client.AcademicSessionsManagementApi(typed).get_academic_sessions(limit=100)
    courses = oneroster_client.CoursesManagementApi(typed).get_courses(limit=1000).courses
    classes = oneroster_client.ClassesManagementApi(typed).get_classes(limit=1000).classes
    demographics = oneroster_client.DemographicsManagementApi(typed).get_demographics(limit=1000).demographics
    assert {one.sourced_id: one.name for one in orgs} == {one.id: one.name for one in district.orgs.values()}
    assert {one.sourced_id: one.start_date for one in sessions.academic_sessions} == {
        one.id: one.start for one in district.sessions.values()
    }
    assert {one.sourced_id for one in courses} == set(district.courses)
    # Its document says that periods are one text, so it takes the list as one.
    assert {one.sourced_id: one.periods for one in classes} == {
        one.id: str([one.period]) for one in district.classes.values()
    }
    assert {one.sourced_id: one.birth_date for one in demographics} == {
        one.id: one.birth_date for one in district.of_role("student")
    }
