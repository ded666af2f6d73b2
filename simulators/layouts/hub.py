"""The hub's own sheets: lower_snake headers, ISO dates, lists joined by semicolons."""

from simulators.model import Address, District, Person
from simulators.people import RACES
from simulators.table import Sheet, sheet

PEOPLE = (
    "person_id,role,org_id,first_name,last_name,middle_name,preferred_name,prefix,suffix,username,email,phone,phone_2,student_number,"
    "employee_number,state_id,grade,graduation_year,birth_date,gender,races,hispanic_latino,birth_city,birth_state,birth_country,title,"
    "department,home_language,address_street,address_city,address_state,address_postal_code,address_country,household_id,entry_date,"
    "exit_date,active"
)
RACE_WORDS = dict(
    zip(RACES, ("american_indian_or_alaska_native", "asian", "black_or_african_american", "native_hawaiian_or_pacific_islander", "white"), strict=True)
)


def sheets(district: District) -> list[Sheet]:
    return [
        sheet(
            "orgs.csv",
            "org_id,name,type,parent_org_id,number",
            ((o.id, o.name, o.kind, o.parent_id, o.number) for o in district.orgs.values()),
        ),
        sheet(
            "terms.csv",
            "term_id,name,type,start_date,end_date,parent_term_id,school_year",
            ((s.id, s.title, s.kind, s.start, s.end, s.parent_id, s.school_year) for s in district.sessions.values()),
        ),
        sheet(
            "people.csv",
            PEOPLE,
            (_person(person) for person in district.people.values()),
            holds="person",
            id="person_id",
            given="first_name",
            family="last_name",
            email="email",
            grade="grade",
            role="role",
            date="birth_date",
        ),
        sheet(
            "relationships.csv",
            "student_id,contact_id,type,primary,lives_with,custody,emergency,pickup,portal_access,priority",
            (
                (r.student_id, r.contact_id, r.kind, r.priority == 1, r.lives_with, r.has_custody, r.is_emergency, r.may_pick_up)
                + (r.has_custody, r.priority)
                for r in district.relationships
            ),
            holds="relationship",
            person="student_id",
        ),
        sheet(
            "courses.csv",
            "course_id,title,code,org_id,subject,grade",
            ((c.id, c.title, c.id, c.org_id, c.subject, c.grade) for c in district.courses.values()),
        ),
        sheet(
            "classes.csv",
            "class_id,title,course_id,org_id,term_id,period,room,type",
            (
                (c.id, c.title, c.course_id, c.school_id, ";".join(c.session_ids), c.period, c.room, c.kind)
                for c in district.classes.values()
            ),
            holds="class",
            id="class_id",
            title="title",
        ),
        sheet(
            "enrollments.csv",
            "class_id,person_id,role,primary,start_date,end_date",
            ((e.class_id, e.person_id, e.role, e.is_primary, e.begin, e.end) for e in district.enrollments.values()),
            holds="enrollment",
            **{"class": "class_id"},
            person="person_id",
        ),
        sheet(
            "health_alerts.csv",
            "person_id,alert_type,code,text",
            ((a.person_id, a.kind, a.code, a.text) for a in district.health_alerts),
            person="person_id",
        ),
        sheet(
            "groups.csv",
            "group_id,title,org_id,kind,description",
            ((g.id, g.title, g.org_id, g.kind, g.description) for g in district.groups),
        ),
        sheet(
            "memberships.csv",
            "group_id,person_id",
            ((m.group_id, m.person_id) for m in district.memberships),
            person="person_id",
        ),
    ]


def _person(p: Person) -> tuple[object, ...]:
    home = p.address or Address("", "", "", "", "")
    is_student, is_guardian = p.role == "student", p.role == "guardian"
    return (
        (p.id, p.role, ";".join(p.org_ids), p.given, p.family, p.middle, p.preferred, p.prefix, p.suffix, p.username, p.email)
        + (p.mobile or p.phone, p.phone if p.mobile else "", p.number if is_student else "")
        + ("" if is_student or is_guardian else p.number, p.state_id, p.grade, p.graduation_year, p.birth_date, p.gender)
        + (";".join(RACE_WORDS[race] for race in p.races), p.is_hispanic, p.birth_city, p.birth_state, p.birth_country)
        + (p.title, p.department, p.language, home.street, home.city, home.state, home.postal_code, home.country)
        + (";".join(p.household_ids), p.entry_date, "", True)
    )  # fmt: skip
