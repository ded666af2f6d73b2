"""
What a report hides from those who may not see it: health, custody, race, meal status, PINs.

In doubt a value is hidden: a column that is fed to an entity with restricted fields, and that no layout
explains, may be any of them.
"""

from collections.abc import Iterator
from functools import cache

import polars as pl

from rollbook.core import schema
from rollbook.core.issues import UNMAPPED
from rollbook.core.layout import EACH, Layout, SheetLayout, normal_name
from rollbook.core.schema import MASK, Entity, Privacy

_KIND = ["sheet", "field", "entity", "_model"]
"""What decides whether the value of an issue is hidden."""


@cache
def restricted_codes() -> frozenset[str]:
    """The code models of which at least one restricted field holds values."""
    return frozenset(f.code for _, f in schema.all_fields() if f.code and f.privacy is Privacy.RESTRICTED)


@cache
def _restricted_names() -> frozenset[str]:
    return frozenset(normal_name(f.name) for _, f in schema.all_fields() if f.privacy is Privacy.RESTRICTED)


def hides_name(entity: Entity) -> bool:
    """
    Whether even the name and key of a record say too much.

    A health alert is named after what it is about, and its key may hold that too.
    """
    return any(entity.field(name).privacy is Privacy.RESTRICTED for name in entity.label)


def mask_names(entity: Entity, *columns: str) -> list[pl.Expr]:
    """The columns, masked where `entity` hides its names."""
    if not hides_name(entity):
        return [pl.col(c) for c in columns]
    return [pl.lit(MASK).alias(c) for c in columns]


def mask_issues(issues: pl.DataFrame, layout: Layout | None) -> pl.DataFrame:
    """
    The issues, without the values and keys that are restricted.

    Args:
        layout: What the rows were read by; without it more is hidden than need be.
    """
    model = pl.when(pl.col("code").is_in(UNMAPPED)).then(pl.col("detail"))
    issues = issues.with_columns(_model=model)
    kinds = issues.select(_KIND).unique()
    known = _layout_columns(layout)
    hidden = [
        (_hides_value(sheet, field, entity, model, known), _hides_key(entity))
        for sheet, field, entity, model in kinds.iter_rows()
    ]
    flags = pl.DataFrame(hidden, schema={"_value": pl.Boolean, "_key": pl.Boolean}, orient="row")
    judged = issues.join(kinds.hstack(flags), on=_KIND, how="left", nulls_equal=True, maintain_order="left")
    return judged.with_columns(_masked("value", "_value"), _masked("key", "_key")).select(issues.columns).drop("_model")


def _masked(column: str, flag: str) -> pl.Expr:
    hide = pl.col(flag) & pl.col(column).is_not_null()
    return pl.when(hide).then(pl.lit(MASK)).otherwise(pl.col(column)).alias(column)


def _hides_key(entity: str | None) -> bool:
    known = _entity(entity)
    return known is not None and hides_name(known)


def _hides_value(
    sheet: str | None, field: str | None, entity: str | None, model: str | None, known: dict[tuple[str, str], bool]
) -> bool:
    if model is not None:
        return model in restricted_codes()
    if (sheet or "", field or "") in known:
        return known[sheet or "", field or ""]
    about = _entity(entity)
    if about is None:
        return normal_name(field or "") in _restricted_names()
    own = next((f for f in about.fields if f.name == field), None)
    if own is not None:
        return own.privacy is Privacy.RESTRICTED
    return any(f.privacy is Privacy.RESTRICTED for f in about.fields)


def _entity(name: str | None) -> Entity | None:
    """Issues name an entity as it is read, with blanks."""
    wanted = (name or "").replace(" ", "_")
    return next((e for e in schema.ENTITIES if e.name == wanted), None)


def _layout_columns(layout: Layout | None) -> dict[tuple[str, str], bool]:
    """(sheet, column) -> whether a restricted field reads it, for every column of the layout."""
    known: dict[tuple[str, str], bool] = {}
    for sheet in layout.sheets if layout else ():
        restricted = set(restricted_columns(sheet))
        known.update({(sheet.name, column.name): False for column in sheet.columns})
        known.update({(sheet.name, column): True for column in restricted})
    for sheet in layout.sheets if layout else ():
        for lookup in sheet.lookups:
            if known.get((sheet.name, lookup.column.name)):
                known.update({(other, lookup.take): True for other in lookup.sheets})
    return known


def restricted_columns(sheet: SheetLayout) -> Iterator[str]:
    """The columns of a sheet that feed restricted fields."""
    for rule in sheet.rules:
        entity = schema.entity(rule.entity)
        for name, source in rule.fields.items():
            if entity.field(name).privacy is Privacy.RESTRICTED:
                columns = set(source.columns())
                yield from columns
                yield from rule.each if EACH in columns else ()
