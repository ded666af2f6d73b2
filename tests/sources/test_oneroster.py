"""What the source of OneRoster makes of servers that write, page and answer in their own ways."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rollbook.core.errors import SourceRefused, SourceUnavailable
from rollbook.sources.base import Works
from rollbook.sources.oneroster import KIND
from rollbook.sources.oneroster.changes import earlier, not_after
from rollbook.sources.oneroster.shapes import Shapes, day, references, texts
from simulators.district import build
from simulators.model import District
from simulators.oneroster import OneRoster
from simulators.oneroster.access import CLIENT_SECRET
from tests.sources.oneroster_servers import Landed, Rows, pulled, tried


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """What lands from a server that keeps to the standard, by version."""
    return {version: land(tmp_path_factory.mktemp(version), version=version).rows for version in ("1.1", "1.2")}


def land(
    folder: Path, district: District | None = None, settings: dict[str, Any] | None = None, **options: Any
) -> Landed:
    """One pull of a server with these options."""
    with OneRoster(district or build(20), **options) as system:
        return pulled(KIND, system, folder, **(settings or {}))


# One shape ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options, settings",
    [
        ({"booleans": "json", "dates": "datetime", "single": "list"}, {}),
        ({"dates": "dotnet", "references": "role", "terms": "csv", "bom": "yes"}, {}),
        ({"slash": "needed"}, {"slash": "on"}),
        ({"end_dates": "inclusive", "slash": "redirected"}, {"end_dates": "last_day", "slash": "on"}),
        ({"auth": "oauth1"}, {"signature": "HMAC-SHA1"}),
        ({"token_by": "body", "token_type": "Bearer", "expires_in": "text"}, {"client_in": "body"}),
        ({"scope": "ignored", "expires_in": "missing", "cap": "7"}, {}),
        ({"scope": "refused", "link": "no", "cap": "1", "total": "no"}, {"scopes": "none"}),
        ({"order": "drifting", "link": "no"}, {"page_size": "10"}),
        ({"link": "opaque", "total": "no"}, {"page_size": "10"}),
    ],
)
def test_the_same_rows_land_however_a_server_writes_them(
    plain: dict[str, Rows], tmp_path: Path, options: dict[str, Any], settings: dict[str, str]
) -> None:
    """Booleans, lists, dates, references, slashes, signatures, tokens, caps: one shape comes of all."""
    assert land(tmp_path, settings=settings, version="1.1", **options).rows == plain["1.1"]


@pytest.mark.parametrize("lists", ["text", "bare"])
def test_lists_land_however_a_server_writes_them(plain: dict[str, Rows], tmp_path: Path, lists: str) -> None:
    """One text for a list, or the only value of a list of one, is a list; only commas within a value are lost then."""
    found = land(tmp_path, version="1.1", lists=lists).rows
    assert found["users"] == plain["1.1"]["users"]
    assert found["classes"] == [
        row | {"subjects": (row["subjects"] or "").replace(",", "")} for row in plain["1.1"]["classes"]
    ]


def test_versions_are_told_apart_by_their_shape(plain: dict[str, Rows], tmp_path: Path) -> None:
    """Roles in a feed of 1.1 give the roles of 1.2; role and orgs in a feed of 1.2 those of 1.1."""
    newer = land(tmp_path / "a", version="1.1", users="other").rows["roles"]
    older = land(tmp_path / "b", version="1.2", users="other").rows["roles"]
    assert (newer, older) == (plain["1.2"]["roles"], plain["1.1"]["roles"])


def test_ids_land_byte_for_byte(tmp_path: Path) -> None:
    """Slashes, at signs and blanks in ids are nothing special."""
    district = build(20)
    found = land(tmp_path, district, ids="awkward").rows["users"]
    assert {row["sourcedId"] for row in found} == {f"hc/{key}@north wing" for key in district.people}


def test_passwords_are_not_landed() -> None:
    """A password in a record is left out of its row."""
    (row,) = Shapes().rows("users", [{"sourcedId": "1", "password": "made-up", "role": "student"}])
    assert "made-up" not in repr(row)


def test_what_a_server_adds_is_kept_under_its_name() -> None:
    """A further member of a record can be bound to a field."""
    (row,) = Shapes().rows("users", [{"sourcedId": "1", "metadata": {"lunch": "F"}, "homeRoom": "12"}])
    assert (row["metadata"], row["homeRoom"]) == ({"lunch": "F"}, "12")


@pytest.mark.parametrize(
    "value, found",
    [
        ("2026-08-24", "2026-08-24"),
        ("2026-08-24T00:00:00", "2026-08-24"),
        ("2026-08-24T04:00:00.000Z", "2026-08-24"),
        ("2026-08-24 00:00", "2026-08-24"),
        ("/Date(1787529600000)/", "2026-08-24"),
        ("/Date(-86400000-0500)/", "1969-12-31"),
        ("the 24th of August", "the 24th of August"),
        (None, None),
    ],
)
def test_days(value: object, found: object) -> None:
    """A date in any form gives its day; what is no date is left for the check to refuse."""
    assert day(value) == found


def test_lists_come_in_every_form() -> None:
    """References as objects, ids, one object or one text; texts whose values hold commas."""
    assert references([{"sourcedId": "a"}, "b"]) == references("a, b") == ["a", "b"]
    assert references({"sourcedId": 7}) == ["7"]
    assert references(None) == []
    assert (texts(["Arts, Music", "Drama"]), texts("Arts,Drama"), texts(None)) == (
        "Arts, Music|Drama",
        "Arts|Drama",
        None,
    )


# Pages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"link": "no"}, {"total": "no"}, {"link": "no", "total": "no"}])
@pytest.mark.parametrize("kind", ["moving", "duplicate_page"])
def test_a_list_that_shifts_is_read_again(
    plain: dict[str, Rows], tmp_path: Path, options: dict[str, Any], kind: str
) -> None:
    """Whatever a server says about its pages, a record that leaves between two of them is noticed."""
    with OneRoster(build(20), **options) as system:
        system.trouble(kind, path="*/users", after=1)
        landed = pulled(KIND, system, tmp_path, page_size="10")
    firsts = [one for one in landed.asked if "/users" in one and "offset=0" in one and "limit=10" in one]
    assert (landed.rows, len(firsts)) == (plain["1.2"], 2)


@pytest.mark.parametrize("total", ["yes", "no"])
def test_links_to_another_host_are_not_followed(tmp_path: Path, total: str) -> None:
    """A server that names itself otherwise in its links is read to its end all the same, by offsets."""
    with OneRoster(build(20), total=total) as system:
        named = {name: text.replace("127.0.0.1", "localhost") for name, text in system.settings().items()}
        landed = pulled(KIND, system, tmp_path, **{**named, "page_size": "10"})
        assert {row["sourcedId"] for row in landed.rows["users"]} == set(system.district.people)


def test_a_list_that_never_holds_still_is_not_taken(tmp_path: Path) -> None:
    """An order that is another one on each request, and no way to ask for one: nothing is landed as whole."""
    with pytest.raises(SourceUnavailable, match="Nothing was changed"):
        land(tmp_path, settings={"sort": "off", "page_size": "10"}, order="drifting", link="no", total="no")


def test_a_page_size_that_is_refused_is_said(tmp_path: Path) -> None:
    """A server that refuses large pages fails the run, in plain words."""
    with pytest.raises(SourceRefused, match="refused the request for /"):
        land(tmp_path, cap="50", over_cap="refused")


def test_an_empty_list_may_be_not_found(tmp_path: Path) -> None:
    """404 stands for no record only where a setting says so."""
    district = build(20)
    district.courses.clear()
    district.classes.clear()
    district.enrollments.clear()
    with OneRoster(district, empty="missing") as system:
        with pytest.raises(SourceRefused):
            pulled(KIND, system, tmp_path / "strict")
        landed = pulled(KIND, system, tmp_path / "lenient", missing_is_empty="on")
    assert (landed.rows["courses"], len(landed.rows["users"])) == ([], len(district.people))


# Permissions ----------------------------------------------------------------------------------------------


def test_demographics_are_read_where_they_are_permitted(tmp_path: Path) -> None:
    """A key without that scope reads the rest; the run and the test of the connection name what is missing."""
    with OneRoster(build(20), scopes="roster-core.readonly") as system:
        landed = pulled(KIND, system, tmp_path)
        found = tried(KIND, system)["Demographics"]
    assert (landed.rows["demographics"], landed.notes) == ([], ["stream-refused"])
    assert (found.works, "roster-demographics.readonly" in found.note) == (Works.NO, True)


def test_a_test_counts_people_where_the_server_does_not(tmp_path: Path) -> None:
    """Without totals the users are counted by asking further and further on."""
    with OneRoster(build(20), link="no", total="no") as system:
        found = tried(KIND, system)
        assert (found["Users"].count, found["Changes only"].works) == (len(system.district.people), Works.YES)


@pytest.mark.parametrize("errors", ["bare", "status_info", "wrapped", "set", "flat", "oauth", "html"])
def test_refusals_are_plain_in_any_envelope(tmp_path: Path, errors: str) -> None:
    """401 is said the same way whatever its body is, and no secret is in it."""
    refused = pytest.raises(SourceRefused, match="does not accept the credentials")
    with OneRoster(build(20), errors=errors, auth="oauth1") as system, refused as caught:
        pulled(KIND, system, tmp_path, client_secret="made-up-other")
    assert [word for word in ("made-up", CLIENT_SECRET) if word in str(caught.value)] == []


# Changes only ---------------------------------------------------------------------------------------------


def changes(folder: Path, **options: Any) -> tuple[Landed, Landed, District]:
    """A full pull, a night, and a pull of changes."""
    with OneRoster(build(200), **options) as system:
        first = pulled(KIND, system, folder / "full")
        system.pass_night()
        return first, pulled(KIND, system, folder / "changes", first.marks), system.district


@pytest.mark.parametrize("modified", ["full", "date"])
def test_changes_are_asked_for_from_before_the_last_one(tmp_path: Path, modified: str) -> None:
    """The night's leavers come as tobedeleted, the others it touched as they are now, and few beside them."""
    first, news, district = changes(tmp_path, modified=modified)
    found = {row["sourcedId"]: row["status"] for row in news.rows["users"]}
    before = {row["sourcedId"] for row in first.rows["users"]}
    assert {key for key, status in found.items() if status == "tobedeleted"} == before - set(district.people)
    assert set(district.people) - before <= set(found)
    assert modified == "date" or len(found) < len(before) / 4
    assert news.notes == []


@pytest.mark.parametrize("options", [{"delta": "ignored"}, {"delta": "refused"}])
def test_a_filter_that_does_nothing_is_found_out(tmp_path: Path, options: dict[str, Any]) -> None:
    """Where the filter is ignored or refused everything is read, and the run says so."""
    _, news, district = changes(tmp_path, **options)
    assert set(district.people) <= {row["sourcedId"] for row in news.rows["users"]}
    assert set(news.notes) == {"changes-not-offered"}


def test_a_server_without_dates_is_read_in_full(tmp_path: Path) -> None:
    """No date, no mark, no changes only."""
    first, news, _ = changes(tmp_path, modified="missing")
    assert (first.marks, len(news.rows["users"]) >= len(first.rows["users"])) == ({}, True)


@pytest.mark.parametrize(
    "moment, begin",
    [
        ("2026-09-14T02:57:06.293Z", "2026-09-14T02:42:06.293Z"),
        ("2026-09-14T02:57:06+02:00", "2026-09-14T00:42:06.000Z"),
        ("2026-09-14T02:57:06", "2026-09-14T02:42:06.000"),
        ("2026-09-14", "2026-09-13"),
        ("yesterday", ""),
    ],
)
def test_the_overlap(moment: str, begin: str) -> None:
    """Changes are asked for from a quarter of an hour before the last one, as the server writes times."""
    assert earlier(moment, 15) == begin


def test_no_mark_is_later_than_the_beginning_of_the_pull() -> None:
    """What changed on a page that was read already is asked for again next time."""
    clock = datetime(2026, 9, 14, 3, 0, tzinfo=UTC)
    assert not_after("2026-09-14T03:20:00.000Z", clock) == "2026-09-14T03:00:00.000Z"
    assert not_after("2026-09-14T02:20:00.000Z", clock) == "2026-09-14T02:20:00.000Z"
    assert not_after("2026-09-14", clock) == "2026-09-14"
