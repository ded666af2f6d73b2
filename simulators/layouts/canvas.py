"""Canvas SIS CSV. A guardian is an observer: `user_observers.csv` says of whom."""

from simulators.model import District, Person
from simulators.table import Sheet, sheet


def sheets(district: District) -> list[Sheet]:
    root = district.of_kind("district")[0].id
    terms = [session for session in district.sessions.values() if session.kind != "gradingPeriod"]
    return [
        sheet(
            "accounts.csv",
            "account_id,parent_account_id,name,status",
            ((o.id, o.parent_id, o.name, "active") for o in district.orgs.values()),
        ),
        sheet(
            "terms.csv",
            "term_id,name,status,start_date,end_date",
            ((t.id, t.title, "active", f"{t.start}T00:00:00Z", f"{t.end}T23:59:59Z") for t in terms),
        ),
        sheet(
            "users.csv",
            "user_id,integration_id,login_id,first_name,last_name,full_name,sortable_name,short_name,email,status",
            ((p.id, p.state_id, p.username, p.given, p.family, *_shown(p), p.email, "active") for p in district.people.values()),
            holds="person",
            id="user_id",
            given="first_name",
            family="last_name",
            email="email",
        ),
        sheet(
            "courses.csv",
            "course_id,short_name,long_name,account_id,term_id,status,start_date,end_date",
            ((c.id, c.id, c.title, root, c.session_id, "active", "", "") for c in district.courses.values()),
        ),
        _sections(district),
        sheet(
            "enrollments.csv",
            "course_id,user_id,role,section_id,status",
            (
                (district.classes[e.class_id].course_id, e.person_id, e.role, e.class_id, "active")
                for e in district.enrollments.values()
            ),
            holds="enrollment",
            **{"class": "section_id"},
            person="user_id",
            role="role",
        ),
        sheet(
            "groups.csv",
            "group_id,account_id,name,status",
            ((g.id, g.org_id, g.title, "available") for g in district.groups),
        ),
        sheet(
            "groups_membership.csv",
            "group_id,user_id,status",
            ((m.group_id, m.person_id, "accepted") for m in district.memberships),
            person="user_id",
        ),
        sheet(
            "user_observers.csv",
            "observer_id,student_id,status",
            ((r.contact_id, r.student_id, "active") for r in district.relationships),
            holds="relationship",
            person="student_id",
        ),
    ]


def _shown(person: Person) -> tuple[str, str, str]:
    short = person.preferred or person.given
    return f"{person.given} {person.family}", f"{person.family}, {person.given}", f"{short} {person.family}"


def _sections(district: District) -> Sheet:
    sessions = district.sessions
    return sheet(
        "sections.csv",
        "section_id,course_id,name,status,start_date,end_date",
        (
            (c.id, c.course_id, c.title, "active")
            + (f"{sessions[c.session_ids[0]].start}T00:00:00Z", f"{sessions[c.session_ids[-1]].end}T23:59:59Z")
            for c in district.classes.values()
        ),
        holds="class",
        id="section_id",
        title="name",
        date="start_date",
    )
