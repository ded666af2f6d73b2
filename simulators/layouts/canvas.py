"""Canvas SIS CSV. A guardian is an observer: `user_observers.csv` says of whom."""

from simulators.model import District, Person
from simulators.table import Row, Sheet, sheet


def sheets(district: District) -> list[Sheet]:
    root = district.of_kind("district")[0].id
    terms = [session for session in district.sessions.values() if session.kind != "gradingPeriod"]
    return [
        sheet(
            "accounts.csv",
            (
                {"account_id": o.id, "parent_account_id": o.parent_id, "name": o.name, "status": "active"}
                for o in district.orgs.values()
            ),
        ),
        sheet(
            "terms.csv",
            (
                {
                    "term_id": t.id,
                    "name": t.title,
                    "status": "active",
                    "start_date": f"{t.start}T00:00:00Z",
                    "end_date": f"{t.end}T23:59:59Z",
                }
                for t in terms
            ),
        ),
        sheet(
            "users.csv",
            (
                {
                    "user_id": p.id,
                    "integration_id": p.state_id,
                    "login_id": p.username,
                    "first_name": p.given,
                    "last_name": p.family,
                    **_shown(p),
                    "email": p.email,
                    "status": "active",
                }
                for p in district.people.values()
            ),
            holds="person",
            id="user_id",
            given="first_name",
            family="last_name",
            email="email",
        ),
        sheet(
            "courses.csv",
            (
                {
                    "course_id": c.id,
                    "short_name": c.id,
                    "long_name": c.title,
                    "account_id": root,
                    "term_id": c.session_id,
                    "status": "active",
                    "start_date": "",
                    "end_date": "",
                }
                for c in district.courses.values()
            ),
        ),
        _sections(district),
        sheet(
            "enrollments.csv",
            (
                {
                    "course_id": district.classes[e.class_id].course_id,
                    "user_id": e.person_id,
                    "role": e.role,
                    "section_id": e.class_id,
                    "status": "active",
                }
                for e in district.enrollments.values()
            ),
            holds="enrollment",
            class_="section_id",
            person="user_id",
            role="role",
        ),
        sheet(
            "groups.csv",
            (
                {"group_id": g.id, "account_id": g.org_id, "name": g.title, "status": "available"}
                for g in district.groups
            ),
        ),
        sheet(
            "groups_membership.csv",
            ({"group_id": m.group_id, "user_id": m.person_id, "status": "accepted"} for m in district.memberships),
            person="user_id",
        ),
        sheet(
            "user_observers.csv",
            (
                {"observer_id": r.contact_id, "student_id": r.student_id, "status": "active"}
                for r in district.relationships
            ),
            holds="relationship",
            person="student_id",
        ),
    ]


def _shown(person: Person) -> Row:
    return {
        "full_name": f"{person.given} {person.family}",
        "sortable_name": f"{person.family}, {person.given}",
        "short_name": f"{person.preferred or person.given} {person.family}",
    }


def _sections(district: District) -> Sheet:
    sessions = district.sessions
    return sheet(
        "sections.csv",
        (
            {
                "section_id": c.id,
                "course_id": c.course_id,
                "name": c.title,
                "status": "active",
                "start_date": f"{sessions[c.session_ids[0]].start}T00:00:00Z",
                "end_date": f"{sessions[c.session_ids[-1]].end}T23:59:59Z",
            }
            for c in district.classes.values()
        ),
        holds="class",
        id="section_id",
        title="name",
        date="start_date",
    )
