"""Find the delimiter of a text by reading its first records with each candidate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rollbook_upload.preflight.records import NO_DELIMITER, CellTooLong, QuoteOpen, records

CANDIDATES = "\t,;|^:"
SAMPLE = 64 * 1024
MOST_RECORDS = 100


def find_delimiter(lines: list[str], longest: int) -> str:
    """
    The delimiter that splits the header and agrees with most records; `NO_DELIMITER` for one column.

    What the header does not have cannot be the delimiter. One that makes the header open a quote for good is a last
    resort. A colon counts only when nothing else splits the header and every record agrees: times hold colons.
    """
    sample = list(_within(lines, SAMPLE))
    best, best_score = NO_DELIMITER, (0.0, 0)
    for delimiter in CANDIDATES:
        counts = _cell_counts(sample, delimiter, longest)
        if not counts and best == NO_DELIMITER and delimiter != ":":
            best = delimiter
        if not counts or counts[0] < 2:
            continue
        agreeing = Counter(counts)[counts[0]] / len(counts)
        if delimiter == ":" and (best != NO_DELIMITER or agreeing < 1):
            continue
        if (agreeing, counts[0]) > best_score:
            best, best_score = delimiter, (agreeing, counts[0])
    return best


def _within(lines: list[str], size: int) -> Iterator[str]:
    """The whole lines within so many bytes."""
    for line in lines:
        size -= len(line.encode())
        if size < 0:
            return
        yield line


def _cell_counts(lines: list[str], delimiter: str, longest: int) -> list[int]:
    """How many cells each of the first records has; a record cut by the end of the sample is left out."""
    counts: list[int] = []
    try:
        for record in records(iter(lines), delimiter, longest):
            if not record.is_blank:
                counts.append(len(record.cells))
            if len(counts) == MOST_RECORDS:
                break
    except (QuoteOpen, CellTooLong):
        pass
    return counts
