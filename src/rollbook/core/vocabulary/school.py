"""
The vocabularies about schools and what happens in them.

Values are OneRoster 1.2's own where it has them; SDS, Clever, Canvas and OneRoster 1.1 words are synonyms.
Numbers and letters that only one district uses are not here: they belong in a code mapping.
"""

from rollbook.core.vocabulary.model import CodeModel, read_codes

ORG_TYPE = CodeModel(
    "org_type",
    "Type of organisation",
    "The first six are OneRoster's. Not open: what belongs to whom follows from the type, so an unknown one "
    "must be mapped, to `other` if nothing fits.",
    read_codes("""
        school     | School          | public school, elementary, elementary school, primary school, middle,
                                       middle school, junior high, junior high school, high, high school,
                                       secondary school, k12 school, charter school, private school
        district   | District        | school district, LEA, local education agency
        department | Department      | dept
        local      | Local body      |
        state      | State body      | SEA, state education agency
        national   | National body   | ministry of education
        college    | College         | university, high ed, higher education, community college
        campus     | Campus          |
        division   | Division        |
        region     | Region          | regional body
        other      | Other           |
    """),
    extensible=True,
)

SESSION_TYPE = CodeModel(
    "session_type",
    "Type of academic session",
    "OneRoster's four. A quarter is a grading period, a trimester a term.",
    read_codes("""
        schoolYear    | School year    | year, academic year, full year
        semester      | Semester       |
        term          | Term           | trimester
        gradingPeriod | Grading period | quarter, marking period, reporting period
    """),
    extensible=True,
)

CLASS_TYPE = CodeModel(
    "class_type",
    "Type of class",
    "OneRoster's two.",
    read_codes("""
        scheduled | Scheduled | section, course section
        homeroom  | Homeroom  | home room, advisory, base class
    """),
    extensible=True,
)

GRADE_LEVEL = CodeModel(
    "grade_level",
    "Grade level",
    "The CEDS entry grade levels that OneRoster 1.1 names. Any year at a college (SDS: `PS1` to `PS4`) or after it is "
    "`PS`; `0`, `-1`, `-2` and `-3` are the numbers before grade 1.",
    read_codes("""
        IT    | Infant or toddler         | infant, toddler, infant/toddler, -3
        PR    | Preschool                 | pre school
        PK    | Prekindergarten           | pre k, pre kindergarten, P3, P4, PK3, PK4, pre k 3, pre k 4, -1, -2
        TK    | Transitional kindergarten | T K
        KG    | Kindergarten              | K, 0, 00, grade K, grade 0
        01    | Grade 1                   | 1, 1st, 1st grade, first, first grade, grade 01, gr 1
        02    | Grade 2                   | 2, 2nd, 2nd grade, second, second grade, grade 02, gr 2
        03    | Grade 3                   | 3, 3rd, 3rd grade, third, third grade, grade 03, gr 3
        04    | Grade 4                   | 4, 4th, 4th grade, fourth, fourth grade, grade 04, gr 4
        05    | Grade 5                   | 5, 5th, 5th grade, fifth, fifth grade, grade 05, gr 5
        06    | Grade 6                   | 6, 6th, 6th grade, sixth, sixth grade, grade 06, gr 6
        07    | Grade 7                   | 7, 7th, 7th grade, seventh, seventh grade, grade 07, gr 7
        08    | Grade 8                   | 8, 8th, 8th grade, eighth, eighth grade, grade 08, gr 8
        09    | Grade 9                   | 9, 9th, 9th grade, ninth, ninth grade, grade 09, gr 9, freshman
        10    | Grade 10                  | 10th, 10th grade, tenth, tenth grade, gr 10, sophomore
        11    | Grade 11                  | 11th, 11th grade, eleventh, eleventh grade, gr 11, junior
        12    | Grade 12                  | 12th, 12th grade, twelfth, twelfth grade, gr 12, senior
        13    | Grade 13                  | 13th, 13th grade, thirteenth grade, gr 13
        PS    | Postsecondary             | post secondary, postgraduate, post graduate, PG, PS1, PS2, PS3, PS4,
                                            undergraduate, graduate
        UG    | Ungraded                  | un graded, non graded
        Other | Other                     |
    """),
)

ENROLLMENT_ROLE = CodeModel(
    "enrollment_role",
    "Role in a class",
    "The first four are OneRoster 1.2's; the others come from 1.1 and from learning management systems.",
    read_codes("""
        student       | Student       | learner, pupil
        teacher       | Teacher       | instructor, faculty, professor, lecturer, lead teacher, co teacher,
                                        substitute, primary teacher, teacher of record
        administrator | Administrator | admin, site administrator, principal
        proctor       | Proctor       |
        aide          | Aide          | TA, teaching assistant, teacher's aide, teacher aide, assistant,
                                        paraprofessional
        observer      | Observer      | parent, guardian, relative
        designer      | Designer      | course designer
    """),
    extensible=True,
)

ENROLLMENT_STATUS = CodeModel(
    "enrollment_status",
    "Enrollment status",
    "How a student stands to the school (beyond OneRoster).",
    read_codes("""
        enrolled       | Enrolled       | active, current, attending, registered
        pre_registered | Pre-registered | pre enrolled, future, incoming
        inquiry        | Inquiry        | prospect
        applicant      | Applicant      | applied, candidate
        accepted       | Accepted       | admitted
        on_leave       | On leave       | leave of absence
        inactive       | Inactive       | not enrolled
        withdrawn      | Withdrawn      | withdrew, dropped, exited
        transferred    | Transferred    | transferred out
        graduated      | Graduated      | graduate, alumni
        other          | Other          |
    """),
)

GROUP_KIND = CodeModel(
    "group_kind",
    "Kind of group",
    "What its people have in common (beyond OneRoster). Where they come from is each membership's origin.",
    read_codes("""
        club      | Club      | society, after school club
        team      | Team      | sports team, athletic team, squad
        ensemble  | Ensemble  | choir, band, orchestra
        council   | Council   | student council, student government
        committee | Committee | board, working group
        homeroom  | Homeroom  | home room, advisory, tutor group, form group
        other     | Other     | group
    """),
)

MEMBERSHIP_ORIGIN = CodeModel(
    "membership_origin",
    "Origin of a membership",
    "Who put the person into the group (beyond OneRoster). A sync only ends what a feed brought.",
    read_codes("""
        feed   | From a SIS | sis, sync
        rule   | By rule    | dynamic
        manual | By hand    | hand made
    """),
)

BUILDING = CodeModel(
    "building",
    "Building",
    "What the sender calls a school -> the source key of the org. Open: a value without an entry is the key.",
    open=True,
    target="org",
)

ACADEMIC_YEAR = CodeModel(
    "academic_year",
    "Academic year",
    "What the sender calls a school year -> the source key of the academic session. Open: a value without an "
    "entry is the key.",
    open=True,
    target="academic_session",
)
