"""The settings of an integration: what is refused when it is set, and what each does to a run."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.accounts.models import Tenant
from rollbook.core.errors import SettingsError
from rollbook.core.layout import Column
from rollbook.core.plan import Absence
from rollbook.core.schema import Kind
from rollbook.core.values import Reading, read
from rollbook.integrations import options
from rollbook.integrations.declared import OPTIONS, Option
from rollbook.integrations.fingerprint import fingerprint
from rollbook.integrations.models import CodeMapping, Integration
from rollbook.integrations.options import checked
from rollbook.runs.models import State
from rollbook.sources import layouts
from tests.runs.whole_runs import SETTINGS, a_hub, active, changed, northfield, roster

REPOSITORY = Path(__file__).parents[2]


def set_up(settings: dict[str, str]) -> Integration:
    """An integration with these settings, of some tenant."""
    tenant, _ = Tenant.objects.get_or_create(slug="northfield")
    return Integration(tenant=tenant, settings=settings)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"layuot": "hub_v1"}, "There is no setting 'layuot'"),
        ({"layout": "no_such"}, "no_such"),
        ({"layout": "custom"}, "needs layout_text"),
        ({"layout_text": "name = "}, "TOML"),
        ({"mode": "partial"}, "it must be one of: full, delta, add"),
        ({"layout": "hub_v1", "sheet.*.txt": "peple"}, "has no sheet or column 'peple'"),
        ({"layout": "hub_v1", "header.people.Pupil No": "no"}, "has no sheet or column 'no'"),
        ({"layout": "hub_v1", "header.peple.Pupil No": "person_id"}, "has no such sheet"),
        ({"layout": "hub_v1", "header.people.Password": "person_id"}, "is never read"),
        ({"header.people.Pupil No": "person_id"}, "once a layout is named"),
        ({"absence": "delete"}, "it must be one of: keep, end_enrollment, deactivate"),
        ({"blank": "maybe"}, "it must be one of: keep, clear"),
        ({"date_format": "tomorrow"}, "'tomorrow' is not a date format"),
        ({"date_format": "MM/DD/YYYY"}, "is not a date format"),
        ({"date_format": "M/yyyy"}, "is not a date format"),
        ({"family": "shoe_size"}, "shoe_size is not a part a family can be told by"),
        ({"limit_deactivate": "many"}, "limit_deactivate must be"),
        ({"limit_deactivate": "101"}, "limit_deactivate must be"),
        ({"layout": "hub_v1", "field.user.shoe_size": "x"}, "there is no roster field 'user.shoe_size'"),
        ({"layout": "hub_v1", "field.shoe.size": "x"}, "there is no roster field 'shoe.size'"),
        ({"field.user.shoe_size": "x"}, "there is no roster field 'user.shoe_size'"),
        (
            {"layout": "hub_v1", "field.user.entry_date": "last_name"},
            "last_name of the sheet people is not read as a date",
        ),
        ({"layout": "hub_v1", "field.user.entry_date": "=soon"}, "=soon of the sheet people is not read as a date"),
        ({"layout": "hub_v1", "field.user.deceased": "{first_name}"}, "is not read as a boolean"),
        (
            {"layout": "hub_v1", "field.relationship.priority": "type"},
            "type of the sheet relationships is not read as a int",
        ),
        ({"read.a.txt.color": "red"}, "color cannot be set"),
        ({"read.a.txt.widths": "id:1"}, "widths are name:start:length"),
        ({"read.a.txt.header_row": "first"}, "header_row is a line number"),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_set(settings: dict[str, str], message: str) -> None:
    """A setting that is unknown or impossible is refused at once, with what is possible."""
    with pytest.raises(SettingsError, match=re.escape(message)):
        checked(settings)


def test_a_date_can_be_read_from_another_date() -> None:
    """A binding to a column of the same kind is fine."""
    checked({"layout": "hub_v1", "field.user.entry_date": "hire_date ?? entry_date"})


def test_the_defaults_can_be_used() -> None:
    """Every default is a value that may be set."""
    defaults = {option.name: option.default for option in OPTIONS if not option.name.endswith(".")}
    assert checked(defaults) == defaults
    assert checked({}) == {}


@given(st.dictionaries(st.sampled_from([o.name for o in OPTIONS if not o.name.endswith(".")]), st.text(max_size=8)))
def test_any_text_is_taken_or_refused(settings: dict[str, str]) -> None:
    """Whatever is written, a setting is kept as it is or refused in plain words."""
    with suppress(SettingsError):
        assert checked(settings) == settings


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_setting_is_documented(option: Option) -> None:
    """The reference has an entry for each setting, and each says in a sentence what it does."""
    page = (REPOSITORY / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    assert f"`{option.name}" in page
    assert len(option.help) > 20


@pytest.mark.parametrize(
    "format, text",
    [
        ("M/d/yyyy", "8/4/2026"),
        ("MM/dd/yyyy", "08/04/2026"),
        ("dd.MM.yyyy", "04.08.2026"),
        ("d-MMM-yyyy", "4-Aug-2026"),
        ("d MMMM yyyy", "4 August 2026"),
        ("yyyyMMdd", "20260804"),
        ("yyMMdd", "260804"),
        ("yyyy/MM/dd", "2026/08/04"),
    ],
)
@pytest.mark.django_db
def test_date_formats_are_written_as_people_do(format: str, text: str) -> None:
    """The formats of vendors' pages are understood, and read what they describe."""
    reading = options.terms(set_up({"date_format": format}), layouts.load("hub_v1")).reading
    found = read(pl.Series([text]), Column("x", kind=Kind.DATE), reading)
    assert found.value.to_list() == ["2026-08-04"]


def test_several_date_formats_are_tried_in_turn() -> None:
    """Formats are separated by commas."""
    checked({"date_format": "M/d/yyyy, yyyyMMdd"})


@pytest.mark.django_db
def test_the_terms_of_an_integration() -> None:
    """Settings become what checks and mapping need: formats of the layout unless others are set, filters, family."""
    chosen = layouts.load("clever")
    plain = options.terms(set_up({}), chosen)
    assert (plain.reading, plain.family, plain.layout) == (Reading(chosen.dates), (), chosen)
    settings = {"phone_region": "GB", "family": "family_key, home_phone", "grades": "09, 10", "schools": "S1"}
    terms = options.terms(set_up({**settings, "date_format": "d/M/yyyy"}), chosen)
    assert terms.reading == Reading(("%d/%m/%Y",), region="GB")
    assert terms.family == ("family_key", "home_phone")
    assert terms.only == {"grades": ("09", "10"), "schools": ("S1",)}


def test_absence_is_kept_unless_somebody_says_otherwise() -> None:
    """Nothing ends because it is absent, until an admin has decided so."""
    assert options.absence(Integration(settings={})) is Absence.KEEP


# What they do to a run -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_field_can_be_read_from_another_column() -> None:
    """A binding of the integration comes before that of the layout; a blank one leaves the field out."""
    settings = {**SETTINGS, "field.user.homeroom": "household_id", "field.user.email": ""}
    with a_hub(settings) as hub:
        hub.carry(northfield())
        ada = roster()["user", "P1"]
        assert (ada["homeroom"], ada.get("email")) == ("H1", None)


@pytest.mark.django_db
def test_blanks_clear_where_the_integration_says_so() -> None:
    """With `blank=clear` a blank cell takes the old value away, otherwise it stays."""
    for blank, kept in (("keep", "ada@north.example"), ("clear", None)):
        with a_hub({**SETTINGS, "blank": blank}) as hub:
            hub.carry(northfield())
            hub.carry(changed("people", "P1", "email", ""))
            assert roster()["user", "P1"].get("email") == kept


@pytest.mark.django_db
def test_a_bad_value_clears_nothing() -> None:
    """A typing mistake never takes a value away, also where blanks do."""
    with a_hub({**SETTINGS, "blank": "clear"}) as hub:
        hub.carry(northfield())
        hub.carry(changed("people", "P1", "email", "ada at north"))
        assert roster()["user", "P1"]["email"] == "ada@north.example"


@pytest.mark.django_db
def test_only_the_schools_that_are_wanted_come() -> None:
    """What is outside the filters is left out without a word, with all that hangs on it."""
    with a_hub({**SETTINGS, "schools": "S2"}) as hub:
        run = hub.carry(northfield())
        assert "P3" in active("user")
        assert "P1" not in active("user")
        assert not {key for key in active("enrollment") if "P1" in key}
        assert run.state == State.APPLIED


@pytest.mark.django_db
def test_a_code_mapping_is_used_and_a_change_of_it_is_noticed() -> None:
    """The words of the integration are understood; with other words the same files are read anew."""
    strange = changed("people", "P1", "grade", "Freshman")
    with a_hub({**SETTINGS, "codes.grade_level": "grades"}) as hub:
        mapping = CodeMapping.objects.create(
            tenant=hub.integration.tenant, name="grades", model="grade_level", entries={"Freshman": "09"}
        )
        hub.carry(strange)
        assert roster()["user", "P1"]["grades"] == ["09"]
        mapping.entries = {"Freshman": "10"}
        mapping.save()
        hub.carry(strange)
        assert roster()["user", "P1"]["grades"] == ["10"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "settings, message",
    [
        ({"codes.grade_level": "nowhere"}, "there is no code mapping 'nowhere'"),
        ({"codes.shoe_size": "nowhere"}, "there is no code model 'shoe_size'"),
    ],
)
def test_a_run_with_settings_that_cannot_work_fails_and_says_so(settings: dict[str, str], message: str) -> None:
    """What was right when it was set and is not any more ends the run before anything is written."""
    with a_hub({**SETTINGS, **settings}) as hub:
        run = hub.carry(northfield())
        assert (run.state, roster()) == (State.FAILED, {})
        assert message in run.error


@pytest.mark.django_db
def test_any_setting_that_gives_other_records_changes_the_fingerprint() -> None:
    """The digest of an input covers the settings and the code mappings it was read with."""
    with a_hub() as hub:
        integration = hub.integration
        seen = {fingerprint(integration)}
        for name in ("blank", "phone_region", "grades", "field.user.email"):
            integration.settings = {**SETTINGS, name: "x"}
            seen.add(fingerprint(integration))
        assert len(seen) == 5
