"""What the two kinds of PowerSchool source declare: their settings, what they can see, the plugins to install."""

from functools import partial

from rollbook.sources.base import Asked, Download, Sees, Setting, Sight, SourceKind
from rollbook.sources.powerschool.plugin import plugin

REQUIRED = {
    "id": "Id",
    "email": "E-mail",
    "first_name": "First name",
    "last_name": "Last name",
    "projected_graduation_year": "Projected graduation year",
}

SETTINGS = (
    Setting(
        "url",
        "Address of PowerSchool",
        "As staff open it, without a path: https://powerschool.northfield.example",
        Asked.URL,
        required=True,
    ),
    Setting("client_id", "Client ID", "From the plugin's Data Provider Configuration.", required=True),
    Setting("client_secret", "Client Secret", "From the same page.", Asked.SECRET, required=True),
    Setting(
        "school_year",
        "School year",
        "The year in which it begins, 2026 for 2026-27. Blank: it changes on 1 July.",
        Asked.NUMBER,
    ),
    Setting(
        "required",
        "Required fields of a student",
        "A student without one of these is rejected. The id is required in any case.",
        Asked.LIST,
        default=",".join(REQUIRED),
        choices=REQUIRED,
    ),
    Setting(
        "authorities",
        "Certificate authority",
        "That of the school, where the server's certificate is signed by it: PEM (`@FILE` reads a file).",
        Asked.LINES,
    ),
    Setting(
        "contacts",
        "Contacts",
        "Parents, guardians and whom else the school calls. off: they are not asked for.",
        Asked.FLAG,
        default="on",
    ),
    Setting(
        "photos",
        "Photos",
        "One request for each student. No published description of PowerSchool names the path: test the connection.",
        Asked.FLAG,
    ),
)

REST = SourceKind(
    "powerschool",
    "PowerSchool",
    about="PowerSchool SIS by its REST interface. PowerSchool Query sees more and is quicker.",
    implementation="rollbook.sources.powerschool.rest:PowerSchool",
    streams="powerschool",
    settings=(
        *SETTINGS,
        Setting(
            "state_id_digits",
            "Digits of state ids",
            "The interface drops the leading zeros of numbers: ids are filled up with zeros to so many digits.",
            Asked.NUMBER,
        ),
    ),
    sights=(
        Sight("Deletions", Sees.PARTLY, "Dropped classes are marked; who left is seen by absence from a full pull."),
        Sight("History", Sees.NO, "One school year at a time."),
        Sight("Contacts", Sees.YES, "One request for each student, so large districts take long."),
        Sight("Second teachers", Sees.NO, "A section names one teacher."),
        Sight("District office", Sees.NO, "Only staff of schools are listed."),
        Sight("Rooms, departments, job titles, families, meals", Sees.NO, "PowerSchool Query sees them."),
        Sight("Allergies", Sees.NO, "PowerSchool Query sees them."),
        Sight("Photos", Sees.PARTLY, "Where the server has a path for them, which is not documented."),
        Sight("Leading zeros", Sees.PARTLY, "Lost in numbers; postal codes and state ids are filled up again."),
    ),
    downloads=(
        Download("rollbook-powerschool.zip", "Plugin for PowerSchool: REST interface", partial(plugin, "powerschool")),
    ),
    proof="Proven against a simulated server that published clients read too; not yet against a real one.",
)

QUERY = SourceKind(
    "powerschool_query",
    "PowerSchool Query",
    about="PowerSchool SIS by the named queries of a plugin: everything, allergies included, and what has changed.",
    implementation="rollbook.sources.powerschool.query:PowerSchoolQuery",
    streams="powerschool",
    settings=(
        *SETTINGS,
        Setting(
            "allergies",
            "Allergies",
            "From StudentCoreFields.Allergies, translated by the code mapping of allergies. off: not asked for.",
            Asked.FLAG,
            default="on",
        ),
    ),
    offers_delta=True,
    sights=(
        Sight(
            "Deletions",
            Sees.PARTLY,
            "Students who leave and classes that are dropped come with a status; who else is gone is seen by their "
            "absence from a full pull.",
        ),
        Sight("History", Sees.NO, "One school year at a time."),
        Sight("Contacts", Sees.YES, "With relationship, custody, pick-up, priority, up to three telephones."),
        Sight("Allergies", Sees.YES, "One free text a student, split at commas and semicolons."),
        Sight("Photos", Sees.PARTLY, "Where the server has a path for them, which is not documented."),
        Sight("Administrators", Sees.NO, "Staff are teachers or staff: PowerSchool keeps no role beyond that."),
    ),
    downloads=(
        Download(
            "rollbook-powerschool-query.zip",
            "Plugin for PowerSchool: named queries",
            partial(plugin, "powerschool_query"),
        ),
    ),
    proof="Proven against a simulated server that runs the plugin's own SQL; not yet against a real one.",
)
