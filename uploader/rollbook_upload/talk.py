"""What the program says: to a person at a terminal, and into its log."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from collections import Counter
from pathlib import Path
from typing import TextIO

from rollbook_upload.preflight import Report

log = logging.getLogger("rollbook_upload")
MOST_SHOWN = 20
ALWAYS_LEFT = "Who is known already, what has changed and how much of it may change is checked at the hub."


def set_up_log(path: Path, *, quiet: bool) -> None:
    """
    Write a log beside the configuration (five files of a megabyte), and say on stderr what matters.

    The log holds names of files and counts, never what is in a file, and no token.
    """
    log.setLevel(logging.INFO)
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()
    written = logging.handlers.RotatingFileHandler(path, maxBytes=2**20, backupCount=5, encoding="utf-8", delay=True)
    written.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    shown = logging.StreamHandler(sys.stderr)
    shown.setLevel(logging.WARNING if quiet else logging.INFO)
    for handler in (written, shown):
        log.addHandler(handler)


class Progress:
    """How far a file is, on one line that is written over; silent where nobody looks."""

    def __init__(self, stream: TextIO = sys.stderr, *, quiet: bool = False) -> None:
        self._stream, self._is_seen = stream, stream.isatty() and not quiet

    def show(self, path: str, done: int, size: int) -> None:
        """Say how much of a file is there."""
        if self._is_seen:
            share = 100 * done // size if size else 100
            self._stream.write(f"\r\x1b[K{path}  {share} % of {in_words(size)}")
            self._stream.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._is_seen:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def in_words(size: int) -> str:
    """A size for people."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def tell_log(report: Report) -> None:
    """Counts only: what is in the files does not belong into a log."""
    counts = report.severities
    codes = Counter(str(one["code"]) for one in (*report.found, *report.refusals))
    listed = ", ".join(f"{code} {count}" for code, count in codes.most_common())
    log.info(
        "Checked %d rows: %d errors, %d warnings, %d notices%s",
        report.rows,
        *(counts[severity] for severity in ("error", "warning", "notice")),
        f" ({listed})." if listed else ".",
    )


def in_lines(report: Report, most: int = MOST_SHOWN) -> str:
    """A report for a person: what is wrong, where, and what to do."""
    lines = [f"REFUSED  {one['message']}" for one in report.refusals]
    for one in report.found[:most]:
        place = " ".join(filter(None, [one["file"], f"line {one['line']}" if one["line"] else ""]))
        effects = f" {one['effects']} more rows fall with it." if one["effects"] else ""
        lines.append(f"{one['severity'].upper():8} {place or '-'}: {one['message']}{effects}")
        lines.append(f"         {one['code']}. {one['fix']}")
    if len(report.found) > most:
        lines.append(f"         … and {len(report.found) - most} more; all of them: rollbook-upload check --json")
    lines += [f"AT HUB   {sentence}" for sentence in (*report.left, ALWAYS_LEFT)]
    counts = report.severities
    told = [f"{counts[severity]} {severity}{'' if counts[severity] == 1 else 's'}" for severity in counts]
    lines.append(f"{report.rows} rows checked: {', '.join(told)}.")
    return "\n".join(lines)
