"""PowerSchool's codes and dates in the words of the roster."""

import re
from datetime import date, timedelta
from functools import lru_cache

# STUDENTS.ENROLL_STATUS -> how a student stands to the school, and whether the record still stands.
STATUSES = {
    "-1": ("pre_registered", "active"),
    "0": ("enrolled", "active"),
    "2": ("transferred", "inactive"),
    "3": ("graduated", "inactive"),
}
_FORMER = ("inactive", "inactive")
# TERMS.PORTION: one n-th of the year.
_PORTIONS = {"1": "schoolYear", "2": "semester", "3": "term"}
_TEACHERS = {"1", "4"}  # SCHOOLSTAFF.STAFFSTATUS: teacher, substitute
_SEPARATORS = re.compile(r"[,;/\n\r|]+")
_NOTHING = {"", "none", "no", "na", "n/a", "nka", "nkda", "no known", "no known allergies", "none known", "-"}
_ZIP = 5


def status(code: object) -> tuple[str, str]:
    """The enrollment status, and `active` or `inactive`."""
    return STATUSES.get(str(code), _FORMER)


def kind_of_term(portion: object) -> str:
    """A quarter or an eighth of a year is a grading period."""
    return _PORTIONS.get(str(portion), "gradingPeriod")


def role_of_staff(staff_status: object) -> str:
    """Teacher or staff: PowerSchool does not tell a principal from a clerk."""
    return "teacher" if str(staff_status) in _TEACHERS else "staff"


def role_in_class(role: str) -> str:
    """ROLEDEF.NAME is the district's own; what does not speak of an aide teaches."""
    return "aide" if "aide" in role.casefold() or "assistant" in role.casefold() else "teacher"


def is_lead(role: str) -> bool:
    """Whether ROLEDEF.NAME is that of the teacher of record."""
    return "lead" in role.casefold()


@lru_cache(maxsize=4096)
def last_day(end: str) -> str:
    """The last day of what PowerSchool ends on the day after; blank for what is no date."""
    try:
        return (date.fromisoformat(end) - timedelta(days=1)).isoformat()
    except ValueError:
        return ""


def log_in(*names: object) -> str:
    """The first log-in name; one that begins with ## or ~~ is a mark of single sign-on, and no name."""
    found = (str(name) for name in names if name)
    return next((name for name in found if not name.startswith(("##", "~~"))), "")


def postal_code(code: object) -> str:
    """A postal code with the leading zeros that a number has lost."""
    text = "" if code is None else str(code)
    return text.zfill(_ZIP) if text.isdigit() and len(text) < _ZIP else text


def grades(lowest: object, highest: object) -> list[str]:
    """All grades from the lowest to the highest, as numbers; none where one of the two is not known."""
    try:
        return [str(grade) for grade in range(int(str(lowest)), int(str(highest)) + 1)]
    except ValueError:
        return []


def allergies(text: str) -> list[str]:
    """What a student is allergic to, out of one free text: in its order, each once; nothing for "None known"."""
    named = (part.strip(" .\t") for part in _SEPARATORS.split(text.replace("N/A", "none").replace("n/a", "none")))
    found: dict[str, str] = {}
    for part in named:
        if part.casefold() not in _NOTHING:
            found.setdefault(part.casefold(), part)
    return list(found.values())


def year_of_term(term_id: str) -> str:
    """TERMS.YEARID of a TERMS.ID: 3601 is a term of year 36, and -3601 what was dropped from it."""
    return str(abs(int(term_id)) // 100)


def year_id(start_year: int) -> int:
    """TERMS.YEARID of the school year that begins in a calendar year."""
    return start_year - 1990
