"""What the form of data sheets on a school's SFTP server asks for."""

from rollbook.sources.base import Asked, Sees, Setting, Sight, SourceKind

_PASSWORD, _KEY = {"log_in": ("password",)}, {"log_in": ("key",)}

KIND = SourceKind(
    "sheets_sftp",
    "Data sheets on the school's SFTP server",
    about="CSV, text and workbook files that lie on an SFTP server of the school, which the hub reads on a schedule.",
    implementation="rollbook.sources.sheets_sftp.source:SheetsOnSFTP",
    gives_sheets=True,
    settings=(
        Setting("host", "Host", "Name or address of the server, such as sftp.district.example.", required=True),
        Setting("port", "Port", "", Asked.NUMBER, default="22"),
        Setting(
            "host_key",
            "Host key",
            "The server's fingerprint, `SHA256:…`, or its public key, by which it is known again; several on lines of "
            "their own. Blank at first: the test of the connection shows it, and nobody is logged in before it is set.",
            Asked.LINES,
        ),
        Setting("user", "User", "An account that may only read.", required=True),
        Setting(
            "log_in",
            "Log in by",
            "",
            Asked.CHOICE,
            default="password",
            choices={"password": "a password", "key": "a private key"},
        ),
        Setting("password", "Password", "Of that account.", Asked.SECRET, required=True, when=_PASSWORD),
        Setting(
            "private_key",
            "Private key",
            "As OpenSSH or PEM keep it (`@FILE` reads a file); its public half is entered for the account on the "
            "server.",
            Asked.SECRET_LINES,
            required=True,
            when=_KEY,
        ),
        Setting("passphrase", "Passphrase", "Of the private key, where it has one.", Asked.SECRET, when=_KEY),
        Setting(
            "folder",
            "Folder",
            "Where the files lie, from the folder that the log-in leads to, or from the root: `/exports`. Where each "
            "night has a folder of its own, `/exports/*` is the newest.",
        ),
        Setting(
            "patterns",
            "Files",
            "Names, such as `students*.csv, staff*.csv`. Blank: every file that can hold sheets. Names for the time "
            "being (`.tmp`, `.filepart`, …) and folders are left alone.",
            Asked.LIST,
        ),
        Setting(
            "newest",
            "Only the newest",
            "Of files whose names differ only in a date (`students_20261122.csv`), read the newest.",
            Asked.FLAG,
            default="on",
        ),
        Setting(
            "marker",
            "Marker file",
            "Files are read only once this one is there and no older than they are, such as `_done`. Blank: the quiet "
            "time counts.",
        ),
        Setting(
            "quiet_minutes",
            "Quiet time in minutes",
            "A file that was changed later than this is not finished, so the run waits. Without a marker file only.",
            Asked.NUMBER,
            default="5",
        ),
    ),
    sights=(
        Sight("Deletions", Sees.PARTLY, "Who is missing in a complete, full set of files; the absence policy decides."),
        Sight("History", Sees.NO, "Only what the files hold."),
        Sight("Contacts", Sees.PARTLY, "Where the layout has them."),
        Sight("Photos", Sees.PARTLY, "Their addresses, where the layout has them."),
    ),
    proof="Proven against OpenSSH's server. It only reads: files stay as they are.",
)
