"""
The filter language: `name.last_name==JA*;school_enrollment.enroll_status==(A,P)`, as SQL.

The part of FIQL that PowerSchool understands: comparisons joined by `;`, which means "and"; `*` for any text;
a list in brackets. There is no "or".
"""

import re
from collections.abc import Mapping

_CONSTRAINT = re.compile(r"([\w.]+)(==|=gt=|=ge=|=lt=|=le=)(.*)", re.DOTALL)
_OPERATORS = {"==": "=", "=gt=": ">", "=ge=": ">=", "=lt=": "<", "=le=": "<="}


class Malformed(Exception):
    """The filter cannot be read, or names what cannot be filtered by."""


def condition(text: str, selectors: Mapping[str, str]) -> tuple[str, list[str]]:
    """
    An SQL condition, and the values for its question marks.

    Args:
        selectors: The SQL expression behind each name that may be filtered by.

    Raises:
        Malformed: With the message that the server answers.
    """
    made: list[str] = []
    values: list[str] = []
    for part in filter(None, text.split(";")):
        found = _CONSTRAINT.fullmatch(part.strip())
        if not found:
            raise Malformed(f"Invalid query {part}")
        selector, operator, value = found.groups()
        if selector.lower() not in selectors:
            raise Malformed(f"Invalid field {selector}")
        sql, given = _one(selectors[selector.lower()], operator, value)
        made.append(sql)
        values += given
    return " and ".join(made) or "1", values


def _one(column: str, operator: str, value: str) -> tuple[str, list[str]]:
    if operator == "==" and value.startswith("(") and value.endswith(")"):
        listed = value[1:-1].split(",")
        return f"{column} in ({', '.join('?' * len(listed))})", listed
    if operator == "==" and value == "\0":
        return f"{column} is null", []
    if operator == "==" and "*" in value:
        return f"{column} like ?", [value.replace("*", "%")]
    return f"{column} {_OPERATORS[operator]} ?", [value]
