"""The issues of a run as tables for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from rollbook.core.issues import CATALOGUE, UNMAPPED, Severity, issue_type, worded
from rollbook.core.layout import Layout
from rollbook.runs.report.privacy import mask_issues

CHUNK = 50_000

LISTED = ("severity", "code", "message", "fix", "entity", "key", "file", "line", "field", "value", "effects")
ALIKE = (
    "duplicate-row",
    "duplicate-differs",
    "duplicate-conflict",
    "duplicate-email",
    "ambiguous-match",
    "possible-duplicate",
    "person-matched",
)
"""What the sheet of duplicates tells of."""

_RANK = {t.code: n for n, t in enumerate(sorted(CATALOGUE, key=lambda t: list(Severity).index(t.severity)))}


def effects(issues: pl.DataFrame) -> dict[str, int]:
    """Code -> how many further rows fell because of its issues; codes without any are left out."""
    sums = issues.group_by("code").agg(pl.col("effects").sum()).filter(pl.col("effects") > 0)
    return dict(sums.iter_rows())


def in_order(issues: pl.DataFrame) -> pl.DataFrame:
    """The issues as `issues.worded` orders them, so that they can be worded a part at a time."""
    rank = pl.col("code").replace_strict(_RANK, return_dtype=pl.UInt16)
    return issues.sort(rank, "file", "line", "field", "key", nulls_last=True)


def for_people(
    issues: pl.DataFrame, files: Sequence[Mapping[str, Any]], layout: Layout | None, *, unmasked: bool
) -> pl.DataFrame:
    """The issues in order, with the sender's own column names, and without restricted values unless `unmasked`."""
    shown = issues if unmasked else mask_issues(issues, layout)
    return in_order(_sent_names(shown, files))


def of_severity(issues: pl.DataFrame, *severities: Severity) -> pl.DataFrame:
    """The issues that are as grave."""
    return issues.filter(pl.col("code").is_in([t.code for t in CATALOGUE if t.severity in severities]))


def listed(issues: pl.DataFrame) -> pl.DataFrame:
    """A few issues in words, with the columns that people need."""
    return worded(issues).select(LISTED)


def by_code(issues: pl.DataFrame) -> pl.DataFrame:
    """One row a code, the worst first: how many, how many rows fell with them, where the first is, what to do."""
    rows = issues.group_by("code", maintain_order=True).agg(
        pl.len().alias("count"), pl.col("effects").sum(), pl.col("file").first(), pl.col("line").first()
    )
    types = [issue_type(code) for code in rows["code"]]
    return rows.select(
        pl.Series("severity", [t.severity.value for t in types], pl.String),
        "code",
        pl.Series("title", [t.title for t in types], pl.String),
        "count",
        "effects",
        pl.col("file").alias("first_file"),
        pl.col("line").alias("first_line"),
        pl.Series("fix", [t.fix for t in types], pl.String),
    )


def unmapped(issues: pl.DataFrame) -> pl.DataFrame:
    """The values that no code mapping knows: model, value, how often."""
    return (
        issues.filter(pl.col("code").is_in(UNMAPPED))
        .group_by(pl.col("detail").alias("model"), "value")
        .agg(pl.len().alias("count"))
        .sort("model", "count", "value", descending=[False, True, False])
    )


def listed_parts(issues: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """All issues in words; a part at a time, for a broken export has one on every row."""
    for start in range(0, max(1, issues.height), CHUNK):
        yield listed(issues.slice(start, CHUNK))


def _sent_names(issues: pl.DataFrame, files: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Name columns as the sender does, where the layout calls them otherwise."""
    renamed = [
        (file["file"], column, sent) for file in files for sent, column in file["columns"].items() if sent != column
    ]
    if not renamed:
        return issues
    names = pl.DataFrame(renamed, schema={"file": pl.String, "field": pl.String, "_sent": pl.String}, orient="row")
    names = names.unique(["file", "field"], keep="first", maintain_order=True)
    joined = issues.join(names, on=["file", "field"], how="left", maintain_order="left")
    return joined.with_columns(field=pl.coalesce("_sent", "field")).drop("_sent")
