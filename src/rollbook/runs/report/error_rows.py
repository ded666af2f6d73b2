"""
The rows that were not taken, in the sender's own layout: to mend and send again.

Each cell comes back exactly as it was sent. Nothing is put in front of what a spreadsheet may take for a
formula, for that would be sent back as data; and nothing is masked, for a masked value sent back would
overwrite the real one. Who may not see restricted values may not be given these files.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from rollbook.core.issues import issue_type, worded
from rollbook.runs.folder import RunFolder
from rollbook.runs.report.csv_files import guarded

LINE, REASON = "rollbook_line", "rollbook_reason"

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
    written: list[Path] = []
    for number, file in enumerate(files):
        own = rejected.filter((pl.col("file") == file["file"]) & (pl.col("sheet") == file["sheet"]))
        if own.is_empty():
            continue
        out.mkdir(parents=True, exist_ok=True)
        path = _free_path(out, _safe_name(file), written)
        _write(_rows(folder, number, file, _reasons(own, issues)), file, path)
        written.append(path)
    return written


def _rows(folder: RunFolder, number: int, file: Mapping[str, Any], reasons: pl.DataFrame) -> pl.LazyFrame:
    """The landed rows with the columns as sent; a column that was never stored is empty."""
    landed = folder.landed(file["sheet"])
    stored = set(landed.collect_schema().names())
    columns = {sent: file["columns"].get(sent) for sent in file["header"] if sent not in (LINE, REASON)}
    cells = [
        (pl.col(column) if column in stored else pl.lit(None, pl.String)).alias(sent)
        for sent, column in columns.items()
    ]
    return (
        landed.filter(pl.col("_file") == number)
        .join(reasons.lazy(), left_on="_line", right_on="line", how="inner", maintain_order="left")
        .select(*cells, pl.col("_line").alias(LINE), guarded("reason").alias(REASON))
    )


def _reasons(rejected: pl.DataFrame, issues: pl.DataFrame) -> pl.DataFrame:
    """
    line -> why, in plain sentences.

    A row may fall because of another row, where the issue is told; then the kind of issue and its fix have to do.
    """
    lines = rejected.select("sheet", "file", "line").unique()
    told = worded(issues.join(lines, on=["sheet", "file", "line"], how="semi"))
    codes = rejected.select("line", code=pl.col("codes").str.split(",")).explode("code").unique(maintain_order=True)
    untold = codes.join(told, on=["line", "code"], how="anti")
    sentences = [f"{issue_type(code).title}. {issue_type(code).fix}" for code in untold["code"]]
    both = pl.concat(
        [
            told.select("line", reason=pl.concat_str("message", "fix", separator=" ")),
            untold.select("line", pl.Series("reason", sentences, pl.String)),
        ]
    )
    return both.unique(maintain_order=True).group_by("line", maintain_order=True).agg(pl.col("reason").str.join(" "))


def _write(rows: pl.LazyFrame, file: Mapping[str, Any], path: Path) -> None:
    """As it was sent: delimiter and encoding; a byte order mark makes Excel read the accents."""
    encoding = file["encoding"] if file["delimiter"] else "utf-8"
    separator = file["delimiter"] or ","
    rows.sink_csv(path, separator=separator, include_bom=True, line_terminator="\r\n", engine="streaming")
    if encoding.replace("_", "-").casefold() not in ("utf-8", "utf8", "utf-8-sig", "ascii", ""):
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
