"""What a simulated system is asked and what it answers."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """
    Args:
        path: Decoded, without the query.

        raw_path: As it came, with the query.

        query: The last value of each name.

        headers: By name in lower case.
    """

    method: str
    path: str
    raw_path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    host: str = ""

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form that was posted."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        """What was posted as JSON."""
        return json.loads(self.body or b"null")

    @property
    def basic(self) -> tuple[str, str] | None:
        """User and password of HTTP Basic; None without them."""
        kind, _, coded = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            user, separator, password = base64.b64decode(coded, validate=True).decode().partition(":")
        except ValueError:
            return None
        return (user, password) if separator else None

    @property
    def bearer(self) -> str:
        """The bearer token; blank without one."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind.lower() == "bearer" else ""


@dataclass
class Answer:
    """
    Args:
        cut: Close the connection after half of the body, though the whole was announced.
    """

    status: int = HTTPStatus.OK
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def as_json(value: Any, status: int = HTTPStatus.OK, **headers: str) -> Answer:
    """A JSON answer; an underscore in the name of a header stands for a hyphen."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, body, {"Content-Type": "application/json;charset=UTF-8"} | named)


def as_html(title: str, status: int = HTTPStatus.OK) -> Answer:
    """A page for people, where a program hoped for data."""
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, page.encode(), {"Content-Type": "text/html; charset=utf-8"})
