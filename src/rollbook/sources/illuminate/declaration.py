"""What Illuminate asks for, and what it can see."""

from rollbook.sources.base import Asked, Sees, Setting, Sight, SourceKind

KIND = SourceKind(
    "illuminate",
    "Illuminate",
    about="Illuminate Education's API (SIS or DnA), with OAuth 1.0a or OAuth 2.",
    implementation="rollbook.sources.illuminate.source:Illuminate",
    streams="illuminate",
    settings=(
        Setting(
            "url",
            "Address",
            "As far as Api: https://district.illuminateed.com/live/rest_server.php/Api/ for the SIS, with dna in the "
            "place of live for DnA.",
            Asked.URL,
            required=True,
        ),
        Setting(
            "auth",
            "Kind of access key",
            "Four values are a key of OAuth 1.0a; an id and a secret are one of OAuth 2.",
            Asked.CHOICE,
            default="oauth1",
            choices={"oauth1": "Consumer and user (OAuth 1.0a)", "oauth2": "Client (OAuth 2)"},
        ),
        Setting("consumer_token", "Consumer Token", required=True, when={"auth": ("oauth1",)}),
        Setting("consumer_secret", "Consumer Secret", "", Asked.SECRET, required=True, when={"auth": ("oauth1",)}),
        Setting("user_token", "User Token", required=True, when={"auth": ("oauth1",)}),
        Setting("user_secret", "User Secret", "", Asked.SECRET, required=True, when={"auth": ("oauth1",)}),
        Setting("client_id", "Client Id", required=True, when={"auth": ("oauth2",)}),
        Setting("client_secret", "Client Secret", "", Asked.SECRET, required=True, when={"auth": ("oauth2",)}),
        Setting(
            "academic_year",
            "Academic year",
            "The year in which the school year ends: 2027 for 2026-27. Rows of other years are left out, and a list "
            "of nothing but another year is refused. Blank: from July on it is the next calendar year.",
            Asked.NUMBER,
        ),
        Setting(
            "date",
            "As of",
            "A day within the school year, YYYY-MM-DD, to be asked for. Without it Illuminate takes its own day, and "
            "gives empty lists between two years.",
        ),
        Setting(
            "leave_date",
            "A leave date is",
            "Whether a student is still there on the leave date.",
            Asked.CHOICE,
            default="last_day",
            choices={"last_day": "the last day", "day_after": "the first day of absence"},
        ),
        Setting(
            "without",
            "Streams to leave out",
            "Those that the access key may not read, or that the district does not keep: terms, courses, users, "
            "roles, sections, enrollment, rosters, contacts.",
            Asked.LIST,
        ),
        Setting("page_size", "Rows in a page", "Illuminate gives 200 at most.", Asked.NUMBER, default="200"),
        Setting(
            "profile",
            "Profile",
            "Where the district's Illuminate calls methods or members otherwise: TOML that is laid over the profile "
            "of the hub. docs/sources/illuminate.md has an example.",
            Asked.LINES,
        ),
    ),
    sights=(
        Sight("Deletions", Sees.PARTLY, "Rows with a leave date are ended; of whoever is missing the policy decides."),
        Sight("History", Sees.NO, "One academic year at a time."),
        Sight("Contacts", Sees.PARTLY, "Where the district's Illuminate has a method for them."),
        Sight("Photos", Sees.NO, "The API gives none."),
    ),
    proof="Proven against a simulator only. The names of most methods and members are a prediction: test the "
    "connection, and set the profile right.",
)
