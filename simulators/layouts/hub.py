"""The hub's own sheets: lower_snake headers, ISO dates, lists joined by semicolons."""

from simulators.model import Address, District, Person
from simulators.table import Row, Sheet, sheet

RACE_WORDS = {
    "americanIndianOrAlaskaNative": "american_indian_or_alaska_native",
    "asian": "asian",
    "blackOrAfricanAmerican": "black_or_african_american",
    "nativeHawaiianOrOtherPacificIslander": "native_hawaiian_or_other_pacific_islander",
    "white": "white",
}


def sheets(district: District) -> list[Sheet]:
    return [
        sheet(
            "orgs.csv",
            (
                {"org_id": o.id, "name": o.name, "type": o.kind, "parent_org_id": o.parent_id, "number": o.number}
                for o in district.orgs.values()
            ),
        ),
        sheet(
            "terms.csv",
            (
                {
                    "term_id": s.id,
                    "name": s.title,
                    "type": s.kind,
                    "start_date": s.start,
                    "end_date": s.end,
                    "parent_term_id": s.parent_id,
                    "school_year": s.school_year,
                }
                for s in district.sessions.values()
            ),
        ),
        sheet(
            "people.csv",
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
            (
                {
                    "student_id": r.student_id,
                    "contact_id": r.contact_id,
                    "type": r.kind,
                    "primary": r.priority == 1,
                    "lives_with": r.lives_with,
                    "custody": r.has_custody,
                    "emergency": r.is_emergency,
                    "pickup": r.may_pick_up,
                    "portal_access": r.has_custody,
                    "priority": r.priority,
                }
                for r in district.relationships
            ),
            holds="relationship",
            person="student_id",
        ),
        sheet(
            "courses.csv",
            (
                {
                    "course_id": c.id,
                    "title": c.title,
                    "code": c.id,
                    "org_id": c.org_id,
                    "subject": c.subject,
                    "grade": c.grade,
                }
                for c in district.courses.values()
            ),
        ),
        sheet(
            "classes.csv",
            (
                {
                    "class_id": c.id,
                    "title": c.title,
                    "course_id": c.course_id,
                    "org_id": c.school_id,
                    "term_id": ";".join(c.session_ids),
                    "period": c.period,
                    "room": c.room,
                    "type": c.kind,
                }
                for c in district.classes.values()
            ),
            holds="class",
            id="class_id",
            title="title",
        ),
        sheet(
            "enrollments.csv",
            (
                {
                    "class_id": e.class_id,
                    "person_id": e.person_id,
                    "role": e.role,
                    "primary": e.is_primary,
                    "start_date": e.begin,
                    "end_date": e.end,
                }
                for e in district.enrollments.values()
            ),
            holds="enrollment",
            class_="class_id",
            person="person_id",
        ),
        sheet(
            "health_alerts.csv",
            (
                {"person_id": a.person_id, "alert_type": a.kind, "code": a.code, "text": a.text}
                for a in district.health_alerts
            ),
            person="person_id",
        ),
        sheet(
            "groups.csv",
            (
                {"group_id": g.id, "title": g.title, "org_id": g.org_id, "kind": g.kind, "description": g.description}
                for g in district.groups
            ),
        ),
        sheet(
            "memberships.csv",
            ({"group_id": m.group_id, "person_id": m.person_id} for m in district.memberships),
            person="person_id",
        ),
    ]


def _person(p: Person) -> Row:
    home = p.address or Address("", "", "", "", "")
    is_student, is_guardian = p.role == "student", p.role == "guardian"
    return {
        "person_id": p.id,
        "role": p.role,
        "org_id": ";".join(p.org_ids),
        "first_name": p.given,
        "last_name": p.family,
        "middle_name": p.middle,
        "preferred_name": p.preferred,
        "prefix": p.prefix,
        "suffix": p.suffix,
        "username": p.username,
        "email": p.email,
        "phone": p.mobile or p.phone,
        "phone_2": p.phone if p.mobile else "",
        "student_number": p.number if is_student else "",
        "employee_number": "" if is_student or is_guardian else p.number,
        "state_id": p.state_id,
        "grade": p.grade,
        "graduation_year": p.graduation_year,
        "birth_date": p.birth_date,
        "gender": p.gender,
        "races": ";".join(RACE_WORDS[race] for race in p.races),
        "ethnicity": p.is_hispanic,
        "birth_city": p.birth_city,
        "birth_state": p.birth_state,
        "birth_country": p.birth_country,
        "title": p.title,
        "department": p.department,
        "home_language": p.language,
        "address_street1": home.street,
        "address_city": home.city,
        "address_state": home.state,
        "address_postcode": home.postal_code,
        "address_country": home.country,
        "household_id": ";".join(p.household_ids),
        "entry_date": p.entry_date,
        "exit_date": "",
        "active": True,
    }
