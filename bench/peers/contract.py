"""
What a OneRoster 1.1 district must satisfy, stated once for all peers.

The same required values, types and code sets that Rollbook checks, as plain data:
each peer turns them into its own schema language.
"""

import csv
from dataclasses import dataclass, field
from pathlib import Path

BOOLEANS = ("true", "false")
GRADES = ("IT", "PR", "PK", "TK", "KG", *(f"{grade:02}" for grade in range(1, 14)), "PS", "UG", "Other")
ROLES = ("administrator", "aide", "guardian", "parent", "proctor", "relative", "student", "teacher")
RACES = (
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
    "hispanicOrLatinoEthnicity",
)


@dataclass(frozen=True)
class File:
    """
    The rules of one file; `sourcedId` is always its key, required and unique.

    Args:
        lists: Code sets of columns that may hold several codes, separated by commas.

        references: Column -> the file whose `sourcedId` its values (one, or several with commas) must be.
    """

    required: tuple[str, ...]
    dates: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)


FILES = {
    "orgs": File(
        required=("name", "type"),
        codes={"type": ("department", "school", "district", "local", "state", "national")},
        references={"parentSourcedId": "orgs"},
    ),
    "academicSessions": File(
        required=("title", "type", "startDate", "endDate", "schoolYear"),
        dates=("startDate", "endDate"),
        years=("schoolYear",),
        codes={"type": ("gradingPeriod", "semester", "schoolYear", "term")},
        references={"parentSourcedId": "academicSessions"},
    ),
    "courses": File(
        required=("title", "orgSourcedId"),
        lists={"grades": GRADES},
        references={"orgSourcedId": "orgs", "schoolYearSourcedId": "academicSessions"},
    ),
    "classes": File(
        required=("title", "courseSourcedId", "classType", "schoolSourcedId", "termSourcedIds"),
        codes={"classType": ("homeroom", "scheduled")},
        lists={"grades": GRADES},
        references={"courseSourcedId": "courses", "schoolSourcedId": "orgs", "termSourcedIds": "academicSessions"},
    ),
    "users": File(
        required=("enabledUser", "orgSourcedIds", "role", "username", "givenName", "familyName"),
        codes={"enabledUser": BOOLEANS, "role": ROLES},
        lists={"grades": GRADES},
        references={"orgSourcedIds": "orgs", "agentSourcedIds": "users"},
    ),
    "enrollments": File(
        required=("classSourcedId", "schoolSourcedId", "userSourcedId", "role"),
        dates=("beginDate", "endDate"),
        codes={"role": ("administrator", "proctor", "student", "teacher"), "primary": BOOLEANS},
        references={"classSourcedId": "classes", "schoolSourcedId": "orgs", "userSourcedId": "users"},
    ),
    "demographics": File(
        required=(),
        dates=("birthDate",),
        codes={"sex": ("male", "female"), **dict.fromkeys(RACES, BOOLEANS)},
        references={"sourcedId": "users"},
    ),
}


def header(path: Path) -> list[str]:
    """The column names of a CSV file, quoted or not."""
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))
