"""The lines of the log."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook import logs
from rollbook.core.errors import SourceRefused
from rollbook.logs.formats import Json, Text

NAMES = st.text(st.characters(categories=["L"]), min_size=1).map(lambda name: f"Ż{name}Ż")


def record(message: str, *args: object, error: BaseException | None = None, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("rollbook.runs", logging.WARNING, __file__, 1, message, args, None)
    made.exc_info = (type(error), error, error.__traceback__) if error else None
    made.__dict__.update(extra)
    return made


def as_json(made: logging.LogRecord) -> dict[str, Any]:
    line = Json().format(made)
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def test_a_record_is_one_object() -> None:
    """A record says when, how grave, who, what, and what was handed along."""
    made = as_json(record("Run %d was planned", 7, rows=1200))
    assert made.pop("time").endswith("+00:00")
    assert made.pop("pid") > 0
    assert made == {"level": "WARNING", "logger": "rollbook.runs", "message": "Run 7 was planned", "rows": 1200}


def test_a_record_says_where_it_stands() -> None:
    """Within a run each record names run, tenant and worker, and none does afterwards."""
    with logs.about(worker="w1"), logs.about(run=7, tenant="northfield"):
        inside = as_json(record("x"))
        text = Text().format(record("x"))
    assert (inside["run"], inside["tenant"], inside["worker"]) == (7, "northfield", "w1")
    assert text.endswith("rollbook.runs: x [worker w1] [run 7] [tenant northfield]")
    assert "run" not in as_json(record("x"))


@pytest.mark.parametrize("form", [Json(), Text()], ids=["json", "text"])
@given(name=NAMES)
def test_persons_never_reach_a_log(form: logging.Formatter, name: str) -> None:
    """Neither a message, nor an argument, nor an extra, nor an exception or its cause lets a name through."""
    cause = raised(KeyError(name))
    error = raised(ValueError(f"could not parse `{name}` as a date"), cause)
    line = form.format(record("givenName=%s", name, error=error, family_name=name, row={"email": name}))
    assert "Ż" not in line
    assert "\\u017b" not in line
    assert "test_formats.py" in line, "where it arose is shown"
    assert "builtins.ValueError" in line
    assert "builtins.KeyError" in line


def test_our_own_errors_can_be_read() -> None:
    """The message of an error that is the hub's own is made for people, and stays as it is."""
    error = raised(SourceRefused('The file "students.csv" cannot be opened. Nothing was changed.'))
    assert 'The file "students.csv" cannot be opened.' in as_json(record("failed", error=error))["exception"]


def test_a_request_is_not_shown() -> None:
    """Django hands the whole request to the log; what people looked for is in its address."""
    assert "request" not in as_json(record("Not Found: /x/", request="<WSGIRequest: GET '/x/?search=Ada'>"))
