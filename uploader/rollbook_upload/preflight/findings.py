"""Findings: what is wrong where, in the hub's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rollbook_upload.preflight.rules import Rules

SEVERITIES = ("error", "warning", "notice")

_BRACE = "\ue000"  # stands for a brace of a value while names in braces are filled in
_FILLED = ("field", "entity", "key", "value", "detail")


@dataclass
class Finding:
    """
    One finding.

    Args:
        root: What fell because of it names this as its cause.

        effects: How many rows fell because of it.
    """

    code: str
    sheet: str | None = None
    file: str | None = None
    line: int | None = None
    field: str | None = None
    entity: str | None = None
    key: str | None = None
    value: str | None = None
    detail: str | None = None
    effects: int = 0
    root: str | None = None


class Refused(Exception):
    """
    A file that the hub would refuse, and with it the whole delivery.

    The message is the hub's: what happened, what to do.
    """

    def __init__(self, code: str, file: str, happened: str, todo: str) -> None:
        super().__init__(f"{file}: {happened} Nothing was changed. {todo}")
        self.code, self.file = code, file

    @classmethod
    def said(cls, code: str, file: str, message: str) -> Refused:
        """A refusal whose message does not begin with the file."""
        refusal = cls(code, file, "", "")
        refusal.args = (message,)
        return refusal


class AtTheHub(Exception):
    """Something that only the hub can check; the message ends a sentence that begins with the file's name."""


def worded(findings: Iterable[Finding], rules: Rules) -> list[dict[str, Any]]:
    """The findings in words, the worst first: the fields of `rollbook check --json`."""
    found = [_worded(one, rules) for one in findings]
    return sorted(found, key=lambda one: _place(one, rules))


def _worded(finding: Finding, rules: Rules) -> dict[str, Any]:
    kind = rules.issues[finding.code]
    said = {name: held for name, held in vars(finding).items() if name != "root"}
    message = kind.message
    for name in _FILLED:
        text = (said[name] or "")[:200].replace("{", _BRACE)
        message = message.replace("{" + name + "}", text, 1)
    return {
        **said,
        "severity": kind.severity,
        "title": kind.title,
        "message": message.replace(_BRACE, "{"),
        "fix": kind.fix,
    }


def _place(one: dict[str, Any], rules: Rules) -> tuple[Any, ...]:
    """The worst first, then by place; what has no place comes last."""
    rank = (SEVERITIES.index(one["severity"]), rules.ranks[one["code"]])
    blank = {"file": "", "line": 0, "field": "", "key": ""}
    return (*rank, *((one[name] is None, one[name] or none) for name, none in blank.items()))
