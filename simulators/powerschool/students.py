"""What `/ws/v1` says of a student, from the rows of the tables that hold it."""

from collections.abc import Iterable
from typing import Any

from simulators.powerschool.irregular import Kept
from simulators.powerschool.people import RACE_CODES
from simulators.powerschool.rows import Row

EXPANSIONS = (
    "demographics",
    "addresses",
    "alerts",
    "phones",
    "school_enrollment",
    "ethnicity_race",
    "contact",
    "contact_info",
    "initial_enrollment",
    "schedule_setup",
    "fees",
    "lunch",
)
STATUSES = {
    -1: ("P", "Pre-Registered"),
    0: ("A", "Active"),
    1: ("I", "Inactive"),
    2: ("T", "Transferred out"),
    3: ("G", "Graduated"),
    4: ("H", "Historical"),
}
# Names that may be filtered by -> SQL.
SELECTORS = {
    "student_username": "student_web_id",
    "local_id": "student_number",
    "state_province_id": "state_studentnumber",
    "name.last_name": "last_name",
    "school_enrollment.enroll_status_code": "enroll_status",
    "school_enrollment.entry_date": "entrydate",
    "school_enrollment.enroll_status": "substr('PAITGH', enroll_status + 2, 1) collate nocase",
}


def student(row: Row, core: Row, races: Iterable[str], email: str | None, school_dcid: int | None) -> dict[str, Any]:
    """Everything, expansions included: who answers takes what was asked for."""
    return {
        "id": row["dcid"],
        "local_id": row["student_number"],
        "state_province_id": row["state_studentnumber"],
        "student_username": row["student_web_id"],
        "name": {
            "first_name": row["first_name"],
            "middle_name": row["middle_name"],
            "last_name": row["last_name"],
        },
        "demographics": {
            "gender": row["gender"],
            "birth_date": row["dob"],
            "projected_graduation_year": row["sched_yearofgraduation"] or 0,
        },
        "addresses": {
            "physical": _address(row, ""),
            "mailing": _address(row, "mailing_"),
        },
        "alerts": {
            kind: {"description": row[f"alert_{kind}"]} if row[f"alert_{kind}"] else None
            for kind in ("medical", "discipline")
        },
        "phones": {"main": {"number": row["home_phone"]} if row["home_phone"] else None},
        "school_enrollment": _enrollment(row, school_dcid),
        "ethnicity_race": {
            "scheduling_reporting_ethnicity": row["ethnicity"],
            "federal_ethnicity": {1: "YES", 0: "NO"}.get(row["fedethnicity"]),
            "races": [_race(code) for code in races],
        },
        "contact": {
            "mother": row["mother"],
            "father": row["father"],
            "guardian_email": row["guardianemail"],
            "emergency_contact_name1": row["emerg_contact_1"],
            "emergency_phone1": row["emerg_phone_1"],
        },
        "contact_info": {"email": email},
        "initial_enrollment": {
            "district_entry_date": row["districtentrydate"],
            "district_entry_grade_level": row["districtentrygradelevel"],
            "school_entry_date": row["schoolentrydate"],
            "school_entry_grade_level": row["schoolentrygradelevel"],
        },
        "schedule_setup": {
            "home_room": row["home_room"],
            "next_school": row["next_school"],
            "sched_next_year_grade": row["sched_nextyeargrade"],
        },
        "fees": {},
        "lunch": {
            "balance_1": Kept(row["balance1"] or "0.00"),
            **{f"balance_{place}": Kept("0.00") for place in (2, 3, 4)},
            "lunch_id": row["lunch_id"] or 0,
        },
        "studentcorefields": core,
    }


def _address(row: Row, prefix: str) -> dict[str, Any] | None:
    street, city, state, code = (row[prefix + name] for name in ("street", "city", "state", "zip"))
    if not any((street, city, state, code)):
        return None
    return {"street": street or "", "city": city, "state_province": state, "postal_code": code}


def _enrollment(row: Row, school_dcid: int | None) -> dict[str, Any]:
    letter, name = STATUSES.get(row["enroll_status"], STATUSES[1])
    return {
        "enroll_status": letter,
        "enroll_status_description": name,
        "enroll_status_code": row["enroll_status"],
        "grade_level": row["grade_level"],
        "entry_date": row["entrydate"],
        "exit_date": row["exitdate"],
        "school_number": row["schoolid"],
        "school_id": school_dcid,
        "entry_code": row["entrycode"],
        "exit_code": row["exitcode"],
        "district_of_residence": row["districtofresidence"],
        "track": row["track"],
        "full_time_equivalency": {"fteid": row["fteid"], "name": "Full Time"} if row["fteid"] else None,
    }


def _race(code: str) -> dict[str, Any]:
    name, category = RACE_CODES.get(code, (None, None))
    return {
        "district_race_code": code,
        "district_race_code_description": name,
        "federal_race_code_category": category,
    }


def extension(name: str, columns: Iterable[str], row: Row) -> dict[str, Any]:
    """The columns of a table that extends students, as `_extension_data` has them."""
    told = [{"name": column, "type": "String", "value": Kept(row[column])} for column in columns if row.get(column)]
    # The mark does not say whether there are fields, on purpose: it does not in real answers either.
    return {"recordFound": bool(told) and len(told) % 2 == 0, "name": name, "_field": told}
