"""
Rows -> records: each rule of a sheet gives records of one entity.

Works on rows whose cells have been read (`checks.clean_rows`). A record frame has the columns of
`RECORD_COLUMNS`, then one text column for each mapped field of the entity. References still hold the source
key of what they point to.
"""

import json
from collections.abc import Collection, Iterable, Sequence

import polars as pl

from rollbook.core import schema
from rollbook.core.hashing import key_hash, record_hash
from rollbook.core.layout import EACH, EACH_NUMBER, Rule, SheetLayout, Source
from rollbook.core.schema import Kind
from rollbook.core.values import escaped, json_list

RECORD_COLUMNS: dict[str, pl.DataType] = {
    "source_key": pl.String(),
    "key_hash": pl.Int64(),
    "record_hash": pl.Int64(),
    "ended": pl.Boolean(),  # the sender says that the record has ended
    "file": pl.UInt16(),
    "line": pl.UInt32(),
}

ENDED = ("inactive", "tobedeleted", "deleted", "completed", "false", "dropped", "withdrawn")


def map_rule(rows: pl.LazyFrame, sheet: SheetLayout, rule: Rule) -> pl.LazyFrame:
    """
    The records that one rule makes of the rows of its sheet.

    Args:
        rows: What `checks.clean_rows` made of the rows that are taken.

    Returns:
        A record frame, in the order of the rows. Rows that the rule does not apply to, or whose key has
        a blank part, give none. A field none of whose columns was sent is left out, unless it is required: a
        column that is missing says nothing, not even blank.
    """
    columns = dict(rows.collect_schema())
    for column, wanted in rule.when.items():
        rows = rows.filter(is_one_of(column, wanted, columns))
    if rule.each:
        rows = _explode(rows, rule, columns)
        columns |= {EACH: pl.String(), EACH_NUMBER: pl.String()}
    values = Values(columns)
    entity = schema.entity(rule.entity)
    sent = {name: s for name, s in rule.fields.items() if entity.field(name).required or _is_sent(s, sheet, columns)}
    fields = [values.of(entity.field(name), source, sheet).alias(name) for name, source in sent.items()]
    return (
        rows.select(
            values.text(rule.key).alias("source_key"),
            _ended(sheet, columns).alias("ended"),
            pl.col("_file").alias("file"),
            pl.col("_line").alias("line"),
            *fields,
        )
        .filter(pl.col("source_key").is_not_null())
        .with_columns(key_hash("source_key").alias("key_hash"), hash_of(rule.entity, sent).alias("record_hash"))
        .select(*RECORD_COLUMNS, *sent)
    )


def _is_sent(source: Source, sheet: SheetLayout, columns: Collection[str]) -> bool:
    """Whether the rows have any column that a source reads; one that reads none is a constant."""
    if source.extra:
        return any(sheet.is_extra(name) for name in columns)
    names = tuple(source.columns())
    return not names or any(name in columns for name in names)


def hash_of(entity: str, fields: Iterable[str]) -> pl.Expr:
    """The hash of a record: its key and its mapped fields."""
    return record_hash(entity, ["source_key", *fields])


def is_one_of(column: str, wanted: Sequence[str], columns: dict[str, pl.DataType]) -> pl.Expr:
    """Whether a value (or one of a list) is among those that a `when` asks for; a column that was not sent is blank."""
    if column not in columns:
        return pl.lit("" in wanted)
    value = pl.col(column)
    if isinstance(columns[column], pl.List):
        found = value.list.eval(pl.element().is_in(list(wanted))).list.any().fill_null(False)
        return found | value.is_null() if "" in wanted else found
    return value.fill_null("").is_in(list(wanted))


def _fits(field: schema.Field, source: Source, sheet: SheetLayout) -> bool:
    """No value can be longer than the field: each choice is a column whose length was checked, or a constant."""
    declared = (*sheet.columns, *(lookup.column for lookup in sheet.lookups))
    limits = {c.name: 0 if c.separator else c.length for c in declared}
    return not field.length or all(
        choice.startswith("=") or 0 < limits.get(choice.strip("{}"), 0) <= field.length for choice in source.choices
    )


def _cut_off(text: pl.Expr, length: int) -> pl.Expr:
    """A value that is put together, or that has no limit of its own, is left out where it is too long."""
    return pl.when((text.str.len_bytes() <= length) | (text.str.len_chars() <= length)).then(text)


def _ended(sheet: SheetLayout, columns: dict[str, pl.DataType]) -> pl.Expr:
    if sheet.status not in columns:
        return pl.lit(False)
    return pl.col(sheet.status).str.to_lowercase().is_in(list(ENDED)).fill_null(False)


def _explode(rows: pl.LazyFrame, rule: Rule, columns: dict[str, pl.DataType]) -> pl.LazyFrame:
    """One row for each value of the rule's `each`, with `each` and `each_number`."""
    lists = [
        pl.col(n) if isinstance(columns[n], pl.List) else pl.concat_list(n).list.drop_nulls()
        for n in rule.each
        if n in columns
    ]
    if not lists:
        return rows.head(0).with_columns(pl.lit(None, pl.String).alias(name) for name in (EACH, EACH_NUMBER))
    values = lists[0] if len(lists) == 1 else pl.concat_list(part.fill_null([]) for part in lists)
    return (
        rows.with_columns(values.alias(EACH))
        .filter(pl.col(EACH).list.len() > 0)
        .with_columns(pl.int_ranges(1, pl.col(EACH).list.len() + 1).alias(EACH_NUMBER))
        .explode(EACH, EACH_NUMBER)
        .with_columns(pl.col(EACH_NUMBER).cast(pl.String))
    )


class Values:
    """
    Expressions for the sources of fields, over rows whose cells have been read.

    Args:
        columns: Name -> type of the columns there are; any other is blank.

        is_raw: The cells are as received: blanks around them do not count.
    """

    def __init__(self, columns: dict[str, pl.DataType], *, is_raw: bool = False) -> None:
        self._columns, self._is_raw = columns, is_raw

    def of(self, field: schema.Field, source: Source, sheet: SheetLayout) -> pl.Expr:
        """The canonical value of a field."""
        if source.extra:
            return self._object(sheet)
        if source.flags:
            return self._flagged(source)
        if field.kind not in (Kind.LIST, Kind.REFS):
            return self.text(source) if _fits(field, source, sheet) else _cut_off(self.text(source), field.length)
        if isinstance(self._columns.get(source.column), pl.List):
            return json_list(pl.col(source.column).list.eval(escaped(pl.element())))
        text = self.text(source)
        return pl.when(text.is_not_null()).then(pl.concat_str([pl.lit('["'), escaped(text), pl.lit('"]')]))

    def text(self, source: Source) -> pl.Expr:
        """The first of the source's choices that is not blank."""
        choices = [self._choice(choice) for choice in source.choices]
        return choices[0] if len(choices) == 1 else pl.coalesce(choices)

    def _choice(self, choice: str) -> pl.Expr:
        if choice.startswith("="):
            return pl.lit(choice[1:])
        names = list(Source((choice,)).columns())
        if names == [choice]:
            return self._column(choice)
        parts: list[pl.Expr] = []
        rest = choice
        for name in names:
            before, _, rest = rest.partition("{" + name + "}")
            parts += [pl.lit(before)] if before else []
            parts.append(self._column(name))
        parts += [pl.lit(rest)] if rest else []
        return parts[0] if len(parts) == 1 else pl.concat_str(parts)

    def _column(self, name: str) -> pl.Expr:
        """A column as one text: of a list the first value."""
        if name not in self._columns:
            return pl.lit(None, pl.String)
        if self._is_raw:
            text = pl.col(name).str.strip_chars()
            return pl.when(text != "").then(text)
        return pl.col(name).list.first() if isinstance(self._columns[name], pl.List) else pl.col(name)

    def _flagged(self, source: Source) -> pl.Expr:
        """The values whose column is true; blank when none is."""
        chosen = [pl.when(self._column(column) == "true").then(pl.lit(f'"{value}"')) for value, column in source.flags]
        body = pl.concat_str(chosen, separator=",", ignore_nulls=True)
        return pl.when(body != "").then(pl.concat_str([pl.lit("["), body, pl.lit("]")]))

    def _object(self, sheet: SheetLayout) -> pl.Expr:
        """A JSON object of the sheet's extra columns; blank when all of them are."""
        extra = sorted(name for name in self._columns if sheet.is_extra(name))
        if not extra:
            return pl.lit(None, pl.String)
        values = {name: escaped(pl.col(name)).str.strip_chars() for name in extra if self._columns[name] == pl.String}
        members = [
            pl.when(value != "").then(
                pl.concat_str([pl.lit(f'{json.dumps(name, ensure_ascii=False)}:"'), value, pl.lit('"')])
            )
            for name, value in values.items()
        ]
        body = pl.concat_str(members, separator=",", ignore_nulls=True)
        return pl.when(body != "").then(pl.concat_str([pl.lit("{"), body, pl.lit("}")]))
