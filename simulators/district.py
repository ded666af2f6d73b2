"""
One made-up school district: the same seed, size and night always give the same people.

    python -m simulators.district --students 1200 --seed 7 --night 1 --layout oneroster_12 --out DIR [--broken] [--zip]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from simulators.dice import Dice
from simulators.faults import BROKEN, FAULTS, Planted, plant
from simulators.model import GRADES, Address, District, Group, Membership, Org
from simulators.nights import pass_night
from simulators.people import PLACES, family
from simulators.schedule import YEAR, add_classes, add_courses, add_year, seat_students
from simulators.sheets import LAYOUTS, make_sheets, write
from simulators.staff import add_staff

STUDENTS_PER_AREA = 1200
SCHOOLS = (
    ("1", "Mānoa Street Elementary School", GRADES[:6]),
    ("2", "Cedar & Vine Elementary School", GRADES[:6]),
    ("3", "O'Hara Middle School", GRADES[6:9]),
    ("4", "Harrow Creek High School", GRADES[9:]),
)
DEPARTMENTS = ("Information Technology", "Student Services", "Food Services")
CLUBS = (
    ("Chess Club", "club"),
    ("Robotics, Code & Coffee", "club"),
    ("Volleyball", "team"),
    ("Año Nuevo Choir", "ensemble"),
)


def build(students: int = 1200, seed: int = 7, night: int = 0) -> District:
    """
    Make the district as it is on one night.

    Night 0 is 14 September 2026. Each later night starts from the one before
    it, so what stays keeps its id, and `events` says all that has happened.
    """
    district = District(seed)
    _add_orgs(district, areas=max(1, round(students / STUDENTS_PER_AREA)))
    add_year(district)
    add_courses(district, district.of_kind("district")[0])
    missing = students
    while missing > 0:
        new = family(district, most=missing, entry=district.sessions[YEAR].start)
        new.join(district)
        missing -= len(new.students)
    add_classes(district)
    seat_students(district)
    add_staff(district)
    _add_groups(district)
    for passed in range(1, night + 1):
        pass_night(district, passed)
    return district


def _add_orgs(district: District, areas: int) -> None:
    """Four schools for each area: two elementary, one middle and one high school."""
    office = _site(0)
    top = Org(
        "HCSD", "Harrow Creek Unified School District", "district", "0010", "ME0010", "", (), office, "207-555-0100"
    )
    district.orgs[top.id] = top
    for place, name in enumerate(DEPARTMENTS, start=1):
        key, phone = f"{top.id}-D{place}", f"207-555-019{place}"
        district.orgs[key] = Org(key, name, "department", f"000{place}", "", top.id, (), office, phone)
    for area in range(1, areas + 1):
        for digit, name, grades in SCHOOLS:
            number, shown = f"{area:03}{digit}", name if area == 1 else f"{name} {area}"
            phone = f"207-555-01{digit}{area % 10}"
            school = Org(number, shown, "school", number, f"ME{number}", top.id, grades, _site(area), phone)
            district.orgs[number] = school


def _site(area: int) -> Address:
    city, postal_code = PLACES[area % len(PLACES)]
    return Address(f"{area * 10 + 1} School St", city, "ME", postal_code)


def _add_groups(district: District) -> None:
    """Clubs and teams of the upper schools, each with a teacher, and one group of parents."""
    for school in district.of_kind("school"):
        if "KG" in school.grades:
            continue
        teachers = [person for person in district.of_role("teacher") if school.id in person.org_ids]
        students = [person for person in district.of_role("student") if school.id in person.org_ids]
        for place, (title, kind) in enumerate(CLUBS, start=1):
            dice = Dice(district.seed, "group", school.id, place)
            group = Group(
                f"GRP-{school.number}-{place}",
                f"{title} ({school.name})",
                school.id,
                kind,
                f"Meets after school, room {place}B",
            )
            district.groups.append(group)
            members = [dice.pick(teachers), *dice.sample(students, 8 + dice.below(12))]
            district.memberships += [Membership(group.id, person.id) for person in members]
    parents = Group("GRP-PARENTS", "Parent Council", "HCSD", "council", "Two meetings in each semester")
    district.groups.append(parents)
    chosen = Dice(district.seed, "group", parents.id).sample(district.of_role("guardian"), 15)
    district.memberships += [Membership(parents.id, person.id) for person in chosen]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.district", description="Write a made-up school district as data sheets."
    )
    parser.add_argument("--students", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--night", type=int, default=0)
    parser.add_argument("--layout", choices=sorted(LAYOUTS), default="oneroster_12")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--broken", action="store_true", help="plant every fault that still lets the rest of the files be read"
    )
    parser.add_argument(
        "--fault", action="append", choices=sorted(FAULTS), default=[], help="plant this one; may be repeated"
    )
    parser.add_argument("--zip", action="store_true", help="write one zip file instead of a folder of files")
    options = parser.parse_args(arguments)
    district = build(options.students, options.seed, options.night)
    sheets = make_sheets(district, options.layout)
    planted = plant(sheets, district, {*options.fault, *(BROKEN if options.broken else ())})
    write(sheets, options.out / f"{options.layout}.zip" if options.zip else options.out)
    for sheet in sheets:
        print(f"{sheet.name:24} {len(sheet.rows):>8,}")
    for fault in planted:
        print(_line(fault))


def _line(fault: Planted) -> str:
    where = f"{fault.file}:{fault.line}" if fault.line else fault.file
    falls = f" ({fault.falls} rows refer to it)" if fault.falls else ""
    return f"{fault.fault:24} {where} {fault.column}{falls}"


if __name__ == "__main__":
    main()
