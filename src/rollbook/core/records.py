"""
Records that do not stand alone: repeats of one key, missing parts, references to others.

The rules, all independent of the order of rows:

- Records with one key are one record. A list takes the values of all of them. For any other field a blank is
  filled from the others; where they differ the greatest text is taken and `duplicate-differs` says so.
- Where they differ in an identity field (a name, a birth date) two people may share an id: none of them is taken
  (`duplicate-conflict`), and the roster keeps what it has.
- A record whose required reference is unknown falls; an unknown soft reference is left out.
- What falls because something else fell is counted as an effect of the first cause, not told again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from rollbook.core.hashing import key_hash
from rollbook.core.issues import issue_frame, join_issues
from rollbook.core.mapping import hash_of
from rollbook.core.schema import MASK, Entity, Field, Kind, Privacy
from rollbook.core.values import escaped, json_list

DEEPEST = 64  # levels of a tree that are followed
FALLEN: dict[str, pl.DataType] = {"key_hash": pl.Int64(), "root": pl.String()}
REJECTED: dict[str, pl.DataType] = {
    "sheet": pl.String(),
    "file": pl.UInt16(),
    "line": pl.UInt32(),
    "codes": pl.String(),
    "root": pl.String(),
}


@dataclass(frozen=True)
class Settled:
    """
    The records of one entity that can go on.

    Args:
        records: Record frame; keys are unique, and every reference is known.

        issues: An issue frame with one more column, `root`: names the cause in `rejected`.

        rejected: One row for each record that fell: `sheet`, `file`, `line`, `codes`, and `root`, its cause.

        fallen: `key_hash` and `root` of the records that fell.

        is_changed: `records` are not those that came in, and cost something to work out.
    """

    records: pl.LazyFrame
    issues: pl.DataFrame
    rejected: pl.DataFrame
    fallen: pl.DataFrame
    is_changed: bool = True


@dataclass(frozen=True)
class Surroundings:
    """
    What the records of one entity are judged against.

    Args:
        known: Entity -> key hashes (`key_hash`) that a reference may name: of these files and of the roster.

        fallen: Entity -> keys that fell in this run, with their cause.

        columns: (sheet, field) -> the sender's column for it.
    """

    known: Mapping[str, pl.LazyFrame]
    fallen: Mapping[str, pl.DataFrame]
    columns: Mapping[tuple[str, str], str]


def settle(entity: Entity, records: pl.LazyFrame, around: Surroundings) -> Settled:
    """
    Merge repeats, and let fall what cannot stand.

    Args:
        records: Record frame (`mapping.RECORD_COLUMNS` and fields) with `sheet` (str), `repeats` and
            `placeholder` (bool) of the rule that made each record.
    """
    steps: list[Settled] = [_merge(entity, records, around)]
    steps.append(_require(entity, steps[-1].records, around))
    names = set(records.collect_schema().names())
    for field in (f for f in entity.references if f.name in names):
        current = steps[-1].records
        targets = around.known.get(field.target)
        if field.target == entity.name:
            own = current.select("key_hash")
            targets = own if targets is None else pl.concat([own, targets])
        if targets is None:
            targets = pl.LazyFrame(schema={"key_hash": pl.Int64})
        steps.append(_refer(entity, field, current, targets, around))
        if field.target == entity.name and field.soft:
            steps.append(_uncircled(entity, field, steps[-1].records))
    return Settled(
        steps[-1].records.drop("repeats", "placeholder"),
        pl.concat([s.issues for s in steps]),
        pl.concat([s.rejected for s in steps]),
        pl.concat([s.fallen for s in steps]),
        any(s.is_changed for s in steps),
    )


def with_effects(issues: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """
    The issues, each cause with the number of rows that fell because of it.

    Args:
        issues: Issue frames with `root`.

        rejected: All that fell, with `root`.

    Returns:
        A plain issue frame.
    """
    effects = rejected.group_by("root").agg(pl.len().cast(pl.UInt32).alias("_n"))
    first = pl.int_range(pl.len()).over("root") == 0
    return issue_frame(
        issues.join(effects, on="root", how="left", maintain_order="left").with_columns(
            effects=pl.when(first & pl.col("root").is_not_null()).then(pl.col("_n").fill_null(0)).otherwise(0)
        )
    )


# Repeats ---------------------------------------------------------------------------------------------


def _merge(entity: Entity, records: pl.LazyFrame, around: Surroundings) -> Settled:
    keys = records.select("key_hash").collect(engine="streaming")["key_hash"]
    twice = keys.filter(keys.is_duplicated()).unique()
    if twice.is_empty():
        return _all_stand(records)
    repeated = pl.LazyFrame({"key_hash": twice})
    many = records.join(repeated, on="key_hash", how="semi").collect(engine="streaming")
    if many["placeholder"].any():
        described = many.filter(~pl.col("placeholder"))
        many = pl.concat([described, many.join(described, on="key_hash", how="anti")])
    groups = _groups(entity, many)
    differing = [c[1:] for c in groups.columns if c[0] == "!"]
    identity = [name for name in differing if entity.field(name).identity]
    clashing = groups.filter(pl.any_horizontal(pl.lit(False), *(pl.col(f"!{name}") for name in identity)))
    merged = groups.join(clashing, on="source_key", how="anti") if clashing.height else groups
    merged = merged.with_columns(_hash(entity, many.columns))
    issues = [
        _clashes(entity, clashing, many, identity, around),
        *(_differences(entity, merged, many, name, around) for name in differing if not entity.field(name).identity),
        _exact(entity, merged, many),
    ]
    return Settled(
        pl.concat(
            [records.join(repeated, on="key_hash", how="anti"), merged.select(many.columns).lazy()], how="vertical"
        ),
        pl.concat(issues),
        _rejected_rows(
            many.join(clashing, on="source_key", how="semi"), "duplicate-conflict", _root(entity, "source_key")
        ),
        clashing.select("key_hash", _root(entity, "source_key").alias("root")),
    )


def _root(entity: Entity, key: str) -> pl.Expr:
    return pl.concat_str([pl.lit(f"{entity.name} "), pl.col(key)])


def _groups(entity: Entity, many: pl.DataFrame) -> pl.DataFrame:
    """One row a key, sorted: the merged values, and `!<field>` where single values differ; `n` rows."""
    fields = [f for f in entity.fields if f.name in many.columns]
    single = [f.name for f in fields if f.kind not in (Kind.LIST, Kind.REFS)]
    lists = [f.name for f in fields if f.kind in (Kind.LIST, Kind.REFS)]
    # The place of a merged record is its first, in the order of files: only for people to find it.
    place = (pl.col("file").cast(pl.UInt64) * 2**32 + pl.col("line").cast(pl.UInt64)).min()
    groups = (
        many.group_by("source_key")
        .agg(
            pl.col("key_hash").first(),
            pl.col("ended").all(),
            place.alias("_place"),
            pl.col("sheet").min(),
            pl.col("repeats").all(),
            pl.col("placeholder").all(),
            pl.len().alias("n"),
            *(pl.col(name).max() for name in (*single, *lists)),
            *(
                (pl.col(name).max() != pl.col(name).min()).fill_null(False).alias(f"!{name}")
                for name in (*single, *lists)
            ),
        )
        .with_columns(file=(pl.col("_place") // 2**32).cast(pl.UInt16), line=(pl.col("_place") % 2**32).cast(pl.UInt32))
        .sort("source_key")
    )
    for name in lists:
        groups = _united(groups, many, name)
    return groups.drop("_place", *(f"!{name}" for name in lists))


def _united(groups: pl.DataFrame, many: pl.DataFrame, name: str) -> pl.DataFrame:
    """Lists that differ give one list of all their values."""
    differing = groups.filter(pl.col(f"!{name}")).select("source_key")
    if differing.is_empty():
        return groups
    parts = (
        many.join(differing, on="source_key", how="semi")
        .select("source_key", pl.col(name).str.json_decode(pl.List(pl.String)))
        .explode(name)
        .drop_nulls()
        .unique()
        .sort("source_key", name)
    )
    united = (
        parts.group_by("source_key", maintain_order=True)
        .agg(escaped(pl.col(name)))
        .select("source_key", _all=json_list(pl.col(name)))
    )
    joined = groups.join(united, on="source_key", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("_all", name).alias(name)).drop("_all")


def _with_lines(rows: pl.DataFrame, many: pl.DataFrame) -> pl.DataFrame:
    """The rows with `detail`: the lines they were received on, in words (the first five)."""
    where = pl.concat_str([pl.col("sheet"), pl.lit(" line "), pl.col("line").cast(pl.String)])
    found = (
        many.join(rows, on="source_key", how="semi")
        .sort("sheet", "file", "line")
        .unique(["source_key", "sheet", "file", "line"], maintain_order=True)
    )
    lines = found.group_by("source_key", maintain_order=True).agg(where.head(5).str.join(", ").alias("detail"))
    return rows.join(lines, on="source_key", how="left", maintain_order="left")


def _clashes(
    entity: Entity, clashing: pl.DataFrame, many: pl.DataFrame, identity: list[str], around: Surroundings
) -> pl.DataFrame:
    if clashing.is_empty():
        return _no_issues()
    names = [pl.when(pl.col(f"!{name}")).then(_column_name(entity, name, around)) for name in identity]
    return _issues(
        _with_lines(clashing, many).with_columns(
            code=pl.lit("duplicate-conflict"),
            field=pl.concat_str(names, separator=", ", ignore_nulls=True),
            entity=pl.lit(entity.name),
            key=pl.col("source_key"),
            root=_root(entity, "source_key"),
        )
    )


def _differences(
    entity: Entity, merged: pl.DataFrame, many: pl.DataFrame, name: str, around: Surroundings
) -> pl.DataFrame:
    """Not told of references in records that many rows may give: each row says its own part."""
    is_told = ~pl.col("repeats") if entity.field(name).kind is Kind.REF else pl.lit(True)
    rows = merged.filter(pl.col(f"!{name}") & is_told)
    if rows.is_empty():
        return _no_issues()
    return _issues(
        _with_lines(rows, many).with_columns(
            code=pl.lit("duplicate-differs"),
            field=_column_name(entity, name, around),
            entity=pl.lit(entity.name),
            key=pl.col("source_key"),
            value=pl.lit(MASK) if entity.field(name).privacy is Privacy.RESTRICTED else pl.col(name),
        )
    )


def _exact(entity: Entity, merged: pl.DataFrame, many: pl.DataFrame) -> pl.DataFrame:
    rows = merged.filter(~pl.col("repeats") & ~pl.col("placeholder") & (pl.col("n") > 1))
    if rows.is_empty():
        return _no_issues()
    return _issues(
        _with_lines(rows, many).with_columns(
            code=pl.lit("duplicate-row"), entity=pl.lit(entity.name), key=pl.col("source_key")
        )
    )


# Required parts --------------------------------------------------------------------------------------


def _require(entity: Entity, records: pl.LazyFrame, around: Surroundings) -> Settled:
    names = set(records.collect_schema().names())
    required = [f.name for f in entity.fields if f.required and f.name in names]
    if not required:
        return _all_stand(records)
    blank = [pl.col(name).is_null() for name in required]
    lacking = records.filter(pl.any_horizontal(blank)).collect(engine="streaming")
    if lacking.is_empty():
        return _all_stand(records)
    missing = [pl.when(pl.col(name).is_null()).then(_column_name(entity, name, around)) for name in required]
    root = _root(entity, "source_key")
    issues = _issues(
        lacking.with_columns(
            code=pl.lit("required-blank"),
            field=pl.concat_str(missing, separator=", ", ignore_nulls=True),
            entity=pl.lit(entity.name),
            key=pl.col("source_key"),
            root=root,
        )
    )
    return Settled(
        records.filter(~pl.any_horizontal(blank)),
        issues,
        _rejected_rows(lacking, "required-blank", root),
        lacking.select("key_hash", root.alias("root")),
    )


# References ------------------------------------------------------------------------------------------


def _refer(entity: Entity, field: Field, records: pl.LazyFrame, targets: pl.LazyFrame, around: Surroundings) -> Settled:
    """Every value of one reference names a known record."""
    targets = targets.select(pl.col("key_hash").alias("_target")).unique()
    named = records.filter(pl.col(field.name).is_not_null()).select(
        "source_key", "key_hash", "sheet", "file", "line", field.name
    )
    if field.kind is Kind.REFS:
        named = named.with_columns(pl.col(field.name).str.json_decode(pl.List(pl.String))).explode(field.name)
    unknown = (
        named.with_columns(_target=key_hash(field.name))
        .join(targets, on="_target", how="anti")
        .collect(engine="streaming")
    )
    if unknown.is_empty():
        return _all_stand(records)
    fallen = around.fallen.get(field.target, pl.DataFrame(schema=FALLEN)).unique("key_hash", maintain_order=True)
    caused = unknown.join(fallen.rename({"key_hash": "_target", "root": "_cause"}), on="_target", how="left")
    unknown = caused.with_columns(
        root=pl.coalesce("_cause", pl.concat_str([pl.lit(f"{field.target} "), pl.col(field.name)]))
    )
    if field.kind is Kind.REFS:
        return Settled(
            _without(entity, records, field, unknown),
            _unknown_issues(entity, field, unknown, around),
            _no_rejected(),
            _no_fallen(),
        )
    if field.soft:
        return Settled(
            _blanked(entity, records, field, unknown),
            _unknown_issues(entity, field, unknown, around),
            _no_rejected(),
            _no_fallen(),
        )
    return Settled(
        records.join(unknown.lazy().select("key_hash").unique(), on="key_hash", how="anti"),
        _unknown_issues(entity, field, unknown, around),
        _rejected_rows(unknown, "reference-not-found", pl.col("root")),
        unknown.select("key_hash", "root"),
    )


def _unknown_issues(entity: Entity, field: Field, unknown: pl.DataFrame, around: Surroundings) -> pl.DataFrame:
    """One issue for each record that is nowhere; none where its own row was rejected, which is told already."""
    first = (
        unknown.filter(pl.col("_cause").is_null())
        .sort("file", "line", "source_key")
        .unique("root", maintain_order=True, keep="first")
    )
    if first.is_empty():
        return _no_issues()
    is_soft = field.soft or field.kind is Kind.REFS
    return _issues(
        first.with_columns(
            code=pl.lit("reference-dropped" if is_soft else "reference-not-found"),
            entity=pl.lit(field.target.replace("_", " ")),
            key=pl.col(field.name),
            field=_column_name(entity, field.name, around),
            root=pl.lit(None, pl.String) if is_soft else pl.col("root"),
        )
    )


def _uncircled(entity: Entity, field: Field, records: pl.LazyFrame) -> Settled:
    """A tree has no record above itself; who is keeps everything but the parent."""
    edges = records.select("source_key", _above=field.name).drop_nulls().collect(engine="streaming")
    circle, climbing = [], edges
    for _ in range(DEEPEST):
        circle.append(climbing.filter(pl.col("source_key") == pl.col("_above")).select("source_key"))
        climbing = climbing.join(circle[-1], on="source_key", how="anti")
        climbing = climbing.join(edges.rename({"source_key": "_above", "_above": "_next"}), on="_above", how="inner")
        climbing = climbing.select("source_key", _above="_next")
        if climbing.is_empty():
            break
    found = pl.concat([edges.head(0).select("source_key"), *circle])
    if found.is_empty():
        return _all_stand(records)
    above = (
        pl.when(~pl.col("source_key").is_in(found["source_key"].implode())).then(pl.col(field.name)).alias(field.name)
    )
    rows = records.join(found.lazy(), on="source_key", how="semi").collect().sort("source_key")
    issues = _issues(
        rows.with_columns(
            code=pl.lit("reference-cycle"),
            entity=pl.lit(entity.name),
            key=pl.col("source_key"),
            field=pl.lit(field.name),
            root=pl.lit(None, pl.String),
        )
    )
    fixed = records.with_columns(above).with_columns(_hash(entity, records.collect_schema().names()))
    return Settled(fixed, issues, _no_rejected(), _no_fallen())


def _blanked(entity: Entity, records: pl.LazyFrame, field: Field, unknown: pl.DataFrame) -> pl.LazyFrame:
    """The records with an unknown soft reference left out."""
    gone = unknown.lazy().select(field.name).unique().with_columns(_gone=pl.lit(True))
    joined = records.join(gone, on=field.name, how="left")
    value = pl.when(pl.col("_gone").is_null()).then(pl.col(field.name)).alias(field.name)
    return joined.with_columns(value).drop("_gone").with_columns(_hash(entity, records.collect_schema().names()))


def _without(entity: Entity, records: pl.LazyFrame, field: Field, unknown: pl.DataFrame) -> pl.LazyFrame:
    """The records with unknown members taken out of a list of references."""
    parts = pl.col(field.name).str.json_decode(pl.List(pl.String))
    known = parts.list.eval(pl.element().filter(~pl.element().is_in(unknown[field.name].unique().implode())))
    shorter = records.with_columns(json_list(known.list.eval(escaped(pl.element()))).alias(field.name))
    return shorter.with_columns(_hash(entity, records.collect_schema().names()))


def _hash(entity: Entity, columns: Iterable[str]) -> pl.Expr:
    """The hash of records whose values were changed here."""
    names = set(columns)
    return hash_of(entity.name, [f.name for f in entity.fields if f.name in names]).alias("record_hash")


# Frames ----------------------------------------------------------------------------------------------


def _column_name(entity: Entity, name: str, around: Surroundings) -> pl.Expr:
    """The sender's column for a field, by sheet; the field's own name where it is put together."""
    by_sheet = {sheet: column for (sheet, field), column in around.columns.items() if field == f"{entity.name}.{name}"}
    return pl.col("sheet").replace_strict(by_sheet, default=name, return_dtype=pl.String)


def _issues(rows: pl.DataFrame) -> pl.DataFrame:
    root = pl.col("root") if "root" in rows.columns else pl.lit(None, pl.String)
    return issue_frame(rows.drop("effects", strict=False)).with_columns(rows.with_columns(root.alias("root"))["root"])


def _no_issues() -> pl.DataFrame:
    return join_issues([]).with_columns(pl.lit(None, pl.String).alias("root"))


def _rejected_rows(records: pl.DataFrame, code: str, root: pl.Expr) -> pl.DataFrame:
    return records.select("sheet", "file", "line", pl.lit(code).alias("codes"), root.alias("root"))


def _no_rejected() -> pl.DataFrame:
    return pl.DataFrame(schema=REJECTED)


def _no_fallen() -> pl.DataFrame:
    return pl.DataFrame(schema=FALLEN)


def _all_stand(records: pl.LazyFrame) -> Settled:
    return Settled(records, _no_issues(), _no_rejected(), _no_fallen(), is_changed=False)
