"""
Rows -> records: each rule of a sheet gives records of one entity.

A record frame has the columns of `RECORD_COLUMNS`, then one text column for each mapped field of the entity.
References still hold the source key of what they point to.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from rollbook.core import schema
from rollbook.core.codes import translate
from rollbook.core.hashing import key_hash
from rollbook.core.layout import EACH, EACH_NUMBER, Column, Rule, SheetLayout, Source
from rollbook.core.schema import Kind
from rollbook.core.values import Reading, escaped, json_list, read, split

RECORD_COLUMNS: dict[str, pl.DataType] = {
    "source_key": pl.String(),
    "key_hash": pl.Int64(),
    "ended": pl.Boolean(),  # the sender says that the record has ended
    "file": pl.UInt16(),
    "line": pl.UInt32(),
}

ENDED = ("inactive", "tobedeleted", "deleted", "completed", "false", "dropped", "withdrawn")


def map_rule(
    rows: pl.LazyFrame, sheet: SheetLayout, rule: Rule, reading: Reading, extra: Sequence[str] = ()
) -> pl.LazyFrame:
    """
    The records that one rule makes of the rows of its sheet.

    Args:
        rows: Landed rows: the sheet's columns (str, those that were sent), `_file`, `_line`.

        extra: Names of the columns that match the sheet's `extra` patterns.

    Returns:
        A record frame, in the order of the rows. Rows that the rule does not apply to, or whose key has
        a blank part, give none.
    """
    sent = set(rows.collect_schema().names())
    if not set(rule.key.columns()) - {EACH, EACH_NUMBER} <= sent:
        return _none(rule)
    values = _Values(sheet, rule, reading, sent, extra)
    for column, wanted in rule.when.items():
        if column not in sent:
            return _none(rule)
        rows = rows.filter(read(sheet.column(column), reading).value.is_in(list(wanted)))
    if rule.each:
        rows = _explode(rows, sheet, rule, sent)
    fields = [values.field(schema.entity(rule.entity).field(name), source) for name, source in rule.fields.items()]
    key = values.text(rule.key)
    return (
        rows.select(
            key.alias("source_key"),
            _ended(sheet, sent).alias("ended"),
            pl.col("_file").alias("file"),
            pl.col("_line").alias("line"),
            *fields,
        )
        .filter(pl.col("source_key").is_not_null())
        .with_columns(key_hash("source_key").alias("key_hash"))
        .select(*RECORD_COLUMNS, *rule.fields)
    )


def with_lookups(rows: pl.LazyFrame, sheet: SheetLayout, landed: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """
    The rows with the columns that the sheet looks up in others.

    Args:
        landed: Sheet -> its landed rows, for every sheet that was sent.
    """
    for lookup in sheet.lookups:
        found = [
            landed[name].select(
                pl.col(lookup.where).str.strip_chars().alias("_where"),
                pl.col(lookup.take).str.strip_chars().alias("_take"),
            )
            for name in lookup.sheets
            if name in landed and {lookup.where, lookup.take} <= set(landed[name].collect_schema().names())
        ]
        if not found or lookup.value not in rows.collect_schema().names():
            continue
        taken = pl.col("_take").unique().sort()
        value = taken.str.join(lookup.column.separator) if lookup.column.separator else taken.first()
        table = pl.concat(found).drop_nulls().group_by("_where").agg(value.alias(lookup.column.name))
        rows = (
            rows.with_columns(pl.col(lookup.value).str.strip_chars().alias("_where"))
            .join(table, on="_where", how="left", maintain_order="left")
            .drop("_where")
        )
    return rows


def mapped_fields(rules: Sequence[Rule]) -> tuple[str, ...]:
    """The fields that any of the rules gives, in the order of the schema."""
    given = {name for rule in rules for name in rule.fields}
    return tuple(f.name for f in schema.entity(rules[0].entity).fields if f.name in given)


def _none(rule: Rule) -> pl.LazyFrame:
    return pl.LazyFrame(schema={**RECORD_COLUMNS, **dict.fromkeys(rule.fields, pl.String())})


def _ended(sheet: SheetLayout, sent: set[str]) -> pl.Expr:
    if not sheet.status or sheet.status not in sent:
        return pl.lit(False)
    return pl.col(sheet.status).str.strip_chars().str.to_lowercase().is_in(list(ENDED)).fill_null(False)


def _explode(rows: pl.LazyFrame, sheet: SheetLayout, rule: Rule, sent: set[str]) -> pl.LazyFrame:
    """One row for each value of the rule's `each`, with `each` and `each_number`."""
    columns = [sheet.column(name) for name in rule.each if name in sent]
    if not columns:
        return rows.with_columns(pl.lit(None, pl.String).alias(EACH), pl.lit(None, pl.String).alias(EACH_NUMBER)).head(
            0
        )
    parts = [_parts(column) for column in columns]
    values = parts[0] if len(parts) == 1 else pl.concat_list(parts).list.drop_nulls()
    return (
        rows.with_columns(values.alias(EACH))
        .filter(pl.col(EACH).list.len() > 0)
        .with_columns(pl.int_ranges(1, pl.col(EACH).list.len() + 1).alias(EACH_NUMBER))
        .explode(EACH, EACH_NUMBER)
        .with_columns(pl.col(EACH_NUMBER).cast(pl.String))
    )


def _first(column: Column, reading: Reading) -> pl.Expr:
    """The first value of a list cell."""
    first = split(pl.col(column.name), column.separator).list.first()
    return translate(first, column.code, reading.codes.get(column.code)) if column.code else first


def _parts(column: Column) -> pl.Expr:
    if column.separator:
        return split(pl.col(column.name), column.separator)
    return split(pl.col(column.name), "\x00")


class _Values:
    """Expressions for the sources of one rule."""

    def __init__(self, sheet: SheetLayout, rule: Rule, reading: Reading, sent: set[str], extra: Sequence[str]) -> None:
        self._sheet, self._rule, self._reading, self._sent, self._extra = sheet, rule, reading, sent, extra

    def field(self, field: schema.Field, source: Source) -> pl.Expr:
        """The canonical value of a field, named after it."""
        return self._value(field, source).alias(field.name)

    def _value(self, field: schema.Field, source: Source) -> pl.Expr:
        if source.extra:
            return self._object()
        if source.flags:
            return self._flagged(source)
        if field.kind not in (Kind.LIST, Kind.REFS):
            return self.text(source)
        if self._gives_json(source):
            return self._column(source.column)
        text = self.text(source)
        return pl.when(text.is_not_null()).then(pl.concat_str([pl.lit('["'), escaped(text), pl.lit('"]')]))

    def _gives_json(self, source: Source) -> bool:
        """The source is a list column taken as it is."""
        name = source.column
        return (
            bool(name) and name not in (EACH, EACH_NUMBER) and self._sheet.column(name).kind in (Kind.LIST, Kind.REFS)
        )

    def text(self, source: Source) -> pl.Expr:
        """The first of the source's choices that is not blank."""
        choices = [self._choice(choice) for choice in source.choices]
        return choices[0] if len(choices) == 1 else pl.coalesce(choices)

    def _choice(self, choice: str) -> pl.Expr:
        if choice.startswith("="):
            return pl.lit(choice[1:])
        names = list(Source((choice,)).columns())
        if names == [choice]:
            return self._column(choice, as_one=True)
        parts: list[pl.Expr] = []
        rest = choice
        for name in names:
            before, _, rest = rest.partition("{" + name + "}")
            parts += [pl.lit(before)] if before else []
            parts.append(self._column(name, as_one=True))
        parts += [pl.lit(rest)] if rest else []
        return parts[0] if len(parts) == 1 else pl.concat_str(parts)

    def _column(self, name: str, as_one: bool = False) -> pl.Expr:
        if name in (EACH, EACH_NUMBER):
            return pl.col(name)
        if name not in self._sent:
            return pl.lit(None, pl.String)
        column = self._sheet.column(name)
        if as_one and column.separator:
            return _first(column, self._reading)
        return read(column, self._reading).value

    def _flagged(self, source: Source) -> pl.Expr:
        """The values whose column is true; blank when none of the columns says anything."""
        chosen = [pl.when(self._column(column) == "true").then(pl.lit(value)) for value, column in source.flags]
        return json_list(pl.concat_list(chosen).list.drop_nulls())

    def _object(self) -> pl.Expr:
        """A JSON object of the sheet's extra columns; blank when all of them are."""
        if not self._extra:
            return pl.lit(None, pl.String)
        members = [
            pl.concat_str([pl.lit(f'"{name}":"'), escaped(pl.col(name).str.strip_chars()), pl.lit('"')])
            for name in sorted(self._extra)
        ]
        body = pl.concat_str(members, separator=",", ignore_nulls=True)
        return pl.when(body != "").then(pl.concat_str([pl.lit("{"), body, pl.lit("}")]))
