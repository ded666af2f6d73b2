"""
The catalogue of findings, and the frame they travel in.

An issue is a value: a catalogued type and where it was found. It is counted, listed and exported, never
raised. Codes are public: scripts and reports rely on them. `docs/reference/issues.md` is generated from
this module.

Issue frames have the columns of `COLUMNS`: one row an issue. `effects` counts the further rows that fall
because of it: a class that is refused with 30 enrollments in it is one issue with 30 effects.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import polars as pl


class Severity(StrEnum):
    """What an issue means for its row."""

    ERROR = "error"  # the row, or what it says, is not taken
    WARNING = "warning"  # the row is taken without the value, or taken with a doubt
    NOTICE = "notice"  # nothing is lost; somebody may like to know


@dataclass(frozen=True)
class IssueType:
    """
    One kind of finding.

    Args:
        message: One plain sentence; `{field}`, `{value}`, `{detail}`, `{key}` and `{entity}` are filled in.

        fix: What the sender or the specialist can do.
    """

    code: str
    severity: Severity
    title: str
    message: str
    fix: str


COLUMNS: dict[str, pl.DataType] = {
    "code": pl.String(),
    "sheet": pl.String(),
    "file": pl.String(),
    "line": pl.UInt32(),
    "field": pl.String(),
    "entity": pl.String(),
    "key": pl.String(),
    "value": pl.String(),
    "detail": pl.String(),
    "effects": pl.UInt32(),
}

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTICE

CATALOGUE: tuple[IssueType, ...] = (
    # Files and headers
    IssueType(
        "file-unknown",
        _W,
        "File not recognised",
        "No sheet of the layout {detail} fits this file; it was not read.",
        "Send only the files of the layout, with their agreed names, or choose another layout.",
    ),
    IssueType(
        "file-ignored",
        _N,
        "File not needed",
        "The file holds no roster data that is asked for; it was not read.",
        "Nothing to do.",
    ),
    IssueType("file-note", _N, "Note about a file", "{detail}", "Nothing to do."),
    IssueType(
        "file-empty",
        _W,
        "File without rows",
        "The file has no rows; nothing was read from it, and nothing is ended because of it.",
        "Send the file with its rows, or leave it out.",
    ),
    IssueType(
        "file-header-only",
        _W,
        "File with a header only",
        "The file has a header and no rows; it is not taken to mean that everybody left.",
        "Run the export again, and look at why it wrote no rows.",
    ),
    IssueType(
        "stream-empty",
        _E,
        "Nothing in a stream",
        "The source gave not one record of a kind that every school has; nothing was changed.",
        "Look at the permissions of the credentials, the school year and the filters.",
    ),
    IssueType(
        "photo-refused",
        _W,
        "Photo not kept",
        "{detail}",
        "Replace the picture in the source; the person was taken without it.",
    ),
    IssueType(
        "delta-as-full",
        _N,
        "Read in full",
        "Only changes were asked for, and everything was read: no run was applied yet under these settings.",
        "Nothing to do. The next run reads only what has changed.",
    ),
    IssueType(
        "stream-refused",
        _W,
        "Not permitted",
        "{detail}",
        "Give the credentials the permission, or switch the stream off; the rest was read without it.",
    ),
    IssueType(
        "pages-repeat",
        _N,
        "Records in two pages",
        "The source sent some records again on the next page ({detail}); each was taken once.",
        "Nothing to do. Smaller pages, or a steady order in the source, would spare it.",
    ),
    IssueType(
        "changes-not-offered",
        _N,
        "Stream read in full",
        "Only changes were asked for, and the source cannot tell them apart at {detail}; everything was read.",
        "Nothing to do.",
    ),
    IssueType(
        "file-repeated",
        _W,
        "Two files for one sheet",
        "More than one file fits the sheet {detail}; all were read.",
        "Send one file a sheet, or make sure that together they are meant as one.",
    ),
    IssueType(
        "sheet-missing",
        _W,
        "Sheet missing",
        "The layout expects a file for {detail}, and none came; nobody is ended for being absent.",
        "Send the complete set of files each time.",
    ),
    IssueType("encoding-fallback", _N, "Not UTF-8", "{detail}", "Export as UTF-8, so that accents are safe."),
    IssueType("header-repaired", _N, "Header repaired", "{detail}", "Write the header exactly as in the template."),
    IssueType("header-duplicate", _W, "Column twice", "{detail}", "Give each column its own name."),
    IssueType("header-blank", _N, "Column without a name", "{detail}", "Name the column, or leave it out."),
    IssueType(
        "quote-repaired", _W, "Stray quotation mark", "{detail}", "Double the quotation marks inside a quoted value."
    ),
    IssueType(
        "column-unknown",
        _N,
        "Column not used",
        "The column {field} is not part of the layout; it was not read.",
        "Nothing to do, or map the column to a roster field.",
    ),
    IssueType(
        "column-dropped",
        _N,
        "Column never read",
        "The column {field} holds passwords or government numbers; it was dropped unread.",
        "Leave the column out of the export: the hub has no use for it.",
    ),
    IssueType(
        "manifest-differs",
        _W,
        "Manifest and files differ",
        "{detail}",
        "Make the manifest name exactly the files that are sent.",
    ),
    IssueType(
        "format-drift",
        _W,
        "Format has changed",
        "{detail}",
        "Keep the export as agreed, or tell the specialist of the change.",
    ),
    # Rows and values
    IssueType(
        "row-width",
        _E,
        "Wrong number of cells",
        "The row has {value} cells where the header has {detail}; the row was not taken.",
        "Put values that hold the separator or a line break in quotation marks.",
    ),
    IssueType(
        "required-blank", _E, "Required value missing", "{field} is blank; the row was not taken.", "Fill in the value."
    ),
    IssueType(
        "required-bad",
        _E,
        "Required value cannot be read",
        "{field}: “{value}” is not a usable {detail}; the row was not taken.",
        "Correct the value in the SIS.",
    ),
    IssueType(
        "required-unmapped",
        _E,
        "Unknown code in a required value",
        "{field}: “{value}” is not a known code ({detail}); the row was not taken.",
        "Map the code, then run again. All of them: rollbook codes unmapped.",
    ),
    IssueType(
        "bad-date",
        _W,
        "Not a date",
        "{field}: “{value}” is not a date; the value was left out.",
        "Write dates as YYYY-MM-DD, or set the date format of the integration.",
    ),
    IssueType(
        "date-ambiguous",
        _W,
        "Day or month?",
        "{field}: “{value}” can be read in two ways; the value was left out.",
        "Set the date format of the integration, or write dates as YYYY-MM-DD.",
    ),
    IssueType(
        "bad-year",
        _W,
        "Not a year",
        "{field}: “{value}” is not a year; the value was left out.",
        "Write years as YYYY.",
    ),
    IssueType(
        "bad-boolean",
        _W,
        "Not yes or no",
        "{field}: “{value}” is neither true nor false; the value was left out.",
        "Write true or false.",
    ),
    IssueType(
        "bad-number",
        _W,
        "Not a number",
        "{field}: “{value}” is not a whole number; the value was left out.",
        "Write digits only.",
    ),
    IssueType(
        "bad-email",
        _W,
        "Not an e-mail address",
        "{field}: “{value}” is not an e-mail address; the value was left out.",
        "Correct the address in the SIS.",
    ),
    IssueType(
        "bad-phone",
        _W,
        "Odd telephone number",
        "{field}: “{value}” does not look like a telephone number; the value was left out.",
        "Correct the number in the SIS.",
    ),
    IssueType(
        "bad-url",
        _W,
        "Not a web address",
        "{field}: “{value}” is not a web address; the value was left out.",
        "Write the whole address, beginning with https://.",
    ),
    IssueType(
        "bad-object",
        _W,
        "Not a set of ids",
        "{field}: “{value}” is neither a set of {kind:id} pairs nor a JSON object; the value was left out.",
        "Write {kind:id},{kind:id}, as OneRoster does.",
    ),
    IssueType(
        "too-long",
        _W,
        "Too long",
        "{field}: the value has more than {detail} characters; it was left out.",
        "Shorten the value in the SIS.",
    ),
    IssueType(
        "control-chars",
        _W,
        "Control characters",
        "{field}: the value holds control characters; it was left out.",
        "Type the value again in the SIS.",
    ),
    IssueType(
        "unmapped-code",
        _W,
        "Unknown code",
        "{field}: “{value}” is not a known code ({detail}).",
        "Map the code, then run again. All of them: rollbook codes unmapped.",
    ),
    # Records that do not stand alone
    IssueType(
        "duplicate-row",
        _N,
        "Row repeated",
        "The same record came more than once ({detail}); it was taken once.",
        "Nothing to do, or remove the repeated rows.",
    ),
    IssueType(
        "duplicate-differs",
        _W,
        "Rows differ",
        "Rows with one id differ in {field} ({detail}); the value “{value}” was taken.",
        "Send one row for each id, or make the rows agree.",
    ),
    IssueType(
        "duplicate-conflict",
        _E,
        "Two records under one id",
        "Rows with the id {key} differ in {field} ({detail}); none of them was taken, and the roster keeps what it has.",
        "Give each record its own id.",
    ),
    IssueType(
        "duplicate-email",
        _W,
        "E-mail shared",
        "{detail} people share one e-mail address.",
        "Give each person an address of their own where accounts depend on it.",
    ),
    IssueType(
        "reference-not-found",
        _E,
        "Unknown reference",
        "{field} names {entity} {key}, which is neither in these files nor in the roster; rows that need it were not taken.",
        "Send the missing record, or correct the id.",
    ),
    IssueType(
        "reference-dropped",
        _W,
        "Unknown reference left out",
        "{field} names {entity} {key}, which is neither in these files nor in the roster; the value was left out.",
        "Send the missing record, or correct the id.",
    ),
    IssueType(
        "reference-cycle",
        _W,
        "Circular tree",
        "{entity} {key} is above itself; its parent was left out.",
        "Correct the parent.",
    ),
    IssueType(
        "absence-not-judged",
        _W,
        "Absence not judged",
        "{detail}",
        "Send the complete set of files, without damaged rows; where only changes are meant to be sent, do nothing.",
    ),
    IssueType(
        "ending-ignored",
        _W,
        "End not taken",
        "{detail}",
        "Where they have really left, send them with the full set of files, or end them in the hub.",
    ),
    # People
    IssueType(
        "ambiguous-match",
        _W,
        "More than one match",
        "{key} fits more than one known person by {detail}; a new person was made.",
        "Merge the two by hand if they are one person.",
    ),
    IssueType(
        "possible-duplicate",
        _N,
        "Perhaps known already",
        "{key} may be a person who is known already ({detail}).",
        "Compare the two, and merge them if they are one person.",
    ),
    IssueType(
        "person-matched",
        _N,
        "Known person found",
        "{key} was taken to be a person who is known already ({detail}).",
        "Nothing to do.",
    ),
    IssueType(
        "sticky-kept",
        _N,
        "Hand edit kept",
        "{field} of {key} was edited by hand and stays as it is.",
        "Release the field in the hub if the SIS is right.",
    ),
    IssueType(
        "undo-conflict",
        _W,
        "Changed since",
        "{field} of {key} was changed after the run; it stays as it is.",
        "Look at the record and decide by hand.",
    ),
)

UNMAPPED = ("unmapped-code", "required-unmapped")
"""An unknown code, `value`, of the code model `detail`."""

_BRACE = "\ue000"  # stands for a brace of a value while names in braces are filled in
_BY_CODE = {t.code: t for t in CATALOGUE}


def issue_type(code: str) -> IssueType:
    """The catalogued type; KeyError for a code that is not in the catalogue."""
    return _BY_CODE[code]


@cache
def no_issues() -> pl.DataFrame:
    """An empty issue frame."""
    return pl.DataFrame(schema=COLUMNS)


def issue_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with all issue columns, in order; those it lacks are blank (`effects`: 0)."""
    blank = {"effects": 0}
    missing = [
        pl.lit(blank.get(name), dtype).alias(name) for name, dtype in COLUMNS.items() if name not in frame.columns
    ]
    return frame.with_columns(missing).select([pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()])


def one_issue(code: str, **values: object) -> pl.DataFrame:
    """An issue frame with one row."""
    return issue_frame(pl.DataFrame([{"code": issue_type(code).code, **values}]))


def join_issues(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All issues of several frames."""
    return pl.concat([no_issues(), *frames])


def worded(issues: pl.DataFrame) -> pl.DataFrame:
    """
    The issues in words, the worst first.

    Returns:
        The columns of `COLUMNS`, then `severity`, `title`, `message`, `fix` (str).
    """
    types = pl.DataFrame(
        {
            "code": [t.code for t in CATALOGUE],
            "severity": [t.severity.value for t in CATALOGUE],
            "title": [t.title for t in CATALOGUE],
            "message": [t.message for t in CATALOGUE],
            "fix": [t.fix for t in CATALOGUE],
            "_rank": [list(Severity).index(t.severity) * 1000 + n for n, t in enumerate(CATALOGUE)],
        }
    )
    message = pl.col("message")
    for name in ("field", "entity", "key", "value", "detail"):
        text = pl.col(name).fill_null("").str.slice(0, 200).str.replace_all("{", _BRACE, literal=True)
        message = message.str.replace("{" + name + "}", text, literal=True)
    return (
        issues.join(types, on="code", how="left")
        .with_columns(message.str.replace_all(_BRACE, "{", literal=True).alias("message"))
        .sort("_rank", "file", "line", "field", "key", nulls_last=True)
        .drop("_rank")
    )


def counts(issues: pl.DataFrame) -> dict[str, int]:
    """How many issues of each code, most frequent first."""
    return dict(issues["code"].value_counts(sort=True).iter_rows())


def severity_counts(issues: pl.DataFrame) -> dict[str, int]:
    """How many issues of each severity; every severity is named."""
    found = counts(issues)
    return {s.value: sum(n for code, n in found.items() if issue_type(code).severity is s) for s in Severity}
