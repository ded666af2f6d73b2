"""Records as lines: JSON for a collector, text for a person. Both are redacted as a whole."""

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS, LogData
from pythonjsonlogger.json import JsonFormatter

from rollbook import logs
from rollbook.core.errors import RollbookError
from rollbook.logs.redaction import redact, redact_foreign, redact_value

_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_NAMES = {"levelname": "level", "name": "logger", "process": "pid", "exc_info": "exception", "stack_info": "stack"}
_OURS = {"time", "level", "logger", "pid"}


class Json(JsonFormatter):
    """One JSON object a line: time, level, logger, pid, message; run, tenant and worker where known; an exception."""

    def __init__(self) -> None:
        # Django hands the whole request over: its query holds what people look for
        reserved = [*RESERVED_ATTRS, "request"]
        super().__init__(["levelname", "name", "process", "message"], rename_fields=_NAMES, reserved_attrs=reserved)

    def add_fields(self, log_data: LogData, record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """What the record says, and what is known around it."""
        log_data["time"] = _time(record)
        super().add_fields(log_data, record, message_dict)
        log_data.update(logs.facts())

    def process_log_record(self, log_data: LogData) -> LogData:
        """Mask what must not be shown."""
        return {name: value if name in _OURS else redact_value(value, name) for name, value in log_data.items()}

    def formatException(self, ei: _Raised) -> str:
        """Where it arose, and what it said."""
        return told(ei[1])


class Text(logging.Formatter):
    """Time, level, logger and message, with the facts in brackets behind."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the lines of an exception below."""
        known = "".join(f" [{name} {value}]" for name, value in logs.facts().items())
        lines = [f"{_time(record)} {record.levelname} {record.name}: {record.getMessage()}{known}"]
        if record.exc_info:
            lines.append(told(record.exc_info[1]))
        if record.stack_info:
            lines.append(record.stack_info)
        return redact("\n".join(lines))


def told(error: BaseException | None) -> str:
    """An exception and what led to it, the oldest first, as Python shows them, but with the messages redacted."""
    return "\n".join(_told(one) for one in reversed(list(_chain(error))))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> str:
    """Where one exception arose, and its message; those of libraries may quote a value, and lose their quotations."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    is_plain = isinstance(error, RollbookError | OSError) or type(error).__name__ == "OperationalError"
    message = (redact if is_plain else redact_foreign)(str(error))
    return f"{frames}{type(error).__module__}.{type(error).__qualname__}: {message}"


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
