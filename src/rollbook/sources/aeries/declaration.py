"""What the Aeries source asks for and what it can see."""

from rollbook.sources.base import Asked, Sees, Setting, Sight, SourceKind

_NOT_PICTURES = {"pictures_only": ("off",)}

KIND = SourceKind(
    "aeries",
    "Aeries",
    about="Aeries SIS by its API version 5: people, contacts, classes, meal programs and photographs.",
    implementation="rollbook.sources.aeries.source:AeriesSource",
    streams="aeries",
    settings=(
        Setting(
            "url",
            "Web address of Aeries",
            "As people open it in a browser, for example https://northfield.aeries.example/aeries.",
            Asked.URL,
            required=True,
        ),
        Setting(
            "token",
            "Certificate",
            "The 32 letters and digits from Security > API Security in Aeries.",
            Asked.SECRET,
            required=True,
        ),
        Setting(
            "academic_year",
            "Academic year",
            "The year in which the school year starts: 2026 for 2026-2027. A run is refused when Aeries has another.",
            required=True,
        ),
        Setting(
            "pictures_only",
            "Pictures only",
            "Read nothing but photographs; set match=local_id, so that they find the people of another integration.",
            Asked.FLAG,
            default="off",
        ),
        Setting(
            "photos",
            "Read photographs too",
            "With everything else. They take long: an integration for pictures only can run once a week instead.",
            Asked.FLAG,
            default="off",
            when=_NOT_PICTURES,
        ),
        Setting(
            "contact_record",
            "Use contact record",
            "On: guardians are the contacts. Off: the name, telephone and e-mail of parent or guardian on the student.",
            Asked.FLAG,
            default="on",
            when=_NOT_PICTURES,
        ),
        Setting(
            "red_flag_contacts",
            "Take contacts with a red flag",
            "Contacts whom a court or the school restrains; nobody downstream may see the flag.",
            Asked.FLAG,
            default="off",
            when={**_NOT_PICTURES, "contact_record": ("on",)},
        ),
        Setting(
            "local_id_as_pin",
            "Use local id as PIN",
            "Give every student a PIN, for tills and copiers.",
            Asked.FLAG,
            default="off",
            when=_NOT_PICTURES,
        ),
        Setting(
            "local_id",
            "Local id",
            "Which number the district calls the local id.",
            Asked.CHOICE,
            default="student_id",
            choices={"student_id": "Student ID, of the district", "student_number": "Student number, of the school"},
            when={**_NOT_PICTURES, "local_id_as_pin": ("on",)},
        ),
        Setting(
            "enrollment_field",
            "Column of the enrollment codes",
            "Which column of the student's row the codes below are looked for in.",
            Asked.CHOICE,
            default="InactiveStatusCode",
            choices={
                "InactiveStatusCode": "Inactive status code (STU.TG)",
                "AttendanceProgramCodePrimary": "Attendance program, primary (STU.SP)",
                "AttendanceProgramCodeAdditional1": "Attendance program, additional 1 (STU.AP1)",
                "AttendanceProgramCodeAdditional2": "Attendance program, additional 2 (STU.AP2)",
            },
            when=_NOT_PICTURES,
        ),
        Setting(
            "primary_codes",
            "Primary enrollment codes",
            "Rows with these codes are enrollments; `(blank)` is no code.",
            Asked.LIST,
            default="(blank)",
            when=_NOT_PICTURES,
        ),
        Setting(
            "alternate_codes",
            "Alternate enrollment codes",
            "Rows with these codes are second enrollments. Rows with any other code end the enrollment.",
            Asked.LIST,
            when=_NOT_PICTURES,
        ),
        Setting(
            "page_size",
            "Students at a time",
            "Aeries warns of large answers; photographs come 25 at a time at most.",
            Asked.NUMBER,
            default="200",
        ),
    ),
    offers_delta=True,
    sights=(
        Sight(
            "Deletions",
            Sees.PARTLY,
            "A row with an inactive code ends the enrollment at once. Deleted students, contacts and classes are seen "
            "by the nightly full run only.",
        ),
        Sight("History", Sees.NO, "One school year: the database of the academic year that is set."),
        Sight(
            "Contacts",
            Sees.YES,
            "One row for each child: those of one name in one family become one person. Red flags are withheld.",
        ),
        Sight("Photos", Sees.YES, "The newest of each student, without what the camera wrote into it."),
        Sight("Allergies", Sees.NO, "This API has no health records."),
    ),
    proof="Proven against a simulated Aeries, which the Python client aeripy reads too; not yet against a real one.",
)
