"""What the source asks for, and what it can see."""

from rollbook.sources.base import Asked, Sees, Setting, Sight, SourceKind

LEFT_OUT = {
    "staff_faculty": "Staff and faculty",
    "parents": "Parents",
    "households": "Households (home addresses)",
    "contact_info": "Contact data (telephone numbers, personal e-mail)",
    "relationships": "Relationships",
    "courses": "Courses",
    "classes": "Classes, with all who are in them",
    "enrollments": "Enrollments",
    "permissions": "Permissions (all teachers of a class)",
    "grading_periods": "Grading periods (terms)",
    "rooms": "Rooms",
}
REQUIRED = {
    "first_name": "First name",
    "last_name": "Last name",
    "email_1": "E-mail",
    "graduation_year": "Graduation year",
}
_V2, _V3 = {"version": ("v2",)}, {"version": ("v3",)}

KIND = SourceKind(
    "veracross",
    "Veracross",
    about="One school site, through its Data API: v3, or the older v2 where a school still has an account for it.",
    implementation="rollbook.sources.veracross.source:Veracross",
    streams="veracross",
    settings=(
        Setting(
            "version",
            "Data API",
            "v3 unless the school only has an API account with user and password.",
            Asked.CHOICE,
            default="v3",
            choices={"v3": "v3 (OAuth application)", "v2": "v2 (user and password)"},
        ),
        Setting(
            "school",
            "School route",
            "The short name of the school in every Veracross address (v2 calls it client): `oakhill`.",
            required=True,
        ),
        Setting("client_id", "Client ID", "Of the OAuth application.", required=True, when=_V3),
        Setting("client_secret", "Client Secret", "Of the OAuth application.", Asked.SECRET, required=True, when=_V3),
        Setting("user", "User", "Of the API account.", required=True, when=_V2),
        Setting("password", "Password", "Of the API account.", Asked.SECRET, required=True, when=_V2),
        Setting("school_name", "Name of the school", "As the roster is to show it; blank: the school route."),
        Setting(
            "school_year",
            "School year",
            "The year in which it begins: 2026 for 2026-2027. Blank: by today's date, from July on the new one.",
            Asked.NUMBER,
            when=_V3,
        ),
        Setting(
            "statuses",
            "Enrollment statuses",
            "Only students with one of these, by text or code: some schools list future students too. Blank: all.",
            Asked.LIST,
            when=_V3,
        ),
        Setting(
            "required",
            "Required fields of a student",
            "A student without one of these is rejected, and reported with the id, which is always required.",
            Asked.LIST,
            default=",".join(REQUIRED),
            choices=REQUIRED,
        ),
        Setting(
            "without",
            "Streams to leave out",
            "They are not read, and their scopes are not needed.",
            Asked.LIST,
            choices=LEFT_OUT,
        ),
        Setting("page_size", "Records in a page", "From 1 to 1000.", Asked.NUMBER, default="1000"),
        Setting(
            "url",
            "Address of the API",
            "Only where it is not the vendor's.",
            Asked.URL,
            default="https://api.veracross.com",
        ),
        Setting(
            "accounts_url",
            "Address of the accounts host",
            "Only where it is not the vendor's.",
            Asked.URL,
            default="https://accounts.veracross.com",
            when=_V3,
        ),
    ),
    offers_delta=True,
    sights=(
        Sight(
            "Deletions", Sees.PARTLY, "Nothing is reported as deleted: who has left is missing, or has an exit date."
        ),
        Sight("History", Sees.NO, "Only the school year that is asked for."),
        Sight("Changes only", Sees.PARTLY, "Relationships, enrollments and permissions; people are read whole."),
        Sight(
            "Contacts", Sees.PARTLY, "v3: relationships, with rights. v2: the parents of the household, without kind."
        ),
        Sight("Teachers", Sees.PARTLY, "v3: all teachers of a class. v2: only its primary teacher."),
        Sight("Households", Sees.PARTLY, "One for each person, also for a child who lives in two."),
        Sight("Health", Sees.NO, "Neither API has allergies."),
        Sight("Photos", Sees.NO, "Not read."),
    ),
    proof="Proven against a simulated site that published clients of both APIs read, not against a real school.",
)
