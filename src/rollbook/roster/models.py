"""
The roster tables, made from the canonical schema.

Every row carries, beside the fields of its entity, the columns of `RosterRow`. A row that an integration
created carries its own link (`owner`, `source_key`, hashes), and its id follows from its key, so the primary key
alone keeps keys unique; `Link` holds the links of further integrations that know the same row. References have no
database constraint: they are proved for all records of a run at once (`core.records`), which is many times cheaper than
a trigger for each row.
"""

from typing import Any

from django.db import models
from django.db.models.functions import Now

from rollbook.core import schema
from rollbook.core.schema import Entity, Kind


class RosterRow(models.Model):
    """What every roster row has, whatever its entity."""

    sourced_id = models.UUIDField(primary_key=True, editable=False)
    tenant = models.ForeignKey(
        "accounts.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    active = models.BooleanField(db_default=True)
    owner = models.ForeignKey(
        "integrations.Integration",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        help_text="The integration that created the row and may end it; none for rows made by hand.",
    )
    source_key = models.TextField(null=True, help_text="The owner's key for it.")
    key_hash = models.BigIntegerField(null=True)
    record_hash = models.BigIntegerField(
        null=True, help_text="Hash of the owner's last record; blank = compare values."
    )
    revision = models.IntegerField(db_default=1, help_text="Counts up with each change.")
    created_run = models.BigIntegerField(null=True)
    changed_run = models.BigIntegerField(null=True, help_text="The last run that changed it; none since it was made.")
    date_created = models.DateTimeField(db_default=Now())
    date_last_modified = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


_LOOKED_UP = {("demographics", "user")}
"""The references that a query looks rows up by. An index comes with its query: each first load and each night pays."""


def _column(entity: str, field: schema.Field) -> "models.Field[Any, Any]":
    """The Django field for one canonical field."""
    options: dict[str, Any] = {"null": True, "blank": True, "help_text": field.help}
    match field.kind:
        case Kind.REF:
            return models.ForeignKey(
                f"roster.{model_name(field.target)}",
                on_delete=models.PROTECT,
                related_name="+",
                db_constraint=False,
                db_index=(entity, field.name) in _LOOKED_UP,
                **options,
            )
        case Kind.DATE:
            return models.DateField(**options)
        case Kind.BOOLEAN:
            return models.BooleanField(**options)
        case Kind.INTEGER:
            return models.IntegerField(**options)
        case _ if field.length:
            return models.CharField(max_length=field.length, **options)
        case _:
            return models.TextField(**options)


def model_name(entity: str) -> str:
    """`academic_session` -> `AcademicSession`."""
    return "".join(part.capitalize() for part in entity.split("_"))


def _model(entity: Entity) -> type[RosterRow]:
    meta = type("Meta", (), {"db_table": f"roster_{entity.name}"})
    columns = {field.name: _column(entity.name, field) for field in entity.fields}
    return type(
        model_name(entity.name),
        (RosterRow,),
        {"__module__": __name__, "__doc__": entity.help, "Meta": meta, **columns},
    )


MODELS: dict[str, type[RosterRow]] = {entity.name: _model(entity) for entity in schema.ENTITIES}


def model(entity: str) -> type[RosterRow]:
    """The model of an entity."""
    return MODELS[entity]


class Link(models.Model):
    """An integration's key for a row that it did not create."""

    integration = models.ForeignKey("integrations.Integration", on_delete=models.PROTECT, related_name="links")
    entity = models.CharField(max_length=32)
    source_key = models.TextField()
    key_hash = models.BigIntegerField()
    record_hash = models.BigIntegerField(null=True)
    row = models.UUIDField(db_index=True)
    created_run = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "entity", "key_hash"], name="link_key_in_integration")
        ]


class StickyField(models.Model):
    """A field that a person edited by hand: it stays until it is released."""

    entity = models.CharField(max_length=32)
    row = models.UUIDField()
    field = models.CharField(max_length=64)
    member = models.ForeignKey("accounts.Member", null=True, on_delete=models.SET_NULL, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "row", "field"], name="sticky_field_once")]
