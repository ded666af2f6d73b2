"""What `/ws/v1` says of schools, staff, courses, sections, terms and enrollments."""

from collections.abc import Iterable
from typing import Any

from simulators.powerschool.keys import OFFICE
from simulators.powerschool.rows import Row

STAFF_EXPANSIONS = ("addresses", "emails", "phones", "school_affiliations")
SCHOOL_EXPANSIONS = ("school_boundary", "school_fees_setup")
SECTION_EXPANSIONS = ("term",)
DISTRICT_EXPANSIONS = (
    "districts_of_residence",
    "district_race_codes",
    "entry_codes",
    "exit_codes",
    "ethnicity_race_decline_to_specify",
    "federal_race_categories",
    "fees_payment_methods",
    "scheduling_reporting_ethnicities",
    "test_setup",
)
_START_YEAR = "(select cast(yearid + 1990 as text) from terms t where t.schoolid = {0} and t.id = {1})"
SECTION_SELECTORS = {
    "term.start_year": _START_YEAR.format("sections.schoolid", "sections.termid"),
    "term.id": "(select dcid from terms t where t.schoolid = sections.schoolid and t.id = sections.termid)",
    "section_number": "section_number",
}
TERM_SELECTORS = {
    "start_year": "cast(yearid + 1990 as text)",
    "term.start_year": "cast(yearid + 1990 as text)",
    "portion": "portion",
}


def school(row: Row) -> dict[str, Any]:
    first, _, last = (row["principal"] or "").partition(" ")
    return {
        "id": row["dcid"],
        "name": row["name"],
        "school_number": row["school_number"],
        "state_province_id": row["sif_stateprid"],
        "low_grade": row["low_grade"],
        "high_grade": row["high_grade"],
        "alternate_school_number": row["alternate_school_number"],
        "addresses": {
            "physical": {
                "street": row["schooladdress"],
                "city": row["schoolcity"],
                "state_province": row["schoolstate"],
                "postal_code": row["schoolzip"],
            }
        },
        "phones": {"main": {"number": row["schoolphone"]} if row["schoolphone"] else None},
        "principal": {"email": row["principalemail"], "name": {"first_name": first or None, "last_name": last or None}},
    }


def staff(row: Row, user: Row, affiliations: Iterable[Row], school_dcids: dict[int, int]) -> dict[str, Any]:
    return {
        "id": row["dcid"],
        "local_id": user["teachernumber"],
        "admin_username": user["loginid"],
        "teacher_username": user["teacherloginid"],
        "name": {
            "first_name": user["first_name"],
            "middle_name": user["middle_name"],
            "last_name": user["last_name"],
        },
        "addresses": {
            "home": {
                "street": user["street"],
                "city": user["city"],
                "state_province": user["state"],
                "postal_code": user["zip"],
            }
            if user["street"]
            else None
        },
        "emails": {"work_email": user["email_addr"]},
        "phones": {"home_phone": user["home_phone"]},
        "school_affiliations": {
            "school_affiliation": [
                {
                    "school_id": school_dcids.get(one["schoolid"], 0) if one["schoolid"] != OFFICE else 0,
                    "type": one["staffstatus"],
                    "status": one["status"],
                }
                for one in affiliations
            ]
        },
        "users_dcid": row["users_dcid"],
    }


def course(row: Row) -> dict[str, Any]:
    return {"id": row["dcid"], "course_number": row["course_number"], "course_name": row["course_name"]}


def term(row: Row, school_dcid: int | None) -> dict[str, Any]:
    return {
        "id": row["dcid"],
        "school_id": school_dcid,
        "start_year": row["yearid"] + 1990,
        "portion": row["portion"],
        "start_date": row["firstday"],
        "end_date": row["lastday"],
        "abbreviation": row["abbreviation"],
        "name": row["name"],
    }


def section(
    row: Row, school_dcid: int | None, course_dcid: int | None, its_term: dict[str, Any] | None, staff_dcid: int | None
) -> dict[str, Any]:
    return {
        "id": row["dcid"],
        "school_id": school_dcid,
        "course_id": course_dcid,
        "term_id": its_term["id"] if its_term else None,
        "section_number": row["section_number"],
        "expression": row["expression"],
        "external_expression": row["external_expression"],
        "staff_id": staff_dcid,
        "gradebooktype": row["gradebooktype"],
        "term": its_term,
    }


def enrollment(row: Row, section_dcid: int, student_dcid: int | None) -> dict[str, Any]:
    return {
        "id": row["dcid"],
        "section_id": section_dcid,
        "student_id": student_dcid,
        "entry_date": row["dateenrolled"],
        "exit_date": row["dateleft"],
        "dropped": row["termid"] < 0,
    }
