"""
The vocabularies about people: roles, demographics, contacts, health.

Values are OneRoster 1.2's own where it has them; SDS, Clever, Canvas and OneRoster 1.1 words are synonyms.
Letters and numbers for races and benefits differ from district to district: they belong in a code mapping.
"""

from rollbook.core.vocabulary.model import CodeModel, read_codes

ROLE = CodeModel(
    "role",
    "Role of a person",
    "The first twelve are OneRoster 1.2's. Its 1.1 `administrator` is a `siteAdministrator`.",
    read_codes("""
        student               | Student                | learner, pupil
        teacher               | Teacher                | faculty, professor, instructor, substitute,
                                                  substitute teacher, lecturer
        aide                  | Aide                   | TA, teaching assistant, teacher aide, teacher's aide,
                                                  paraprofessional
        counselor             | Counselor              | counsellor, guidance counselor, adviser, advisor
        principal             | Principal              | head of school, headteacher
        proctor               | Proctor                |
        siteAdministrator     | Site administrator     | administrator, admin, school administrator, school admin
        districtAdministrator | District administrator | district admin, superintendent
        systemAdministrator   | System administrator   | system admin, it admin, it administrator
        parent                | Parent                 | mother, father
        guardian              | Guardian               | legal guardian, observer
        relative              | Relative               | family, grandparent
        staff                 | Staff                  | office staff, school staff, district staff, employee, nurse,
                                                  coach, librarian, designer, non teaching staff
        contact               | Contact                | emergency contact
        applicant             | Applicant              | prospective student
        alumnus               | Alumna or alumnus      | alumni, alumna, alum, former student
        volunteer             | Volunteer              |
        other                 | Other                  |
    """),
    extensible=True,
)

ROLE_TYPE = CodeModel(
    "role_type",
    "Type of role",
    "OneRoster's two: one role of a person in an organisation is the primary one.",
    read_codes("""
        primary   | Primary   | true, yes, y, 1
        secondary | Secondary | false, no, n, 0
    """),
)

GENDER = CodeModel(
    "gender",
    "Gender",
    "OneRoster 1.2's four.",
    read_codes("""
        female      | Female      | F, girl, woman
        male        | Male        | M, boy, man
        other       | Other       | X, nonbinary, non binary, gender x
        unspecified | Unspecified | U, unknown, not specified, not stated, prefer not to say
    """),
    extensible=True,
)

RACE = CodeModel(
    "race",
    "Race",
    "The five federal categories, which are OneRoster's flags, then ours. Not open: a race is reported to "
    "governments, so a district's own code must be mapped by a person.",
    read_codes("""
        american_indian_or_alaska_native          | American Indian or Alaska Native          | american indian,
                                                  american indian/alaska native, native american, alaska native,
                                                  american indian or alaskan native
        asian                                     | Asian                                     |
        black_or_african_american                 | Black or African American                 | black,
                                                  african american, black/african american
        native_hawaiian_or_other_pacific_islander | Native Hawaiian or other Pacific Islander | native hawaiian,
                                                  pacific islander, native hawaiian/other pacific islander,
                                                  native hawaiian / other pac islander,
                                                  native hawaiian or pacific islander, hawaiian or pacific islander
        white                                     | White                                     | caucasian
        two_or_more                               | Two or more races                         | demographic race two or more races,
                                                  multiracial, multi racial, two or more
        other                                     | Other                                     | some other race
        not_stated                                | Not stated                                | unknown, declined,
                                                  declined to state, unspecified, race and ethnicity unknown
    """),
)

ETHNICITY = CodeModel(
    "ethnicity",
    "Ethnicity",
    "OneRoster's flag `hispanicOrLatinoEthnicity`, as two words; blank where nobody knows.",
    read_codes("""
        hispanic     | Hispanic or Latino     | true, yes, y, 1, h, hispanic/latino, latino, latina, latinx,
                                                hispanic or latino ethnicity
        not_hispanic | Not Hispanic or Latino | false, no, n, 0, non hispanic, not hispanic/latino,
                                                non hispanic or latino
    """),
)

RELATIONSHIP = CodeModel(
    "relationship",
    "Relationship to the student",
    "Who the contact is to the student (beyond OneRoster, whose agents have no kind).",
    read_codes("""
        mother        | Mother         | mom, mum, birth mother, biological mother, adoptive mother
        father        | Father         | dad, birth father, biological father, adoptive father
        parent        | Parent         | birth parent, adoptive parent
        stepmother    | Stepmother     | step mother, step mom
        stepfather    | Stepfather     | step father, step dad
        stepparent    | Stepparent     | step parent
        foster_parent | Foster parent  | foster mother, foster father
        guardian      | Guardian       | legal guardian, court appointed guardian
        grandparent   | Grandparent    | grandmother, grandfather, grandma, grandpa
        aunt_uncle    | Aunt or uncle  | aunt, uncle, aunt/uncle
        sibling       | Sibling        | brother, sister, half brother, half sister, step brother, step sister,
                                         stepbrother, stepsister
        cousin        | Cousin         |
        child         | Child          | son, daughter, student
        spouse        | Spouse         | husband, wife, partner
        relative      | Relative       | other relative, other family member, family member
        caregiver     | Caregiver      | babysitter, baby sitter, nanny, day care, day care provider,
                                         child care provider
        caseworker    | Caseworker     | case worker, social worker
        friend        | Friend         | family friend
        neighbor      | Neighbor       | neighbour
        doctor        | Doctor         | physician, pediatrician, dentist
        aide          | Aide           |
        emergency     | Emergency only | emergency contact
        self          | The student    |
        other         | Other          | other adult, non relative
    """),
)

HOUSEHOLD_PART = CodeModel(
    "household_part",
    "Part in a household",
    "Why a person is in the household.",
    read_codes("""
        student | Student | child
        contact | Contact | parent, guardian, adult
    """),
)

PHONE_KIND = CodeModel(
    "phone_kind",
    "Kind of telephone",
    "What a number is for (beyond OneRoster, which only knows `sms` and `phone`).",
    read_codes("""
        home   | Home   | house, residence, home phone, landline
        mobile | Mobile | cell, cellular, cell phone, mobile phone, sms
        work   | Work   | business, office, daytime, work phone
        fax    | Fax    |
        other  | Other  | unknown
    """),
)

MEAL_STATUS = CodeModel(
    "meal_status",
    "Meal status",
    "Eligibility for school meals (beyond OneRoster). Not open: what a district's own code grants, a person says.",
    read_codes("""
        free    | Free    | free lunch, free meals
        reduced | Reduced | reduced price, reduced lunch, reduced price lunch
        paid    | Paid    | full price, full pay
        pending | Pending | temporary
    """),
)

ALERT_KIND = CodeModel(
    "alert_kind",
    "Kind of health alert",
    "Allergy or another alert about a person's health.",
    read_codes("""
        allergy    | Allergy    | allergies, food allergy
        medical    | Medical    | health, medical alert, medical condition
        medication | Medication | medicine
        dietary    | Dietary    | diet, dietary restriction
        other      | Other      | alert
    """),
)

ALLERGY = CodeModel(
    "allergy",
    "Allergy",
    "The nine major food allergens of US law, then common others. Open: an allergy nobody mapped is kept in the "
    "sender's words rather than lost.",
    read_codes("""
        milk        | Milk               | dairy, cow's milk
        egg         | Egg                | eggs
        fish        | Fish               |
        shellfish   | Shellfish          | crustacean shellfish, shrimp, crab, lobster
        tree_nut    | Tree nut           | tree nuts, almond, almonds, cashew, cashews, hazelnut, pecan, pistachio,
                                           walnut, walnuts
        peanut      | Peanut             | peanuts
        wheat       | Wheat              |
        soy         | Soy                | soya, soybean, soybeans
        sesame      | Sesame             | sesame seed
        gluten      | Gluten             |
        lactose     | Lactose            | lactose intolerance, lactose intolerant
        insect      | Insect sting       | insect stings, bee sting, bee stings, bees, wasp sting
        latex       | Latex              |
        penicillin  | Penicillin         |
        pollen      | Pollen             | hay fever
        dust        | Dust               | dust mites
        animal      | Animals            | pet dander, cats, dogs
    """),
    open=True,
)
