"""An answer's rows, cleaned, and with what lies in other answers or must be worked out."""

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rollbook.sources.aeries.words import Words

Row = dict[str, Any]

# Spellings of older versions, and of resources that differ from the others.
_OLDER = {
    "permanentid": "StudentID",
    "studentid": "StudentID",
    "staffid": "StaffID",
    "correspondancelanguagecode": "CorrespondenceLanguageCode",
}
_BEFORE_FIRST = {"-2": "PR", "-1": "TK", "0": "KG"}
_LAST_GRADE = 12
MEALS = {"181": "free", "182": "reduced"}


@cache
def _name(key: str) -> str:
    return _OLDER.get(key.lower(), key)


def clean(row: Row) -> Row:
    """A row without outer blanks, with dates for local midnights, under today's names of fields."""
    return {_name(key): _text(value) if isinstance(value, str) else value for key, value in row.items()}


def _text(value: str) -> str:
    text = value.strip()
    return text[:10] if text.endswith("T00:00:00") else text


def text_of(row: Row, name: str) -> str:
    """A value as text; blank where there is none."""
    value = row.get(name)
    return "" if value is None else str(value)


def number_of(row: Row, name: str) -> int:
    """A number, whether it came as one or as text; 0 where there is none."""
    text = text_of(row, name)
    return int(text) if text.lstrip("-").isdecimal() else 0


def standing(is_over: bool) -> str:
    """What the column `Standing` says."""
    return "inactive" if is_over else ""


def grade(level: object) -> str:
    """A grade in words of the hub: Aeries counts -2 preschool, -1 transitional kindergarten, 0 kindergarten."""
    text = str(level)
    return _BEFORE_FIRST.get(text, text)


def grades(row: Row, low: str, high: str) -> str:
    """All grades from the lowest to the highest; blank where Aeries has none, or nonsense."""
    first, last = number_of(row, low), number_of(row, high)
    if not text_of(row, low) or not text_of(row, high) or not -2 <= first <= last <= 20:
        return ""
    return ",".join(grade(level) for level in range(first, last + 1))


def class_key(school: object, year: int, number: object) -> str:
    return f"{school}|{year}|{number}"


def school(row: Row) -> Row:
    return row | {
        "CDS": text_of(row, "StateCountyID") + text_of(row, "StateDistrictID") + text_of(row, "StateSchoolID"),
        "Grades": grades(row, "LowGradeLevel", "HighGradeLevel"),
    }


def terms(row: Row, year: int) -> list[Row]:
    """The terms of a school; all are parts of its year, `Y`."""
    code = row["SchoolCode"]
    is_quarters = text_of(row, "ScheduleBasis") != "Trimester"
    kinds = {"Y": "schoolYear", "F": "semester", "S": "semester"}
    made = []
    for term in map(clean, row.get("Terms") or []):
        named = text_of(term, "TermCode")
        made.append(
            term
            | {
                "SchoolCode": code,
                "Year": year,
                "EndYear": year + 1,
                "TermDescription": text_of(term, "TermDescription") or named,
                "Kind": kinds.get(named, "gradingPeriod" if is_quarters and named in "1234" else "term"),
                "Parent": "" if named == "Y" else class_key(code, year, "Y"),
            }
        )
    return made


def course(row: Row) -> Row:
    return row | {
        "Grades": grades(row, "LowGrade", "HighGrade"),
        "Standing": standing(bool(text_of(row, "InactiveStatusCode"))),
    }


def section(row: Row, year: int, title: str) -> Row:
    code, number = row["SchoolCode"], row["SectionNumber"]
    term = text_of(row, "Semester")
    return row | {
        "ClassKey": class_key(code, year, number),
        "Title": f"{title or text_of(row, 'CourseID') or 'Section'} ({number})",
        "Term": class_key(code, year, term) if term else "",
        "Grades": grades(row, "LowGrade", "HighGrade"),
        "Standing": standing(bool(text_of(row, "InactiveStatusCode"))),
    }


def section_staff(row: Row, year: int) -> list[Row]:
    key = class_key(row["SchoolCode"], year, row["SectionNumber"])
    is_over = bool(text_of(row, "InactiveStatusCode"))
    return [
        one
        | {
            "ClassKey": key,
            "SchoolCode": row["SchoolCode"],
            "Standing": standing(is_over or bool(text_of(one, "InactiveStatusCode"))),
        }
        for one in map(clean, row.get("SectionStaffMembers") or [])
        if number_of(one, "StaffID")
    ]


def seat(row: Row, year: int, today: date) -> Row:
    """A row of a student's schedule. Its `SequenceNumber` is no key: it changes during the year."""
    ended = text_of(row, "DateEnded")
    return row | {
        "ClassKey": class_key(row["SchoolCode"], year, row["SectionNumber"]),
        "Standing": standing(bool(ended) and ended <= today.isoformat()),
    }


def homeroom(row: Row, year: int) -> Row:
    """The class of a teacher of an elementary school."""
    named = text_of(row, "DisplayName") or text_of(row, "LastName") or text_of(row, "TeacherNumber")
    return {
        "ClassKey": homeroom_key(row["SchoolCode"], year, row["TeacherNumber"]),
        "SchoolCode": row["SchoolCode"],
        "TeacherNumber": row["TeacherNumber"],
        "Title": f"Homeroom {named}",
        "Term": class_key(row["SchoolCode"], year, "Y"),
        "Room": row.get("Room"),
        "StaffID": row.get("StaffID1") or None,
    }


def homeroom_key(school: object, year: int, teacher: object) -> str:
    return class_key(school, year, f"HR{teacher}")


def student(row: Row, year: int, words: "Words") -> Row:
    """A student with the words for codes, the hub's grade and the year of graduation that follows from it."""
    races = (words.word("race", row.get(f"RaceCode{place}")) for place in range(1, 6))
    level = number_of(row, "Grade")
    head = parts_of_name(text_of(row, "ParentGuardianName"))
    return row | {
        "GradeLevel": grade(row.get("Grade")) if text_of(row, "Grade") else "",
        "GraduationYear": year + 1 + _LAST_GRADE - level if -2 <= level <= _LAST_GRADE else None,
        "GenderWord": words.word("gender", row.get("Gender")),
        "EthnicityWord": words.word("ethnicity", row.get("EthnicityCode")),
        "Races": ",".join(dict.fromkeys(race for race in races if race)),
        "LanguageWord": words.word("language", row.get("HomeLanguageCode") or row.get("CorrespondenceLanguageCode")),
        "FamilyKey": number_of(row, "FamilyKey") or None,
        "HomeRoomTeacherNumber": number_of(row, "HomeRoomTeacherNumber") or None,
        "HeadFirstName": head[0],
        "HeadLastName": head[1],
    }


def staff(row: Row, words: "Words") -> Row:
    return row | {
        "PrimaryAeriesSchool": number_of(row, "PrimaryAeriesSchool") or None,
        "GenderWord": words.word("gender", row.get("Gender")),
        "Standing": standing(bool(text_of(row, "InactiveStatusCode"))),
    }


def staff_schools(row: Row) -> list[int]:
    """The schools of an employee, the main one first."""
    permitted = [number_of(one, "SchoolCode") for one in row.get("SchoolAccessPermissions") or []]
    return [code for code in dict.fromkeys([number_of(row, "PrimaryAeriesSchool"), *permitted]) if code]


def holds(row: Row, today: date) -> bool:
    """
    Whether a program holds today, by its eligibility, or its participation where that alone is dated.

    A row that ends before it starts was voided (recorded answers have such rows).
    """
    kind = "Eligibility" if text_of(row, "EligibilityStartDate") else "Participation"
    start, end = text_of(row, f"{kind}StartDate"), text_of(row, f"{kind}EndDate")
    return bool(start) and start <= today.isoformat() <= (end or "9999")


def parts_of_name(whole: str) -> tuple[str, str]:
    """A name that came in one piece: its last word is the last name."""
    first, _, last = whole.strip().rpartition(" ")
    return first.strip(), last
