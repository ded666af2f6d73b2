"""The canonical schema: sound in itself, and what is made from it agrees with it."""

import io
import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import models

from rollbook.core import schema
from rollbook.core.checks import FAULT
from rollbook.core.layout import Layout
from rollbook.core.mapping import RECORD_COLUMNS
from rollbook.core.plan import PLAN_COLUMNS
from rollbook.core.schema import ENTITIES, Entity, Field, Kind
from rollbook.core.vocabulary import CODE_MODELS
from rollbook.roster.models import MODELS, RosterRow
from rollbook.sources import layouts

REPOSITORY = Path(__file__).parents[2]
FIELDS = [pytest.param(entity, field, id=f"{entity.name}.{field.name}") for entity, field in schema.all_fields()]
EACH_ENTITY = pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
EACH_FIELD = pytest.mark.parametrize("entity, field", FIELDS)

# What is made by the hub itself, never sent.
MADE = {"household", "household_member", "membership"}


def test_an_entity_only_refers_to_those_before_it() -> None:
    """The order of entities is the order of writing: whatever is named is there already, or of the same kind."""
    known: set[str] = set()
    for entity in ENTITIES:
        known.add(entity.name)
        assert {field.target for field in entity.references} <= known


def test_names_are_said_once() -> None:
    """No two entities, and no two fields of one, share a name."""
    assert len({entity.name for entity in ENTITIES}) == len(ENTITIES)
    assert all(len({field.name for field in entity.fields}) == len(entity.fields) for entity in ENTITIES)


@EACH_FIELD
def test_a_field_is_called_like_nothing_else(entity: Entity, field: Field) -> None:
    """A field never collides with the columns that travel beside it, nor with those of the row."""
    beside = {*PLAN_COLUMNS, *RECORD_COLUMNS, "repeats", "placeholder", "sticky", "dropped", "id"}
    assert field.name not in beside | {column.name for column in RosterRow._meta.get_fields()}
    assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)
    assert not field.name.startswith(FAULT)


@EACH_FIELD
def test_a_field_is_sound(entity: Entity, field: Field) -> None:
    """References have a target, codes a vocabulary, limits a length, and every field tells what it means."""
    assert (field.kind in (Kind.REF, Kind.REFS)) == bool(field.target)
    assert field.target in {"", *(e.name for e in ENTITIES)}
    assert field.code in {"", *CODE_MODELS}
    assert field.kind is not Kind.CODE or field.code
    assert not field.soft or field.target
    assert not (field.soft and field.required)
    assert (field.length == 0) == (field.kind in (Kind.LONG_TEXT, Kind.LIST, Kind.OBJECT, Kind.REF, Kind.REFS))
    assert field.help.endswith((".", "…"))


@EACH_ENTITY
def test_an_entity_knows_its_school_and_its_name(entity: Entity) -> None:
    """What counts for limits is a reference to an organisation; what is shown as a name are fields of the entity."""
    assert not entity.school or entity.field(entity.school).target == "org"
    assert all(entity.field(name) for name in entity.label)
    assert entity.help.endswith(".")


@EACH_FIELD
def test_codes_fit_their_column(entity: Entity, field: Field) -> None:
    """Every value of a vocabulary is short enough for the fields that hold it."""
    values = CODE_MODELS[field.code].values if field.code else ()
    assert not field.length or all(len(value) <= field.length for value in values)


# Tables ----------------------------------------------------------------------------------------------


@EACH_ENTITY
def test_a_table_has_the_fields_of_its_entity(entity: Entity) -> None:
    """Beside the columns of every row, a table has the fields of its entity and no other."""
    own = {column.name for column in MODELS[entity.name]._meta.get_fields() if not column.auto_created}
    assert own - {column.name for column in RosterRow._meta.get_fields()} == {field.name for field in entity.fields}


TYPES: "dict[Kind, type[models.Field[object, object]]]" = {
    Kind.DATE: models.DateField,
    Kind.BOOLEAN: models.BooleanField,
    Kind.INTEGER: models.IntegerField,
    Kind.REF: models.ForeignKey,
}


@EACH_FIELD
def test_a_column_holds_what_its_field_says(entity: Entity, field: Field) -> None:
    """Type, length, help and target of a column are those of its field; every column may be blank."""
    column = MODELS[entity.name]._meta.get_field(field.name)
    assert isinstance(column, models.Field)
    assert type(column) is TYPES.get(field.kind, models.CharField if field.length else models.TextField)
    assert (column.help_text, column.null) == (field.help, True)
    assert field.kind in TYPES or (column.max_length or 0) == field.length
    assert not column.related_model or column.related_model is MODELS[field.target]


@pytest.mark.django_db
def test_the_migrations_are_up_to_date() -> None:
    """No change of a model or of the schema waits for its migration."""
    said = io.StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=said)
    assert "No changes detected" in said.getvalue()


# Layouts and docs ------------------------------------------------------------------------------------


@EACH_FIELD
def test_our_own_sheets_can_say_everything(entity: Entity, field: Field) -> None:
    """The layout hub_v1 has a place for every field, so that any school can fill it."""
    rules = [rule for sheet in layouts.load("hub_v1").sheets for rule in sheet.rules if rule.entity == entity.name]
    assert entity.name in MADE or any(field.name in rule.fields for rule in rules)


@pytest.mark.parametrize("layout", layouts.all_layouts(), ids=lambda layout: layout.name)
def test_a_layout_reads_each_field_as_what_it_is(layout: Layout) -> None:
    """A column that a field takes as it is has the field's kind: nothing but a date ever reaches a date."""
    checked = {Kind.DATE, Kind.BOOLEAN, Kind.INTEGER, Kind.YEAR, Kind.EMAIL, Kind.OBJECT}
    for sheet in layout.sheets:
        for rule in sheet.rules:
            for name, source in rule.fields.items():
                field = schema.entity(rule.entity).field(name)
                columns = [sheet.column(c) for c in source.columns() if c in {k.name for k in sheet.columns}]
                if field.kind in checked and not source.flags:
                    assert {column.kind for column in columns} <= {field.kind}, f"{sheet.name}: {rule.entity}.{name}"
                for column in columns if field.code and not source.flags else ():
                    wanted = set(rule.when.get(column.name, ()))  # of another vocabulary only what both have
                    is_shared = bool(wanted) and wanted <= set(CODE_MODELS[field.code].values)
                    assert column.code == field.code or is_shared, f"{sheet.name}: {rule.entity}.{name}"


@EACH_FIELD
def test_the_reference_tells_of_every_field(entity: Entity, field: Field) -> None:
    """The page about the schema has an entry for each field, with its meaning."""
    page = (REPOSITORY / "docs" / "reference" / "schema.md").read_text(encoding="utf-8")
    assert f"`{field.name}`" in page
    assert field.help.replace("|", "\\|").split(" (beyond OneRoster)")[0] in page


def test_the_schema_can_be_told_as_data() -> None:
    """Names, kinds and privacy classes are plain text: pages, templates and the API follow from them."""
    told = [(entity.name, field.name, field.kind.value, field.privacy.value) for entity, field in schema.all_fields()]
    assert json.loads(json.dumps(told)) == [list(row) for row in told]


def test_there_are_at_least_fifty_facts_about_a_person() -> None:
    """A constituent has the fifty data points that the large vendors move, and never a password."""
    person = {field.name for name in ("user", "demographics", "role") for field in schema.entity(name).fields}
    assert len(person) >= 50
    assert not [field.name for _, field in schema.all_fields() if re.search("passw|secret|ssn", field.name)]
