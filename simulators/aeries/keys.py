"""How ids, dates and texts of the district are written in Aeries."""

from datetime import date

from simulators.model import Org, Person

Row = dict[str, object]


def school_code(org: Org) -> int:
    """0 is the district; schools are numbered up to 999."""
    return int(org.id) if org.kind == "school" else 0


def student_id(person_id: str) -> int:
    return int(person_id)


def staff_id(person_id: str) -> int:
    """Employee 7 and student 7 are two persons."""
    return int(person_id.removeprefix("E"))


def student_number(person: Person) -> int:
    """Counts within a school; it is no key of a person."""
    return int(person.number)


def teacher_number(seat: str, school: int) -> int:
    """A place in the staff of one school: whoever takes it over keeps the number, and another school counts anew."""
    return 100 + staff_id(seat) + 7 * school


def family_key(person: Person) -> int:
    """0 for the families that nobody has keyed: they are not one family."""
    number = int(person.number) // 4
    return 0 if number % 5 == 0 else number


def day(value: date | None) -> str | None:
    """Local midnight, without a zone."""
    return f"{value.isoformat()}T00:00:00" if value else None


def digits(phone: str) -> str:
    """The ten digits of a number, however an office wrote it."""
    return "".join(sign for sign in phone if sign.isdigit())[-10:]


def text(value: str) -> str:
    """Free text loses quotation marks and angle brackets on its way in."""
    return value.translate({ord(sign): None for sign in '"<>'})


def years_before(value: date | None, years: int) -> date | None:
    """The same day some years before; a leap day becomes 28 February."""
    if value is None or not years:
        return value
    try:
        return value.replace(year=value.year - years)
    except ValueError:
        return value.replace(year=value.year - years, day=28)
