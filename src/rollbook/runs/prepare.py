"""
The first half of the journey: landed rows -> records that can be compared with the roster.

Needs no database, so that `rollbook check` is the same code as a run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from rollbook.core import schema
from rollbook.core.frames import height
from rollbook.core.hashing import key_hash
from rollbook.core.household import FamilyPart, households
from rollbook.core.issues import issue_frame, join_issues
from rollbook.core.layout import Layout, Rule, SheetLayout
from rollbook.core.mapping import hash_of
from rollbook.core.records import FALLEN, Settled, Surroundings, settle, with_effects
from rollbook.core.schema import Entity
from rollbook.core.scope import in_scope
from rollbook.core.terms import Terms
from rollbook.landing.store import Landing
from rollbook.runs.folder import REJECTED, RunFolder
from rollbook.runs.passing import NONE_PASSED, Passed
from rollbook.runs.rows import Found, RowReader, read_sheet, records_of, rules_for

Known = Callable[[str], pl.DataFrame]


@dataclass
class Prepared:
    """
    What came out of the rows.

    Args:
        records: Entity -> record frame; keys unique, references known.

        fields: Entity -> its mapped fields, in the order of the schema.

        issues: An issue frame; `file` is a name.

        rejected: Rows that were not taken: `sheet`, `file` (name), `line`, `codes`; where a row fell because of
            another, the record that it lacks (`reference`) and where the cause is told (`cause_file`, `cause_line`).

        fallen: Entity -> keys of the records that fell; they count as present.

        received, rejects: Entity -> number of records received, and of those that fell.

        unreadable: Sheets with rejected rows whose key could not be read.

        outside: Entity -> keys of the records that the integration does not take.

        dropped: Cells that could not be read: `sheet`, `column` (str), `file` (u16), `line` (u32).

        standing: Entity -> `key_hash` of the records that references may name, of entities that some refer to.
    """

    records: dict[str, pl.LazyFrame] = field(default_factory=dict)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    issues: pl.DataFrame = field(default_factory=lambda: join_issues([]))
    rejected: pl.DataFrame = field(default_factory=pl.DataFrame)
    fallen: dict[str, pl.DataFrame] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    outside: dict[str, pl.DataFrame] = field(default_factory=dict)
    dropped: pl.DataFrame = field(default_factory=pl.DataFrame)
    standing: dict[str, pl.DataFrame] = field(default_factory=dict)


def prepare(landing: Landing, reader: RowReader, known: Known, passed: Passed = NONE_PASSED) -> Prepared:
    """
    Check the rows, map them, and settle the records that they give.

    Args:
        known: Entity -> `key_hash` (i64) of records that references may name beside those received.

        passed: What `reader` has read already.
    """
    terms, folder, prepared = reader.terms, reader.folder, Prepared()
    landed = {name: folder.landed(name) for name in landing.sheets}
    sheets = {name: read_sheet(name, landed, landing, reader, passed.get(name, {})) for name in landed}
    rejected = [found.rejected for found in sheets.values()]
    issues = [found.issues for found in sheets.values()]
    fallen = _fallen_rows(sheets, terms, prepared)
    for entity in schema.ENTITIES:
        records = records_of(entity, terms.layout, sheets, folder)
        if records is None:
            continue
        records, prepared.outside[entity.name] = in_scope(entity, records, terms.only, prepared.outside)
        settled = settle(entity, records, _around(entity, prepared, fallen, terms.layout, known))
        _keep(entity, settled, prepared, fallen, folder)
        issues.append(settled.issues)
        rejected.append(settled.rejected)
    _derive_households(prepared, terms)
    prepared.fallen = fallen
    prepared.dropped = _dropped([found.issues.drop("root") for found in sheets.values()])
    _conclude(prepared, landing, pl.concat(issues), pl.concat(rejected))
    return prepared


def _conclude(prepared: Prepared, landing: Landing, issues: pl.DataFrame, rejected: pl.DataFrame) -> None:
    names = landing.names()
    found = join_issues([with_effects(issues, rejected), _shared_emails(prepared)]).with_columns(
        pl.col("file").replace(names)
    )
    prepared.issues = join_issues([*landing.issues, found])
    prepared.rejected = _rejected(rejected, issues, names)


def _rejected(rejected: pl.DataFrame, issues: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Each row that was not taken once, with all that is known of why."""
    if rejected.is_empty():
        return pl.DataFrame(schema=REJECTED)
    return (
        _with_causes(rejected, issues)
        .group_by("sheet", "file", "line")
        .agg(
            pl.col("codes").str.split(",").list.explode().unique().sort().str.join(","),
            *(pl.col(name).drop_nulls().first() for name in ("reference", "cause_file", "cause_line")),
        )
        .with_columns(pl.col("file").cast(pl.String).replace(names), pl.col("cause_file").replace(names))
        .sort("sheet", "file", "line")
    )


def _with_causes(rejected: pl.DataFrame, issues: pl.DataFrame) -> pl.DataFrame:
    """The rejected rows, each with the place of the issue that tells why, where it is that of another row."""
    told = issues.filter(pl.col("root").is_not_null() & pl.col("line").is_not_null())
    first = told.unique("root", keep="first", maintain_order=True)
    causes = first.select("root", cause_file=pl.col("file").cast(pl.String), cause_line=pl.col("line"))
    return rejected.join(causes, on="root", how="left", maintain_order="left")


def _dropped(issues: list[pl.DataFrame]) -> pl.DataFrame:
    cells = join_issues(issues).filter(pl.col("field").is_not_null())
    return cells.select("sheet", pl.col("field").alias("column"), pl.col("file").cast(pl.UInt16), "line")


# Records ---------------------------------------------------------------------------------------------


def _fallen_rows(sheets: Mapping[str, Found], terms: Terms, prepared: Prepared) -> dict[str, pl.DataFrame]:
    """Entity -> the keys that rejected rows would have given, each with the row as its cause."""
    fallen: dict[str, list[pl.DataFrame]] = {}
    for name, found in sheets.items():
        if found.rejected.is_empty():
            continue
        for number, (rule, keys) in enumerate(zip(terms.layout.sheet(name).rules, found.fallen, strict=True)):
            fallen.setdefault(rule.entity, []).append(keys)
            # The first rule is what the sheet is about: a row without a readable key counts there.
            count = max(keys.height, found.rejected.height) if number == 0 else keys.height
            prepared.rejects[rule.entity] = prepared.rejects.get(rule.entity, 0) + count
            prepared.received[rule.entity] = prepared.received.get(rule.entity, 0) + count
            if keys.height < count:
                prepared.unreadable.add(name)
        if "row-width" in found.issues["code"]:
            prepared.unreadable.add(name)
    return {entity: pl.concat(frames) for entity, frames in fallen.items()}


def _around(
    entity: Entity, prepared: Prepared, fallen: Mapping[str, pl.DataFrame], layout: Layout, known: Known
) -> Surroundings:
    keys = {target: _standing(target, prepared, known) for target in {f.target for f in entity.references}}
    columns = {
        (sheet.name, f"{entity.name}.{name}"): _said(sheet, rule, name)
        for _, sheet, rule in rules_for(entity, layout)
        for name in rule.fields
    }
    return Surroundings(keys, fallen, columns)


def _standing(entity: str, prepared: Prepared, known: Known) -> pl.LazyFrame:
    """The keys that a reference may name: of records that stand after this run, so not of those the sender ended."""
    if entity not in prepared.records:
        return known(entity).lazy()
    if entity not in prepared.standing:
        received = prepared.records[entity].select("key_hash", "ended")
        ended = received.filter("ended").select("key_hash")
        standing = received.filter(~pl.col("ended")).select("key_hash")
        before = known(entity).lazy().join(ended, on="key_hash", how="anti")
        prepared.standing[entity] = pl.concat([before, standing]).collect(engine="streaming")
    return prepared.standing[entity].lazy()


def _said(sheet: SheetLayout, rule: Rule, name: str) -> str:
    """The sender's column (or columns) for a field."""
    names = [c for c in rule.fields[name].columns() if not c.startswith("each")] or list(rule.each)
    return ", ".join(dict.fromkeys(names)) or f"{sheet.name}"


def _keep(
    entity: Entity, settled: Settled, prepared: Prepared, fallen: dict[str, pl.DataFrame], folder: RunFolder
) -> None:
    records = settled.records
    if settled.is_changed:
        records = folder.keep_settled(records, entity.name)
    names = records.collect_schema().names()
    prepared.records[entity.name] = records
    prepared.fields[entity.name] = tuple(f.name for f in entity.fields if f.name in names)
    count = height(records)
    prepared.rejects[entity.name] = prepared.rejects.get(entity.name, 0) + settled.rejected.height
    received = count + settled.rejected.height + prepared.outside[entity.name].height
    prepared.received[entity.name] = prepared.received.get(entity.name, 0) + received
    fallen[entity.name] = pl.concat([fallen.get(entity.name, pl.DataFrame(schema=FALLEN)), settled.fallen])


def _derive_households(prepared: Prepared, terms: Terms) -> None:
    """Households by the family identifier rule, as records like any other."""
    if not terms.family or not {"user", "role"} <= set(prepared.records):
        return
    nobody = pl.LazyFrame(schema=dict.fromkeys(("user", "contact", "primary", "priority"), pl.String()))
    made = households(
        prepared.records["user"],
        prepared.records["role"],
        prepared.records.get("relationship", nobody),
        [FamilyPart(name) for name in terms.family],
    )
    for name, records in (("household", made.households), ("household_member", made.members)):
        prepared.fields[name] = tuple(f.name for f in schema.entity(name).fields)
        nowhere = {"sheet": pl.String, "file": pl.UInt16, "line": pl.UInt32}
        frame = records.with_columns(
            key_hash("source_key").alias("key_hash"),
            hash_of(name, prepared.fields[name]).alias("record_hash"),
            pl.lit(False).alias("ended"),
            *(pl.lit(None, t).alias(n) for n, t in nowhere.items()),
        ).collect(engine="streaming")
        prepared.records[name] = frame.lazy()
        prepared.received[name] = frame.height


def _shared_emails(prepared: Prepared) -> pl.DataFrame:
    """One warning for each address that several people have."""
    if "email" not in prepared.fields.get("user", ()):
        return join_issues([])
    users = prepared.records["user"].filter(pl.col("email").is_not_null())
    shared = (
        users.select(pl.col("email").str.to_lowercase(), "sheet", "file", "line", "source_key")
        .filter(pl.col("email").is_duplicated())
        .collect(engine="streaming")
        .sort("file", "line", "source_key")
        .group_by("email", maintain_order=True)
        .agg(pl.col("sheet", "file", "line", "source_key").first(), pl.len().cast(pl.String).alias("detail"))
    )
    if shared.is_empty():
        return join_issues([])
    return issue_frame(
        shared.sort("source_key").select(
            pl.lit("duplicate-email").alias("code"),
            "sheet",
            pl.col("file").cast(pl.String),
            "line",
            "detail",
            pl.lit("user").alias("entity"),
            pl.col("source_key").alias("key"),
            pl.lit("email").alias("field"),
            pl.col("email").alias("value"),
        )
    )
