"""What the form of OneRoster asks for, and what the source can see."""

from rollbook.sources.base import Asked, Sees, Setting, Sight, SourceKind

# What the services of SchoolTool ask for too.
SHARED = (
    Setting(
        "page_size",
        "Records a page",
        "A server may send fewer. Smaller pages help where large ones time out.",
        Asked.NUMBER,
        default="1000",
    ),
    Setting(
        "end_dates",
        "End dates are",
        "The standard writes the day after the last. Where a server writes the last day itself, one day is added, so "
        "that the roster means the same for all.",
        Asked.CHOICE,
        default="day_after",
        choices={"day_after": "the day after the last, as the standard says", "last_day": "the last day"},
    ),
    Setting(
        "sort",
        "Ask for a steady order",
        "Pages of a list without an order may not fit together. Off for a server that cannot sort.",
        Asked.FLAG,
        default="on",
    ),
    Setting(
        "missing_is_empty",
        "404 means an empty list",
        "Some servers answer so for a list without records. Off, a wrong address cannot look like an empty school.",
        Asked.FLAG,
    ),
    Setting(
        "demographics",
        "Read demographics",
        "Birth, gender, race, ethnicity. A server that does not permit it is read without.",
        Asked.FLAG,
        default="on",
    ),
    Setting(
        "overlap",
        "Overlap in minutes",
        "A pull of changes begins this long before the last change that was seen.",
        Asked.NUMBER,
        default="15",
    ),
    Setting(
        "authorities",
        "Certificate authority",
        "That of the school, where the server's certificate is signed by it: PEM (`@FILE` reads a file).",
        Asked.LINES,
    ),
)
SIGHTS = (
    Sight("Deletions", Sees.PARTLY, "As tobedeleted where the server keeps them; else by absence in a full pull."),
    Sight("History", Sees.NO, "Only what the server sends; few keep former years."),
    Sight("Contacts", Sees.PARTLY, "Who belongs to whom, but not how: agents have no kind, custody or order."),
    Sight("Photos", Sees.NO, "OneRoster has none."),
)
KIND = SourceKind(
    "oneroster",
    "OneRoster 1.1 / 1.2",
    about="The rostering service of 1EdTech's standard; both versions, with OAuth 2 or OAuth 1 signatures.",
    implementation="rollbook.sources.oneroster.source:OneRosterSource",
    streams="oneroster",
    settings=(
        Setting(
            "url",
            "Base URL",
            "The whole address, as far as …/ims/oneroster/v1p1 or …/ims/oneroster/rostering/v1p2.",
            Asked.URL,
            required=True,
        ),
        Setting(
            "auth",
            "Sign in by",
            "1.2 has OAuth 2 only.",
            Asked.CHOICE,
            default="oauth2",
            choices={"oauth2": "OAuth 2 (client credentials)", "oauth1": "OAuth 1 (signed requests)"},
        ),
        Setting(
            "token_url",
            "Token URL",
            "It does not follow from the base URL. Blank: base URL + /token.",
            Asked.URL,
            when={"auth": ("oauth2",)},
        ),
        Setting("client_id", "Client id (consumer key)", required=True),
        Setting("client_secret", "Client secret", "", Asked.SECRET, required=True),
        Setting(
            "client_in",
            "Client id and secret go into",
            "The standard says the header; some servers only look into the form.",
            Asked.CHOICE,
            default="basic",
            choices={"basic": "the header (HTTP Basic)", "body": "the form"},
            when={"auth": ("oauth2",)},
        ),
        Setting(
            "scopes",
            "Scopes",
            "With blanks between. Blank: those of the standard, demographics apart. `none`: no scope is sent.",
            when={"auth": ("oauth2",)},
        ),
        Setting(
            "signature",
            "Signature",
            "As the server wants it.",
            Asked.CHOICE,
            default="HMAC-SHA256",
            choices={"HMAC-SHA256": "HMAC-SHA256", "HMAC-SHA1": "HMAC-SHA1"},
            when={"auth": ("oauth1",)},
        ),
        Setting("slash", "Addresses end with a slash", "Some servers know /users/ and not /users.", Asked.FLAG),
        *SHARED,
    ),
    offers_delta=True,
    sights=SIGHTS,
    proof="Proven against a simulator that fits the published OpenAPI of 1.2 and that clients of 1.1 by others read; "
    "not certified by 1EdTech.",
)
