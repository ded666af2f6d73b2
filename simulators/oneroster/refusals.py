"""How a server of OneRoster says no: the bodies that are met in the wild."""

from typing import Any

from simulators.http.messages import Answer, as_html, as_json
from simulators.oneroster.dialect import Record

# bare: the object itself (1.2). set: a list beside the payload (1.1). The others are seen in servers of both.
MINORS = {400: "invaliddata", 401: "unauthorisedrequest", 403: "forbidden", 404: "unknownobject"}
STYLES = ("standard", "bare", "set", "status_info", "wrapped", "flat", "oauth", "html")


class Refused(Exception):
    """
    What was asked for is not given.

    Args:
        minor: The minor code; blank for the usual one of the status.
    """

    def __init__(self, status: int, text: str, minor: str = "", **headers: str) -> None:
        super().__init__(text)
        self.status, self.text, self.minor = status, text, minor
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def status_info(minor: str, text: str, severity: str = "error") -> Record:
    """What OneRoster calls an imsx_StatusInfo."""
    value = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}
    return {
        "imsx_codeMajor": "failure" if severity == "error" else "success",
        "imsx_severity": severity,
        "imsx_description": text,
        "imsx_CodeMinor": {"imsx_codeMinorField": [value]},
    }


def answer_to(refused: Refused, style: str, version: str) -> Answer:
    """
    The answer that says no.

    Args:
        style: One of `STYLES`.
    """
    if style == "html":
        return as_html(f"{refused.status} - {refused.text}", refused.status)
    minor = refused.minor or MINORS[refused.status]
    if minor == "forbidden" and version == "1.1":
        minor = "unauthorisedrequest"
    answer = as_json(_body(style, version, minor, refused.text), refused.status)
    answer.headers |= refused.headers
    return answer


def _body(style: str, version: str, minor: str, text: str) -> Any:
    said = status_info(minor, text)
    match style:
        case "status_info":
            return {"imsx_StatusInfo": said}
        case "wrapped":
            return {"statusInfo": said, "error_id": "00000000-0000-4000-8000-000000000000"}
        case "flat":
            return {"codeMajor": "failure", "codeMinor": minor, "severity": "error", "description": text}
        case "oauth":
            return {"error": "invalid_request", "error_description": text}
        case "set":
            return {"statusInfoSet": [said]}
        case "bare":
            return said
    return said if version == "1.2" else {"statusInfoSet": [said]}
