"""Answers that say what is wrong: the text may change any day, and the id is for the vendor's support."""

from uuid import uuid4

from simulators.http.messages import Answer, as_json


def problem(status: int, text: str) -> Answer:
    """As the Data API says it."""
    return as_json({"error": text, "error_id": str(uuid4())}, status)


def refusal(status: int, code: str, text: str) -> Answer:
    """As the accounts host says it."""
    return as_json({"error": code, "error_description": text, "error_id": str(uuid4())}, status)
