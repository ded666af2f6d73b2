"""
The rows that were not taken, in the sender's own layout: to mend and send again.

Each cell comes back exactly as it was sent. Nothing is put in front of what a spreadsheet may take for a
formula, for that would be sent back as data; and nothing is masked, for a masked value sent back would
overwrite the real one. Who may not see restricted values may not be given these files.
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from rollbook.core.issues import issue_type, worded
from rollbook.runs.folder import RunFolder
from rollbook.runs.report.csv_files import guarded, write_parts

LINE, REASON = "rollbook_line", "rollbook_reason"
CHUNK = 50_000
"""How many rows are held at a time."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_TEXT_FILES = (".csv", ".txt", ".tsv", ".tab")


def write_error_rows(folder: RunFolder, files: Sequence[Mapping[str, Any]], out: Path) -> list[Path]:
    """
    Write one file for each received file that has rejected rows.

    Args:
        files: `LandedFile.facts()`, in the order that `_file` counts.

        out: Where to write; made when there is something to write.

    Returns:
        The files written.
    """
    rejected = folder.rejected()
    if rejected.is_empty():
        return []
    issues = folder.issues()
    causes = causes_of(rejected, issues)
    written: list[Path] = []
    for number, file in enumerate(files):
        own = rejected.filter((pl.col("file") == file["file"]) & (pl.col("sheet") == file["sheet"]))
        if own.is_empty():
            continue
        out.mkdir(parents=True, exist_ok=True)
        path = _free_path(out, _safe_name(file), written)
        told = issues.filter((pl.col("file") == file["file"]) & (pl.col("sheet") == file["sheet"]))
        _write(_parts(folder, number, file, own, told, causes), file, path)
        written.append(path)
    return written


def _parts(
    folder: RunFolder,
    number: int,
    file: Mapping[str, Any],
    rejected: pl.DataFrame,
    issues: pl.DataFrame,
    causes: pl.DataFrame,
) -> Iterator[pl.DataFrame]:
    """The landed rows with the columns as sent; a column that was never stored is empty."""
    landed = folder.landed(file["sheet"]).filter(pl.col("_file") == number)
    stored = set(landed.collect_schema().names())
    columns = {sent: file["columns"].get(sent) for sent in file["header"] if sent not in (LINE, REASON)}
    cells = [
        (pl.col(column) if column in stored else pl.lit(None, pl.String)).alias(sent)
        for sent, column in columns.items()
    ]
    rows = landed.join(rejected.lazy(), left_on="_line", right_on="line", how="semi", maintain_order="left")
    for part in rows.collect_batches(chunk_size=CHUNK, maintain_order=True, engine="streaming"):
        lines = part.select(pl.col("_line").alias("line"))
        own, told = (frame.join(lines, on="line", how="semi") for frame in (rejected, issues))
        told_of = reasons(own, told, causes)
        reasoned = part.join(told_of, left_on="_line", right_on="line", how="left", maintain_order="left")
        yield reasoned.select(*cells, pl.col("_line").alias(LINE), guarded("reason").alias(REASON))


def reasons(rejected: pl.DataFrame, issues: pl.DataFrame, causes: pl.DataFrame) -> pl.DataFrame:
    """
    line -> why, in plain sentences.

    A row may fall because of another row, where the issue is told; then it is told here what this row lacks, and
    what is wrong there.
    """
    told = worded(issues)
    codes = rejected.with_columns(pl.col("codes").str.split(",")).rename({"codes": "code"}).explode("code")
    untold = codes.unique(["line", "code"], maintain_order=True).join(told, on=["line", "code"], how="anti")
    untold = untold.join(causes, on=["cause_file", "cause_line"], how="left", maintain_order="left")
    kinds = {code: issue_type(code) for code in untold["code"].unique()}
    sentences = {code: f"{kind.title}. {kind.fix}" for code, kind in kinds.items()}
    both = pl.concat(
        [
            told.select("line", reason=_SENTENCES),
            untold.select("line", reason=pl.coalesce(_ELSEWHERE, pl.col("code").replace(sentences))),
        ]
    )
    return both.group_by("line", maintain_order=True).agg(pl.col("reason").str.join(" "))


_SENTENCES = pl.concat_str("message", "fix", separator=" ")
_LACKING = pl.concat_str(pl.lit("It needs "), "reference", pl.lit(". ")).fill_null("")
_ELSEWHERE = pl.concat_str(
    _LACKING, pl.lit("See "), "cause_file", pl.lit(" line "), "cause_line", pl.lit(": "), "cause"
)


def causes_of(rejected: pl.DataFrame, issues: pl.DataFrame) -> pl.DataFrame:
    """`cause_file`, `cause_line` and the worst that is told there, for the rows that fell because of another."""
    places = rejected.select("cause_file", "cause_line").drop_nulls().unique()
    there = issues.join(places, left_on=["file", "line"], right_on=["cause_file", "cause_line"], how="semi")
    worst = worded(there).unique(["file", "line"], keep="first", maintain_order=True)
    return worst.select(cause_file=pl.col("file"), cause_line=pl.col("line"), cause=_SENTENCES)


def _write(parts: Iterable[pl.DataFrame], file: Mapping[str, Any], path: Path) -> None:
    """Write it as it was sent: delimiter and encoding."""
    write_parts(parts, path, file["delimiter"] or ",", "\r\n")
    encoding = file["encoding"] if file["delimiter"] else "utf-8"
    if encoding.replace("_", "-").casefold() not in ("", "utf-8", "utf-8-sig"):
        _recode(path, encoding)


def _recode(path: Path, encoding: str) -> None:
    """From UTF-8; what a reason says in other letters becomes `?`, cells cannot hold any."""
    draft = path.with_name(f"{path.name}.utf-8")
    path.rename(draft)
    with (
        draft.open(encoding="utf-8-sig", newline="") as source,
        path.open("w", encoding=encoding, errors="replace", newline="") as target,
    ):
        target.write("\ufeff" if encoding.startswith("utf-16") else "")
        shutil.copyfileobj(source, target)
    draft.unlink()


def _safe_name(file: Mapping[str, Any]) -> str:
    """The name as sent, without folders and without what no file system takes; `.csv` where it was no text file."""
    name = _UNSAFE.sub("_", PurePosixPath(file["file"].replace("\\", "/")).name).strip(" .")[:150] or "rows"
    if file["delimiter"] or name.lower().endswith(_TEXT_FILES):
        return name
    return f"{name}.csv"


def _free_path(out: Path, name: str, taken: Sequence[Path]) -> Path:
    """`name`, or "name (2)" where two folders of a zip hold files of one name."""
    known = {path.name.casefold() for path in taken}
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    number, free = 2, name
    while free.casefold() in known:
        free = f"{stem} ({number}){suffix}"
        number += 1
    return out / free
