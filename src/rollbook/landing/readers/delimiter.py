"""Find the delimiter of a text by reading its first records with each candidate."""

from collections import Counter

from rollbook.landing.readers import strict

CANDIDATES = (b"\t", b",", b";", b"|", b"^", b":")
SAMPLE = 64 * 1024
MOST_RECORDS = 100


def find_delimiter(text: bytes, longest: int) -> bytes:
    """
    The delimiter that splits the header and agrees with most records; `strict.NO_DELIMITER` for one column.

    What the header does not have cannot be the delimiter: a list of "Lee, Ann" under "Name" is one column.
    A delimiter that makes the header open a quote for good is returned as a last resort: the header is then
    refused for it. A colon counts only when nothing else splits the header and every record agrees: times hold colons.
    """
    best, best_score = strict.NO_DELIMITER, (0.0, 0)
    for delimiter in CANDIDATES:
        counts = _cell_counts(text[:SAMPLE], delimiter, longest)
        if not counts and best == strict.NO_DELIMITER and delimiter != b":":
            best = delimiter
        if not counts or counts[0] < 2:
            continue
        agreeing = Counter(counts)[counts[0]] / len(counts)
        if delimiter == b":" and (best != strict.NO_DELIMITER or agreeing < 1):
            continue
        if (agreeing, counts[0]) > best_score:
            best, best_score = delimiter, (agreeing, counts[0])
    return best


def _cell_counts(text: bytes, delimiter: bytes, longest: int) -> list[int]:
    """
    How many cells each of the first records has; a record cut by the end of the sample is left out.

    Where the header is one cell, no more is read: this is not the delimiter.
    """
    counts: list[int] = []
    place = 0
    end = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
    text = text[:end]
    while place < len(text) and len(counts) < MOST_RECORDS and counts[:1] != [1]:
        try:
            record = strict.read_record(text, place, delimiter, longest)
        except (strict.QuoteOpen, strict.CellTooLong):
            break
        place = record.end
        if not strict.is_blank(record.cells):
            counts.append(len(record.cells))
    return counts
