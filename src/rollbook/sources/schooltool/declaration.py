"""What the form of SchoolTool asks for in each mode, and what it cannot fill."""

from dataclasses import replace

from rollbook.sources.base import Asked, Sees, Setting, Sight, SourceKind
from rollbook.sources.database import declaration as database
from rollbook.sources.oneroster.declaration import SHARED

_SERVICE, _OPEN, _FILES, _VIEWS = "oneroster", "open", "files", "views"
_BY_SERVICE = {"mode": (_SERVICE, _OPEN)}
# Whose statements and columns it takes is settled here: the views of OneRoster.
_SETTLED = ("preset", "layout")
# What seed forms of SchoolTool map and OneRoster has no place for.
NOT_IN_ONEROSTER = "Language, state, kinds of relationships, family identifier"


def _shared(setting: Setting) -> Setting:
    smaller = {"page_size": "500"}
    return replace(setting, when=_BY_SERVICE, default=smaller.get(setting.name, setting.default))


def _of_database() -> list[Setting]:
    asked = [setting for setting in database.KIND.settings if setting.name not in _SETTLED]
    return [replace(setting, when={"mode": (_VIEWS,), **setting.when}) for setting in asked]


KIND = SourceKind(
    "schooltool",
    "SchoolTool",
    about="SchoolTool by Mindex: its OneRoster service, an export that it writes, or views of its database.",
    implementation="rollbook.sources.schooltool.source:SchoolToolSource",
    streams="oneroster",
    settings=(
        Setting(
            "mode",
            "Read by",
            "What the district or its RIC offers.",
            Asked.CHOICE,
            default=_SERVICE,
            choices={
                _SERVICE: "its OneRoster service, with a client id and secret",
                _FILES: "an export: a zip or a sheet",
                _VIEWS: "views of its database",
                _OPEN: "an open address, without any credentials",
            },
        ),
        Setting(
            "url",
            "Url",
            "https://DISTRICT.schooltool.RIC.org; what follows, /STAPIService/ims/oneroster/v1p1, may be left out, and "
            "/Token at its end is taken away.",
            Asked.URL,
            required=True,
            when=_BY_SERVICE,
        ),
        Setting("client_id", "Client id", "From the RIC.", required=True, when={"mode": (_SERVICE,)}),
        Setting("client_secret", "Client secret", "", Asked.SECRET, required=True, when={"mode": (_SERVICE,)}),
        Setting(
            "open_understood",
            "Anybody who knows this address can read every student, and I want it read all the same",
            "Ask the district to close it instead.",
            Asked.FLAG,
            when={"mode": (_OPEN,)},
        ),
        *map(_shared, SHARED),
        Setting(
            "file",
            "Export",
            "https://…/export.zip or …/users.csv, or the path of a file or folder on the hub.",
            required=True,
            when={"mode": (_FILES,)},
        ),
        Setting(
            "layout",
            "Layout of the export",
            "Any layout of data sheets that the hub knows.",
            default="oneroster_11",
            when={"mode": (_FILES,)},
        ),
        Setting(
            "file_access",
            "The export is protected by",
            "",
            Asked.CHOICE,
            default="none",
            choices={"none": "nothing, or it lies on the hub", "header": "a header with a key", "basic": "a password"},
            when={"mode": (_FILES,)},
        ),
        Setting(
            "header",
            "Header",
            "Its name.",
            default="Authorization",
            when={"mode": (_FILES,), "file_access": ("header",)},
        ),
        Setting(
            "token",
            "Key",
            "The value of the header.",
            Asked.SECRET,
            required=True,
            when={"mode": (_FILES,), "file_access": ("header",)},
        ),
        Setting(
            "file_user",
            "User of the export",
            required=True,
            when={"mode": (_FILES,), "file_access": ("basic",)},
        ),
        Setting(
            "file_password",
            "Password of the export",
            "",
            Asked.SECRET,
            required=True,
            when={"mode": (_FILES,), "file_access": ("basic",)},
        ),
        *_of_database(),
    ),
    offers_delta=True,
    sights=(
        Sight("Deletions", Sees.PARTLY, "By absence in a full pull; as tobedeleted where the service keeps them."),
        Sight("History", Sees.NO, "The students of the school year: at its change expect a new set."),
        Sight("Contacts", Sees.PARTLY, "By the service who belongs to whom; how, only an export can say."),
        Sight("Photos", Sees.NO, "Neither the service nor the exports have any."),
        Sight("Language", Sees.PARTLY, "Not in OneRoster; by an export whose layout has it."),
        Sight("State", Sees.PARTLY, "Of addresses: not in OneRoster; by an export whose layout has it."),
        Sight("Kinds of relationships", Sees.PARTLY, "Not in OneRoster; by an export whose layout has them."),
        Sight("Family identifier", Sees.PARTLY, "Not in OneRoster; by an export whose layout has it."),
    ),
    proof="Proven against a simulator of OneRoster 1.1 at the address form used by a New York RIC; not certified by "
    "Mindex.",
)
