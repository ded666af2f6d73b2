"""Every layout file, read as a whole: what the format promises holds for each of them."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from rollbook.core import schema
from rollbook.core.errors import SettingsError
from rollbook.core.layout import Column, Layout, SheetLayout
from rollbook.core.schema import Kind
from rollbook.core.vocabulary import CODE_MODELS
from rollbook.sources import layouts

LAYOUTS = layouts.all_layouts()
SHEETS = [
    pytest.param(layout, sheet, id=f"{layout.name}-{sheet.name}") for layout in LAYOUTS for sheet in layout.sheets
]

SMALLEST = """
name = "pupils"
title = "Pupils"

[[sheet]]
name = "pupils"

[sheet.columns]
no = {required = true}
last = {}

[[sheet.record]]
entity = "user"
key = "pupil:{no}"
fields = {family_name = "last"}
"""


def test_the_layouts_are_the_files_of_the_folder() -> None:
    """Every layout the product promises is there, under the name of its file."""
    promised = (
        "app_sftp canvas_sis clever custom finalsite_open hub_v1 illuminate oneroster_11 oneroster_12 sds_v1 sds_v21"
    )
    assert " ".join(layouts.names()) == promised
    assert [layout.name for layout in LAYOUTS] == list(layouts.names())


def test_adding_a_layout_is_adding_one_file() -> None:
    """A TOML text is all there is to a layout."""
    layout = layouts.load_text(SMALLEST)
    assert layout.sheet("pupils").column("no").required
    assert layout.entities() == {"user"}


@pytest.mark.parametrize(
    "text, message",
    [
        ("name = ", "not valid TOML"),
        (SMALLEST.replace('"last"}', '"first"}'), "sheet pupils: user reads unknown columns first"),
        (SMALLEST.replace("family_name", "surname"), "user has no field 'surname'"),
        (SMALLEST.replace('"user"', '"pupil"'), "sheet pupils: 'pupil'"),
    ],
)
def test_a_mistake_in_a_layout_is_told(text: str, message: str) -> None:
    """Whoever writes a layout reads where it is wrong."""
    with pytest.raises(SettingsError, match=message):
        layouts.load_text(text)


def test_an_unknown_layout_is_told_with_those_there_are() -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(SettingsError, match=r"no layout 'oneroster'.*oneroster_11, oneroster_12"):
        layouts.load("oneroster")


@pytest.mark.parametrize("layout, sheet", SHEETS)
def test_every_column_is_explained(layout: Layout, sheet: SheetLayout) -> None:
    """Each column says what it means, and what must be filled shows how."""
    assert [c.name for c in sheet.columns if not c.help or (c.required and not c.example)] == []


@pytest.mark.parametrize("layout, sheet", SHEETS)
def test_every_column_is_used_or_says_that_it_is_not(layout: Layout, sheet: SheetLayout) -> None:
    """No column is asked for in vain without a word about it."""
    used = {name for rule in sheet.rules for name in rule.columns()} | {sheet.status}
    used |= {name for lookup in sheet.lookups for name in lookup.value.columns()}
    used |= {
        name for other in layout.sheets for one in other.lookups if sheet.name in one.sheets for name in one.columns()
    }
    silent = [c for c in sheet.columns if not (c.drop or c.name in used or sheet.is_extra(c.name))]
    assert [c.name for c in silent if "not read" not in c.help] == []


@pytest.mark.parametrize("layout, sheet", SHEETS)
def test_headers_of_a_sheet_differ(layout: Layout, sheet: SheetLayout) -> None:
    """No header could mean two columns."""
    assert [c.name for c in sheet.columns for name in (c.name, *c.aliases) if sheet.find(name) is not c] == []


@pytest.mark.parametrize("layout, sheet", SHEETS)
def test_passwords_are_never_read(layout: Layout, sheet: SheetLayout) -> None:
    """A password column is dropped before anything is stored."""
    assert [c.name for c in sheet.columns if "password" in c.name.casefold() and not c.drop] == []


@pytest.mark.parametrize("layout, sheet", SHEETS)
def test_records_have_what_they_cannot_live_without(layout: Layout, sheet: SheetLayout) -> None:
    """A rule gives every required field, unless another rule with the same key does."""
    for rule in sheet.rules:
        given = {
            name
            for other in sheet.rules
            if (other.entity, other.key) == (rule.entity, rule.key)
            for name in other.fields
        }
        required = {field.name for field in schema.entity(rule.entity).fields if field.required}
        assert required <= given, rule.entity


@pytest.mark.parametrize("layout, sheet", SHEETS)
def test_constants_and_codes_are_of_the_vocabulary(layout: Layout, sheet: SheetLayout) -> None:
    """A layout only writes words that the hub knows, and `when` only asks for such."""
    for rule in sheet.rules:
        for name, source in rule.fields.items():
            model = schema.entity(rule.entity).field(name).code
            words = {choice[1:] for choice in source.choices if choice.startswith("=")} if model else set()
            words |= {value for value, _ in source.flags} if model else set()
            assert words <= set(CODE_MODELS[model].values if model else ()), name
        for column, wanted in rule.when.items():
            model = sheet.column(column).code
            assert not model or set(wanted) - {""} <= set(CODE_MODELS[model].values), column


@pytest.mark.parametrize("layout, sheet", SHEETS)
def test_coded_fields_are_read_with_their_own_vocabulary(layout: Layout, sheet: SheetLayout) -> None:
    """A column that feeds two coded fields has words that both know."""
    for rule in sheet.rules:
        for name, source in rule.fields.items():
            field = schema.entity(rule.entity).field(name)
            for column in _coded(sheet, source.choices):
                assert field.code in ("", column.code) or _both_know(column, rule.when, field.code), (
                    f"{column.name} -> {name}"
                )


def _coded(sheet: SheetLayout, choices: tuple[str, ...]) -> list[Column]:
    plain = [choice for choice in choices if choice in {c.name for c in sheet.columns}]
    return [column for column in map(sheet.column, plain) if column.code and not CODE_MODELS[column.code].target]


def _both_know(column: Column, when: Mapping[str, tuple[str, ...]], code: str) -> bool:
    wanted = set(when.get(column.name, ()))
    return bool(wanted) and wanted <= set(CODE_MODELS[code].values)


def test_the_hubs_own_sheets_hold_the_whole_roster() -> None:
    """
    Every canonical field has a column in hub_v1.

    But for households, which are derived, and the origin of a membership: what a feed brings is from the feed.
    """
    hub = layouts.load("hub_v1")
    read = {
        (rule.entity, name)
        for sheet in hub.sheets
        for rule in sheet.rules
        for name, source in rule.fields.items()
        if source.extra or source.flags or any(not choice.startswith("=") for choice in source.choices)
    }
    missing = {(entity.name, field.name) for entity, field in schema.all_fields()} - read
    assert {pair for pair in missing if not pair[0].startswith("household")} == {("membership", "origin")}


@pytest.mark.parametrize(
    "name, version", [("oneroster_11", "1.1"), ("oneroster_12", "1.2.0"), ("oneroster_12", "1.2.1")]
)
def test_oneroster_columns_are_those_of_the_specification(name: str, version: str, shared_data: Path) -> None:
    """Names and order are the published ones; 1.2.0 only has one column more."""
    published = json.loads((shared_data / "oneroster" / "csv_fields.json").read_text("utf-8"))["versions"][version]
    for sheet in layouts.load(name).sheets:
        ours = [c.name for c in sheet.columns if version == "1.2.0" or c.name != "resourceSourcedIds"]
        assert ours == [column["name"] for column in published[sheet.name]]


def test_ids_of_clever_do_not_mix_students_and_staff() -> None:
    """Student 7 and teacher 7 are two people; a reference is written like the key that it points to."""
    clever = layouts.load("clever")
    keys = {
        choice
        for sheet in clever.sheets
        for rule in sheet.rules
        if rule.entity == "user"
        for choice in rule.key.choices
    }
    assert {key.partition(":")[0] for key in keys} == {"student", "contact", "teacher", "staff"}
    users = {
        choice
        for sheet in clever.sheets
        for rule in sheet.rules
        for field in schema.entity(rule.entity).references
        if field.target == "user" and field.name in rule.fields
        for choice in rule.fields[field.name].choices
    }
    assert users - {"teacher:{each}"} <= keys


def test_a_list_column_read_as_one_value_is_not_a_list() -> None:
    """`list = false` keeps a subject with a comma in one piece."""
    subject = layouts.load("clever").sheet("sections").column("Subject")
    assert (subject.kind, subject.separator) == (Kind.TEXT, "")


def test_a_lookup_into_a_sheet_without_the_column_is_told() -> None:
    """Whoever writes a lookup reads what the other sheet lacks."""
    text = SMALLEST.replace(
        "[[sheet.record]]",
        '[sheet.lookups]\nx = {take = "a", from = ["pupils"], where = "no", is = "no"}\n[[sheet.record]]',
    )
    with pytest.raises(SettingsError, match="lookup x: sheet pupils has no a"):
        layouts.load_text(text)


def test_sheets_share_parts() -> None:
    """What several sheets have in common is written once, and a sheet may say a column otherwise."""
    text = SMALLEST.replace(
        "[[sheet]]", '[part.base.columns]\nid = {help = "Id."}\nlast = {required = true}\n[[sheet]]\nparts = ["base"]'
    )
    sheet = layouts.load_text(text).sheet("pupils")
    assert [(c.name, c.required) for c in sheet.columns] == [("id", False), ("last", False), ("no", True)]
