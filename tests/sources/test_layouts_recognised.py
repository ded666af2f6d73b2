"""Deliveries as they arrive in the field, and the layouts they are taken for."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.recognition import highest_score, match_sheet, score
from rollbook.sources import layouts, shipped
from simulators import sheets
from simulators.district import build

Header = tuple[str, tuple[str, ...]]


def _header(name: str, content: bytes) -> Header:
    first = next(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return Path(name).stem, tuple(first)


def _headers(path: Path) -> list[Header]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as package:
            return [_header(name, package.read(name)) for name in package.namelist()]
    return [_header(file.name, file.read_bytes()) for file in sorted(path.glob("*.csv"))]


@pytest.mark.parametrize(
    "path, layout",
    [
        ("oneroster/samples/own_v1p1_bulk", "oneroster_11"),
        ("oneroster/samples/own_v1p2_bulk", "oneroster_12"),
        ("oneroster/samples/own_v1p2_delta", "oneroster_12"),
        ("oneroster/samples/mocker_v1p1_headers", "oneroster_11"),
        ("oneroster/samples/onerosterdocs_v1p1_full.zip", "oneroster_11"),
        ("oneroster/samples/onerosterdocs_v1p1_minimal.zip", "oneroster_11"),
        ("microsoft-sds/SDS_Format_25_Users", "sds_v1"),
        ("microsoft-sds/SDS_Format_Min_Required_Attributes", "sds_v1"),
        ("microsoft-sds/SDS_v2", "sds_v21"),
        ("microsoft-sds/SDS_v2.1", "sds_v21"),
        ("oea-contoso-delta/day1", "sds_v1"),
        ("oea-contoso-delta/day2", "sds_v1"),
    ],
)
def test_real_sets_are_recognised(path: str, layout: str, shared_data: Path) -> None:
    """Every public sample set is taken for what it is, by a clear margin."""
    best, second, *_ = [*layouts.recognise(_headers(shared_data / path)), ("", 0.0), ("", 0.0)]
    assert best[0] == layout
    assert best[1] > 0.6
    assert best[1] - second[1] > 0.1


@pytest.mark.parametrize("layout", sheets.LAYOUTS)
def test_made_up_districts_are_recognised(layout: str) -> None:
    """What a simulated school sends in a layout has no column that the layout does not know."""
    sent = sheets.make_sheets(build(students=60), layout)
    received = [(Path(sheet.name).stem, tuple(sheet.header)) for sheet in sent]
    assert layouts.recognise(received)[0][0] == layout
    known = layouts.load(layout)
    for stem, header in received:
        if match := match_sheet(known, stem, header):
            assert [name for name in header if not known.sheet(match.sheet).find(name)] == []


def test_the_order_of_columns_and_the_spelling_of_headers_do_not_matter() -> None:
    """Blanks, hyphens, underscores and case are how people write headers."""
    header = ("last-name", "FIRST NAME", "student id", "School_ID")
    match = match_sheet(layouts.load("clever"), "students", header)
    assert match is not None
    assert match.sheet == "students"
    assert match.score > 0.9


def test_a_file_with_another_name_is_told_by_its_header() -> None:
    """An export called anything is found when its columns leave no doubt."""
    header = ("sourcedId", "userSourcedId", "roleType", "role", "orgSourcedId", "beginDate", "endDate")
    match = match_sheet(layouts.load("oneroster_12"), "export-7", header)
    assert match is not None
    assert match.sheet == "roles"


def test_a_file_that_fits_two_sheets_is_not_guessed() -> None:
    """Rosters of students and of teachers have the same columns: only the name tells them apart."""
    header = ("Section SIS ID", "SIS ID")
    known = layouts.load("sds_v1")
    assert match_sheet(known, "export-7", header) is None
    match = match_sheet(known, "TeacherRoster", header)
    assert match is not None
    assert match.sheet == "TeacherRoster"


def test_files_without_roster_data_do_not_count() -> None:
    """Line items and results beside the roster do not make OneRoster less likely."""
    orgs = ("orgs", ("sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId"))
    with_more = dict(
        layouts.recognise([orgs, ("lineItems", ("sourcedId", "title")), ("manifest", ("propertyName", "value"))])
    )
    assert with_more["oneroster_11"] == dict(layouts.recognise([orgs]))["oneroster_11"]


def test_nothing_is_recognised_in_nothing() -> None:
    """Without sheets, and in sheets of no layout, there is no proposal."""
    assert layouts.recognise([]) == []
    assert layouts.recognise([("menu", ("dish", "price"))]) == []


_SHEETS = [sheet for layout in layouts.all_layouts() for sheet in layout.sheets]
_NAMES = st.sampled_from([name for sheet in _SHEETS for c in sheet.columns for name in (c.name, *c.aliases)])
_EXTRA = st.sampled_from([pattern.replace("*", "Note") for sheet in _SHEETS for pattern in sheet.extra])
_SPELLED = st.one_of(_NAMES, _NAMES.map(str.upper), _NAMES.map(lambda name: f" {name.replace(' ', '_')}"), _EXTRA)
_STEMS = st.sampled_from([file for sheet in _SHEETS for file in sheet.files] + ["manifest", "export"])
_WHOLE = st.sampled_from([(sheet.files[0], tuple(c.name for c in sheet.columns)) for sheet in _SHEETS])
_RECEIVED = st.tuples(_STEMS, st.lists(st.one_of(_SPELLED, st.text(max_size=8)), max_size=8, unique=True).map(tuple))


@given(st.lists(st.one_of(_RECEIVED, _WHOLE), max_size=4))
def test_the_text_of_a_layout_tells_how_well_it_can_fit(received: list[Header]) -> None:
    """No score is higher than the text lets expect, so the best layout is found without parsing the others."""
    for layout in layouts.all_layouts():
        assert score(layout, received) <= highest_score(shipped.text(layouts.__name__, layout.name), received)
    assert layouts.best(received) == next(iter(layouts.recognise(received)), ("", 0.0))


def test_a_layout_that_spells_names_with_escapes_is_always_parsed() -> None:
    """Only the parser knows what they say."""
    assert highest_score(r'name = "caf\u00e9"', [("menu", ("dish", "price"))]) > 1
