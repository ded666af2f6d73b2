"""The declaration of data sheets, apart from `sheets`, which needs Polars."""

from rollbook.sources.base import Sees, Sight, SourceKind

KIND = SourceKind(
    "sheets",
    "Data sheets",
    about="CSV, text and workbook files that arrive by upload or SFTP, or lie in a folder.",
    gives_sheets=True,
    sights=(
        Sight("Deletions", Sees.PARTLY, "Who is missing in a complete, full delivery; the absence policy decides."),
        Sight("History", Sees.NO, "Only what the files hold."),
        Sight("Contacts", Sees.PARTLY, "Where the layout has them."),
        Sight("Photos", Sees.PARTLY, "Their addresses, where the layout has them."),
    ),
)
