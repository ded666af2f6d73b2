"""SchoolTool in each of its modes: the service, an export, views, and an address that is open to everybody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rollbook.core.errors import RollbookError, SettingsError, SourceRefused, SourceUnavailable
from rollbook.sources.base import Setup, Works
from rollbook.sources.kinds import missing
from rollbook.sources.pulling import pull
from rollbook.sources.schooltool import KIND
from rollbook.sources.schooltool.declaration import NOT_IN_ONEROSTER
from simulators.district import build
from simulators.model import District
from simulators.oneroster.access import CLIENT_ID, CLIENT_SECRET
from simulators.schooltool import SchoolTool
from simulators.schooltool.system import HEADER, HEADER_TOKEN
from simulators.sheets import make_sheets, write
from simulators.table import Sheet
from tests.sources.oneroster_servers import LOCAL, Rows, landed_rows, pulled, tried

HEADER_ACCESS = {"file_access": "header", "header": HEADER, "token": HEADER_TOKEN}
BASIC_ACCESS = {"file_access": "basic", "file_user": CLIENT_ID, "file_password": CLIENT_SECRET}


@pytest.fixture(scope="module")
def district() -> District:
    return build(20)


@pytest.fixture
def server(district: District) -> Iterator[SchoolTool]:
    with SchoolTool(district) as server:
        yield server


def sent(district: District, name: str) -> Sheet:
    """One file of the export."""
    return next(sheet for sheet in make_sheets(district, "oneroster_11") if sheet.name == f"{name}.csv")


def ids(rows: Rows, sheet: str) -> set[str | None]:
    return {row["sourcedId"] for row in rows[sheet]}


def pulled_from(folder: Path, allowed: Path, **settings: str) -> Rows:
    """One pull without a server."""
    with KIND.load()(Setup(KIND, settings, networks=LOCAL, folders=(allowed,))) as source:
        layout = source.layout(settings)
        pull(source, layout, folder)
    return landed_rows(layout, folder)


# The service ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["", "/STAPIService/ims/oneroster/v1p1", "/STAPIService/ims/oneroster/v1p1/Token"])
def test_the_address_may_be_given_in_three_ways(server: SchoolTool, tmp_path: Path, ending: str) -> None:
    """The host alone, the base, or the address of the token as the RIC writes it."""
    landed = pulled(KIND, server, tmp_path, url=server.url + ending)
    assert ids(landed.rows, "users") == set(server.district.people)
    assert landed.asked[0] == "POST /STAPIService/ims/oneroster/v1p1/Token"


def test_what_the_service_cannot_give_is_said(server: SchoolTool) -> None:
    """The test of the connection and the card name language, state, kinds of relationships and family identifier."""
    assert tried(KIND, server)[NOT_IN_ONEROSTER].works is Works.UNSURE
    assert {"Language", "State", "Kinds of relationships", "Family identifier"} <= {s.what for s in KIND.sights}


def test_the_form_says_that_it_is_unverified() -> None:
    """What it was proven against is said, and what not."""
    assert KIND.proof == (
        "Proven against a simulator of OneRoster 1.1 at the address form used by a New York RIC; "
        "not certified by Mindex."
    )


def test_an_open_address_is_read_only_when_that_is_wanted(district: District, tmp_path: Path) -> None:
    """Without credentials nothing is read until a member says that they understand; the test warns all the same."""
    with SchoolTool(district, auth="none") as server:
        with pytest.raises(SettingsError, match="open_understood"):
            pulled(KIND, server, tmp_path, mode="open")
        landed = pulled(KIND, server, tmp_path, mode="open", open_understood="on")
        protection = tried(KIND, server, mode="open", open_understood="on")["Protection"]
    assert ids(landed.rows, "users") == set(district.people)
    assert (protection.works, "open to anybody" in protection.note) == (Works.UNSURE, True)


# The export -----------------------------------------------------------------------------------------------


def file_settings(server: SchoolTool, name: str) -> dict[str, str]:
    return {"mode": "files", "file": f"{server.url}/exports/{name}"}


@pytest.mark.parametrize("access", ["header", "basic"])
def test_an_export_is_fetched(district: District, tmp_path: Path, access: str) -> None:
    """A zip behind a header or a password gives the rows of its sheets, passwords left out."""
    with SchoolTool(district, export_by=access) as server:
        more = HEADER_ACCESS if access == "header" else BASIC_ACCESS
        landed = pulled(KIND, server, tmp_path, **file_settings(server, "export.zip"), **more)
    assert ids(landed.rows, "users") == set(district.people)
    assert len(landed.rows["enrollments"]) == len(district.enrollments)
    assert "password" not in landed.rows["users"][0]


def test_a_single_sheet_of_another_layout_is_fetched(district: District, tmp_path: Path) -> None:
    """What the district exports may be any layout that the hub knows, and one file of it."""
    with SchoolTool(district, export_layout="hub_v1") as server:
        settings = {**file_settings(server, "people.csv"), **HEADER_ACCESS, "layout": "hub_v1"}
        landed = pulled(KIND, server, tmp_path, **settings)
    assert {row["person_id"] for row in landed.rows["people"]} == set(district.people)


def test_a_wrong_key_is_said_and_not_shown(server: SchoolTool, tmp_path: Path) -> None:
    """401 names the credentials, and not what they are."""
    settings = {**file_settings(server, "export.zip"), **HEADER_ACCESS, "token": "made-up-other-key"}
    with pytest.raises(SourceRefused, match="does not accept the credentials") as caught:
        pulled(KIND, server, tmp_path, **settings)
    assert "made-up" not in str(caught.value)
    assert tried(KIND, server, **settings)["Export"].works is Works.NO


@pytest.mark.parametrize("kind", ["truncated", "cut", "error", "drop", "too_many"])
def test_a_download_that_fails_once_is_done_again(server: SchoolTool, tmp_path: Path, kind: str) -> None:
    """A zip that is cut short, or an answer that is none, is fetched once more."""
    server.trouble(kind, path="/exports/*")
    landed = pulled(KIND, server, tmp_path, **file_settings(server, "export.zip"), **HEADER_ACCESS)
    assert ids(landed.rows, "users") == set(server.district.people)


def test_a_page_for_people_is_no_export(server: SchoolTool, tmp_path: Path) -> None:
    """A maintenance page with status 200 means try later."""
    server.trouble("maintenance", path="/exports/*", times=100)
    with pytest.raises(SourceUnavailable, match="page for people"):
        pulled(KIND, server, tmp_path, **file_settings(server, "export.zip"), **HEADER_ACCESS)


def test_a_zip_that_stays_broken_fails(server: SchoolTool, tmp_path: Path) -> None:
    """Three times, and then nothing is taken."""
    server.trouble("truncated", path="/exports/*", times=100)
    with pytest.raises(RollbookError, match="Nothing was changed"):
        pulled(KIND, server, tmp_path, **file_settings(server, "export.zip"), **HEADER_ACCESS)


def test_the_sheets_of_an_export_are_counted(server: SchoolTool) -> None:
    """The test of the connection fetches the export and says how many rows it has."""
    found = tried(KIND, server, **file_settings(server, "export.zip"), **HEADER_ACCESS)
    assert (found["Fetch the export"].works, found["users"].count) == (Works.YES, len(server.district.people))


def test_an_export_on_the_hub_is_read_where_the_operator_allows(district: District, tmp_path: Path) -> None:
    """A path is read in the folders of SOURCE_FOLDERS, and nowhere else, also not by a way around."""
    share, rows = tmp_path / "share", tmp_path / "rows"
    write(make_sheets(district, "oneroster_11"), share / "export.zip")
    settings = {"mode": "files", "file": str(share / "export.zip")}
    assert ids(pulled_from(rows, share, **settings), "users") == set(district.people)
    (tmp_path / "other").mkdir()
    for path in (share / "export.zip", tmp_path / "other/../share/export.zip"):
        with pytest.raises(SettingsError, match="SOURCE_FOLDERS"):
            pulled_from(rows, tmp_path / "other", mode="files", file=str(path))


# Views ----------------------------------------------------------------------------------------------------


@pytest.fixture
def views(district: District, tmp_path: Path) -> Path:
    """A database with the seven views, by the names of the contract."""
    path = tmp_path / "schooltool.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        for sheet in make_sheets(district, "oneroster_11")[1:]:
            stem = sheet.name.removesuffix(".csv")
            columns = ", ".join(f'"{name}" TEXT' for name in sheet.header)
            connection.execute(f"CREATE TABLE t_{stem} ({columns})")
            marks = ", ".join("?" * len(sheet.header))
            connection.executemany(f"INSERT INTO t_{stem} VALUES ({marks})", sheet.rows)
            connection.execute(f"CREATE VIEW or_{stem} AS SELECT * FROM t_{stem}")
        connection.commit()
    return path


def test_views_are_read_by_their_names(views: Path, district: District, tmp_path: Path) -> None:
    """The seven views or_… give what the CSV files of OneRoster would."""
    rows = pulled_from(tmp_path / "rows", tmp_path, mode="views", engine="sqlite", database=str(views))
    sheet = sent(district, "enrollments")
    wanted = [dict(zip(sheet.header, (cell or None for cell in row), strict=True)) for row in sheet.rows]
    assert ids(rows, "users") == set(district.people)
    assert sorted(rows["enrollments"], key=str) == sorted(wanted, key=str)


def test_a_view_that_is_not_there_is_left_out_by_a_setting(views: Path, district: District, tmp_path: Path) -> None:
    """`query.demographics=off` where the district gives no demographics."""
    with closing(sqlite3.connect(views)) as connection:
        connection.execute("DROP VIEW or_demographics")
    settings = {"mode": "views", "engine": "sqlite", "database": str(views), "query.demographics": "off"}
    assert "demographics" not in pulled_from(tmp_path / "rows", tmp_path, **settings)


# The form -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings, asked",
    [
        ({}, ["Url", "Client id", "Client secret"]),
        ({"mode": "open"}, ["Url"]),
        ({"mode": "files"}, ["Export"]),
        ({"mode": "files", "file": "x", "file_access": "header"}, ["Key"]),
        ({"mode": "views", "engine": "sqlite"}, ["Database"]),
    ],
)
def test_each_mode_asks_for_its_own(settings: dict[str, str], asked: list[str]) -> None:
    """Nothing is asked for that the chosen mode does not need."""
    assert missing(KIND, settings) == asked


def test_names_and_passwords_in_an_address_are_refused(tmp_path: Path) -> None:
    """They have settings of their own, which are stored sealed."""
    setup = Setup(KIND, networks=LOCAL)
    settings = {"url": "https://me:made-up@schooltool.example", "client_id": "a", "client_secret": "b"}
    with pytest.raises(SettingsError, match="settings of their own"):
        KIND.load()(replace(setup, settings=settings))
