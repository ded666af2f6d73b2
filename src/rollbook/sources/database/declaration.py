"""The declaration of databases, apart from `source`, which needs their drivers."""

from rollbook.sources.base import Asked, Sees, Setting, Sight, SourceKind

SERVERS = ("postgresql", "mysql", "sqlserver", "oracle")
_ON_SERVERS = {"engine": SERVERS}

KIND = SourceKind(
    "database",
    "Direct database",
    about="Reads the tables or views of a system's database, by one saved SELECT for each sheet of a layout.",
    implementation="rollbook.sources.database.source:Database",
    settings=(
        Setting(
            "engine",
            "Kind of database",
            "What the server is.",
            Asked.CHOICE,
            required=True,
            choices={
                "postgresql": "PostgreSQL",
                "mysql": "MySQL or MariaDB",
                "sqlserver": "Microsoft SQL Server",
                "oracle": "Oracle",
                "sqlite": "SQLite",
            },
        ),
        Setting("host", "Host", "Name of the server, as its certificate has it.", required=True, when=_ON_SERVERS),
        Setting("port", "Port", "Blank: the usual one of the kind of database.", Asked.NUMBER, when=_ON_SERVERS),
        Setting(
            "database",
            "Database",
            "Its name; for Oracle the service; for SQLite the path of the file, in a folder that the operator allows "
            "(`SOURCE_FOLDERS`).",
            required=True,
        ),
        Setting("user", "User", "An account that may only read.", required=True, when=_ON_SERVERS),
        Setting("password", "Password", "Of that account.", Asked.SECRET, required=True, when=_ON_SERVERS),
        Setting(
            "tls",
            "TLS",
            "Without it the password and every pupil can be read on the way: only in networks that the operator names "
            "(`SOURCE_NETWORKS`).",
            Asked.CHOICE,
            default="on",
            choices={"on": "on, with the certificate and the host verified", "off": "off"},
            when=_ON_SERVERS,
        ),
        Setting(
            "tls_ca",
            "Certificate authority",
            "Of the school, where the server's certificate is signed by its own: PEM. Blank: those that this machine "
            "trusts.",
            Asked.LINES,
            when=_ON_SERVERS,
        ),
        Setting(
            "preset",
            "System",
            "Statements for a system whose tables are known. Your own (`query.<sheet>`) take their place.",
            Asked.CHOICE,
            choices={
                "edfi_ods": "Ed-Fi ODS",
                "gibbon": "Gibbon",
                "illuminate": "Illuminate (PostgreSQL views)",
                "oneroster_views_11": "Views in the columns of OneRoster 1.1",
                "oneroster_views_12": "Views in the columns of OneRoster 1.2",
                "opensis": "openSIS Classic",
                "rosariosis": "RosarioSIS",
            },
        ),
        Setting(
            "layout",
            "Layout",
            "Whose columns your statements give, where no system is chosen: a layout of data sheets.",
            default="hub_v1",
        ),
        Setting(
            "query.",
            "Statement of a sheet",
            "`query.<sheet>`: one SELECT that gives the columns of that sheet; it takes the place of the preset's. "
            "`off`: the sheet is not read.",
            Asked.LINES,
        ),
        Setting(
            "row_limit",
            "Most rows of a statement",
            "One more and the run fails: a part of the rows is never taken for all.",
            Asked.NUMBER,
            default="2000000",
        ),
        Setting(
            "statement_timeout",
            "Longest time of a statement",
            "Seconds; the database stops it then.",
            Asked.NUMBER,
            default="600",
        ),
    ),
    sights=(
        Sight("Deletions", Sees.PARTLY, "Who is missing in a complete read of one moment; the absence policy decides."),
        Sight("History", Sees.NO, "Only what the statements read."),
        Sight("Contacts", Sees.PARTLY, "Where a statement gives them; every preset but the views does."),
        Sight("Photos", Sees.NO, "Pictures inside a database are not read."),
    ),
    proof="PostgreSQL, MariaDB and SQLite were tested against real servers; SQL Server and Oracle were not: no server "
    "was at hand.",
)
