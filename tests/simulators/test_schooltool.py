"""The simulated SchoolTool: OneRoster 1.1 at the address form of a New York RIC, and its exports."""

import io
import zipfile
from collections.abc import Iterator

import httpx2
import pytest

from simulators.district import build
from simulators.oneroster.access import CLIENT_ID, CLIENT_SECRET
from simulators.schooltool import SchoolTool
from simulators.schooltool.system import HEADER, HEADER_TOKEN

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def server() -> Iterator[SchoolTool]:
    with SchoolTool(build(20)) as server:
        yield server


def bearer(server: SchoolTool) -> dict[str, str]:
    answer = httpx2.post(f"{server.url}{server.base}/Token", data=GRANT, auth=(CLIENT_ID, CLIENT_SECRET))
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.mark.parametrize("word", ["Token", "token", "TOKEN"])
def test_the_token_is_below_the_service_in_any_case(server: SchoolTool, word: str) -> None:
    """IIS does not tell upper from lower case; no scope is given back, and a token lives 20 minutes."""
    answer = httpx2.post(f"{server.url}{server.base}/{word}", data=GRANT, auth=(CLIENT_ID, CLIENT_SECRET)).json()
    assert (answer["expires_in"], "scope" in answer) == (1199, False)


def test_lists_have_a_slash_and_say_nothing_of_other_pages(server: SchoolTool) -> None:
    """`/students/` answers, `ext_basic` is accepted, and there are neither links nor totals."""
    query = {"limit": "5", "ext_basic": "False"}
    answer = httpx2.get(f"{server.url}{server.base}/students/", params=query, headers=bearer(server))
    assert (answer.status_code, {"link", "x-total-count"} & set(answer.headers)) == (200, set())
    assert b'"role":"student"' in answer.content


def test_json_has_a_mark_and_one_object_is_a_list(server: SchoolTool) -> None:
    """What a reader of its JSON must expect."""
    answer = httpx2.get(f"{server.url}{server.base}/orgs/HCSD", headers=bearer(server))
    assert answer.content.startswith(b"\xef\xbb\xbf" + b'{"org":[{')


def test_a_scope_is_an_error(server: SchoolTool) -> None:
    """The one known client sends none."""
    form = {**GRANT, "scope": "anything"}
    answer = httpx2.post(f"{server.url}{server.base}/Token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
    assert answer.status_code == 400


def test_refusals_are_pages_of_the_web_server(server: SchoolTool) -> None:
    """HTML, with and without a token."""
    for headers in ({}, bearer(server)):
        answer = httpx2.get(f"{server.url}{server.base}/orgs/none", headers=headers)
        assert (answer.status_code, answer.text[:9]) == (404 if headers else 401, "<!DOCTYPE")


def test_the_export_needs_its_key(server: SchoolTool) -> None:
    """A zip and single files are given to who sends the header, or the user and password."""
    zipped = httpx2.get(f"{server.url}/exports/export.zip", headers={HEADER: HEADER_TOKEN})
    users = httpx2.get(f"{server.url}/exports/users.csv", headers={HEADER: HEADER_TOKEN})
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as package:
        assert package.read("users.csv") == users.content
    assert httpx2.get(f"{server.url}/exports/export.zip").status_code == 401
    with SchoolTool(build(20), export_by="basic") as other:
        answer = httpx2.get(f"{other.url}/exports/users.csv", auth=(CLIENT_ID, CLIENT_SECRET))
        assert (answer.status_code, answer.content) == (200, users.content)
