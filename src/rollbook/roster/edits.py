"""
Values that a person enters by hand: checked like any other, written by `roster.apply`, and kept.

An edited field is sticky: no run of any integration changes it, until a person releases it. Then the next run
compares the record again and brings the source's value; where the source has none, the entered one stays unless the
integration clears blanks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import polars as pl
from django.db import transaction
from django.utils import timezone

from rollbook.accounts.models import Member, Tenant
from rollbook.core import schema
from rollbook.core.errors import RollbookError
from rollbook.core.layout import Column
from rollbook.core.plan import PLAN_COLUMNS, Action, LinkKind, label
from rollbook.core.schema import Entity, Field, Kind
from rollbook.core.values import Reading, escaped, json_list, read
from rollbook.core.vocabulary import CODE_MODELS
from rollbook.integrations.models import Integration
from rollbook.roster import apply, snapshot
from rollbook.roster.models import Link, RosterRow, StickyField, model

SEPARATOR = ","
_EXPECTED = {
    Kind.DATE: "a date as YYYY-MM-DD",
    Kind.YEAR: "a year as YYYY",
    Kind.BOOLEAN: "true or false",
    Kind.INTEGER: "a whole number",
    Kind.EMAIL: "an e-mail address",
    Kind.PHONE: "a telephone number",
    Kind.URL: "an address that begins with http:// or https://",
    Kind.PHOTO: "an address that begins with http:// or https://",
    Kind.OBJECT: "`{kind:id},{kind:id}` or a JSON object of texts",
}


class EditRefused(RollbookError):
    """What was entered cannot be written. Nothing was changed."""


def edit(
    tenant: Tenant, entity: str, sourced_id: UUID, values: Mapping[str, str], member: Member | None = None
) -> None:
    """
    Set fields of one active row, and keep them.

    Args:
        values: Field -> text as people write it: lists comma separated, references by their roster id. Blank clears
            the field.

    Raises:
        EditRefused: There is no such row or field, or a value cannot be read.
    """
    declared, names = _declared(entity, values)
    with transaction.atomic():
        apply.lock(tenant)
        row = _row(tenant, declared, sourced_id)
        read_values = {name: _value(tenant, declared, declared.field(name), values[name]) for name in names}
        current = snapshot.rows_by_id(entity, pl.Series([row.sourced_id.hex]), names)
        changed = [name for name in names if current[name].item() != read_values[name]]
        if changed:
            new = [pl.lit(read_values[name], pl.String).alias(name) for name in names]
            plan = _plan(declared, current.with_columns(new), Action.UPDATE, changed)
            apply.touch(entity, plan, apply.Author(tenant, None, None, timezone.now()))
        for name in names:
            StickyField.objects.update_or_create(
                entity=entity, row=row.sourced_id, field=name, defaults={"member": member}
            )


def release(tenant: Tenant, entity: str, sourced_id: UUID, field: str) -> None:
    """
    Let the sync set an edited field again, from the next run on.

    Raises:
        EditRefused: There is no such row or field, or it was not edited.
    """
    declared, names = _declared(entity, [field])
    with transaction.atomic():
        apply.lock(tenant)
        row = _row(tenant, declared, sourced_id)
        if not StickyField.objects.filter(entity=entity, row=row.sourced_id, field=field).delete()[0]:
            raise EditRefused(f"{field} of this {_singular(declared)} was not edited by hand. Nothing was changed.")
        current = snapshot.rows_by_id(entity, pl.Series([row.sourced_id.hex]), names)
        for tie in _ties(entity, row):
            # Without its hash, the record is compared by value; without its digest, the input is read again.
            relink = current.with_columns(
                key_hash=pl.lit(tie.key_hash, pl.Int64), source_key=pl.lit(tie.source_key), link=pl.lit(tie.link.value)
            )
            author = apply.Author(tenant, tie.integration, None, timezone.now())
            apply.touch(entity, _plan(declared, relink, Action.RELINK, []), author)
            Integration.objects.filter(pk=tie.integration.pk).update(input_digest="", rows_digest="")


@dataclass(frozen=True)
class _Tie:
    """How an integration knows a row."""

    integration: Integration
    link: LinkKind
    key_hash: int | None
    source_key: str | None


def _ties(entity: str, row: RosterRow) -> list[_Tie]:
    shared = Link.objects.select_related("integration").filter(entity=entity, row=row.sourced_id)
    ties = [_Tie(link.integration, LinkKind.SHARED, link.key_hash, link.source_key) for link in shared]
    if row.owner is not None:
        ties.append(_Tie(row.owner, LinkKind.OWN, row.key_hash, row.source_key))
    return ties


def _declared(entity: str, fields: Mapping[str, str] | list[str]) -> tuple[Entity, list[str]]:
    """The entity, and the fields in the order of the schema."""
    try:
        declared = schema.entity(entity)
    except KeyError:
        names = ", ".join(e.name for e in schema.ENTITIES)
        raise EditRefused(f"There is no kind of record {entity!r}. There are: {names}. Nothing was changed.") from None
    known = [field.name for field in declared.fields]
    if unknown := sorted(set(fields) - set(known)):
        raise EditRefused(
            f"A {_singular(declared)} has no field {', '.join(unknown)}. Nothing was changed. "
            f"It has: {', '.join(known)}."
        )
    return declared, [name for name in known if name in fields]


def _row(tenant: Tenant, entity: Entity, sourced_id: UUID) -> RosterRow:
    row = model(entity.name)._default_manager.filter(tenant=tenant, sourced_id=sourced_id).first()
    if row is None:
        raise EditRefused(
            f"There is no {_singular(entity)} {sourced_id} in the roster of {tenant}. Nothing was changed."
        )
    if not row.active:
        raise EditRefused(f"The {_singular(entity)} {sourced_id} is not active. Nothing was changed.")
    return row


def _plan(entity: Entity, row: pl.DataFrame, action: Action, changed: list[str]) -> pl.LazyFrame:
    """A plan of one row; `row` has the new values."""
    fields = [field.name for field in entity.fields if field.name in row.columns]
    return row.select(
        pl.lit(action.value).alias("action"),
        "link",
        "sourced_id",
        "source_key",
        "key_hash",
        pl.lit(None, pl.Int64).alias("record_hash"),
        "revision",
        pl.lit(None, pl.String).alias("scope"),
        label(entity, fields),
        pl.lit(",".join(changed) or None, pl.String).alias("changed"),
        *(pl.lit(None, PLAN_COLUMNS[name]).alias(name) for name in ("sheet", "file", "line")),
        *fields,
    ).lazy()


# Values ----------------------------------------------------------------------------------------------


def _value(tenant: Tenant, entity: Entity, field: Field, text: str) -> str | None:
    """The canonical value of what was entered; None when it is blank."""
    if not text.strip():
        if field.required:
            raise EditRefused(f"A {_singular(entity)} cannot be without {field.name}. Nothing was changed.")
        return None
    if field.kind in (Kind.REF, Kind.REFS):
        return _reference(tenant, field, text)
    column = Column(
        field.name,
        kind=field.kind,
        code=field.code,
        length=field.length,
        separator=SEPARATOR if field.kind is Kind.LIST else "",
    )
    found = read(pl.Series([text], dtype=pl.String), column, Reading())
    value = found.value
    if column.separator:
        texts = pl.col("texts").list.eval(escaped(pl.element()))
        value = value.to_frame("texts").select(json_list(texts)).to_series()
    if found.fault is not None or value.item() is None:
        raise EditRefused(f"{field.name} cannot be {text!r}: {_wanted(field)}. Nothing was changed.")
    if field.kind is Kind.OBJECT:
        return _object(field, value.item())
    return str(value.item())


def _wanted(field: Field) -> str:
    if field.code:
        codes = CODE_MODELS[field.code].values
        shown = ", ".join(list(codes)[:20])
        return f"it must be one of {shown}{' …' if len(codes) > 20 else ''}"
    if field.kind in _EXPECTED:
        return f"it must be {_EXPECTED[field.kind]}"
    return f"it may have {field.length} characters" if field.length else "it cannot be read"


def _object(field: Field, text: str) -> str:
    """As the sync writes objects: without blanks between the parts, and with nothing but texts."""
    try:
        members = json.loads(text)
    except ValueError:
        members = None
    if not isinstance(members, dict) or not all(isinstance(value, str) for value in members.values()):
        raise EditRefused(f"{field.name} cannot be {text!r}: it must be {_EXPECTED[Kind.OBJECT]}. Nothing was changed.")
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def _reference(tenant: Tenant, field: Field, text: str) -> str:
    """Roster ids of active rows of the same tenant."""
    given = [part.strip() for part in text.split(SEPARATOR)] if field.kind is Kind.REFS else [text.strip()]
    target = schema.entity(field.target)
    try:
        ids = [UUID(part) for part in given if part]
    except ValueError:
        raise EditRefused(
            f"{field.name} must be the roster id of a {_singular(target)}. Nothing was changed."
        ) from None
    for sourced_id in ids:
        _row(tenant, target, sourced_id)
    if field.kind is Kind.REF:
        return ids[0].hex
    return json.dumps([sourced_id.hex for sourced_id in ids], separators=(",", ":"))


def _singular(entity: Entity) -> str:
    return entity.name.replace("_", " ")
