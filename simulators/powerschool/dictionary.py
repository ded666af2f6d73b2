"""
The tables that are kept, and their columns: the part of PowerSchool's data dictionary that integrations read.

The first column is the key; a column of numbers ends in `#`. The last column says when a row was last touched:
`transaction_date` in the older tables, `whenmodified` in the newer ones.
"""

_TABLES = {
    "schools": "dcid# id# school_number# name abbreviation low_grade# high_grade# schooladdress schoolcity schoolstate"
    " schoolzip schoolphone schoolfax principal principalemail alternate_school_number# sif_stateprid"
    " state_excludefromreporting# issummerschool# transaction_date",
    "terms": "dcid# id# schoolid# yearid# name abbreviation firstday lastday portion# isyearrec# transaction_date",
    "courses": "dcid# id# course_number course_name credit_hours sched_department schoolid# transaction_date",
    "sections": "dcid# id# course_number section_number# schoolid# termid# teacher# expression external_expression"
    " room maxenrollment# no_of_students# grade_level# dependent_secs gradebooktype# transaction_date",
    "cc": "dcid# id# studentid# sectionid# termid# schoolid# course_number section_number# teacherid# dateenrolled"
    " dateleft expression transaction_date",
    "students": "dcid# id# student_number# state_studentnumber student_web_id first_name middle_name last_name gender"
    " dob sched_yearofgraduation# districtentrydate districtentrygradelevel# schoolentrydate schoolentrygradelevel#"
    " street city state zip mailing_street mailing_city mailing_state mailing_zip home_phone enroll_status#"
    " grade_level# schoolid# entrydate exitdate entrycode exitcode track districtofresidence fteid# ethnicity"
    " fedethnicity# fedracedecline# mother father guardianemail emerg_contact_1 emerg_phone_1 emerg_contact_2"
    " emerg_phone_2 doctor_name doctor_phone alert_medical alert_medicalexpires alert_discipline lunch_id# balance1"
    " lunchstatus family_ident home_room next_school# sched_nextyeargrade# photoflag# person_id# ssn transaction_date",
    "studentcorefields": "studentsdcid# allergies medical_considerations primarylanguage secondarylanguage"
    " photolastupdated guardian_fn guardian_ln whenmodified",
    "studentrace": "id# studentid# racecd whenmodified",
    "psm_studentcontacttype": "id# name whenmodified",
    "psm_studentcontact": "id# studentid# studentcontacttypeid# email whenmodified",
    "sync_studentmap": "studentid# studentsdcid# whenmodified",
    "users": "dcid# teachernumber first_name middle_name last_name email_addr home_phone school_phone street city"
    " state zip homeschoolid# loginid teacherloginid psaccess# ptaccess# title ssn transaction_date",
    "schoolstaff": "dcid# id# users_dcid# schoolid# status# staffstatus# sched_department transaction_date",
    "roledef": "id# name whenmodified",
    "sectionteacher": "id# sectionid# teacherid# roleid# start_date end_date transaction_date",
    "person": "id# firstname middlename lastname prefixcodesetid# suffixcodesetid# gendercodesetid# isactive#"
    " whenmodified",
    "studentcontactassoc": "studentcontactassocid# studentdcid# personid# contactpriorityorder#"
    " currreltypecodesetid# whenmodified",
    "studentcontactdetail": "studentcontactdetailid# studentcontactassocid# relationshiptypecodesetid# iscustodial#"
    " isemergency# liveswithflg# schoolpickupflg# receivesmailflg# startdate enddate isactive# whenmodified",
    "emailaddress": "emailaddressid# emailaddress whenmodified",
    "personemailaddressassoc": "personemailaddressassocid# personid# emailaddressid# emailtypecodesetid#"
    " emailaddresspriorityorder# isprimaryemailaddress# whenmodified",
    "phonenumber": "phonenumberid# phonenumber phonenumberext issms# whenmodified",
    "personphonenumberassoc": "personphonenumberassocid# personid# phonenumberid# phonetypecodesetid#"
    " phonenumberpriorityorder# ispreferred# phonenumberasentered whenmodified",
    "personaddress": "personaddressid# street linetwo unit city statescodesetid# postalcode countrycodesetid#"
    " whenmodified",
    "personaddressassoc": "personaddressassocid# personid# personaddressid# addresstypecodesetid#"
    " addresspriorityorder# startdate enddate whenmodified",
    "codeset": "codesetid# codetype code displayvalue whenmodified",
}

NUMBERS = {
    table: {column[:-1] for column in columns.split() if column.endswith("#")} for table, columns in _TABLES.items()
}
COLUMNS = {table: tuple(column.removesuffix("#") for column in columns.split()) for table, columns in _TABLES.items()}
# No plugin is shown these, whatever it asks for.
BLACKLISTED = {("students", "ssn"), ("users", "ssn")}


def key(table: str) -> str:
    """The column that identifies a row."""
    return COLUMNS[table][0]


def stamp(table: str) -> str:
    """The column that says when a row was last touched."""
    return COLUMNS[table][-1]


def is_core(table: str) -> bool:
    """Whether a table has a DCID of its own, as those of the vendor's first data model."""
    return key(table) == "dcid"
