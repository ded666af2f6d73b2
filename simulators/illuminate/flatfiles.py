"""
Illuminate's flat files: tab separated, and every header begins with its place.

Dates are those of the United States, a school year is `2026-2027`, and flags are `Y` and `N`.
"""

from collections.abc import Iterator
from datetime import date

from simulators.illuminate.world import DISTRICT_SITE, ETHNICITIES, LANGUAGES, NORMAL_SESSION, ROLES, TERM_TYPES, Words
from simulators.model import District, Person, Relationship
from simulators.table import Row, Sheet, sheet

COLUMNS = {
    "studemo": """
        Import Student ID, State Student ID, Last Name, First Name, Middle Name, Birth Date, Gender, Primary
        Ethnicity, Secondary Ethnicity, Tertiary Ethnicity, Is Hispanic, Primary Language, Correspondence Language,
        English Proficiency, Redesignation Date, Primary Disability, Migrant Ed Student ID, Lep Date, Us Entry Date,
        School Enter Date, District Enter Date, Parent Education Level, Residential Status, Special Needs Status,
        Sst Date, Plan 504 Accommodations, Plan 504 Annual Review Date, Exit Date, Birth City, Birth State, Birth
        Country, Lunch ID, Academic Year, Name Suffix, Aka Last Name, Aka First Name, Aka Middle Name, Aka Name
        Suffix, Lunch Balance, Resident District Site ID, Operating District Site ID, Resident School Site ID,
        Birthdate Verification, Homeless Dwelling Type, Photo Release, Military Recruitment, Internet Release,
        Graduation Date, Graduation Status, Service Learning Hours, Us Abroad, Military Family, Home Address
        Verification Date, Entry Date, Secondary Disability, State School Entry Date, Us School Entry Date, Local
        Student ID, School Student ID, Other Student ID, Graduation Requirement Year, Next School Site ID, Prior
        District, Prior School
    """,
    "enrollment": """
        Student ID, Ssid, Last Name, First Name, Middle Name, Birth Date, Site ID, Entry Date, Leave Date, Grade
        Level ID, Academic Year, Is Primary Ada, Attendance Program ID, Exit Code ID, Session Type ID, Enrollment
        Entry Code
    """,
    "roster": """
        Student ID, SSID, Last Name, First Name, Middle Name, Birth Date, Section ID, Site ID, Course ID, User ID,
        Entry Date, Leave Date, Grade Level ID, Academic Year, Session Type ID
    """,
    "mastschd": """
        Section ID, Site ID, Term Name, Course ID, User ID, Period, Academic Year, Room Number, Session Type ID,
        Local Term ID, Quarter Num, User Start Date, User End Date, Primary Teacher, Teacher Competency Level, Is
        Attendance Enabled
    """,
    "courses": """
        Course ID, Full Name, Short Name, Department Name, Low Grade Level ID, High Grade Level ID, Site ID List,
        Active, A-G Requirement Category, Course Weight, Course Description, Credits Possible, Variable Credit
        Class, Maximum Credits, Special Education Course, Max Capacity, Intervention Course, Nclb Instructional
        Level, Course Content, Education Service, Instructional Strategy, Program Funding Source, Cte Funding
        Provider, Tech Prep
    """,
    "terms": """
        Site ID, Term Name, Term Num, Start Date, End Date, Term Type, Session Type ID, Academic Year, Local Term ID
    """,
    "sites": """
        Site ID, Site Name, State Site ID, Start Grade Level ID, End Grade Level ID, School Type ID, Address 1,
        Address 2, City, State, Zip Code, Local Site Code, Annual Hours Of Instruction, Annual Number Of Weeks Of
        Instruction, Parent Site ID
    """,
    "users": """
        User ID, User Last Name, User First Name, User Middle Name, Birth Date, Gender, Email Address, Username,
        Password, State User Or Employee ID, Name Suffix, Former First Name, Former Middle Name, Former Last Name,
        Primary Race, User Is Hispanic, Address, City, State, Zip, Job Title, Education Level, Hire Date, Exit Date,
        Active, Position Status, Total Years Edu Service, Total Year In District, Email2, Phone1, Phone2
    """,
    "roles": """
        Local User ID, Site ID, Role Name, Academic Year, Session Type ID
    """,
    "contacts": """
        Student ID, SSID, Last Name, First Name, Middle Name, Birth Date, Contact Last Name, Contact First Name,
        Address 1, Address 2, City, State, Zip, Phone 1, Phone Type 1, Phone 2, Phone Type 2, Legal Guardian,
        Primary Contact, Contact Type, Contact ID, Email Address, Correspondence Language, Restraining Order, Family
        Household ID, Emergency Contact
    """,
}


def sheets(district: District) -> list[Sheet]:
    words = Words(district)
    return [
        _file("sites", _sites(words)),
        _file("terms", _terms(words)),
        _file("courses", _courses(words)),
        _file("users", _users(words)),
        _file("roles", _roles(words)),
        _file("mastschd", _master_schedule(words)),
        _file("studemo", map(_student, district.of_role("student"))),
        _file("enrollment", _enrollment(words)),
        _file("roster", _roster(words)),
        _file("contacts_mother", _contacts(district, "F")),
        _file("contacts_father", _contacts(district, "M")),
    ]


def _file(name: str, rows: Iterator[Row]) -> Sheet:
    """A file with all of its columns in their order; a row names those that it fills."""
    columns = [" ".join(part.split()) for part in COLUMNS[name.partition("_")[0]].split(",")]
    headers = {column: f"{place:02} {column}" for place, column in enumerate(columns, start=1)}
    whole = ({headers[column]: row.get(column, "") for column in columns} for row in rows)
    return sheet(f"{name}.txt", whole, delimiter="\t")


def _day(day: date | None) -> str:
    return f"{day:%m/%d/%Y}" if day else ""


def _flag(value: bool | None) -> str:
    return "" if value is None else "Y" if value else "N"


def _year(ends: int) -> str:
    return f"{ends - 1}-{ends}"


def _sites(words: Words) -> Iterator[Row]:
    for org in words.district.orgs.values():
        if org.kind == "department":
            continue
        yield {
            "Site ID": words.site(org.id), "Site Name": org.name, "State Site ID": org.state_id,
            "Start Grade Level ID": words.grade(org.grades[0]) if org.grades else "",
            "End Grade Level ID": words.grade(org.grades[-1]) if org.grades else "",
            "Address 1": org.address.street, "City": org.address.city, "State": org.address.state,
            "Zip Code": org.address.postal_code, "Local Site Code": org.number, "Parent Site ID": DISTRICT_SITE,
        }  # fmt: skip


def _terms(words: Words) -> Iterator[Row]:
    for school in words.district.of_kind("school"):
        for number, one in enumerate(words.district.sessions.values(), start=1):
            yield {
                "Site ID": words.site(school.id), "Term Name": one.title, "Term Num": number,
                "Start Date": _day(one.start), "End Date": _day(one.end), "Term Type": TERM_TYPES[one.kind],
                "Session Type ID": NORMAL_SESSION, "Academic Year": _year(one.school_year),
            }  # fmt: skip


def _courses(words: Words) -> Iterator[Row]:
    for one in words.district.courses.values():
        yield {
            "Course ID": words.course(one.id), "Full Name": one.title, "Short Name": one.id,
            "Department Name": one.subject, "Low Grade Level ID": words.grade(one.grade),
            "High Grade Level ID": words.grade(one.grade), "Active": "Y",
        }  # fmt: skip


def _users(words: Words) -> Iterator[Row]:
    for one in words.district.of_role(*ROLES):
        yield {
            "User ID": one.id, "User Last Name": one.family, "User First Name": one.given, "Gender": one.gender,
            "Email Address": one.email, "Username": one.username, "Password": f"pw-{one.username}",
            "Job Title": one.title, "Hire Date": _day(one.entry_date), "Active": "Y", "Phone1": one.phone,
            "Phone2": one.mobile,
        }  # fmt: skip


def _roles(words: Words) -> Iterator[Row]:
    for one in words.district.of_role(*ROLES):
        for site in dict.fromkeys(map(words.site, one.org_ids)):
            yield {
                "Local User ID": one.id, "Site ID": site, "Role Name": ROLES[one.role],
                "Academic Year": _year(words.year), "Session Type ID": NORMAL_SESSION,
            }  # fmt: skip


def _master_schedule(words: Words) -> Iterator[Row]:
    district, teachers = words.district, words.district.teachers_of()
    for one in district.classes.values():
        for place, teacher in enumerate(teachers.get(one.id, [""])):
            for session in map(district.sessions.__getitem__, one.session_ids):
                yield {
                    "Section ID": words.section(one), "Site ID": words.site(one.school_id),
                    "Term Name": session.title, "Course ID": words.course(one.course_id), "User ID": teacher,
                    "Period": one.period, "Academic Year": _year(session.school_year), "Room Number": one.room,
                    "Session Type ID": NORMAL_SESSION, "Primary Teacher": _flag(place == 0) if teacher else "",
                    "Is Attendance Enabled": "Y",
                }  # fmt: skip


def _student(one: Person) -> Row:
    first, second, *_ = *(ETHNICITIES[race] for race in one.races), "", ""
    return {
        "Import Student ID": one.id, "State Student ID": one.state_id, "Last Name": one.family,
        "First Name": one.given, "Middle Name": one.middle, "Birth Date": _day(one.birth_date), "Gender": one.gender,
        "Primary Ethnicity": first, "Secondary Ethnicity": second, "Is Hispanic": _flag(one.is_hispanic),
        "Primary Language": LANGUAGES.get(one.language, one.language), "Name Suffix": one.suffix,
        "Aka First Name": one.preferred, "Entry Date": _day(one.entry_date), "Local Student ID": one.id,
        "Graduation Requirement Year": one.graduation_year,
    }  # fmt: skip


def _named(one: Person) -> Row:
    """How a student is named in the other files."""
    return {
        "Student ID": one.id, "SSID": one.state_id, "Ssid": one.state_id, "Last Name": one.family,
        "First Name": one.given, "Middle Name": one.middle, "Birth Date": _day(one.birth_date),
    }  # fmt: skip


def _enrollment(words: Words) -> Iterator[Row]:
    for one in words.district.of_role("student"):
        yield _named(one) | {
            "Site ID": words.site(one.org_ids[0]), "Entry Date": _day(one.entry_date),
            "Grade Level ID": words.grade(one.grade), "Academic Year": _year(words.year), "Is Primary Ada": "Y",
            "Session Type ID": NORMAL_SESSION,
        }  # fmt: skip


def _roster(words: Words) -> Iterator[Row]:
    district, teachers = words.district, words.district.teachers_of()
    for one in district.enrollments.values():
        if one.role == "student":
            class_, student = district.classes[one.class_id], district.people[one.person_id]
            yield _named(student) | {
                "Section ID": words.section(class_), "Site ID": words.site(class_.school_id),
                "Course ID": words.course(class_.course_id), "User ID": teachers.get(class_.id, [""])[0],
                "Entry Date": _day(one.begin), "Grade Level ID": words.grade(class_.grade),
                "Academic Year": _year(words.year), "Session Type ID": NORMAL_SESSION,
            }  # fmt: skip


def _contacts(district: District, gender: str) -> Iterator[Row]:
    for one in district.relationships:
        contact = district.people[one.contact_id]
        if contact.gender == gender:
            yield _named(district.people[one.student_id]) | _contact(contact, one)


def _contact(one: Person, relationship: Relationship) -> Row:
    home = one.address
    return {
        "Contact Last Name": one.family, "Contact First Name": one.given,
        "Address 1": home.street if home else "", "City": home.city if home else "",
        "State": home.state if home else "", "Zip": home.postal_code if home else "",
        "Phone 1": one.phone, "Phone Type 1": "Home" if one.phone else "",
        "Phone 2": one.mobile, "Phone Type 2": "Cell" if one.mobile else "",
        "Legal Guardian": _flag(relationship.has_custody), "Primary Contact": _flag(relationship.priority == 1),
        "Contact Type": relationship.kind.capitalize(), "Contact ID": one.id, "Email Address": one.email,
        "Correspondence Language": LANGUAGES.get(one.language, one.language), "Restraining Order": "N",
        "Family Household ID": one.household_ids[0], "Emergency Contact": _flag(relationship.is_emergency),
    }  # fmt: skip
