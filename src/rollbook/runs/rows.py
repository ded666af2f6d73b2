"""
Rows -> records: the sheets of a delivery, checked and mapped.

A part of a sheet (some ten thousand rows) goes all the way from the landed file to the record files while it is in
memory. Parts do not depend on each other, so as many are on their way as there are processors, up to `AT_ONCE`.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from rollbook.core.checks import Checked, check_rows
from rollbook.core.frames import slices
from rollbook.core.layout import Layout, Rule, SheetLayout
from rollbook.core.lookups import with_lookups
from rollbook.core.mapping import RECORD_COLUMNS, map_rule
from rollbook.core.records import FALLEN, REJECTED
from rollbook.core.schema import Entity
from rollbook.core.terms import Terms
from rollbook.landing.store import Landing
from rollbook.runs.folder import RunFolder

AT_ONCE = 4


@dataclass(frozen=True)
class Found:
    """
    What was found in the rows of a sheet, beside the records.

    Args:
        issues: An issue frame with `root`; `file` holds the number of the file as text.

        rejected: The rows that are not taken: `core.records.REJECTED`.

        fallen: For each rule of the sheet the keys that rejected rows would have given: `core.records.FALLEN`.
    """

    issues: pl.DataFrame
    rejected: pl.DataFrame
    fallen: list[pl.DataFrame]


def read_sheet(
    name: str, landed: Mapping[str, pl.LazyFrame], landing: Landing, reader: "RowReader", passed: Mapping[str, Found]
) -> Found:
    """
    Check the rows of a landed sheet, and leave the records that they give in the folder of the reader.

    Args:
        landed: The rows of this sheet, and of those that it looks into.

        passed: What was found in the parts that were read while they were landed, by their names.
    """
    terms, folder, sheet = reader.terms, reader.folder, reader.terms.layout.sheet(name)
    if sheet.lookups:
        rows = folder.keep(with_lookups(sheet, landed, terms.layout, terms.reading), f"{name}.looked-up.parquet")
        parts = {f"{number:05}": part for number, part in enumerate(slices(rows))}
    else:
        parts = folder.landed_parts(name)
    left = {part: rows for part, rows in parts.items() if part not in passed}
    widths = landing.widths()
    with ThreadPoolExecutor(min(AT_ONCE, pl.thread_pool_size())) as workers:
        read = workers.map(lambda part: reader.read(sheet, part, left[part].collect(), widths), left)
        found = {**passed, **dict(zip(left, read, strict=True))}
    return together(found[part] for part in sorted(found))


@dataclass(frozen=True)
class RowReader:
    """
    Checks rows and maps them, a part at a time.

    Args:
        folder: Gets the records.

        is_hashed: The records get the hash of their content, which only a plan needs.
    """

    terms: Terms
    folder: RunFolder
    is_hashed: bool = True

    def read(self, sheet: SheetLayout, part: str, rows: pl.DataFrame, widths: Mapping[int, int]) -> Found:
        """
        What is found in some rows of a sheet.

        Args:
            part: A name for them, in the order of the rows.

            widths: The number of columns of each file, by file number.
        """
        checked = check_rows(rows, sheet, self.terms.reading, widths)
        for number, rule in enumerate(sheet.rules):
            records = map_rule(checked.taken.lazy(), sheet, rule)
            if not self.is_hashed:
                records = records.with_columns(record_hash=pl.lit(None, pl.Int64))
            self.folder.save_mapped(records.collect(), rule.entity, _place(sheet, number), part)
        return Found(
            checked.issues.with_columns(_root_of_row(sheet).alias("root")),
            _rejected(sheet, checked),
            [_keys(checked, sheet, rule) for rule in sheet.rules],
        )


def together(parts: Iterable[Found]) -> Found:
    """What was found in all parts of a sheet."""
    found = list(parts)
    return Found(
        pl.concat([part.issues for part in found]),
        pl.concat([part.rejected for part in found]),
        [pl.concat(keys) for keys in zip(*(part.fallen for part in found), strict=True)],
    )


def records_of(entity: Entity, layout: Layout, sheets: Mapping[str, Found], folder: RunFolder) -> pl.LazyFrame | None:
    """The records of one entity from all sheets that were read; None when no sheet gives any."""
    parts = [
        folder.mapped(entity.name, _place(sheet, number)).with_columns(
            sheet=pl.lit(sheet.name), repeats=pl.lit(rule.repeats), placeholder=pl.lit(rule.placeholder)
        )
        for number, sheet, rule in rules_for(entity, layout)
        if sheet.name in sheets
    ]
    if not parts:
        return None
    records = pl.concat(parts, how="diagonal")
    names = records.collect_schema().names()
    fields = [f.name for f in entity.fields if f.name in names]
    return records.select(*RECORD_COLUMNS, "sheet", "repeats", "placeholder", *fields)


def rules_for(entity: Entity, layout: Layout) -> Iterator[tuple[int, SheetLayout, Rule]]:
    """The rules that give records of an entity, each with its place in its sheet."""
    for sheet in layout.sheets:
        for number, rule in enumerate(sheet.rules):
            if rule.entity == entity.name:
                yield number, sheet, rule


def _place(sheet: SheetLayout, rule: int) -> str:
    return f"{sheet.name}-{rule}"


def _root_of_row(sheet: SheetLayout) -> pl.Expr:
    return pl.concat_str(
        [pl.lit(f"{sheet.name}:"), pl.col("file").cast(pl.String), pl.lit(":"), pl.col("line").cast(pl.String)]
    )


def _rejected(sheet: SheetLayout, checked: Checked) -> pl.DataFrame:
    rows = checked.rejected.rename({"_file": "file", "_line": "line"}).with_columns(sheet=pl.lit(sheet.name))
    # A row does not fall because of itself: only what it takes with it counts as an effect.
    return rows.with_columns(root=pl.lit(None, pl.String), reference=pl.lit(None, pl.String)).select(
        pl.col(n).cast(t) for n, t in REJECTED.items()
    )


def _keys(checked: Checked, sheet: SheetLayout, rule: Rule) -> pl.DataFrame:
    """The keys that rejected rows would have given, each with the row as its cause."""
    if checked.refused.is_empty():
        return pl.DataFrame(schema=FALLEN)
    records = map_rule(checked.refused.lazy(), sheet, rule)
    return records.select("key_hash", _root_of_row(sheet).alias("root")).collect()
